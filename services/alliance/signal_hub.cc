#include "alliance/signal_hub.h"

#include "platform/base/agency_work.h"
#include "platform/base/status_macros.h"
#include "platform/schema/names.h"

#include <rapport/internal/v1/event.pb.h>

#include <algorithm>
#include <array>
#include <deque>
#include <list>
#include <utility>

namespace rapport::alliance {
namespace {

constexpr int kPage = 500;
constexpr std::array<int, 1> kTypes = {internal::v1::EVENT_TYPE_SIGNAL_CHANGED};

// The version of the signal that the change made; null: it is gone, with its family.
absl::StatusOr<std::shared_ptr<const SignalHub::Entry>> Load(
    db::Tx& tx, const records::Records& records, const schema::Names& names,
    std::string_view agency, const records::ChangeFeed::Entry& change) {
  const auto read = names.Read(schema::patterns::kSignal, change.envelope.resource());
  if (!read) return nullptr;
  auto newest = records.Get(tx, agency, read->family, kSignal, read->id);
  if (absl::IsNotFound(newest.status())) return nullptr;
  if (!newest.ok()) return newest.status();
  records::Record record = *std::move(newest);
  if (record.version != change.envelope.version()) {
    ASSIGN_OR_RETURN(auto before, records.History(tx, agency, read->family, kSignal, read->id));
    const auto found =
        std::ranges::find(before, change.envelope.version(), &records::Record::version);
    if (found != before.end()) record = std::move(*found);
  }
  auto entry = std::make_shared<SignalHub::Entry>();
  entry->place = change.place;
  entry->family = read->family;
  ASSIGN_OR_RETURN(entry->signal, records::Parse<internal::v1::StoredSignal>(std::move(record)));
  return entry;
}

std::vector<std::string> AudienceOf(const AccessFacts& facts) {
  std::vector<std::string> subjects;
  const auto add = [&](const auto& people) {
    for (const auto& one : people) {
      subjects.insert(subjects.end(), one.subjects.begin(), one.subjects.end());
    }
  };
  add(facts.helpers);
  add(facts.supervisors);
  add(facts.break_glass);
  std::ranges::sort(subjects);
  return subjects;
}

}  // namespace

bool SignalHub::Entry::MayConcern(std::string_view subject) const {
  return subject.empty() || !audience || std::ranges::binary_search(*audience, subject);
}

struct SignalHub::Agency {
  explicit Agency(std::string name) : id(std::move(name)) {}

  const std::string id;
  std::mutex mutex;
  // The rest is guarded by it.
  int watchers = 0;
  bool tailing = false;
  std::optional<Place> from;  // what is kept begins behind it
  Place to;                   // and ends here
  std::deque<std::shared_ptr<const Entry>> kept;
  std::list<Waiting*> waiting;  // in the order in which they are due
};

SignalHub::~SignalHub() { Close(); }

std::shared_ptr<SignalHub::Agency> SignalHub::AgencyOf(const std::string& agency) {
  std::lock_guard lock(mutex_);
  auto& found = agencies_[agency];
  if (found == nullptr) found = std::make_shared<Agency>(agency);
  return found;
}

void SignalHub::Close() {
  closed_ = true;
  std::vector<std::shared_ptr<Agency>> all;
  {
    std::lock_guard lock(mutex_);
    for (auto& [id, agency] : agencies_) all.push_back(agency);
  }
  for (const auto& agency : all) WakeAll(*agency, Wake::kClosed);
}

void SignalHub::WakeAll(Agency& agency, Wake wake) {
  std::vector<Continuation> ready;
  {
    std::lock_guard lock(agency.mutex);
    for (Waiting* one : agency.waiting) {
      one->news_ = {.wake = wake, .entries = {}, .place = {}};
      ready.push_back(one->continuation_);
    }
    agency.waiting.clear();
  }
  PostByHome(ready);
}

Task<absl::StatusOr<SignalHub::Page>> SignalHub::Read(CallContext& context, std::string agency,
                                                      std::optional<Place> place) const {
  const schema::Names names = deps_.service.NamesOf(agency);
  Page page;
  CO_RETURN_IF_ERROR(co_await deps_.service.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    page = {};
    ASSIGN_OR_RETURN(const auto changes, deps_.feed.After(tx, agency, place, kTypes, kPage));
    for (const auto& change : changes.entries) {
      ASSIGN_OR_RETURN(auto entry, Load(tx, deps_.service.records, names, agency, change));
      if (entry != nullptr) page.entries.push_back(std::move(entry));
    }
    page.place = changes.place;
    page.more = changes.more;
    return absl::OkStatus();
  }));
  co_return page;
}

Task<absl::StatusOr<SignalHub::Place>> SignalHub::Newest(CallContext& context,
                                                         std::string agency) const {
  absl::StatusOr<Place> newest = Place();
  CO_RETURN_IF_ERROR(co_await deps_.service.db.Read(context, [&](db::Tx& tx) {
    newest = records::ChangeFeed::Newest(tx, agency);
    return newest.status();
  }));
  co_return newest;
}

std::shared_ptr<const SignalHub::Entry> SignalHub::WithAudience(const Entry& entry,
                                                                const AccessFacts* facts) const {
  auto told = std::make_shared<Entry>(entry);
  if (facts != nullptr) told->audience = AudienceOf(*facts);
  return told;
}

// One look at the log: what is new is kept, and whom it may concern is woken, as is everyone whose
// heartbeat is due.
Task<absl::Status> SignalHub::TailOnce(CallContext& context, Agency& agency) {
  Place place;
  {
    std::lock_guard lock(agency.mutex);
    place = agency.to;
  }
  auto page = co_await Read(context, agency.id, place);
  if (!page.ok()) co_return page.status();
  for (auto& entry : page->entries) {
    auto facts =
        co_await deps_.facts.Load(context, agency.id, entry->family, options::v1::FRESHNESS_CACHED);
    entry = WithAudience(*entry, facts.ok() ? facts->get() : nullptr);
  }
  const auto now = SteadyClock::now();
  std::vector<Continuation> ready;
  {
    std::lock_guard lock(agency.mutex);
    agency.to = page->place;
    for (auto& entry : page->entries) agency.kept.push_back(std::move(entry));
    for (; agency.kept.size() > pace_.kept; agency.kept.pop_front()) {
      agency.from = agency.kept.front()->place;
    }
    // Who is due stands in front: without news the others need not be looked at.
    for (auto at = agency.waiting.begin(); at != agency.waiting.end();) {
      Waiting* const one = *at;
      const bool due = one->due_ <= now;
      if (!due && page->entries.empty()) break;
      const bool concerned = one->Collect(agency);
      if (!concerned && !due) {
        ++at;
        continue;
      }
      ready.push_back(one->continuation_);
      at = agency.waiting.erase(at);
    }
  }
  PostByHome(ready);
  co_return absl::OkStatus();
}

Task<> SignalHub::Tail(std::shared_ptr<Agency> agency) {
  for (bool failed = false;;) {
    CallContext pause;
    pause.deadline = SteadyClock::time_point::max();
    co_await deps_.sleeper.Sleep(pause, failed ? pace_.after_failure : pace_.poll);
    {
      std::lock_guard lock(agency->mutex);
      if (closed_ || agency->watchers == 0) {
        agency->tailing = false;
        agency->from.reset();
        agency->kept.clear();
        co_return;
      }
    }
    CallContext context;
    context.method = "signals";
    context.principal = WorkFor(agency->id, "service/alliance");
    context.deadline = SteadyClock::now() + std::chrono::seconds(10);
    failed = !(co_await TailOnce(context, *agency)).ok();
    // They look for themselves, and learn what is wrong.
    if (failed) WakeAll(*agency, Wake::kBehind);
  }
}

SignalHub::Watcher::Watcher(SignalHub& hub, std::string agency, std::string subject)
    : hub_(hub), agency_(hub.AgencyOf(agency)), subject_(std::move(subject)) {
  std::lock_guard lock(agency_->mutex);
  ++agency_->watchers;
}

SignalHub::Watcher::~Watcher() {
  std::lock_guard lock(agency_->mutex);
  --agency_->watchers;
}

SignalHub::Waiting SignalHub::Watcher::Next(CallContext& context, Place place) {
  return Waiting(*this, context, place);
}

bool SignalHub::Waiting::Collect(const Agency& agency) {
  // Who read the log themselves may be ahead.
  const bool ahead = agency.to.sequence < place_.sequence;
  news_ = {.wake = Wake::kHeartbeat, .entries = {}, .place = ahead ? place_ : agency.to};
  auto from = std::ranges::upper_bound(agency.kept, place_.sequence, {},
                                       [](const auto& entry) { return entry->place.sequence; });
  for (; from != agency.kept.end(); ++from) {
    if ((*from)->MayConcern(watcher_.subject_)) news_.entries.push_back(*from);
  }
  if (!news_.entries.empty()) news_.wake = Wake::kNews;
  return !news_.entries.empty();
}

bool SignalHub::Waiting::await_suspend(Handle handle) {
  continuation_ = {Executor::Current(), handle};
  due_ = SteadyClock::now() + watcher_.hub_.pace_.heartbeat;
  // This object may be gone as soon as the lock is.
  SignalHub& hub = watcher_.hub_;
  const std::shared_ptr<Agency> owner = watcher_.agency_;
  Agency& agency = *owner;
  bool starts = false;
  {
    std::lock_guard lock(agency.mutex);
    if (hub.closed_ || context_.cancelled()) {
      news_.wake = context_.cancelled() ? Wake::kCancelled : Wake::kClosed;
      return false;
    }
    if (!agency.from) {  // Nobody reads yet: what is kept begins with this watcher.
      agency.from = agency.to = place_;
    }
    if (place_.sequence < agency.from->sequence) {
      news_.wake = Wake::kBehind;
      return false;
    }
    if (Collect(agency)) return false;
    agency.waiting.push_back(this);
    starts = !std::exchange(agency.tailing, true);
    context_.SetCancelHook(this);
  }
  if (starts) Spawn(hub.Tail(owner));
  return true;
}

SignalHub::News SignalHub::Waiting::await_resume() {
  context_.SetCancelHook(nullptr);
  return std::move(news_);
}

// Posts instead of resuming: the caller of Cancel is in the middle of something.
void SignalHub::Waiting::OnCancel() {
  {
    std::lock_guard lock(watcher_.agency_->mutex);
    if (std::erase(watcher_.agency_->waiting, this) == 0) return;  // News is on its way.
    news_.wake = Wake::kCancelled;
  }
  PostByHome({&continuation_, 1});
}

}  // namespace rapport::alliance
