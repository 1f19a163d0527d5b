#include "platform/audit/audit_record.h"
#include "platform/records/changes_impl.h"

#include <algorithm>
#include <utility>

namespace rapport::records {

Changes::Changes(const CallContext& who, std::int64_t now_us) : impl_(std::make_shared<Impl>()) {
  if (who.principal) impl_->agency = who.principal->agency;
  impl_->now_us = now_us;
  impl_->who = audit::RecordOf(who, now_us, RealMicros());
}

void Changes::Create(Record record) {
  record.version = 1;
  record.created_us = record.updated_us = impl_->now_us;
  impl_->writes.push_back({.record = std::move(record)});
}

void Changes::Update(const Record& before, Record after) {
  after.kind = before.kind;
  after.family = before.family;
  after.id = before.id;
  after.version = before.version + 1;
  after.created_us = before.created_us;
  after.updated_us = impl_->now_us;
  impl_->writes.push_back({.record = std::move(after), .before_version = before.version});
}

// In one order, so that two commits over the same families don't wait for each other.
void Changes::Guard(std::string family, std::int64_t revision) {
  auto& guards = impl_->guards;
  const auto at = std::ranges::lower_bound(guards, family, {}, &Impl::Guarded::family);
  if (at != guards.end() && at->family == family) return;
  guards.insert(at, {.family = std::move(family), .revision = revision});
}

void Changes::Claim(std::string_view index, std::string_view value, const Record& record) {
  impl_->claims.push_back({.index = std::string(index),
                           .value = std::string(value),
                           .family = record.family,
                           .id = record.id,
                           .kind = record.kind});
}

void Changes::Release(std::string_view index, std::string_view value) {
  impl_->claims.push_back(
      {.index = std::string(index), .value = std::string(value), .release = true});
}

void Changes::Audit(std::string_view action, const Record& record, std::vector<std::string> members,
                    std::string reason_code) {
  internal::v1::AuditRecord audit = impl_->who;
  audit.set_action(std::string(action));
  audit.set_kind(record.kind);
  audit.set_resource(record.id);
  audit.set_version(record.version);
  audit.set_family(record.family);
  for (std::string& member : members) audit.add_members(std::move(member));
  audit.set_reason_code(std::move(reason_code));
  impl_->audits.push_back(std::move(audit));
}

void Changes::Emit(Event event) { impl_->events.push_back(std::move(event)); }

}  // namespace rapport::records
