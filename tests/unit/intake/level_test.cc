// When the level of need is assessed again, and what the other services read of it.
#include "intake/case_rules.h"
#include "intake/event_handler.h"
#include "intake/level_rules.h"
#include "unit/intake/intake_fixture.h"

#include <rapport/internal/v1/event.pb.h>
#include <rapport/notes/v1/session.pb.h>
#include <rapport/options/v1/options.pb.h>

namespace rapport::intake {
namespace {

TEST(LevelRules, I6_SixHeldSessionsMakeAnAssessmentDueEachCountedOnce) {
  internal::v1::StoredSessionTally tally;
  v1::Family family;
  tally.set_level_confirmed_us(1'000);
  EXPECT_FALSE(CountSession("old", 999, 1'500, &tally, &family))
      << "held before the level was confirmed";
  for (int i = 1; i <= kSessionsUntilAssessed; ++i) {
    EXPECT_FALSE(family.has_reassessment_due_time()) << i;
    EXPECT_TRUE(CountSession("s" + std::to_string(i), 1'000 + i, 2'000 + i, &tally, &family));
    EXPECT_FALSE(CountSession("s" + std::to_string(i), 1'000 + i, 2'000 + i, &tally, &family));
  }
  EXPECT_EQ(Micros(family.reassessment_due_time()), 2'006);
  EXPECT_EQ(family.reassessment_occasion(), v1::ASSESSMENT_OCCASION_REGULAR);
  EXPECT_FALSE(CountSession("s7", 1'100, 2'100, &tally, &family)) << "due is due";
  LevelConfirmed(v1::LEVEL_OF_NEED_SPACE, 5'000, &tally, &family);
  EXPECT_FALSE(family.has_reassessment_due_time());
  EXPECT_EQ(tally.held_sessions_size(), 0);
  EXPECT_TRUE(CountSession("s8", 5'000, 6'000, &tally, &family));
}

// A clinician who is late with a regular one learns that there was a crisis since.
TEST(LevelRules, I6_TheGraverReasonIsToldAndTheEarlierTimeStays) {
  v1::Family family;
  MakeDue(v1::ASSESSMENT_OCCASION_CRISIS, 5'000, &family);
  MakeDue(v1::ASSESSMENT_OCCASION_REGULAR, 6'000, &family);
  EXPECT_EQ(family.reassessment_occasion(), v1::ASSESSMENT_OCCASION_CRISIS);
  MakeDue(v1::ASSESSMENT_OCCASION_REGULAR, 4'000, &family);
  EXPECT_EQ(family.reassessment_occasion(), v1::ASSESSMENT_OCCASION_CRISIS);
  EXPECT_EQ(Micros(family.reassessment_due_time()), 4'000);
  family.Clear();
  MakeDue(v1::ASSESSMENT_OCCASION_REGULAR, 4'000, &family);
  MakeDue(v1::ASSESSMENT_OCCASION_CRISIS, 9'000, &family);
  EXPECT_EQ(family.reassessment_occasion(), v1::ASSESSMENT_OCCASION_CRISIS);
  EXPECT_EQ(Micros(family.reassessment_due_time()), 4'000);
}

TEST(LevelRules, I6_EachLevelHasAMeasureSetAndAHomeworkStyle) {
  const struct {
    v1::LevelOfNeed level;
    v1::MeasureSet measures;
    v1::HomeworkStyle homework;
  } table[] = {
      {v1::LEVEL_OF_NEED_UNSPECIFIED, v1::MEASURE_SET_UNSPECIFIED, v1::HOMEWORK_STYLE_UNSPECIFIED},
      {v1::LEVEL_OF_NEED_SURVIVAL, v1::MEASURE_SET_FEW_SPOKEN, v1::HOMEWORK_STYLE_ERRAND},
      {v1::LEVEL_OF_NEED_STRUCTURE, v1::MEASURE_SET_SHORT_FORM, v1::HOMEWORK_STYLE_SKILL},
      {v1::LEVEL_OF_NEED_SPACE, v1::MEASURE_SET_FULL_SHORT_FORM, v1::HOMEWORK_STYLE_EXPERIMENT},
      {v1::LEVEL_OF_NEED_GROWTH, v1::MEASURE_SET_FULL_FORM, v1::HOMEWORK_STYLE_REFLECTION},
  };
  for (const auto& row : table) {
    EXPECT_EQ(PlanFor(row.level).measure_set(), row.measures) << row.level;
    EXPECT_EQ(PlanFor(row.level).homework_style(), row.homework) << row.level;
  }
}

class LevelTest : public IntakeTest {
 protected:
  LevelTest() : family_(NewFamily().name()) {}

  // Notes says that a session was held; whether it changed anything here.
  bool Held(const std::string& session, std::int64_t version = 1,
            notes::v1::Presence presence = notes::v1::PRESENCE_UNSPECIFIED) {
    internal::v1::SessionHeld held;
    auto& attendee = *held.add_attendees();
    attendee.set_person(support::TestId("mother"));
    attendee.set_presence(presence);
    held.set_session(support::TestId(session));
    held.set_started_us(store_.clock.NowMicros() - 1'000'000);
    held.set_ended_us(store_.clock.NowMicros());
    internal::v1::EventEnvelope event;
    event.set_agency(std::string(kAgency));
    event.set_source("notes");
    event.set_type(internal::v1::EVENT_TYPE_SESSION_HELD);
    event.set_family(*names_.ReadFamily(family_));
    event.set_version(version);
    event.set_body(held.SerializeAsString());
    Call call(*this, "service/notes", family_, Viewer::kPeer);
    call.request_id.clear();
    auto changes = RunSync(events_.Handle(call, event));
    EXPECT_TRUE(changes.ok()) << changes.status();
    if (!changes.ok() || !changes->has_value()) return false;
    const auto committed =
        RunSync(store_.records->Commit(call, **std::move(changes), v1::GetFamilyResponse()));
    EXPECT_TRUE(committed.ok()) << committed.status();
    return true;
  }
  v1::LevelAssessment Assess(v1::AssessmentOccasion occasion, v1::LevelOfNeed confirmed) {
    return AssessLevel(family_, occasion, confirmed);
  }

  // Takes what is not of sessions.
  struct Next final : records::EventHandler {
    Task<absl::StatusOr<std::optional<records::Changes>>> Handle(
        CallContext&, const internal::v1::EventEnvelope& event) override {
      types.push_back(event.type());
      co_return std::nullopt;
    }
    std::vector<int> types;
  };
  Next next_;
  IntakeEvents events_{deps_, next_};
  std::string family_;
};

// Notes tells of a session that was held by mistake as of one that nobody came to.
TEST_F(LevelTest, I6_ASessionThatNobodyCameToIsNoneOfTheSix) {
  Assess(v1::ASSESSMENT_OCCASION_INTAKE, v1::LEVEL_OF_NEED_STRUCTURE);
  for (int i = 1; i <= 5; ++i) {
    store_.clock.Advance(std::chrono::hours(24 * 7));
    EXPECT_TRUE(Held("session" + std::to_string(i)));
  }
  EXPECT_TRUE(Held("session5", 2, notes::v1::PRESENCE_ABSENT));
  EXPECT_FALSE(Held("session5", 3, notes::v1::PRESENCE_ABSENT)) << "once";
  EXPECT_FALSE(Held("nobody", 1, notes::v1::PRESENCE_ABSENT));
  store_.clock.Advance(std::chrono::hours(24 * 7));
  EXPECT_TRUE(Held("session6"));
  EXPECT_FALSE(Get(family_).has_reassessment_due_time());
  EXPECT_TRUE(Held("session7"));
  EXPECT_EQ(Get(family_).reassessment_occasion(), v1::ASSESSMENT_OCCASION_REGULAR);
}

TEST_F(LevelTest, I6_IsDueAtIntakeAfterSixHeldSessionsAndAtACrisis) {
  Join(family_, NewProfessional("Anna Sample").name());
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_SCREENED).ok());
  EXPECT_FALSE(Get(family_).has_reassessment_due_time());
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_ALLOCATED).ok());
  EXPECT_EQ(Get(family_).reassessment_occasion(), v1::ASSESSMENT_OCCASION_INTAKE);

  Assess(v1::ASSESSMENT_OCCASION_INTAKE, v1::LEVEL_OF_NEED_STRUCTURE);
  EXPECT_FALSE(Get(family_).has_reassessment_due_time());
  for (int i = 1; i <= 6; ++i) {
    EXPECT_FALSE(Get(family_).has_reassessment_due_time()) << i;
    store_.clock.Advance(std::chrono::hours(24 * 7));
    const std::string etag = Get(family_).etag();
    EXPECT_TRUE(Held("session" + std::to_string(i)));
    EXPECT_EQ(Get(family_).etag() == etag, i < 6) << "only what is seen makes an etag stale";
    EXPECT_FALSE(Held("session" + std::to_string(i), 2)) << "told again when attendance changes";
  }
  EXPECT_EQ(Get(family_).reassessment_occasion(), v1::ASSESSMENT_OCCASION_REGULAR);
  EXPECT_EQ(Micros(Get(family_).reassessment_due_time()), store_.clock.NowMicros());

  Assess(v1::ASSESSMENT_OCCASION_REGULAR, v1::LEVEL_OF_NEED_SPACE);
  EXPECT_FALSE(Get(family_).has_reassessment_due_time());
  const std::string mother = NewMember(family_, "Mira Example", 1990).name();
  v1::RecordSafetyScreenRequest screen;
  screen.set_parent(family_);
  screen.mutable_screen()->set_member(mother);
  screen.mutable_screen()->set_alone(true);
  screen.mutable_screen()->set_result(v1::SAFETY_RESULT_REFER);
  screen.mutable_screen()->set_referred_to("the clinic in town");
  Do(Staff(family_), &IntakeService::RecordSafetyScreen, screen);
  EXPECT_EQ(Get(family_).reassessment_occasion(), v1::ASSESSMENT_OCCASION_CRISIS);
}

TEST_F(LevelTest, I6_ATraineeAndWhoOpenedTheRecordInAnEmergencyConfirmNoLevel) {
  v1::AssessLevelOfNeedRequest request;
  request.set_parent(family_);
  v1::LevelAssessment& assessment = *request.mutable_assessment();
  assessment.set_occasion(v1::ASSESSMENT_OCCASION_INTAKE);
  const auto* lines = v1::ChecklistLine_descriptor();
  for (int i = 0; i < lines->value_count(); ++i) {
    if (lines->value(i)->number() == 0) continue;
    auto* answer = assessment.add_answers();
    answer->set_line(static_cast<v1::ChecklistLine>(lines->value(i)->number()));
    answer->set_score(2);
  }
  const auto as = [&](int role, bool break_glass) {
    Call call = Staff(family_);
    auto principal = std::make_shared<Principal>(*call.principal);
    principal->roles = RoleSet();
    principal->roles.Add(role);
    call.principal = principal;
    if (break_glass) call.access.break_glass = "grant";
    return Run(std::move(call), &IntakeService::AssessLevelOfNeed, request);
  };
  EXPECT_TRUE(as(options::v1::ROLE_TRAINEE, false).ok()) << "may assess";
  assessment.set_confirmed_level(v1::LEVEL_OF_NEED_SPACE);
  assessment.set_reason("seen at home");
  EXPECT_EQ(ReasonOf(as(options::v1::ROLE_TRAINEE, false).status()), "INVALID_REQUEST");
  EXPECT_EQ(ReasonOf(as(options::v1::ROLE_CLINICIAN, true).status()), "INVALID_REQUEST");
  EXPECT_TRUE(as(options::v1::ROLE_CLINICIAN, false).ok());
}

TEST_F(LevelTest, I6_TheOtherServicesReadWhatTheLevelAsksOfThem) {
  EXPECT_FALSE(Roster(family_).has_level_plan());
  Assess(v1::ASSESSMENT_OCCASION_INTAKE, v1::LEVEL_OF_NEED_SURVIVAL);
  EXPECT_EQ(Roster(family_).level_plan().measure_set(), v1::MEASURE_SET_FEW_SPOKEN);
  EXPECT_EQ(Roster(family_).level_plan().homework_style(), v1::HOMEWORK_STYLE_ERRAND);
  EXPECT_EQ(Facts(family_)->level_of_need, 1);
}

TEST_F(LevelTest, I6_ASessionOfAFamilyThatIsGoneChangesNothing) {
  family_ = names_.Family(support::TestId("nobody"));
  EXPECT_FALSE(Held("session"));
}

TEST_F(LevelTest, I5_APresentingProblemIsTheMembersOwnOverTimeUntilResolved) {
  const std::string mother = NewMember(family_, "Mira Example", 1990).name();
  v1::RecordPresentingProblemRequest record;
  record.set_parent(family_);
  record.mutable_problem()->set_member(mother);
  record.mutable_problem()->set_words("we shout");
  record.set_severity(8);
  const std::string problem =
      Do(Staff(family_), &IntakeService::RecordPresentingProblem, record).problem().name();
  v1::RateProblemSeverityRequest rate;
  rate.set_name(problem);
  rate.set_rater(mother);
  rate.set_severity(3);
  const auto rated =
      Do(Member(family_, mother), &IntakeService::RateProblemSeverity, rate).problem();
  ASSERT_EQ(rated.severities_size(), 2);
  EXPECT_EQ(rated.severities(0).severity(), 8);
  EXPECT_TRUE(rated.severities(0).recorded_for_rater());
  EXPECT_FALSE(rated.severities(1).recorded_for_rater());
  const std::string father = NewMember(family_, "Max Example", 1988).name();
  rate.set_rater(father);
  const auto anothers = Run(Staff(family_), &IntakeService::RateProblemSeverity, rate);
  EXPECT_EQ(ReasonOf(anothers.status()), "INVALID_REQUEST") << "she would see his view";
  rate.set_rater(mother);
  v1::ResolvePresentingProblemRequest resolve;
  resolve.set_name(problem);
  resolve.set_resolution(v1::PROBLEM_RESOLUTION_IMPROVED);
  resolve.set_etag(rated.etag());
  Do(Staff(family_), &IntakeService::ResolvePresentingProblem, resolve);
  EXPECT_EQ(
      ReasonOf(Run(Member(family_, mother), &IntakeService::RateProblemSeverity, rate).status()),
      "PROBLEM_RESOLVED");
}

TEST_F(LevelTest, I6_CompletedWorkIsLookedBackOnBeforeItIsClosed) {
  v1::Family family;
  family.set_name(family_);
  family.set_state(v1::FAMILY_STATE_OPEN);
  CaseFile file;
  file.family = family;
  const auto closes = [&](v1::CaseEnding ending) {
    return UnmetFor(file, v1::FAMILY_STATE_CLOSED, ending, store_.clock.NowMicros()).empty();
  };
  EXPECT_TRUE(closes(v1::CASE_ENDING_DROPPED_OUT));
  EXPECT_FALSE(closes(v1::CASE_ENDING_COMPLETED));
  v1::LevelAssessment assessment =
      Assess(v1::ASSESSMENT_OCCASION_CLOSING, v1::LEVEL_OF_NEED_GROWTH);
  file.assessments = {assessment};
  EXPECT_TRUE(closes(v1::CASE_ENDING_COMPLETED));
  *file.family.add_episodes()->mutable_open_time() =
      schema::ToTimestamp(Micros(assessment.create_time()) + 1);
  EXPECT_FALSE(closes(v1::CASE_ENDING_COMPLETED)) << "it was for the work before";
}

}  // namespace
}  // namespace rapport::intake
