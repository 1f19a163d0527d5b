#include "intake/intake_store.h"

#include "intake/safety_rules.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/names.h"

namespace rapport::intake {
namespace {

template <typename Message>
absl::Status Append(records::Record record, std::vector<records::Stored<Message>>& to) {
  ASSIGN_OR_RETURN(auto stored, records::Parse<Message>(std::move(record)));
  to.push_back(std::move(stored));
  return absl::OkStatus();
}

absl::Status Place(records::Record record, StoredCase& file) {
  switch (record.kind) {
    case kFamily: {
      ASSIGN_OR_RETURN(file.family, records::Parse<internal::v1::StoredFamily>(std::move(record)));
      return absl::OkStatus();
    }
    case kSessionTally: {
      ASSIGN_OR_RETURN(file.tally,
                       records::Parse<internal::v1::StoredSessionTally>(std::move(record)));
      return absl::OkStatus();
    }
    case kMember:
      return Append(std::move(record), file.members);
    case kHelper:
      return Append(std::move(record), file.helpers);
    case kRelationship:
      return Append(std::move(record), file.relationships);
    case kProblem:
      return Append(std::move(record), file.problems);
    case kAssessment:
      return Append(std::move(record), file.assessments);
    case kScreen:
      return Append(std::move(record), file.screens);
    case kConsent:
      return Append(std::move(record), file.consents);
    case kPolicy:
      return Append(std::move(record), file.policies);
    case kBreakGlass:
      return Append(std::move(record), file.break_glass);
    case kRecordRequest:
      return Append(std::move(record), file.requests);
    case kAccountPlace:
      file.account_places.push_back(std::move(record));
      return absl::OkStatus();
    case kEmergencyWatch:
      file.emergency_watch = std::move(record);
      return absl::OkStatus();
    default:
      return absl::OkStatus();
  }
}

template <typename Message>
std::vector<Message> Messages(const std::vector<records::Stored<Message>>& stored) {
  std::vector<Message> messages;
  messages.reserve(stored.size());
  for (const auto& one : stored) messages.push_back(one.message);
  return messages;
}

}  // namespace

std::string ExternalClaim(std::string_view resource_type, std::string_view family,
                          const type::v1::ExternalId& id) {
  return Concat({"external/", resource_type, "/", Hex(family), "/", id.system()});
}

std::string ExternalValue(const type::v1::ExternalId& id) { return id.value(); }

std::vector<const internal::v1::StoredMember*> StoredCase::KeptMembers() const {
  std::vector<const internal::v1::StoredMember*> kept;
  kept.reserve(members.size());
  for (const StoredMember& one : members) kept.push_back(&one.message);
  return kept;
}

CaseFile StoredCase::File() const {
  CaseFile file;
  file.rules = rules;
  file.family = family.message.family();
  for (const StoredMember& member : members) file.members.push_back(member.message.member());
  file.helpers = Messages(helpers);
  if (trainees) {
    file.trainees = *trainees;
  } else {
    for (const v1::Helper& helper : file.helpers) file.trainees.push_back(helper.professional());
  }
  file.relationships = Messages(relationships);
  file.problems = Messages(problems);
  file.assessments = Messages(assessments);
  file.screens = Messages(screens);
  file.consents = Messages(consents);
  file.policies = Messages(policies);
  for (const auto& one : tally.message.attended()) {
    for (const StoredMember& member : members) {
      if (member.record.id != one.member()) continue;
      file.attended.push_back({member.message.member().name(), one.individual_us(), one.joint_us(),
                               SaidNotSafeUs(one), one.low_answer_us()});
    }
  }
  // Since when a separation holds.
  for (std::size_t i = 0; i < screens.size(); ++i) {
    *file.screens[i].mutable_create_time() = TimestampOf(screens[i].record.created_us);
  }
  file.attested_screen_us = family.message.attested_screen_us();
  return file;
}

std::vector<v1::RecordRequest> StoredCase::Requests() const { return Messages(requests); }

absl::StatusOr<StoredCase> IntakeStore::Load(db::Tx& tx, std::string_view agency,
                                             std::string_view family) const {
  ASSIGN_OR_RETURN(auto records,
                   records_.Family(tx, agency, family, kFirstOfFamily, kLastOfFamily));
  StoredCase file;
  file.id = family;
  if (rules_) file.rules = rules_(agency);
  ASSIGN_OR_RETURN(file.revision, records_.Revision(tx, agency, family));
  ASSIGN_OR_RETURN(file.sequence, records_.Sequence(tx, agency));
  for (records::Record& record : records) RETURN_IF_ERROR(Place(std::move(record), file));
  if (file.family.record.version == 0) return absl::NotFoundError("no such family");
  return file;
}

absl::Status IntakeStore::LoadTrainees(db::Tx& tx, std::string_view agency,
                                       const schema::IdCodec& ids, StoredCase& file) const {
  const schema::Names names(ids, agency);
  file.trainees.emplace();
  for (const auto& helper : file.helpers) {
    const std::string& name = helper.message.professional();
    const auto professional = names.ReadProfessional(name);
    if (!professional) continue;
    ASSIGN_OR_RETURN(const StoredProfessional stored, Professional(tx, agency, *professional));
    if (stored.message.professional().kind() == v1::PROFESSIONAL_KIND_TRAINEE) {
      file.trainees->push_back(name);
    }
  }
  return absl::OkStatus();
}

namespace {

template <typename Stored, typename NameIn>
absl::StatusOr<std::string> Called(absl::StatusOr<records::Record> record, NameIn name_in) {
  if (absl::IsNotFound(record.status())) return std::string();
  RETURN_IF_ERROR(record.status());
  ASSIGN_OR_RETURN(const auto stored, records::Parse<Stored>(*std::move(record)));
  return name_in(stored.message).display_name();
}

}  // namespace

absl::StatusOr<std::string> IntakeStore::FamilyCalled(db::Tx& tx, std::string_view agency,
                                                      std::string_view family) const {
  return Called<internal::v1::StoredFamily>(
      records_.Get(tx, agency, family, kFamily, family),
      [](const auto& stored) -> const v1::Family& { return stored.family(); });
}

absl::StatusOr<std::string> IntakeStore::MemberCalled(db::Tx& tx, std::string_view agency,
                                                      std::string_view family,
                                                      std::string_view member) const {
  return Called<internal::v1::StoredMember>(
      records_.Get(tx, agency, family, kMember, member),
      [](const auto& stored) -> const v1::Member& { return stored.member(); });
}

absl::StatusOr<std::string> IntakeStore::ProfessionalCalled(db::Tx& tx, std::string_view agency,
                                                            std::string_view id) const {
  return Called<internal::v1::StoredProfessional>(
      records_.Get(tx, agency, "", kProfessional, id),
      [](const auto& stored) -> const v1::Professional& { return stored.professional(); });
}

absl::StatusOr<StoredProfessional> IntakeStore::Professional(db::Tx& tx, std::string_view agency,
                                                             std::string_view id) const {
  ASSIGN_OR_RETURN(auto record, records_.Get(tx, agency, "", kProfessional, id));
  return records::Parse<internal::v1::StoredProfessional>(std::move(record));
}

absl::StatusOr<std::vector<std::string>> IntakeStore::Caseload(db::Tx& tx, std::string_view agency,
                                                               std::string_view professional,
                                                               std::int64_t at_us,
                                                               Help help) const {
  ASSIGN_OR_RETURN(auto records,
                   records_.Family(tx, agency, professional, kCaseloadEntry, kCaseloadEntry));
  std::vector<std::string> families;
  for (records::Record& record : records) {
    ASSIGN_OR_RETURN(auto entry,
                     records::Parse<internal::v1::StoredCaseloadEntry>(std::move(record)));
    const auto& e = entry.message;
    if (help == Help::kDirect && e.indirect()) continue;
    if (e.from_us() <= at_us && (e.to_us() == 0 || at_us < e.to_us())) {
      families.push_back(e.family());
    }
  }
  return families;
}

absl::StatusOr<std::vector<std::string>> IntakeStore::Supervisees(
    db::Tx& tx, std::string_view agency, std::string_view professional, std::int64_t at_us,
    const schema::IdCodec& ids) const {
  std::vector<std::string> supervisees;
  records::ListQuery query{.kind = kSupervision, .parent = professional};
  std::string after;
  for (bool more = true; more;) {
    ASSIGN_OR_RETURN(auto records, records_.List(tx, agency, query));
    more = std::ssize(records) == query.limit;
    for (records::Record& record : records) {
      query.after_us = record.sort_us;
      after = record.id;
      query.after_id = after;
      ASSIGN_OR_RETURN(auto stored, records::Parse<v1::Supervision>(std::move(record)));
      const v1::Supervision& supervision = stored.message;
      const bool now = Micros(supervision.start_time()) <= at_us &&
                       (!supervision.has_end_time() || at_us < Micros(supervision.end_time()));
      if (!now) continue;
      auto supervisee = schema::Names(ids, agency).ReadProfessional(supervision.supervisee());
      if (supervisee) supervisees.push_back(*std::move(supervisee));
    }
  }
  return supervisees;
}

absl::StatusOr<std::optional<std::string>> IntakeStore::ProfessionalOf(
    db::Tx& tx, std::string_view agency, std::string_view subject) const {
  return records_.FindClaim(tx, agency, kAccountClaim, subject);
}

}  // namespace rapport::intake
