#include "platform/rpc/admission.h"

#include <algorithm>
#include <functional>

namespace rapport::rpc {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
// Longer than any queue of a thread that keeps up (server_queue.h).
constexpr Admission::Time kBusy = std::chrono::milliseconds(20);
// What no other class can take from a class: of the limit, one in so many.
constexpr int kReserve = 16;
// Urgent calls are few, and one of them is somebody in need: they have more, even at the least
// limit and when the database makes each of them slow.
constexpr int kUrgentReserve = 32;
constexpr int kUrgent = 1, kBulk = 4;

// The places that are a class's own, beside what it finds in the limit.
int OwnOf(std::size_t index, int limit) {
  return index == kUrgent ? std::clamp(limit, 1, std::max(kUrgentReserve, limit / kReserve))
                          : std::max(1, limit / kReserve);
}

// In an agency's place once it has had a call; calls in flight are counted below it.
constexpr int kKnown = 1 << 24;

// By priority number, in percent of the limit: with how many calls in flight, of any class, one
// more is refused; and from how many on an agency is held to its fair share.
struct Rule {
  int most, shared;
};
constexpr std::array<Rule, 5> kRules = {{
    {90, 72},    // unspecified, as a read
    {110, 110},  // urgent
    {100, 80},   // write
    {90, 72},    // read
    {70, 56},    // bulk
}};

std::int64_t Nanos(Admission::TimePoint at) {
  return std::chrono::duration_cast<Admission::Time>(at.time_since_epoch()).count();
}

std::size_t IndexOf(int priority) {
  return priority >= 0 && priority <= kBulk ? static_cast<std::size_t>(priority) : 0;
}

}  // namespace

int Admission::in_flight() const {
  int all = 0;
  for (const auto& one : of_class_) all += one.load(kRelaxed);
  return all;
}

bool Admission::Fits(std::size_t index, Time threads_busy) const {
  if (index == kBulk && threads_busy > kBusy) return false;
  return std::int64_t{in_flight()} * 100 <
         std::int64_t{limit_now_.load(kRelaxed)} * kRules[index].most;
}

bool Admission::HasRoom(int priority, TimePoint now, Time threads_busy) {
  if (Nanos(now) >= window_ends_.load(kRelaxed)) CloseWindow(now);
  return Fits(IndexOf(priority), threads_busy);
}

bool Admission::Enter(Ticket& ticket, int priority, TimePoint now, Time threads_busy) {
  if (Nanos(now) >= window_ends_.load(kRelaxed)) CloseWindow(now);
  const std::size_t index = IndexOf(priority);
  const int own = OwnOf(index, limit_now_.load(kRelaxed));
  if (of_class_[index].load(kRelaxed) >= own && !Fits(index, threads_busy)) return false;
  of_class_[index].fetch_add(1, kRelaxed);
  ticket.priority = static_cast<std::int8_t>(index);
  return true;
}

std::size_t Admission::PlaceOf(std::string_view agency) const {
  const std::uint64_t mixed = (std::hash<std::string_view>()(agency) ^ seed_) * 0x9e3779b97f4a7c15;
  return static_cast<std::size_t>(mixed >> (64 - kPlaceBits));
}

bool Admission::EnterAgency(Ticket& ticket, std::string_view agency) {
  const std::size_t place = PlaceOf(agency);
  ticket.agency = static_cast<std::int16_t>(place);
  int others = of_agency_[place].fetch_add(1, kRelaxed);
  if (others == 0) {
    of_agency_[place].fetch_add(kKnown, kRelaxed);
    known_agencies_.fetch_add(1, kRelaxed);
  }
  others %= kKnown;
  if (others == 0) agencies_.fetch_add(1, kRelaxed);
  if (known_agencies_.load(kRelaxed) == 1) return true;
  const std::int64_t limit = limit_now_.load(kRelaxed);
  const auto index = static_cast<std::size_t>(ticket.priority);
  const Rule& rule = kRules[index];
  // Of the urgent only they count: not for what else its agency does is one refused.
  const bool idle = index == kUrgent ? of_class_[kUrgent].load(kRelaxed) * 2 <=
                                           OwnOf(kUrgent, limit_now_.load(kRelaxed))
                                     : std::int64_t{in_flight()} * 100 <= limit * rule.shared;
  if (idle) return true;
  const int agencies = std::max(2, agencies_.load(kRelaxed));
  return others < std::max<std::int64_t>(1, limit * rule.most / 100 / agencies);
}

void Admission::Leave(Ticket& ticket) {
  if (ticket.agency >= 0) {
    const auto place = static_cast<std::size_t>(ticket.agency);
    if (of_agency_[place].fetch_sub(1, kRelaxed) % kKnown == 1) agencies_.fetch_sub(1, kRelaxed);
  }
  if (ticket.priority >= 0) {
    of_class_[static_cast<std::size_t>(ticket.priority)].fetch_sub(1, kRelaxed);
  }
  ticket = {};
}

// Whoever comes first after the window's end closes it; nobody waits for that.
void Admission::CloseWindow(TimePoint now) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  const std::int64_t ended = window_ends_.load(kRelaxed);
  if (!lock.owns_lock() || Nanos(now) < ended) return;
  window_ends_.store(Nanos(now) + LoadLimit::kWindow.count(), kRelaxed);
  const Time wait = queue_wait_ ? queue_wait_() : Time(0);
  if (ended == 0) return;
  limit_.Close({.length = Time(Nanos(now) - ended) + LoadLimit::kWindow,
                .wait = wait,
                .in_flight = in_flight()});
  limit_now_.store(limit_.value(), kRelaxed);
  least_wait_.store(wait.count(), kRelaxed);
  pressure_.store(limit_.pressure(), kRelaxed);
}

std::chrono::milliseconds Admission::RetryAfter() {
  const std::uint32_t base = 100 * (1 + static_cast<std::uint32_t>(pressure_.load(kRelaxed)));
  const std::uint32_t mixed = refusals_.fetch_add(1, kRelaxed) * 2'654'435'761u >> 16;
  return std::chrono::milliseconds(base / 2 + mixed % base);
}

}  // namespace rapport::rpc
