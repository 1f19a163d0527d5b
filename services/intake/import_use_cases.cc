// BatchImportFamilies: families that worked elsewhere, each row by itself.
#include "intake/external_ids.h"
#include "intake/intake_errors.h"
#include "intake/intake_service.h"
#include "intake/person_rules.h"
#include "intake/show.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/errors.h"
#include "platform/schema/validate.h"

#include <rapport/internal/v1/event.pb.h>

#include <absl/container/flat_hash_set.h>

#include <algorithm>

namespace rapport::intake {
namespace {

void Reject(absl::StatusCode code, std::string_view reason, std::string_view field,
            std::string_view message, v1::FamilyImportOutcome* outcome) {
  outcome->set_status(v1::IMPORT_STATUS_REJECTED);
  auto* error = outcome->add_errors();
  error->set_code(static_cast<int>(code));
  error->set_reason(std::string(reason));
  error->set_field(std::string(field));
  error->set_message(std::string(message));
}

void CheckValue(std::string_view field, const type::v1::ExternalId& id,
                v1::FamilyImportOutcome* outcome) {
  const std::string_view fault = schema::FaultOfExternalValue(id.value());
  if (fault.empty()) return;
  Reject(absl::StatusCode::kInvalidArgument, schema::reasons::kInvalidRequest.name,
         Concat({field, ".value"}), fault, outcome);
}

// Who screened and when, or neither.
bool SaysWhoScreened(const v1::ImportAttestation& attestation) {
  if (attestation.screened_by().empty()) return !attestation.has_screen_time();
  return Micros(attestation.screen_time()) > 0 &&
         Micros(attestation.screen_time()) <= Micros(attestation.attest_time());
}

}  // namespace

// A row whose family is known: it must have all the row's members; nothing is changed.
absl::Status IntakeService::DescribeKnown(db::Tx& tx, const std::string& agency,
                                          const std::string& family, const v1::FamilyImport& row,
                                          v1::FamilyImportOutcome* outcome) const {
  ASSIGN_OR_RETURN(const StoredCase file, store_.Load(tx, agency, family));
  outcome->set_status(v1::IMPORT_STATUS_KNOWN);
  outcome->set_family(file.family.message.family().name());
  for (int i = 0; i < row.members_size(); ++i) {
    const auto& id = row.members(i).external_id();
    ASSIGN_OR_RETURN(const auto member,
                     deps_.records.FindClaim(tx, agency, ExternalClaim("member", family, id),
                                             ExternalValue(id)));
    if (!member) {
      Reject(absl::StatusCode::kFailedPrecondition, "IMPORT_CONFLICT",
             Concat({"members[", std::to_string(i), "].external_id"}),
             "the family is known, this member is not", outcome);
      continue;
    }
    outcome->add_members(deps_.NamesOf(agency).Member(family, *member));
  }
  if (outcome->errors_size() > 0) {
    outcome->clear_family();
    outcome->clear_members();
  }
  return absl::OkStatus();
}

void IntakeService::ImportRow(const v1::FamilyImport& row, const v1::ImportAttestation& attestation,
                              const std::string& therapist, const std::string& agency,
                              records::Changes& changes, v1::FamilyImportOutcome* outcome) const {
  const schema::Names names = deps_.NamesOf(agency);
  const std::int64_t now_us = Now(), open_us = Micros(row.open_time());
  internal::v1::StoredFamily stored;
  records::Record record = NewRecord(kFamily, "", now_us);
  record.family = record.id;
  record.state = v1::FAMILY_STATE_OPEN;
  const std::string id = record.id;
  v1::Family& family = *stored.mutable_family();
  family.set_name(names.Family(id));
  family.set_display_name(row.display_name());
  family.set_state(v1::FAMILY_STATE_OPEN);
  *family.mutable_state_time() = schema::ToTimestamp(now_us);
  *family.mutable_open_time() = row.open_time();
  *family.add_episodes()->mutable_open_time() = row.open_time();
  *family.add_external_ids() = row.external_id();
  family.set_imported(true);
  stored.set_attested_by(attestation.attested_by());
  stored.set_attested_us(Micros(attestation.attest_time()));
  stored.set_attestation(attestation.statement());
  stored.set_attested_screened_by(attestation.screened_by());
  stored.set_attested_screen_us(Micros(attestation.screen_time()));
  record = records::With(record, stored);
  changes.Create(record);
  changes.Claim(ExternalClaim("family", "", row.external_id()), row.external_id().value(), record);
  changes.Audit("family.import", record);
  outcome->set_status(v1::IMPORT_STATUS_CREATED);
  outcome->set_family(family.name());
  for (const v1::MemberImport& one : row.members()) {
    internal::v1::StoredMember member;
    records::Record place = NewRecord(kMember, id, now_us);
    v1::Member& m = *member.mutable_member();
    m.set_name(names.Member(id, place.id));
    m.set_display_name(one.display_name());
    m.set_role(one.role());
    m.set_involvement(one.involvement());
    if (one.has_birth_date()) *m.mutable_birth_date() = one.birth_date();
    m.set_language(one.language());
    *m.add_periods()->mutable_start_time() = schema::ToTimestamp(open_us);
    *m.add_external_ids() = one.external_id();
    place = records::With(place, member);
    changes.Create(place);
    changes.Claim(ExternalClaim("member", id, one.external_id()), one.external_id().value(), place);
    outcome->add_members(m.name());
    for (const int purpose : attestation.consents()) {
      v1::Consent consent;
      records::Record paper = NewRecord(kConsent, id, now_us);
      consent.set_name(names.Consent(id, paper.id));
      consent.set_member(m.name());
      consent.set_purpose(static_cast<v1::ConsentPurpose>(purpose));
      consent.set_grantor_name(attestation.attested_by());
      // By what right it was given, the attestation does not say: nothing is made up.
      consent.set_document(attestation.statement().substr(0, 500));
      *consent.mutable_grant_time() = row.open_time();
      consent.set_attested(true);
      changes.Create(records::With(paper, consent));
    }
  }
  v1::Helper helper;
  helper.set_professional(names.Professional(therapist));
  helper.set_role(v1::THERAPIST_SYSTEM_ROLE_THERAPIST);
  helper.set_involvement(v1::INVOLVEMENT_DIRECT);
  *helper.mutable_start_time() = row.open_time();
  AddHelper(id, therapist, std::move(helper), agency, now_us, changes);
  changes.Emit({.type = internal::v1::EVENT_TYPE_ROSTER_CHANGED,
                .family = id,
                .resource = family.name(),
                .version = 1,
                .body = {}});
}

// Rows are prepared against one snapshot and committed together: the batch is as atomic as its
// answer, which says what became of each row. A key that somebody else takes meanwhile is a
// conflict; the next try sees it as known.
IntakeService::Answer<v1::BatchImportFamiliesResponse> IntakeService::BatchImportFamilies(
    CallContext& context, const v1::BatchImportFamiliesRequest& request) {
  const std::string& agency = context.principal->agency;
  if (Micros(request.attestation().attest_time()) > Now()) {
    co_return schema::InvalidField("attestation.attest_time", "not in the future");
  }
  if (!SaysWhoScreened(request.attestation())) {
    co_return schema::InvalidField("attestation.screen_time",
                                   "with screened_by and only then; not after attest_time");
  }
  records::Changes changes(context, Now());
  v1::BatchImportFamiliesResponse response;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    absl::flat_hash_set<std::string> in_batch;
    for (int i = 0; i < request.families_size(); ++i) {
      const v1::FamilyImport& row = request.families(i);
      auto* outcome = response.add_outcomes();
      outcome->set_index(i);
      for (const auto& fault : schema::Validate(row)) {
        Reject(absl::StatusCode::kInvalidArgument, schema::reasons::kInvalidRequest.name,
               fault.field, fault.description, outcome);
      }
      CheckValue("external_id", row.external_id(), outcome);
      if (outcome->errors_size() > 0) continue;
      ASSIGN_OR_RETURN(
          const auto known,
          deps_.records.FindClaim(tx, agency, ExternalClaim("family", "", row.external_id()),
                                  ExternalValue(row.external_id())));
      if (known) {
        RETURN_IF_ERROR(DescribeKnown(tx, agency, *known, row, outcome));
        continue;
      }
      if (!in_batch.insert(Concat({row.external_id().system(), "=", row.external_id().value()}))
               .second) {
        Reject(absl::StatusCode::kAlreadyExists, "DUPLICATE_ROW", "external_id",
               "an earlier row of this request has it", outcome);
      }
      absl::flat_hash_set<std::string> members;
      for (int m = 0; m < row.members_size(); ++m) {
        const auto& id = row.members(m).external_id();
        if (!members.insert(Concat({id.system(), "=", id.value()})).second) {
          Reject(absl::StatusCode::kInvalidArgument, "DUPLICATE_MEMBER",
                 Concat({"members[", std::to_string(m), "].external_id"}),
                 "unique within the family", outcome);
        }
        CheckValue(Concat({"members[", std::to_string(m), "].external_id"}), id, outcome);
        if (row.members(m).has_birth_date() && !BornBy(row.members(m).birth_date(), Now())) {
          Reject(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST",
                 Concat({"members[", std::to_string(m), "].birth_date"}), "not in the future",
                 outcome);
        }
      }
      if (Micros(row.open_time()) > Now()) {
        Reject(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST", "open_time",
               "not in the future", outcome);
      }
      ASSIGN_OR_RETURN(
          const auto therapist,
          deps_.records.FindClaim(tx, agency, ExternalClaim("professional", "", row.therapist()),
                                  ExternalValue(row.therapist())));
      if (!therapist) {
        Reject(absl::StatusCode::kFailedPrecondition, "THERAPIST_UNKNOWN", "therapist",
               "a professional of the directory has this external id", outcome);
      }
      if (outcome->errors_size() > 0) continue;
      ImportRow(row, request.attestation(), *therapist, agency, changes, outcome);
    }
    return absl::OkStatus();
  }));
  const bool created = std::ranges::any_of(response.outcomes(), [](const auto& outcome) {
    return outcome.status() == v1::IMPORT_STATUS_CREATED;
  });
  if (created) {
    records::Record batch;
    batch.id = context.request_hash.substr(0, 16);
    changes.Audit("family.import_batch", batch);
  }
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

}  // namespace rapport::intake
