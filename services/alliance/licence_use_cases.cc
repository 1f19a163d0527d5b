// An agency's licences: attestation and licensed wording of an instrument, apart from its key.
#include "alliance/alliance_errors.h"
#include "alliance/alliance_service.h"
#include "alliance/instruments/licence.h"
#include "platform/base/status_macros.h"
#include "platform/schema/errors.h"
#include "platform/schema/times.h"

namespace rapport::alliance {
namespace {

v1::InstrumentLicence ShowLicence(const records::ServiceDeps& deps, const std::string& agency,
                                  const records::Record& record, v1::InstrumentLicence licence) {
  licence.set_etag(deps.etags.Show(agency, record.id, record.version));
  *licence.mutable_update_time() = schema::ToTimestamp(record.updated_us);
  return licence;
}

}  // namespace

AllianceService::Answer<v1::SetInstrumentLicenceResponse> AllianceService::SetInstrumentLicence(
    CallContext& context, const v1::SetInstrumentLicenceRequest& request) {
  const std::string& agency = context.principal->agency;
  v1::InstrumentLicence licence = request.licence();
  std::shared_ptr<const v1::Instrument> instrument;
  std::optional<StoredLicence> before;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(instrument, store_.Instrument(tx, agency, licence.instrument()));
    ASSIGN_OR_RETURN(before, store_.Licence(tx, agency, licence.instrument()));
    return absl::OkStatus();
  }));
  if (!instrument) co_return schema::NotFound();
  if (const auto faults = CheckLicence(licence, *instrument); !faults.empty()) {
    co_return errors::InvalidLicence(faults);
  }
  if (before) {
    CO_RETURN_IF_ERROR(
        deps_.etags.Check(licence.etag(), agency, before->record.id, before->record.version));
  }
  licence.clear_etag();
  licence.clear_update_time();
  records::Changes changes(context, Now());
  records::Record record = before ? before->record : NewRecord(kLicence, "", Now());
  record.sort_us = 0;
  record.updated_us = Now();
  record = records::With(record, licence);
  if (before) {
    changes.Update(before->record, record);
    record.version = before->record.version + 1;
  } else {
    changes.Create(record);
    changes.Claim(kLicenceClaim, licence.instrument(), record);
    record.version = 1;
  }
  changes.Audit("instrument_licence.set", record);
  v1::SetInstrumentLicenceResponse response;
  *response.mutable_licence() = ShowLicence(deps_, agency, record, std::move(licence));
  auto committed = co_await deps_.records.Commit(context, std::move(changes), response);
  // Somebody else set the first one meanwhile: theirs is to be read before it is replaced.
  if (!committed.ok() && records::TakenIndex(committed.status()) == kLicenceClaim) {
    co_return schema::EtagRequired();
  }
  if (!committed.ok()) co_return committed.status();
  co_return response;
}

AllianceService::Answer<v1::GetInstrumentLicenceResponse> AllianceService::GetInstrumentLicence(
    CallContext& context, const v1::GetInstrumentLicenceRequest& request) {
  const std::string& agency = context.principal->agency;
  std::optional<StoredLicence> licence;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(licence, store_.Licence(tx, agency, request.instrument()));
    return absl::OkStatus();
  }));
  if (!licence) co_return schema::NotFound();
  v1::GetInstrumentLicenceResponse response;
  *response.mutable_licence() =
      ShowLicence(deps_, agency, licence->record, std::move(licence->message));
  co_return response;
}

}  // namespace rapport::alliance
