#include "cli/conditions.h"

#include "cli/accounts.h"
#include "platform/base/strings.h"

#include <rapport/goals/v1/homework_requests.pb.h>
#include <rapport/notes/v1/session_requests.pb.h>

#include <algorithm>

namespace rapport::cli {
namespace {

constexpr char kWithConditions[] = "newest = true AND result = CONJOINT_WITH_CONDITIONS";

template <typename Names>
std::vector<std::string> MembersAmong(const Names& names) {
  std::vector<std::string> members;
  std::ranges::copy_if(names, std::back_inserter(members), [](const std::string& name) {
    return name.find("/members/") != std::string::npos;
  });
  return members.size() < 2 ? std::vector<std::string>() : members;
}

}  // namespace

std::vector<std::string> MeetingIn(const google::protobuf::Message& answer) {
  if (const auto* made = dynamic_cast<const notes::v1::ScheduleSessionResponse*>(&answer)) {
    return MembersAmong(made->session().invited_members());
  }
  if (const auto* begun = dynamic_cast<const notes::v1::StartSessionResponse*>(&answer)) {
    return MembersAmong(begun->session().invited_members());
  }
  if (const auto* wanted = dynamic_cast<const goals::v1::ProposeHomeworkResponse*>(&answer)) {
    return MembersAmong(wanted->homework().terms().doers());
  }
  return {};
}

std::vector<std::string> ReminderOf(const intake::v1::ListSafetyScreensResponse& screens,
                                    const std::vector<std::string>& meeting, const People& people) {
  std::vector<std::string> lines;
  for (const intake::v1::SafetyScreen& screen : screens.screens()) {
    if (std::ranges::find(meeting, screen.member()) == meeting.end()) continue;
    std::string conditions = screen.conditions();
    std::ranges::replace(conditions, '\n', ' ');
    lines.push_back(
        Concat({"\u26a0 ", people.Show(screen.member()),
                ", by the newest safety screen, when they meet the others: ", conditions}));
  }
  return lines;
}

std::vector<std::string> ConditionsFor(const google::protobuf::Message& answer, Client& client,
                                       const Caller& caller) {
  const std::vector<std::string> meeting = MeetingIn(answer);
  if (meeting.empty()) return {};
  const auto account = AccountOf(client, caller);
  if (!account.ok() ||
      std::ranges::find(account->roles(), options::v1::ROLE_CLINICIAN) == account->roles().end()) {
    return {};
  }
  intake::v1::ListSafetyScreensRequest request;
  request.set_parent(FamilyIn(meeting.front()));
  request.set_filter(kWithConditions);
  const auto screens = client.Call<intake::v1::ListSafetyScreensResponse>(
      caller, "rapport.intake.v1.IntakeService/ListSafetyScreens", request);
  if (!screens.ok() || screens->screens().empty()) return {};
  return ReminderOf(*screens, meeting, People::OfFamily(client, caller, request.parent()));
}

}  // namespace rapport::cli
