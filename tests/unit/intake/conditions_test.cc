// What must hold in joint sessions, by somebody's newest screen: who asks for it, and until when it
// is due to be read.
#include "intake/due_work_rules.h"
#include "unit/intake/family_builder.h"
#include "unit/intake/intake_fixture.h"

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ConditionsI9 : public testing::Test {
 protected:
  ConditionsI9() {
    file_.family.set_state(v1::FAMILY_STATE_OPEN);
    *file_.family.mutable_open_time() = At(kNow - 1'000'000);
    ScreenOf("mother", v1::SAFETY_RESULT_CONJOINT_WITH_CONDITIONS);
  }
  void ScreenOf(const std::string& member, v1::SafetyResult result) {
    v1::SafetyScreen screen;
    screen.set_member(member);
    screen.set_result(result);
    if (result == v1::SAFETY_RESULT_CONJOINT_WITH_CONDITIONS) {
      screen.set_conditions("nobody talks of the flat");
    }
    *screen.mutable_screen_time() = At(kNow);
    file_.screens.push_back(screen);
  }
  std::vector<std::string> Due() const {
    std::vector<std::string> subjects;
    for (const v1::WorklistEntry& entry : DueIn(file_, kNow + 1'000'000)) {
      if (entry.kind() != v1::WORKLIST_KIND_SAFETY_CONDITIONS) continue;
      EXPECT_EQ(Micros(entry.due_time()), kNow);
      EXPECT_THAT(entry.description(), testing::Not(testing::HasSubstr("flat")))
          << "a worklist is open on a screen";
      subjects.push_back(entry.subject());
    }
    return subjects;
  }
  CaseFile file_ = ReadyFamily();
};

TEST_F(ConditionsI9, AreReadBeforeTheNextJointSession) {
  EXPECT_THAT(Due(), ElementsAre("mother"));
  file_.attended = {{.member = "mother", .individual_us = kNow + 1, .joint_us = kNow - 1}};
  EXPECT_THAT(Due(), ElementsAre("mother")) << "was seen alone since";
  file_.attended[0].joint_us = kNow + 1;
  EXPECT_THAT(Due(), IsEmpty());
}

TEST_F(ConditionsI9, OfANewerScreenCount) {
  ScreenOf("mother", v1::SAFETY_RESULT_CONJOINT_OK);
  EXPECT_THAT(Due(), IsEmpty());
}

TEST_F(ConditionsI9, AreNobodysWorkWhereNobodyMeetsAnybody) {
  const CaseFile open = file_;
  file_.family.set_state(v1::FAMILY_STATE_READY);
  EXPECT_THAT(Due(), IsEmpty()) << "the case is not open";
  file_ = open;
  *file_.members[0].mutable_periods(0)->mutable_end_time() = At(kNow);
  EXPECT_THAT(Due(), IsEmpty()) << "she left";
  file_ = open;
  file_.members.resize(1);
  EXPECT_THAT(Due(), IsEmpty()) << "she comes alone";
}

class NewestScreensI9 : public IntakeTest {};

TEST_F(NewestScreensI9, AreAskedForByMemberAndResult) {
  const std::string family = NewFamily().name();
  const std::string mira = NewMember(family, "Mira Example", 1990).name();
  const std::string max = NewMember(family, "Max Example", 1988).name();
  const auto screen = [&](const std::string& member, const std::string& conditions) {
    v1::RecordSafetyScreenRequest request;
    request.set_parent(family);
    request.mutable_screen()->set_member(member);
    request.mutable_screen()->set_alone(true);
    request.mutable_screen()->set_result(conditions.empty()
                                             ? v1::SAFETY_RESULT_CONJOINT_OK
                                             : v1::SAFETY_RESULT_CONJOINT_WITH_CONDITIONS);
    request.mutable_screen()->set_conditions(conditions);
    store_.clock.Advance(std::chrono::hours(1));
    return Do(Staff(family), &IntakeService::RecordSafetyScreen, request).screen().name();
  };
  screen(max, "he arrives last");
  const std::string hers = screen(mira, "nobody talks of the flat");
  const std::string his = screen(max, "");
  const auto listed = [&](const std::string& filter) {
    v1::ListSafetyScreensRequest request;
    request.set_parent(family);
    request.set_filter(filter);
    const auto page = Do(Staff(family), &IntakeService::ListSafetyScreens, request);
    std::vector<std::string> names;
    for (const v1::SafetyScreen& one : page.screens()) names.push_back(one.name());
    return names;
  };
  EXPECT_THAT(listed("newest = true"), ElementsAre(hers, his));
  EXPECT_THAT(listed("newest = true AND result = CONJOINT_WITH_CONDITIONS"), ElementsAre(hers));
  EXPECT_EQ(listed("newest = false").size(), 1u);
}

}  // namespace
}  // namespace rapport::intake
