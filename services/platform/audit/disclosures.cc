#include "platform/audit/disclosures.h"

#include "platform/audit/append.h"
#include "platform/audit/audit_record.h"
#include "platform/audit/shown.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace rapport::audit {

class Disclosures::Lead {
 public:
  Lead(Disclosures& owner, std::string_view key) : owner_(owner), key_(key) {}
  bool await_ready() const noexcept { return false; }
  bool await_suspend(Handle handle) {
    std::lock_guard lock(owner_.mutex_);
    auto [found, mine] = owner_.writing_.try_emplace(std::string(key_));
    mine_ = mine;
    // Once the lock is free the row's writer may resume this coroutine elsewhere.
    if (!mine) found->second.push_back({Executor::Current(), handle});
    return !mine;
  }
  bool await_resume() const noexcept { return mine_; }

 private:
  Disclosures& owner_;
  const std::string_view key_;
  bool mine_ = false;
};

Disclosures::Disclosures(db::Db& db, crypto::KeyRing& keys, AuditChain& chain, const Clock& clock,
                         const Clock& machine)
    : db_(db), keys_(keys), chain_(chain), clock_(clock), machine_(machine) {}

const Clock& Disclosures::RealClock() {
  static const SystemClock clock;
  return clock;
}

std::vector<Disclosures::Part> Disclosures::PartsOf(const CallContext& context) {
  std::vector<Part> parts;
  for (auto& [family, members] : ShownFamilies(context)) {
    parts.push_back({family, members, KeyOf(context, family, members)});
  }
  return parts;
}

std::string Disclosures::KeyOf(const CallContext& context, std::string_view family,
                               const std::vector<std::string>& members) {
  std::string key;
  key.reserve(256);
  const auto add = [&](std::string_view part) {
    const auto size = static_cast<std::uint32_t>(part.size());
    key.append(reinterpret_cast<const char*>(&size), sizeof size);
    key += part;
  };
  key += static_cast<char>(context.access.viewer);
  key.append(reinterpret_cast<const char*>(&context.disclosed_version),
             sizeof context.disclosed_version);
  add(context.principal ? std::string_view(context.principal->agency) : "");
  add(ActorOf(context));
  add(context.method);
  add(family);
  add(context.access.break_glass);
  add(context.disclosed_resource);
  for (const std::string& member : members) add(member);
  return key;
}

bool Disclosures::CoveredKey(std::string_view key) {
  const auto until = covered_.Find(key);
  if (until == nullptr || machine_.NowMicros() >= *until) return false;
  covered_count_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

bool Disclosures::Covered(const CallContext& context) {
  const std::vector<Part> parts = PartsOf(context);
  if (parts.empty()) {
    return CoveredKey(KeyOf(context, context.access.family, context.disclosed_members));
  }
  return std::ranges::all_of(parts, [&](const Part& part) { return CoveredKey(part.key); });
}

Task<absl::Status> Disclosures::Ensure(CallContext& context) {
  if (!context.principal) co_return absl::InternalError("a disclosure needs a principal");
  std::vector<Part> parts = PartsOf(context);
  if (parts.empty()) co_return co_await EnsureOne(context);
  co_return co_await EnsureEach(context, std::move(parts));
}

Task<absl::Status> Disclosures::EnsureOne(CallContext& context) {
  const std::string key = KeyOf(context, context.access.family, context.disclosed_members);
  while (!CoveredKey(key)) {
    if (context.Expired()) co_return absl::DeadlineExceededError("nobody waits any more");
    if (!co_await Lead(*this, key)) continue;
    struct Waiting {
      ~Waiting() { owner.WakeWaiting(key); }
      Disclosures& owner;
      std::string_view key;
    } waiting{*this, key};
    // Another's row may have come between the look and the lead.
    if (CoveredKey(key)) break;
    std::vector<Part> own;
    own.push_back({context.access.family, context.disclosed_members, key});
    co_return co_await WriteRows(context, std::move(own));
  }
  co_return absl::OkStatus();
}

// Nobody waits for another's rows here: two lists that wait for parts of each other would do so for
// ever. Equal lists at the same time write equal rows.
Task<absl::Status> Disclosures::EnsureEach(CallContext& context, std::vector<Part> parts) {
  std::erase_if(parts, [&](const Part& part) { return CoveredKey(part.key); });
  if (parts.empty()) co_return absl::OkStatus();
  co_return co_await WriteRows(context, std::move(parts));
}

Task<absl::Status> Disclosures::WriteRows(CallContext& context, std::vector<Part> parts) {
  using std::chrono::microseconds;
  const std::string& agency = context.principal->agency;
  const std::int64_t recorded_us = machine_.NowMicros();
  const std::int64_t until_us = recorded_us + microseconds(limits::kDisclosureWindow).count();
  std::vector<internal::v1::AuditRecord> records;
  for (const Part& part : parts) {
    auto record = RecordOf(context, clock_.NowMicros(), recorded_us);
    record.set_action("disclose");
    record.set_family(part.family);
    record.set_kind(context.disclosed_kind);
    record.set_resource(context.disclosed_resource);
    record.set_version(context.disclosed_version);
    for (const std::string& member : part.members) record.add_members(member);
    record.set_covers_until_us(until_us);
    records.push_back(std::move(record));
  }
  CO_RETURN_IF_ERROR(co_await Append(context, db_, keys_, chain_, agency, std::move(records)));
  for (const Part& part : parts) {
    covered_.Put(part.key, std::make_shared<const std::int64_t>(until_us));
  }
  written_count_.fetch_add(parts.size(), std::memory_order_relaxed);
  co_return absl::OkStatus();
}

void Disclosures::WakeWaiting(std::string_view key) {
  std::vector<Continuation> waiting;
  {
    std::lock_guard lock(mutex_);
    const auto found = writing_.find(Absl(key));
    waiting = std::move(found->second);
    writing_.erase(found);
  }
  PostByHome(waiting);
}

}  // namespace rapport::audit
