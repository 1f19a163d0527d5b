#include "platform/crypto/key_ring_sql.h"

#include "platform/base/agency_work.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/base/task.h"
#include "platform/crypto/key_file.h"
#include "platform/crypto/key_store.h"

#include <absl/container/inlined_vector.h>

#include <future>
#include <utility>
#include <vector>

namespace rapport::crypto {
namespace {

// Key ids of data keys: the class in the low byte, above it a version, of which there is one so
// far.
std::uint32_t KeyId(KeyClass key_class) { return 1u << 8 | static_cast<std::uint32_t>(key_class); }

// A key's name as one string without allocating. The class has a fixed place and an agency no zero
// byte, so no two names agree.
class CacheKey {
 public:
  explicit CacheKey(const KeyName& name) {
    text_.push_back(static_cast<char>(name.key_class));
    text_.insert(text_.end(), name.agency.begin(), name.agency.end());
    text_.push_back('\0');
    text_.insert(text_.end(), name.family.begin(), name.family.end());
  }
  std::string_view view() const { return {text_.data(), text_.size()}; }

 private:
  absl::InlinedVector<char, 96> text_;
};

// While a read is begun: it resumes on the driver's thread, not by way of an executor whose thread
// may be waiting for it.
class NoHome final : public Executor {
 public:
  NoHome() : before_(Current()) { SetCurrent(nullptr); }
  ~NoHome() override { SetCurrent(before_); }
  void Post(std::span<const Handle>) override {}

 private:
  Executor* const before_;
};

// Runs `work` again while another process was faster in making what it needs.
Task<absl::Status> WriteAgain(db::Db& db, const CallContext& context, db::Db::Work work) {
  for (;;) {
    absl::Status done = co_await db.Write(context, work);
    if (!absl::IsAborted(done) || context.Expired()) co_return done;
  }
}

// A family erased since its row was read, when there had been `before` destructions, must not come
// back by this.
template <typename Cache, typename Entry>
void Keep(Cache& cache, std::string_view key, const Entry& entry,
          const std::atomic<std::uint64_t>& destructions, std::uint64_t before) {
  cache.Put(key, entry);
  if (before != destructions.load()) cache.Erase(key);
}

absl::Status Erased() {
  return absl::FailedPreconditionError("the family was erased; no key is made for it again");
}

}  // namespace

SqlKeyRing::SqlKeyRing(KeyWrapping wrapping, db::Db& db, const Clock& machine_clock,
                       Options options)
    : wrapping_(std::move(wrapping)),
      db_(db),
      machine_clock_(machine_clock),
      options_(options),
      cache_(options.cached_keys) {}

absl::StatusOr<std::shared_ptr<const Sealer>> SqlKeyRing::Find(std::string_view agency,
                                                               std::string_view family,
                                                               KeyClass key_class) {
  const KeyName name{.agency = agency, .family = family, .key_class = key_class};
  const CacheKey cache_key(name);
  std::shared_ptr<const Entry> entry = cache_.Find(cache_key.view());
  if (entry == nullptr || machine_clock_.NowMicros() >= entry->fresh_until_us) {
    ASSIGN_OR_RETURN(entry, Load(name, cache_key.view(), std::move(entry)));
  }
  const Sealer* sealer = &entry->sealer;
  return std::shared_ptr<const Sealer>(std::move(entry), sealer);
}

// Find is called inside transactions of the data and gives its answer then and there. A driver that
// reads inline does so on this thread. One that doesn't runs those transactions on threads of its
// own, which wait here. A thread that serves an executor never does: the key comes soon, and who
// asked does without it until then.
SqlKeyRing::Found SqlKeyRing::Load(const KeyName& name, std::string_view cache_key,
                                   std::shared_ptr<const Entry> known) {
  WipeIdle();
  // Has what it needs for itself: nobody may wait for it.
  const auto look = [](SqlKeyRing& self, KeyClass key_class, std::string agency, std::string family,
                       std::string key, std::shared_ptr<const Entry> before,
                       std::promise<Found> done) -> Task<> {
    const KeyName own{.agency = agency, .family = family, .key_class = key_class};
    const std::uint64_t destructions = self.destructions_.load();
    CallContext context;
    context.deadline = SteadyClock::time_point::max();
    context.principal = WorkFor(agency, "system");
    Found found = absl::InternalError("not read");
    const absl::Status read = co_await self.db_.Read(context, [&](db::Tx& tx) -> absl::Status {
      found = self.ReadRow(tx, own, before);
      return found.status();
    });
    if (read.ok()) {
      (*found)->fresh_until_us = self.machine_clock_.NowMicros() + self.options_.cached_for.count();
      Keep(self.cache_, key, *found, self.destructions_, destructions);
    } else {
      if (absl::IsNotFound(read)) self.cache_.Erase(key);
      found = read;
    }
    done.set_value(std::move(found));
  };
  const bool may_wait = Executor::Current() == nullptr;
  std::promise<Found> done;
  std::future<Found> found = done.get_future();
  {
    const NoHome no_home;
    Spawn(look(*this, name.key_class, std::string(name.agency), std::string(name.family),
               std::string(cache_key), std::move(known), std::move(done)));
  }
  if (!may_wait && found.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    return absl::UnavailableError("the key is being read");
  }
  return found.get();
}

SqlKeyRing::Found SqlKeyRing::ReadRow(db::Tx& tx, const KeyName& name,
                                      const std::shared_ptr<const Entry>& known) {
  ASSIGN_OR_RETURN(const std::optional<std::string> wrapped, SelectFamilyKey(tx, name));
  if (!wrapped.has_value()) return absl::NotFoundError("there is no such key");
  // The row of a name always holds the same key, however it is wrapped. Keeping the sealer keeps
  // its count of seals.
  if (known != nullptr) return known;
  ASSIGN_OR_RETURN(const std::vector<AgencyKeyRow> rows, SelectAgencyKeys(tx, name.agency));
  for (const AgencyKeyRow& row : rows) {
    if (SealedKeyId(*wrapped) != row.version) continue;
    ASSIGN_OR_RETURN(const Secret agency_key,
                     wrapping_.UnwrapAgencyKey(name.agency, row.version, row.wrapped));
    const Sealer opener(static_cast<std::uint32_t>(row.version), agency_key.view());
    ASSIGN_OR_RETURN(const Secret key, wrapping_.UnwrapFamilyKey(opener, name, *wrapped));
    return std::make_shared<const Entry>(KeyId(name.key_class), key);
  }
  return absl::UnavailableError(Concat({"agency ", name.agency, " lacks the key of a family"}));
}

Task<absl::StatusOr<std::shared_ptr<const Sealer>>> SqlKeyRing::FindOrCreate(CallContext& context,
                                                                             std::string agency,
                                                                             std::string family,
                                                                             KeyClass key_class) {
  const KeyName name{.agency = agency, .family = family, .key_class = key_class};
  const CacheKey cache_key(name);
  for (bool made = false;; made = true) {
    // As Find, but the thread is free while the database looks.
    std::shared_ptr<const Entry> entry = cache_.Find(cache_key.view());
    if (entry == nullptr || machine_clock_.NowMicros() >= entry->fresh_until_us) {
      WipeIdle();
      const std::uint64_t destructions = destructions_.load();
      Found found = absl::InternalError("not read");
      const absl::Status read = co_await db_.Read(context, [&](db::Tx& tx) -> absl::Status {
        found = ReadRow(tx, name, entry);
        return found.status();
      });
      if (read.ok()) {
        entry = *std::move(found);
        entry->fresh_until_us = machine_clock_.NowMicros() + options_.cached_for.count();
        Keep(cache_, cache_key.view(), entry, destructions_, destructions);
      } else if (absl::IsNotFound(read)) {
        cache_.Erase(cache_key.view());
        entry = nullptr;
      } else {
        co_return read;
      }
    }
    if (entry != nullptr) {
      const Sealer* sealer = &entry->sealer;
      co_return std::shared_ptr<const Sealer>(std::move(entry), sealer);
    }
    if (made) co_return Erased();
    // Two callers may make one; the row says whose it is.
    CO_RETURN_IF_ERROR(
        co_await WriteAgain(db_, context, [&](db::Tx& tx) { return Insert(tx, name); }));
  }
}

absl::Status SqlKeyRing::Insert(db::Tx& tx, const KeyName& name) {
  // The agency's key first: no erasure comes between the look and the new key.
  RETURN_IF_ERROR(TakeAgencyKeys(tx, name.agency).status());
  ASSIGN_OR_RETURN(const std::unique_ptr<Sealer> agency_key, AgencyKeyInUse(tx, name.agency));
  ASSIGN_OR_RETURN(const bool erased, IsErased(tx, name.agency, name.family));
  if (erased) return Erased();
  return InsertFamilyKey(tx, name, wrapping_.WrapFamilyKey(*agency_key, name, NewSecret()),
                         machine_clock_.NowMicros());
}

absl::StatusOr<std::unique_ptr<Sealer>> SqlKeyRing::AgencyKeyInUse(db::Tx& tx,
                                                                   std::string_view agency) {
  ASSIGN_OR_RETURN(std::vector<AgencyKeyRow> rows, SelectAgencyKeys(tx, agency));
  if (rows.empty()) {
    rows.push_back({.agency = std::string(agency),
                    .version = 1,
                    .wrapped = wrapping_.WrapAgencyKey(agency, 1, NewSecret())});
    ASSIGN_OR_RETURN(const bool mine, InsertAgencyKey(tx, rows[0], machine_clock_.NowMicros()));
    // Another process made it since: the whole transaction again.
    if (!mine) return absl::AbortedError("the agency's key was made meanwhile");
  }
  const AgencyKeyRow& newest = rows.back();
  ASSIGN_OR_RETURN(const Secret key,
                   wrapping_.UnwrapAgencyKey(agency, newest.version, newest.wrapped));
  return std::make_unique<Sealer>(static_cast<std::uint32_t>(newest.version), key.view());
}

Task<absl::Status> SqlKeyRing::Destroy(CallContext& context, std::string agency,
                                       std::string family) {
  if (family.empty()) co_return absl::InvalidArgumentError("an agency's own keys are not erased");
  if (options_.empty_log) options_.empty_log();
  CO_RETURN_IF_ERROR(co_await WriteAgain(db_, context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(const bool any, TakeAgencyKeys(tx, agency));
    if (!any) RETURN_IF_ERROR(AgencyKeyInUse(tx, agency).status());
    RETURN_IF_ERROR(InsertErasure(tx, agency, family, machine_clock_.NowMicros()));
    return DeleteFamilyKeys(tx, agency, family);
  }));
  destructions_.fetch_add(1);
  for (const KeyClass key_class :
       {KeyClass::kRecord, KeyClass::kPsychotherapy, KeyClass::kSubstanceUse}) {
    cache_.Erase(CacheKey({.agency = agency, .family = family, .key_class = key_class}).view());
  }
  co_return absl::OkStatus();
}

Task<absl::StatusOr<bool>> SqlKeyRing::DestroyAgain(CallContext& context, std::string agency,
                                                    std::string family) {
  bool any = false, erased = false;
  CO_RETURN_IF_ERROR(co_await db_.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(erased, IsErased(tx, agency, family));
    ASSIGN_OR_RETURN(any, HasFamilyKey(tx, agency, family));
    return absl::OkStatus();
  }));
  if (any || !erased) {
    CO_RETURN_IF_ERROR(co_await Destroy(context, std::move(agency), std::move(family)));
  }
  co_return any;
}

Task<absl::StatusOr<std::vector<ErasedFamily>>> SqlKeyRing::AllErased(CallContext& context) {
  std::vector<ErasedFamily> all;
  CO_RETURN_IF_ERROR(co_await db_.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(all, SelectErasures(tx));
    return absl::OkStatus();
  }));
  co_return all;
}

void SqlKeyRing::WipeIdle() {
  const std::int64_t now_us = machine_clock_.NowMicros();
  std::int64_t due = next_wipe_us_.load();
  if (now_us < due) return;
  if (!next_wipe_us_.compare_exchange_strong(due, now_us + options_.cached_for.count() / 5)) return;
  cache_.EraseIf([now_us](const Entry& entry) { return now_us >= entry.fresh_until_us; });
}

}  // namespace rapport::crypto
