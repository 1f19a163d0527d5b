#include "alliance/roster_client.h"

#include "platform/schema/times.h"

#include <rapport/intake/v1/family_requests.pb.h>
#include <rapport/intake/v1/system_requests.pb.h>

#include <iterator>
#include <utility>

namespace rapport::alliance {
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

constexpr int kPage = 500;

bool IsOver(intake::v1::FamilyState state) {
  return state == intake::v1::FAMILY_STATE_CLOSED || state == intake::v1::FAMILY_STATE_REDIRECTED;
}

}  // namespace

Task<absl::StatusOr<std::string>> RosterClient::FamilyOf(CallContext& context,
                                                         type::v1::ExternalId id) {
  intake::v1::ListFamiliesRequest request;
  request.set_page_size(1);
  request.set_filter("external_ids:" + Quoted(id));
  auto answer = co_await intake_.Call<intake::v1::ListFamiliesResponse>(
      context, "rapport.intake.v1.IntakeService/ListFamilies", request);
  if (!answer.ok()) co_return answer.status();
  if (answer->families().empty()) co_return std::string();
  co_return answer->families(0).name();
}

Task<absl::StatusOr<Caseload>> RosterClient::CaseloadOf(CallContext& context) {
  Caseload caseload;
  intake::v1::ListFamiliesRequest request;
  request.set_page_size(kPage);
  for (;;) {
    auto answer = co_await intake_.Call<intake::v1::ListFamiliesResponse>(
        context, "rapport.intake.v1.IntakeService/ListFamilies", request);
    if (!answer.ok()) co_return answer.status();
    for (const intake::v1::Family& family : answer->families()) {
      if (IsOver(family.state())) {
        caseload.over.push_back(family.name());
        continue;
      }
      if (std::ssize(caseload.families) == kMostFamilies) {
        caseload.incomplete = true;
        co_return caseload;
      }
      caseload.families.push_back(family.name());
      caseload.due[family.name()] = DueOf(family);
    }
    if (answer->next_page_token().empty()) co_return caseload;
    request.set_page_token(answer->next_page_token());
  }
}

Task<absl::StatusOr<intake::v1::Roster>> RosterClient::RosterAt(CallContext& context,
                                                                std::string family,
                                                                std::int64_t at_us) {
  intake::v1::GetRosterRequest request;
  request.set_name(family);
  if (at_us != 0) *request.mutable_at_time() = schema::ToTimestamp(at_us);
  auto answer = co_await intake_.Call<intake::v1::GetRosterResponse>(
      context, "rapport.intake.v1.IntakeService/GetRoster", request);
  if (!answer.ok()) co_return answer.status();
  co_return std::move(*answer->mutable_roster());
}

}  // namespace rapport::alliance
