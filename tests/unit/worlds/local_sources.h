// What a world in one program has in place of the calls between services: those that a world's
// steps need, straight to the service, and nothing for the others.
#pragma once

#include "alliance/sources.h"
#include "goals/alliance_source.h"
#include "intake/intake_service.h"
#include "notes/roster_client.h"
#include "notes/sources.h"
#include "platform/schema/errors.h"
#include "support/coroutines.h"

#include <string>
#include <vector>

namespace rapport::worlds {

// Imports alone look there.
template <typename Source>
class NoRosters : public Source {
 public:
  Task<absl::StatusOr<std::string>> FamilyOf(CallContext&, type::v1::ExternalId) override {
    co_return schema::NotFound();
  }
  Task<absl::StatusOr<intake::v1::Roster>> RosterAt(CallContext&, std::string,
                                                    std::int64_t) override {
    co_return schema::NotFound();
  }
};

// Names are asked for by member extracts and worklists alone.
class NoNames final : public NoRosters<notes::RosterSource> {
 public:
  explicit NoNames(intake::IntakeService& intake) : intake_(intake) {}
  Task<absl::StatusOr<notes::Ties>> TiesOf(CallContext& context, std::string family) override {
    support::TestCall call(context.principal->agency, context.principal->subject);
    internal::v1::GetElsewhereRequest request;
    request.set_agency(context.principal->agency);
    request.set_family(family);
    auto answer = co_await intake_.GetElsewhere(call, request);
    if (!answer.ok()) co_return answer.status();
    co_return notes::TiesIn(*answer);
  }
  Task<absl::StatusOr<std::vector<notes::MemberName>>> NamesOf(CallContext&, std::string) override {
    co_return schema::NotFound();
  }
  Task<absl::StatusOr<notes::Staff>> StaffOf(CallContext&) override {
    co_return schema::NotFound();
  }

 private:
  intake::IntakeService& intake_;
};

// Invitations have the member's name from there.
class OnlyRosters final : public NoRosters<alliance::RosterSource> {
 public:
  explicit OnlyRosters(intake::IntakeService& intake) : intake_(intake) {}
  Task<absl::StatusOr<intake::v1::Roster>> RosterAt(CallContext& context, std::string family,
                                                    std::int64_t) override {
    support::TestCall call(context.principal->agency, context.principal->subject);
    call.principal = context.principal;
    call.access = context.access;
    intake::v1::GetRosterRequest request;
    request.set_name(family);
    auto answer = co_await intake_.GetRoster(call, request);
    if (!answer.ok()) co_return answer.status();
    co_return answer->roster();
  }
  Task<absl::StatusOr<alliance::Caseload>> CaseloadOf(CallContext&) override {
    co_return alliance::Caseload();
  }

 private:
  intake::IntakeService& intake_;
};

class NothingDue final : public notes::HomeworkSource {
 public:
  Task<absl::StatusOr<std::vector<notes::DueItem>>> Due(CallContext&, std::string,
                                                        std::int64_t) override {
    co_return std::vector<notes::DueItem>();
  }
};

class NoEstimates final : public goals::AllianceSource {
 public:
  Task<absl::StatusOr<goals::Estimates>> EstimatesOf(CallContext&, std::string) override {
    co_return schema::NotFound();
  }
};

}  // namespace rapport::worlds
