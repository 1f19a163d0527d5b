#include "notes/note_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kHour = 3'600 * kSecond;
constexpr std::int64_t kNow = 1'900'000'000 * kSecond;

constexpr std::array kStates = {v1::NOTE_STATE_DRAFT, v1::NOTE_STATE_SIGNED,
                                v1::NOTE_STATE_AWAITING_COSIGN, v1::NOTE_STATE_LOCKED,
                                v1::NOTE_STATE_ENTERED_IN_ERROR};

v1::NoteSection Section(v1::SectionKind kind, const std::string& about = {}) {
  v1::NoteSection section;
  section.set_kind(kind);
  v1::Statement& statement = *section.add_statements();
  statement.set_text("a statement");
  statement.set_about_member(about);
  return section;
}

v1::Note Draft(v1::NoteFormat format) {
  v1::Note note;
  note.set_name("families/f/sessions/s/notes/n");
  note.set_author("professionals/a");
  note.set_state(v1::NOTE_STATE_DRAFT);
  note.set_format(format);
  for (const auto kind : SectionsOf(format)) *note.add_sections() = Section(kind);
  return note;
}

v1::Session Held() {
  v1::Session session;
  session.set_name("families/f/sessions/s");
  session.set_state(v1::SESSION_STATE_HELD);
  session.mutable_end_time()->set_seconds(kNow / kSecond);
  session.add_invited_professionals("professionals/a");
  session.add_invited_professionals("professionals/b");
  return session;
}

std::vector<std::string> Fields(const Faults& faults) {
  std::vector<std::string> fields;
  for (const Fault& fault : faults) fields.push_back(fault.field);
  return fields;
}

std::vector<std::string> Types(const std::vector<Unmet>& unmet) {
  std::vector<std::string> types;
  for (const Unmet& one : unmet) types.push_back(one.type);
  return types;
}

TEST(NoteMoves, AreTheseAndNoOthers) {
  const std::vector<std::pair<v1::NoteState, v1::NoteState>> legal = {
      {v1::NOTE_STATE_DRAFT, v1::NOTE_STATE_SIGNED},
      {v1::NOTE_STATE_DRAFT, v1::NOTE_STATE_AWAITING_COSIGN},
      {v1::NOTE_STATE_DRAFT, v1::NOTE_STATE_LOCKED},
      {v1::NOTE_STATE_SIGNED, v1::NOTE_STATE_SIGNED},
      {v1::NOTE_STATE_SIGNED, v1::NOTE_STATE_LOCKED},
      {v1::NOTE_STATE_AWAITING_COSIGN, v1::NOTE_STATE_LOCKED},
      {v1::NOTE_STATE_SIGNED, v1::NOTE_STATE_ENTERED_IN_ERROR},
      {v1::NOTE_STATE_AWAITING_COSIGN, v1::NOTE_STATE_ENTERED_IN_ERROR},
      {v1::NOTE_STATE_LOCKED, v1::NOTE_STATE_ENTERED_IN_ERROR}};
  for (const auto from : kStates) {
    for (const auto to : kStates) {
      EXPECT_EQ(IsMove(from, to),
                std::find(legal.begin(), legal.end(), std::pair(from, to)) != legal.end())
          << from << " to " << to;
    }
  }
}

TEST(NoteMoves, ArePrintedAsAGraph) {
  const std::string dot = NoteLifeDot();
  EXPECT_THAT(dot, HasSubstr("AWAITING_COSIGN -> LOCKED"));
  EXPECT_EQ(std::count(dot.begin(), dot.end(), '>'), std::ssize(NoteMoves()));
}

// Whoever signs what: no plan leaves the table, nobody signs twice, and no trainee locks.
TEST(Signing, NeverLeavesTheTable) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const std::array<std::string, 3> people = {"professionals/a", "professionals/b",
                                             "professionals/c"};
  for (int walk = 0; walk < 300; ++walk) {
    v1::Note note = Draft(v1::NOTE_FORMAT_FREE);
    const bool trainees[] = {random() % 2 == 0, random() % 2 == 0, false};
    for (int step = 0; step < 8; ++step) {
      const std::size_t who = random() % people.size();
      const bool sign_only = random() % 2 == 0;
      const SignPlan plan = PlanSigning(note, Held(), people[who], trainees[who], sign_only);
      if (plan.act == SignAct::kRefuse) {
        ASSERT_FALSE(plan.refusal.empty());
        continue;
      }
      ASSERT_TRUE(IsMove(note.state(), plan.to)) << note.state() << " to " << plan.to;
      ASSERT_NE(people[who], "professionals/c") << "did not hold the session";
      if (plan.act != SignAct::kLockOnly) {
        ASSERT_FALSE(trainees[who] && plan.to == v1::NOTE_STATE_LOCKED);
        for (const auto& signature : note.signatures()) ASSERT_NE(signature.signer(), people[who]);
        note.add_signatures()->set_signer(people[who]);
      }
      note.set_state(plan.to);
    }
  }
}

TEST(Signing, OfADraftIsTheAuthors) {
  const v1::Note note = Draft(v1::NOTE_FORMAT_FREE);
  EXPECT_EQ(PlanSigning(note, Held(), "professionals/b", false, false).refusal, "NOT_THE_AUTHOR");
  struct {
    bool trainee, sign_only;
    v1::NoteState to;
  } const cases[] = {{false, false, v1::NOTE_STATE_LOCKED},
                     {false, true, v1::NOTE_STATE_SIGNED},
                     {true, false, v1::NOTE_STATE_AWAITING_COSIGN},
                     {true, true, v1::NOTE_STATE_AWAITING_COSIGN}};
  for (const auto& one : cases) {
    const auto plan = PlanSigning(note, Held(), "professionals/a", one.trainee, one.sign_only);
    EXPECT_EQ(plan.act, SignAct::kAuthor);
    EXPECT_EQ(plan.to, one.to);
  }
}

TEST(Signing, OfASignedNoteIsAnotherProvidersOrTheAuthorsLock) {
  v1::Note note = Draft(v1::NOTE_FORMAT_FREE);
  note.set_state(v1::NOTE_STATE_SIGNED);
  note.add_signatures()->set_signer("professionals/a");
  EXPECT_EQ(PlanSigning(note, Held(), "professionals/b", false, false).act, SignAct::kCoAuthor);
  EXPECT_EQ(PlanSigning(note, Held(), "professionals/b", true, false).to, v1::NOTE_STATE_SIGNED);
  EXPECT_EQ(PlanSigning(note, Held(), "professionals/c", false, false).refusal, "NOT_A_PROVIDER");
  EXPECT_EQ(PlanSigning(note, Held(), "professionals/a", false, false).act, SignAct::kLockOnly);
  EXPECT_EQ(PlanSigning(note, Held(), "professionals/a", false, true).refusal, "ALREADY_SIGNED");
  v1::Session without_b = Held();
  v1::Attendance& absent = *without_b.add_attendance();
  absent.set_person("professionals/b");
  absent.set_presence(v1::PRESENCE_ABSENT);
  EXPECT_EQ(PlanSigning(note, without_b, "professionals/b", false, false).refusal,
            "NOT_A_PROVIDER");
}

TEST(Signing, OfALockedOrWaitingNoteIsRefused) {
  v1::Note note = Draft(v1::NOTE_FORMAT_FREE);
  note.set_state(v1::NOTE_STATE_LOCKED);
  EXPECT_EQ(PlanSigning(note, Held(), "professionals/a", false, false).refusal, "NOTE_LOCKED");
  note.set_state(v1::NOTE_STATE_AWAITING_COSIGN);
  EXPECT_EQ(PlanSigning(note, Held(), "professionals/a", true, false).refusal, "ALREADY_SIGNED");
  EXPECT_EQ(PlanSigning(note, Held(), "professionals/b", false, false).refusal,
            "NOTE_AWAITS_COSIGN");
}

TEST(Sections, OfEachFormatAreTheseAndMayBeComplete) {
  struct {
    v1::NoteFormat format;
    std::size_t sections;
  } const cases[] = {{v1::NOTE_FORMAT_SOAP, 4},
                     {v1::NOTE_FORMAT_DAP, 3},
                     {v1::NOTE_FORMAT_BIRP, 4},
                     {v1::NOTE_FORMAT_GIRP, 4},
                     {v1::NOTE_FORMAT_FREE, 1}};
  for (const auto& [format, sections] : cases) {
    EXPECT_EQ(SectionsOf(format).size(), sections);
    EXPECT_THAT(FaultsOfSections(Draft(format), {}), IsEmpty()) << format;
    EXPECT_THAT(UnmetForSigning(Draft(format), Held()), IsEmpty()) << format;
  }
  EXPECT_TRUE(SectionsOf(v1::NOTE_FORMAT_UNSPECIFIED).empty());
}

TEST(Sections, OfAnotherFormatOrTwiceOrAboutAStrangerAreFaults) {
  v1::Note note = Draft(v1::NOTE_FORMAT_DAP);
  *note.add_sections() = Section(v1::SECTION_KIND_NARRATIVE, "families/f/members/m");
  *note.add_sections() = Section(v1::SECTION_KIND_PLAN, "families/f/members/stranger");
  EXPECT_THAT(Fields(FaultsOfSections(note, {"families/f/members/m"})),
              ElementsAre("sections[3].kind", "sections[4].kind",
                          "sections[4].statements[0].about_member"));
}

TEST(UnmetForSigning, NamesEveryMissingThing) {
  v1::Note note = Draft(v1::NOTE_FORMAT_DAP);
  note.mutable_sections(0)->clear_statements();
  note.mutable_sections()->RemoveLast();
  v1::Session session = Held();
  session.set_state(v1::SESSION_STATE_IN_PROGRESS);
  session.add_invited_members("families/f/members/m");
  const auto unmet = UnmetForSigning(note, session);
  ASSERT_THAT(Types(unmet), ElementsAre("SESSION_NOT_HELD", "SECTION_MISSING", "SECTION_MISSING",
                                        "ATTENDANCE_MISSING"));
  EXPECT_EQ(unmet[3].subject, "families/f/members/m");
  EXPECT_THAT(unmet[1].description, HasSubstr("DATA"));
  EXPECT_THAT(unmet[2].description, HasSubstr("PLAN"));
}

TEST(UnmetForSigning, N1WantsToKnowWhereEachMemberWasDuringTelehealth) {
  const v1::Note note = Draft(v1::NOTE_FORMAT_FREE);
  v1::Session session = Held();
  session.set_mode(v1::SESSION_MODE_TELEHEALTH);
  for (const char* member : {"families/f/members/m", "families/f/members/n"}) {
    session.add_invited_members(member);
    v1::Attendance& entry = *session.add_attendance();
    entry.set_person(member);
    entry.set_presence(v1::PRESENCE_PRESENT);
  }
  session.mutable_attendance(0)->set_location("12 Sample Street, flat 3");
  const auto unmet = UnmetForSigning(note, session);
  ASSERT_THAT(Types(unmet), ElementsAre("LOCATION_MISSING"));
  EXPECT_EQ(unmet[0].subject, "families/f/members/n");
  session.mutable_attendance(1)->set_presence(v1::PRESENCE_ABSENT);
  EXPECT_THAT(UnmetForSigning(note, session), IsEmpty());
  session.mutable_attendance(1)->set_presence(v1::PRESENCE_PRESENT);
  session.set_mode(v1::SESSION_MODE_OFFICE);
  EXPECT_THAT(UnmetForSigning(note, session), IsEmpty());
}

TEST(LateEntry, IsMoreThanSeventyTwoHoursAfterTheEnd) {
  EXPECT_FALSE(IsLateEntry(Held(), kNow + 72 * kHour));
  EXPECT_TRUE(IsLateEntry(Held(), kNow + 72 * kHour + 1));
}

TEST(Drafts, AreSeenByAuthorAndSupervisorOnly) {
  AccessFacts facts;
  facts.supervisors = {{.professional = "s", .supervisee = "a", .period = {1, kNow}},
                       {.professional = "t", .supervisee = "b", .period = {1, 0}}};
  const auto sees = [&](std::string_view caller, v1::NoteState state, std::int64_t at_us) {
    return MaySee(state, StandingTo("a", caller, facts, at_us), Viewer::kCareTeam);
  };
  EXPECT_TRUE(sees("a", v1::NOTE_STATE_DRAFT, kNow));
  EXPECT_TRUE(sees("s", v1::NOTE_STATE_DRAFT, kNow - 1));
  EXPECT_FALSE(sees("s", v1::NOTE_STATE_DRAFT, kNow)) << "no longer the supervisor";
  EXPECT_FALSE(sees("t", v1::NOTE_STATE_DRAFT, kNow)) << "supervises somebody else";
  EXPECT_FALSE(sees("", v1::NOTE_STATE_DRAFT, kNow));
  for (const auto state :
       {v1::NOTE_STATE_SIGNED, v1::NOTE_STATE_AWAITING_COSIGN, v1::NOTE_STATE_LOCKED}) {
    EXPECT_TRUE(sees("c", state, kNow));
  }
}

// Who is there for their own writings alone sees nothing else, signed or not.
TEST(Drafts, N4AnAuthorWhoLeftSeesTheirOwnInEveryStateAndNothingElse) {
  AccessFacts facts;
  facts.supervisors = {{.professional = "s", .supervisee = "a", .period = {1, 0}}};
  for (const auto state :
       {v1::NOTE_STATE_DRAFT, v1::NOTE_STATE_SIGNED, v1::NOTE_STATE_AWAITING_COSIGN,
        v1::NOTE_STATE_LOCKED, v1::NOTE_STATE_ENTERED_IN_ERROR}) {
    const auto sees = [&](std::string_view author, std::string_view caller) {
      return MaySee(state, StandingTo(author, caller, facts, kNow), Viewer::kAuthor);
    };
    EXPECT_TRUE(sees("a", "a"));
    EXPECT_TRUE(sees("a", "s"));
    EXPECT_FALSE(sees("b", "a"));
    EXPECT_FALSE(sees("b", "s"));
    EXPECT_FALSE(sees("b", ""));
  }
}

TEST(Trainee, IsWhoeverIsOneOnTheTeamNow) {
  AccessFacts facts;
  facts.helpers = {{.professional = "a", .trainee = true, .period = {1, kNow}},
                   {.professional = "a", .trainee = false, .period = {kNow, 0}}};
  EXPECT_TRUE(IsTrainee("a", facts, kNow - 1));
  EXPECT_FALSE(IsTrainee("a", facts, kNow));
  EXPECT_FALSE(IsTrainee("b", facts, kNow - 1));
}

TEST(Trainee, N4IsWhoeverLeftAsOne) {
  AccessFacts facts;
  facts.helpers = {{.professional = "a", .trainee = false, .period = {1, 10}},
                   {.professional = "a", .trainee = true, .period = {20, 30}},
                   {.professional = "b", .trainee = true, .period = {1, 10}},
                   {.professional = "b", .trainee = false, .period = {20, 30}},
                   {.professional = "c", .trainee = true, .period = {kNow + 1, 0}}};
  EXPECT_TRUE(IsTrainee("a", facts, kNow));
  EXPECT_FALSE(IsTrainee("b", facts, kNow)) << "no longer one when they left";
  EXPECT_FALSE(IsTrainee("c", facts, kNow)) << "not there yet";
}

TEST(MembersTold, AreThoseWrittenAboutOrObserved) {
  v1::Note note = Draft(v1::NOTE_FORMAT_FREE);
  *note.add_sections() = Section(v1::SECTION_KIND_PLAN, "m1");
  note.add_addenda()->add_statements()->set_about_member("m2");
  v1::Session session = Held();
  for (const char* member : {"m3", "m4"}) {
    session.add_invited_members(member);
    v1::Attendance& entry = *session.add_attendance();
    entry.set_person(member);
    entry.set_presence(v1::PRESENCE_PRESENT);
  }
  session.mutable_attendance(0)->set_participation(v1::PARTICIPATION_QUIET);
  EXPECT_THAT(MembersTold(note, session), ElementsAre("m1", "m2", "m3"));
}

}  // namespace
}  // namespace rapport::notes
