#include "platform/audit/audit_record.h"
#include "platform/base/limits.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/digest.h"
#include "platform/records/records_impl.h"
#include "platform/records/sealing.h"
#include "platform/schema/canonical.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace rapport::records {
namespace {

using internal::v1::AuditRecord;

// The sealers one commit needs: few, and each asked for once.
class Sealers {
 public:
  Sealers(crypto::KeyRing& keys, CallContext& context, const std::string& agency)
      : keys_(keys), context_(context), agency_(agency) {}

  Task<absl::StatusOr<const crypto::Sealer*>> Of(const std::string& family,
                                                 crypto::KeyClass key_class) {
    for (const Known& known : known_) {
      if (known.family == family && known.key_class == key_class) co_return known.sealer.get();
    }
    CO_ASSIGN_OR_RETURN(auto sealer,
                        co_await keys_.FindOrCreate(context_, agency_, family, key_class));
    known_.push_back({family, key_class, std::move(sealer)});
    co_return known_.back().sealer.get();
  }

 private:
  struct Known {
    std::string family;
    crypto::KeyClass key_class;
    std::shared_ptr<const crypto::Sealer> sealer;
  };
  crypto::KeyRing& keys_;
  CallContext& context_;
  const std::string& agency_;
  std::vector<Known> known_;
};

bool Names(const AuditRecord& audit, const Record& record) {
  return audit.kind() == record.kind && audit.resource() == record.id &&
         audit.family() == record.family;
}

// Gives the audit record that names a written record its version and digest. What nobody names goes
// along in the first.
std::vector<AuditRecord> DescribeWrites(const Changes::Impl& changes,
                                        const std::vector<std::string>& payloads) {
  std::vector<AuditRecord> audits = changes.audits;
  if (audits.empty()) audits.push_back(changes.who);
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    const Record& record = changes.writes[i].record;
    const std::string hash = crypto::Sha256({payloads[i]});
    bool named = false;
    for (AuditRecord& audit : audits) {
      if (!Names(audit, record)) continue;
      named = true;
      audit.set_version(record.version);
      audit.set_payload_hash(hash);
    }
    if (named) continue;
    AuditRecord::Written& also = *audits.front().add_also();
    also.set_kind(record.kind);
    also.set_family(record.family);
    also.set_resource(record.id);
    also.set_version(record.version);
    also.set_payload_hash(hash);
  }
  return audits;
}

internal::v1::EventEnvelope EnvelopeOf(const Changes::Impl& changes, const Event& event,
                                       const std::string& service) {
  internal::v1::EventEnvelope envelope;
  envelope.set_agency(changes.agency);
  envelope.set_source(service);
  envelope.set_type(static_cast<internal::v1::EventType>(event.type));
  envelope.set_family(event.family);
  envelope.set_resource(event.resource);
  envelope.set_version(event.version);
  envelope.set_at_us(changes.now_us);
  envelope.set_actor(changes.who.actor());
  envelope.set_body(event.body);
  return envelope;
}

std::int64_t ExpiryOfAnswer() {
  return RealMicros() + std::chrono::microseconds(limits::kAnswersKept).count();
}

// An answer says what was written: it is sealed with the same key.
crypto::KeyClass ClassOfAnswer(const std::vector<crypto::KeyClass>& written) {
  return written.empty() ? crypto::KeyClass::kRecord : *std::ranges::max_element(written);
}

}  // namespace

Task<absl::StatusOr<SealedChanges>> Records::Impl::Seal(
    CallContext& context, const Changes::Impl& changes,
    const google::protobuf::MessageLite& answer) const {
  const std::string& agency = changes.agency;
  const std::string& service = options.service;
  if (agency.empty()) co_return absl::InternalError("changes need a principal of an agency");
  if (!changes.events.empty() && options.outbox == nullptr) {
    co_return absl::InternalError("events need an outbox");
  }
  SealedChanges sealed{.changes = &changes};
  Sealers sealers(keys, context, agency);

  for (const Changes::Impl::Write& write : changes.writes) {
    const Record& r = write.record;
    sealed.classes.push_back(ClassOf(r.kind));
    CO_ASSIGN_OR_RETURN(const auto* sealer, co_await sealers.Of(r.family, sealed.classes.back()));
    sealed.payloads.push_back(sealer->Seal(
        PayloadIdentity(service, agency, r.family, r.kind, r.id, r.version), r.payload));
  }
  for (const Changes::Impl::ClaimChange& claim : changes.claims) {
    sealed.claims.push_back(ClaimHmac(index_keys, agency, claim.index, claim.value));
  }
  if (!changes.applied || !changes.Empty()) {
    CO_ASSIGN_OR_RETURN(const auto* sealer, co_await sealers.Of("", crypto::KeyClass::kRecord));
    for (const AuditRecord& audit : DescribeWrites(changes, sealed.payloads)) {
      sealed.audits.push_back(
          {.family = audit.family(),
           .at_us = audit.at_us(),
           .recorded_us = audit.recorded_us(),
           .sealed = audit::SealRecord(*sealer, chain.service(), agency, audit)});
    }
  }
  for (const Event& event : changes.events) {
    sealed.events.push_back(options.outbox->Seal(EnvelopeOf(changes, event, service)));
  }
  if (!context.request_id.empty()) {
    const std::string& family = context.access.family;
    const crypto::KeyClass key_class = ClassOfAnswer(sealed.classes);
    CO_ASSIGN_OR_RETURN(const auto* sealer, co_await sealers.Of(family, key_class));
    std::string caller = CallerHmac(index_keys, context);
    std::string reply =
        sealer->Seal(AnswerIdentity(service, agency, caller, context.request_id),
                     AnswerPlain({context.request_hash, schema::Canonical(answer)}));
    sealed.answer = SealedChanges::Answer{.caller_hmac = std::move(caller),
                                          .request_id = context.request_id,
                                          .family = family,
                                          .key_class = key_class,
                                          .expires_us = ExpiryOfAnswer(),
                                          .reply = std::move(reply)};
  }
  co_return sealed;
}

}  // namespace rapport::records
