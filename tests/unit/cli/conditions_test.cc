// What a clinician is reminded of who brings people together.
#include "cli/conditions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapport/goals/v1/homework_requests.pb.h>
#include <rapport/intake/v1/family_requests.pb.h>
#include <rapport/notes/v1/session_requests.pb.h>

namespace rapport::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kMira[] = "families/1/members/a", kMax[] = "families/1/members/b";

TEST(Conditions, MatterWhereTwoMembersMeet) {
  notes::v1::ScheduleSessionResponse planned;
  planned.mutable_session()->add_invited_members(kMira);
  EXPECT_THAT(MeetingIn(planned), IsEmpty());
  planned.mutable_session()->add_invited_members(kMax);
  EXPECT_THAT(MeetingIn(planned), ElementsAre(kMira, kMax));
  notes::v1::StartSessionResponse begun;
  *begun.mutable_session() = planned.session();
  EXPECT_THAT(MeetingIn(begun), ElementsAre(kMira, kMax));
  goals::v1::ProposeHomeworkResponse homework;
  homework.mutable_homework()->mutable_terms()->add_doers(kMira);
  homework.mutable_homework()->mutable_terms()->add_doers("professionals/1");
  EXPECT_THAT(MeetingIn(homework), IsEmpty()) << "with a helper alone";
  homework.mutable_homework()->mutable_terms()->add_doers(kMax);
  EXPECT_THAT(MeetingIn(homework), ElementsAre(kMira, kMax));
  EXPECT_THAT(MeetingIn(intake::v1::GetFamilyResponse()), IsEmpty());
}

TEST(Conditions, AreToldByNameOfThoseWhoMeet) {
  People people;
  people.Add(kMira, "Mira Example");
  intake::v1::ListSafetyScreensResponse screens;
  for (const char* member : {kMira, "families/1/members/c"}) {
    auto* screen = screens.add_screens();
    screen->set_member(member);
    screen->set_conditions("Nobody talks of the flat.\nThey leave apart.");
  }
  const auto lines = ReminderOf(screens, {kMira, kMax}, people);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr("Mira Example"));
  EXPECT_THAT(lines[0], HasSubstr("Nobody talks of the flat. They leave apart."));
}

}  // namespace
}  // namespace rapport::cli
