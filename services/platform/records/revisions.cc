#include "platform/records/revisions.h"

#include "platform/records/lists.h"
#include "platform/schema/canonical.h"
#include "platform/schema/errors.h"
#include "platform/schema/times.h"

#include <algorithm>
#include <optional>

namespace rapport::records {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using internal::v1::AuditRecord;

const FieldDescriptor* FieldOf(const Message& message, const char* name) {
  return message.GetDescriptor()->FindFieldByName(name);
}

// What the resource says, without what changes with every version of the record.
std::string ContentOf(const Message& resource) {
  const std::unique_ptr<Message> content(resource.New());
  content->CopyFrom(resource);
  for (const char* name : {"etag", "update_time"}) {
    if (const FieldDescriptor* field = FieldOf(*content, name)) {
      content->GetReflection()->ClearField(content.get(), field);
    }
  }
  return schema::Canonical(*content);
}

// Of neighbours that say the same, the first.
void KeepChanges(std::vector<ShownVersion>& versions) {
  std::string before;
  bool first = true;
  std::erase_if(versions, [&](const ShownVersion& version) {
    std::string content = ContentOf(*version.resource);
    const bool same = !first && content == before;
    first = false;
    before = std::move(content);
    return same;
  });
}

// A member is told when the version was made where the resource tells them.
std::optional<google::protobuf::Timestamp> TimeFor(const CallContext& context,
                                                   const ShownVersion& version) {
  if (context.access.viewer != Viewer::kMember) {
    return schema::ToTimestamp(version.record.updated_us);
  }
  const Message& resource = *version.resource;
  const FieldDescriptor* field = FieldOf(resource, "update_time");
  if (field == nullptr || !resource.GetReflection()->HasField(resource, field)) {
    return std::nullopt;
  }
  google::protobuf::Timestamp time;
  time.CopyFrom(resource.GetReflection()->GetMessage(resource, field));
  return time;
}

// `revision` of a new entry of `response.revisions`, whose oneof holds the resource.
type::v1::Revision& AddTo(Message& response, const Message& resource) {
  const FieldDescriptor* revisions = FieldOf(response, "revisions");
  Message* entry = response.GetReflection()->AddMessage(&response, revisions);
  const auto* choices = entry->GetDescriptor()->FindOneofByName("resource");
  for (int i = 0; i < choices->field_count(); ++i) {
    if (choices->field(i)->message_type() != resource.GetDescriptor()) continue;
    entry->GetReflection()->MutableMessage(entry, choices->field(i))->CopyFrom(resource);
  }
  Message* revision = entry->GetReflection()->MutableMessage(entry, FieldOf(*entry, "revision"));
  return *google::protobuf::DynamicCastToGenerated<type::v1::Revision>(revision);
}

bool Wrote(const AuditRecord& audit, const Record& record) {
  const auto is_it = [&](const auto& written) {
    return written.kind() == record.kind && written.resource() == record.id &&
           written.version() == record.version && !written.payload_hash().empty();
  };
  return is_it(audit) || std::ranges::any_of(audit.also(), is_it);
}

type::v1::AuthorKind KindOf(const AuditRecord& audit) {
  if (audit.actor().starts_with("service/") || audit.actor() == "system") {
    return type::v1::AUTHOR_KIND_SYSTEM;
  }
  switch (static_cast<Viewer>(audit.viewer())) {
    case Viewer::kCareTeam:
    case Viewer::kSupervisor:
    case Viewer::kAuthor:
      return type::v1::AUTHOR_KIND_PROFESSIONAL;
    case Viewer::kMember:
    case Viewer::kInvited:
      return type::v1::AUTHOR_KIND_MEMBER;
    case Viewer::kPeer:
      return type::v1::AUTHOR_KIND_SYSTEM;
    default:
      return type::v1::AUTHOR_KIND_AGENCY;
  }
}

// The inner id that `id_of` gives of the entries with this account; empty: none, or not one alone.
template <typename Entries, typename IdOf>
std::string TheOne(const Entries& entries, const std::string& subject, IdOf id_of) {
  std::string found;
  for (const auto& entry : entries) {
    if (std::ranges::find(entry.subjects, subject) == entry.subjects.end()) continue;
    if (!found.empty() && found != id_of(entry)) return "";
    found = id_of(entry);
  }
  return found;
}

std::string AuthorOf(const schema::Names& names, const AccessFacts& facts, const AuditRecord& audit,
                     type::v1::AuthorKind kind) {
  if (kind == type::v1::AUTHOR_KIND_MEMBER) {
    const std::string member =
        TheOne(facts.members, audit.actor(), [](const auto& one) { return one.member; });
    return member.empty() ? "" : names.Member(facts.family, member);
  }
  const auto professional = [](const auto& one) { return one.professional; };
  std::string id = TheOne(facts.helpers, audit.actor(), professional);
  if (id.empty()) id = TheOne(facts.supervisors, audit.actor(), professional);
  if (id.empty()) id = TheOne(facts.break_glass, audit.actor(), professional);
  return id.empty() ? "" : names.Professional(id);
}

}  // namespace

Task<absl::Status> Revisions::EnterAs(CallContext& context, std::string_view method,
                                      std::string self) const {
  std::string family = context.access.family;
  auto access = co_await deps_.access.Check(context, method, std::move(family), std::move(self));
  if (!access.ok()) co_return access.status();
  context.access = *std::move(access);
  co_return absl::OkStatus();
}

absl::StatusOr<std::vector<Record>> Revisions::VersionsOf(db::Tx& tx, std::string_view agency,
                                                          std::string_view family, int kind,
                                                          std::string_view id) const {
  ASSIGN_OR_RETURN(Record newest, deps_.records.Get(tx, agency, family, kind, id));
  ASSIGN_OR_RETURN(auto versions, deps_.records.History(tx, agency, family, kind, id));
  versions.push_back(std::move(newest));
  return versions;
}

Task<absl::StatusOr<std::string>> Revisions::Fill(CallContext& context, const Message& request,
                                                  std::vector<ShownVersion> versions,
                                                  Message& response) const {
  const bool to_member = context.access.viewer == Viewer::kMember;
  if (to_member) KeepChanges(versions);
  if (versions.empty()) co_return schema::NotFound();
  const auto number_of = [&](std::size_t i) {
    return to_member ? static_cast<std::int64_t>(i) + 1 : versions[i].record.version;
  };
  std::vector<Placed<std::size_t>> entries;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    entries.push_back({number_of(i), versions[i].record.id, i});
  }
  std::vector<std::pair<std::size_t, type::v1::Revision*>> page;
  CO_ASSIGN_OR_RETURN(
      std::string next,
      ShowPage(deps_, context, request, std::move(entries), false, [&](std::size_t i) {
        page.emplace_back(i, &AddTo(response, *versions[i].resource));
      }));
  for (const auto& [i, revision] : page) {
    const ShownVersion& version = versions[i];
    revision->set_number(number_of(i));
    if (auto time = TimeFor(context, version)) *revision->mutable_revise_time() = *time;
    if (!to_member) CO_RETURN_IF_ERROR(co_await Describe(context, version.record, *revision));
    context.disclosed_version = version.record.version;
  }
  context.disclosed_resource = versions.front().record.id;
  context.disclosed_kind = versions.front().record.kind;
  co_return next;
}

// The line that a version's commit wrote has the version's time; a family's lines of one moment are
// few.
Task<absl::Status> Revisions::Describe(CallContext& context, const Record& record,
                                       type::v1::Revision& revision) const {
  audit::LogRange range{
      .family = record.family, .from_us = record.updated_us, .to_us = record.updated_us + 1};
  std::optional<AuditRecord> found;
  const auto visit = [&](const audit::AuditLine& line) {
    if (Wrote(line.record, record)) found = line.record;
    return !found;
  };
  const auto read = co_await log_.Read(context, context.principal->agency, std::move(range), visit);
  if (!read.ok()) co_return read.status();
  if (!found) co_return absl::OkStatus();
  const type::v1::AuthorKind kind = KindOf(*found);
  revision.set_author_kind(kind);
  revision.set_action(found->action());
  revision.set_reason_code(found->reason_code());
  revision.set_account(found->actor());
  if (context.access.facts) {
    const schema::Names names = deps_.NamesOf(context.principal->agency);
    revision.set_author(AuthorOf(names, *context.access.facts, *found, kind));
  }
  co_return absl::OkStatus();
}

}  // namespace rapport::records
