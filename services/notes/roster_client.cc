#include "notes/roster_client.h"

#include "platform/schema/times.h"

#include <rapport/intake/v1/family_requests.pb.h>
#include <rapport/intake/v1/system_requests.pb.h>

#include <utility>

namespace rapport::notes {
namespace {

// As a quoted text of a filter, where a backslash stands before quotes and backslashes.
std::string Quoted(const type::v1::ExternalId& id) {
  std::string quoted = "\"" + id.system() + "=";
  for (const char c : id.value()) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

absl::StatusOr<Ties> TiesIn(const absl::StatusOr<internal::v1::GetElsewhereResponse>& answer) {
  if (absl::IsUnimplemented(answer.status())) return Ties();
  if (!answer.ok()) return answer.status();
  const auto read = [](const auto& ties) {
    std::vector<Tie> all;
    for (const auto& tie : ties) {
      all.push_back({tie.member(), tie.other_family(), tie.other_member(), tie.since_us()});
    }
    return all;
  };
  return Ties{read(answer->same()), read(answer->apart())};
}

Task<absl::StatusOr<std::vector<MemberName>>> RosterClient::NamesOf(CallContext& context,
                                                                    std::string family) {
  intake::v1::ListMembersRequest request;
  request.set_parent(family);
  request.set_page_size(1'000);
  request.set_include_ended(true);
  std::vector<MemberName> all;
  do {
    auto answer = co_await intake_->Call<intake::v1::ListMembersResponse>(
        context, "rapport.intake.v1.IntakeService/ListMembers", request);
    if (!answer.ok()) co_return answer.status();
    for (const intake::v1::Member& member : answer->members()) {
      all.push_back({member.name(), member.display_name()});
    }
    request.set_page_token(answer->next_page_token());
  } while (!request.page_token().empty());
  co_return all;
}

Task<absl::StatusOr<std::string>> RosterClient::FamilyOf(CallContext& context,
                                                         type::v1::ExternalId id) {
  intake::v1::ListFamiliesRequest request;
  request.set_page_size(1);
  request.set_filter("external_ids:" + Quoted(id));
  auto answer = co_await intake_->Call<intake::v1::ListFamiliesResponse>(
      context, "rapport.intake.v1.IntakeService/ListFamilies", request);
  if (!answer.ok()) co_return answer.status();
  if (answer->families().empty()) co_return std::string();
  co_return answer->families(0).name();
}

Task<absl::StatusOr<intake::v1::Roster>> RosterClient::RosterAt(CallContext& context,
                                                                std::string family,
                                                                std::int64_t at_us) {
  intake::v1::GetRosterRequest request;
  request.set_name(family);
  *request.mutable_at_time() = schema::ToTimestamp(at_us);
  auto answer = co_await intake_->Call<intake::v1::GetRosterResponse>(
      context, "rapport.intake.v1.IntakeService/GetRoster", request);
  if (!answer.ok()) co_return answer.status();
  co_return std::move(*answer->mutable_roster());
}

Task<absl::StatusOr<Ties>> RosterClient::TiesOf(CallContext& context, std::string family) {
  internal::v1::GetElsewhereRequest request;
  request.set_agency(context.principal->agency);
  request.set_family(family);
  co_return TiesIn(co_await intake_->Call<internal::v1::GetElsewhereResponse>(
      context, "rapport.internal.v1.AccessService/GetElsewhere", request));
}

Task<absl::StatusOr<Staff>> RosterClient::StaffOf(CallContext& context) {
  internal::v1::GetStaffRequest request;
  request.set_agency(context.principal->agency);
  request.set_subject(context.principal->subject);
  auto answer = co_await intake_->Call<internal::v1::GetStaffResponse>(
      context, "rapport.internal.v1.AccessService/GetStaff", request);
  if (!answer.ok()) co_return answer.status();
  co_return Staff{answer->professional(),
                  {answer->supervisees().begin(), answer->supervisees().end()}};
}

}  // namespace rapport::notes
