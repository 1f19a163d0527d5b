// From what is stored to what is shown: names are stored, etags, times and computed fields are
// filled in here. Used by the use cases only.
#pragma once

#include "intake/case_rules.h"
#include "intake/intake_store.h"
#include "platform/records/service_deps.h"
#include "platform/schema/times.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace rapport::intake {

// Etag, create_time and update_time of any resource from its record.
template <typename Message>
void ShowRecord(const records::ServiceDeps& deps, std::string_view agency,
                const records::Record& record, Message* message) {
  message->set_etag(deps.etags.Show(agency, record.id, record.version));
  *message->mutable_create_time() = schema::ToTimestamp(record.created_us);
  *message->mutable_update_time() = schema::ToTimestamp(record.updated_us);
}

// `with_referral`: false in lists. Where the case stands at `at_us`; absent: now.
v1::Family Show(const records::ServiceDeps& deps, std::string_view agency,
                const StoredFamily& family, bool with_referral,
                std::optional<std::int64_t> at_us = std::nullopt);
// As an administrator sees it: nothing that is about safety, none of staff's clinical words, no
// referral.
v1::Family ForAdministrator(v1::Family shown);
// As another system of the agency sees it: which family, where the case stands and what the level
// asks for. Nothing in it, the etag neither, changes with what is about safety.
v1::Family ForService(const records::ServiceDeps& deps, std::string_view agency,
                      const StoredFamily& family, std::optional<std::int64_t> at_us = std::nullopt);
// What somebody sees of a family by this role alone, where `roles` has one of the two; otherwise
// all but the referral.
v1::Family ShowByRole(const RoleSet& roles, const records::ServiceDeps& deps,
                      std::string_view agency, const StoredFamily& family,
                      std::optional<std::int64_t> at_us = std::nullopt);
// To whom GetFamily and UpdateFamily answer.
v1::Family ShowTo(const CallContext& context, const records::ServiceDeps& deps,
                  const StoredFamily& family, std::optional<std::int64_t> at_us = std::nullopt);
v1::Member Show(const records::ServiceDeps& deps, std::string_view agency,
                const StoredMember& member);
// What another system of the agency needs to invite, remind and tell whom it is about.
v1::Member ForService(v1::Member shown);
// A place on the therapist system as an administrator sees it: without staff's words.
v1::Helper ForAdministrator(v1::Helper shown);
// The same for another system of the agency: who, what they do there, and when.
v1::Helper ForService(v1::Helper shown);
// For whom ListTherapistSystem is.
v1::Helper ShowTo(const CallContext& context, v1::Helper shown);
// A member's own problem as the member sees it: without the words of whoever resolved it.
v1::PresentingProblem ForMember(v1::PresentingProblem shown);
v1::Professional Show(const records::ServiceDeps& deps, std::string_view agency,
                      const StoredProfessional& professional);
v1::Consent Show(const records::ServiceDeps& deps, std::string_view agency,
                 const records::Stored<v1::Consent>& consent);
template <typename Message>
Message Show(const records::ServiceDeps& deps, std::string_view agency,
             const records::Stored<Message>& stored) {
  Message message = stored.message;
  ShowRecord(deps, agency, stored.record, &message);
  return message;
}

// A new record of `kind` under `family` with its payload still to come.
records::Record NewRecord(int kind, std::string_view family, std::int64_t now_us);

}  // namespace rapport::intake
