#include "notes/session_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapport/intake/v1/consent.pb.h>

#include <array>
#include <random>

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kHour = 3'600 * kSecond;
constexpr std::int64_t kStart = 1'900'000'000 * kSecond;

constexpr std::array kStates = {v1::SESSION_STATE_SCHEDULED, v1::SESSION_STATE_IN_PROGRESS,
                                v1::SESSION_STATE_HELD, v1::SESSION_STATE_CANCELLED,
                                v1::SESSION_STATE_NO_SHOW};

google::protobuf::Timestamp At(std::int64_t us) {
  google::protobuf::Timestamp time;
  time.set_seconds(us / kSecond);
  time.set_nanos(static_cast<int>(us % kSecond) * 1'000);
  return time;
}

// Members m1 to m3, helper h1, from the beginning on; everyone consents to everything.
AccessFacts OpenFamily() {
  AccessFacts facts;
  facts.state = CaseState::kOpen;
  for (const char* member : {"m1", "m2", "m3"}) {
    facts.members.push_back({.member = member, .direct = true, .period = {1, 0}});
    for (const int purpose : {static_cast<int>(intake::v1::CONSENT_PURPOSE_TREATMENT),
                              static_cast<int>(intake::v1::CONSENT_PURPOSE_CONJOINT_TREATMENT)}) {
      facts.consents.push_back({member, purpose, {1, 0}});
    }
  }
  facts.helpers.push_back({.professional = "h1", .direct = true, .period = {1, 0}});
  return facts;
}

v1::Session Planned() {
  v1::Session session;
  session.set_name("families/f/sessions/s");
  session.set_state(v1::SESSION_STATE_SCHEDULED);
  session.set_format(v1::SESSION_FORMAT_WHOLE_FAMILY);
  session.set_mode(v1::SESSION_MODE_OFFICE);
  *session.mutable_scheduled_start_time() = At(kStart);
  *session.mutable_scheduled_end_time() = At(kStart + kHour);
  session.add_invited_members("m1");
  session.add_invited_members("m2");
  session.add_invited_professionals("h1");
  return session;
}

std::vector<std::string> Types(const std::vector<Unmet>& unmet) {
  std::vector<std::string> types;
  for (const Unmet& one : unmet) types.push_back(one.type);
  return types;
}

std::vector<std::string> Fields(const Faults& faults) {
  std::vector<std::string> fields;
  for (const Fault& fault : faults) fields.push_back(fault.field);
  return fields;
}

TEST(SessionMoves, AreTheseAndNoOthers) {
  const std::vector<std::pair<v1::SessionState, v1::SessionState>> legal = {
      {v1::SESSION_STATE_SCHEDULED, v1::SESSION_STATE_IN_PROGRESS},
      {v1::SESSION_STATE_SCHEDULED, v1::SESSION_STATE_CANCELLED},
      {v1::SESSION_STATE_SCHEDULED, v1::SESSION_STATE_NO_SHOW},
      {v1::SESSION_STATE_IN_PROGRESS, v1::SESSION_STATE_HELD},
      {v1::SESSION_STATE_IN_PROGRESS, v1::SESSION_STATE_NO_SHOW},
      {v1::SESSION_STATE_IN_PROGRESS, v1::SESSION_STATE_CANCELLED}};
  for (const auto from : kStates) {
    for (const auto to : kStates) {
      const bool expected =
          std::find(legal.begin(), legal.end(), std::pair(from, to)) != legal.end();
      EXPECT_EQ(IsMove(from, to), expected) << from << " to " << to;
      v1::Session session;
      session.set_state(from);
      EXPECT_EQ(UnmetForMove(session, to).empty(), expected) << from << " to " << to;
    }
  }
}

TEST(SessionMoves, WhatEndedNeverMovesAgain) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  for (int walk = 0; walk < 200; ++walk) {
    v1::Session session;
    session.set_state(v1::SESSION_STATE_SCHEDULED);
    bool started = false, ended = false;
    for (int step = 0; step < 20; ++step) {
      const auto to = kStates[random() % kStates.size()];
      if (!UnmetForMove(session, to).empty()) continue;
      ASSERT_FALSE(ended);
      ASSERT_TRUE(to != v1::SESSION_STATE_HELD || started) << "held without a start";
      started |= to == v1::SESSION_STATE_IN_PROGRESS;
      ended = to != v1::SESSION_STATE_IN_PROGRESS;
      session.set_state(to);
    }
  }
}

TEST(SessionMoves, AnIllegalMoveNamesTheLegalOnes) {
  v1::Session session = Planned();
  const auto unmet = UnmetForMove(session, v1::SESSION_STATE_HELD);
  ASSERT_THAT(Types(unmet), ElementsAre("ILLEGAL_TRANSITION"));
  EXPECT_EQ(unmet[0].subject, session.name());
  EXPECT_THAT(unmet[0].description, HasSubstr("IN_PROGRESS, CANCELLED, NO_SHOW, not HELD"));
  session.set_state(v1::SESSION_STATE_HELD);
  EXPECT_THAT(UnmetForMove(session, v1::SESSION_STATE_NO_SHOW)[0].description,
              HasSubstr("nothing else"));
}

TEST(SessionMoves, ArePrintedAsAGraph) {
  const std::string dot = SessionLifeDot();
  EXPECT_THAT(dot, HasSubstr("digraph session"));
  EXPECT_THAT(dot, HasSubstr("IN_PROGRESS -> HELD [label=\"it ends\"]"));
  EXPECT_EQ(std::count(dot.begin(), dot.end(), '>'), std::ssize(SessionMoves()));
}

TEST(SessionPlan, OfPeopleOfBothSystemsHasNoFault) {
  EXPECT_THAT(FaultsOfPlan(Planned(), {{"m1", "m2"}, {"h1"}}, OpenFamily()), IsEmpty());
}

TEST(SessionPlan, EndsAfterItsStartWithinTwelveHours) {
  struct {
    std::int64_t length_us;
    bool right;
  } const cases[] = {
      {-1, false}, {0, false}, {1, true}, {12 * kHour, true}, {12 * kHour + 1, false}};
  for (const auto& [length_us, right] : cases) {
    v1::Session session = Planned();
    *session.mutable_scheduled_end_time() = At(kStart + length_us);
    EXPECT_EQ(FaultsOfPlan(session, {{"m1"}, {"h1"}}, OpenFamily()).empty(), right) << length_us;
  }
}

TEST(SessionPlan, NamesEveryoneWhoIsNotOnTheirSystemThen) {
  AccessFacts facts = OpenFamily();
  facts.members[1].period = {1, kStart};      // left before it starts
  facts.helpers[0].period = {kStart + 1, 0};  // joins after
  EXPECT_THAT(Fields(FaultsOfPlan(Planned(), {{"m1", "m2", "m9"}, {"h1"}}, facts)),
              ElementsAre("invited_members[1]", "invited_members[2]", "invited_professionals[0]"));
}

TEST(SessionPlan, TakesAMemberWhoIsBackInTheFamily) {
  AccessFacts facts = OpenFamily();
  facts.members[0].period = {1, 2};
  facts.members.push_back({.member = "m1", .direct = true, .period = {kStart, 0}});
  EXPECT_THAT(FaultsOfPlan(Planned(), {{"m1"}, {"h1"}}, facts), IsEmpty());
}

TEST(SessionPlan, NamesNobodyTwice) {
  EXPECT_THAT(Fields(FaultsOfPlan(Planned(), {{"m1", "m1"}, {"h1"}}, OpenFamily())),
              ElementsAre("invited_members[1]"));
}

TEST(SessionPlan, IndividualIsOneMember) {
  v1::Session session = Planned();
  session.set_format(v1::SESSION_FORMAT_INDIVIDUAL);
  EXPECT_THAT(Fields(FaultsOfPlan(session, {{"m1", "m2"}, {"h1"}}, OpenFamily())),
              ElementsAre("invited_members"));
  EXPECT_THAT(FaultsOfPlan(session, {{"m1"}, {"h1"}}, OpenFamily()), IsEmpty());
}

TEST(SessionMeeting, NeedsAnOpenCase) {
  for (int state = 0; state <= static_cast<int>(CaseState::kClosed); ++state) {
    AccessFacts facts = OpenFamily();
    facts.state = static_cast<CaseState>(state);
    EXPECT_EQ(UnmetForMeeting({"m1"}, facts, kStart, kStart).empty(),
              facts.state == CaseState::kOpen)
        << state;
  }
}

TEST(SessionMeeting, KeepsASeparatedPairApartInEitherOrderAndNamesNobody) {
  for (const auto& pair : {std::pair("m1", "m2"), std::pair("m2", "m1")}) {
    AccessFacts facts = OpenFamily();
    facts.separated.emplace_back(pair.first, pair.second);
    const auto unmet = UnmetForMeeting({"m1", "m2", "m3"}, facts, kStart, kStart);
    ASSERT_THAT(Types(unmet), ElementsAre("NOT_AVAILABLE_TOGETHER"));
    EXPECT_EQ(unmet[0].subject, "");
    EXPECT_THAT(UnmetForMeeting({"m1", "m3"}, facts, kStart, kStart), IsEmpty());
    EXPECT_THAT(UnmetForMeeting({"m1"}, facts, kStart, kStart), IsEmpty());
  }
}

TEST(SessionMeeting, WithOthersNeedsConjointConsentOfEach) {
  AccessFacts facts = OpenFamily();
  for (auto& consent : facts.consents) {
    if (consent.member == "m2" &&
        consent.purpose == intake::v1::CONSENT_PURPOSE_CONJOINT_TREATMENT) {
      consent.period.to_us = kStart;
    }
  }
  const auto unmet = UnmetForMeeting({"m1", "m2"}, facts, kStart, kStart);
  ASSERT_THAT(Types(unmet), ElementsAre("CONSENT_MISSING"));
  EXPECT_EQ(unmet[0].subject, "");
  EXPECT_THAT(UnmetForMeeting({"m1", "m2"}, facts, kStart - 1, kStart - 1), IsEmpty());
  EXPECT_THAT(UnmetForMeeting({"m2"}, facts, kStart, kStart), IsEmpty())
      << "alone it is not needed";
}

TEST(SessionMeeting, AloneNeedsConsentToTreatment) {
  AccessFacts facts = OpenFamily();
  std::erase_if(facts.consents, [](const auto& consent) {
    return consent.purpose == intake::v1::CONSENT_PURPOSE_TREATMENT;
  });
  EXPECT_THAT(Types(UnmetForMeeting({"m1"}, facts, kStart, kStart)),
              ElementsAre("CONSENT_MISSING"));
}

TEST(SessionMeeting, I9_WithOthersNeedsEveryScreenThatIsDueAndSaysWhose) {
  AccessFacts facts = OpenFamily();
  facts.screens_due = {{"m1", kStart + 1}, {"m2", kStart}};
  const auto unmet = UnmetForMeeting({"m1", "m2"}, facts, kStart + 100, kStart);
  ASSERT_THAT(Types(unmet), ElementsAre("SAFETY_SCREEN_DUE"));
  EXPECT_EQ(unmet[0].subject, "m2")
      << "that of m1 is due before they meet, and can be done until then";
  EXPECT_THAT(UnmetForMeeting({"m1", "m2"}, facts, kStart, kStart - 1), IsEmpty());
  EXPECT_THAT(UnmetForMeeting({"m1", "m3"}, facts, kStart, kStart), IsEmpty());
  EXPECT_THAT(UnmetForMeeting({"m2"}, facts, kStart, kStart), IsEmpty()) << "alone they can come";
}

TEST(SessionMeeting, I1_AnEmergencyStandsForConsentUntilItsTimeIsOver) {
  AccessFacts facts = OpenFamily();
  facts.consents.clear();
  for (const char* member : {"m1", "m2"}) {
    for (const int purpose : {1, 2}) {
      facts.consents.push_back({member, purpose, {kStart, kStart + 10}, true});
    }
  }
  EXPECT_THAT(UnmetForMeeting({"m1", "m2"}, facts, kStart, kStart), IsEmpty());
  EXPECT_THAT(Types(UnmetForMeeting({"m1"}, facts, kStart + 10, kStart)),
              ElementsAre("CONSENT_MISSING"));
}

TEST(SessionMeeting, TellsEverythingAtOnce) {
  AccessFacts facts = OpenFamily();
  facts.state = CaseState::kOnHold;
  facts.consents.clear();
  facts.separated.emplace_back("m1", "m2");
  EXPECT_THAT(Types(UnmetForMeeting({"m1", "m2"}, facts, kStart, kStart)),
              ElementsAre("CASE_NOT_OPEN", "NOT_AVAILABLE_TOGETHER", "CONSENT_MISSING"));
}

TEST(SessionUpdate, OnceStartedChangesServiceCodeAndExternalIdsOnly) {
  const v1::Session before = Planned();
  v1::Session after = before;
  after.set_service_code("90847");
  after.add_external_ids()->set_system("ehr");
  EXPECT_THAT(FixedFieldsChanged(before, after), IsEmpty());

  after.set_format(v1::SESSION_FORMAT_NETWORK);
  after.set_mode(v1::SESSION_MODE_HOME);
  after.set_location("elsewhere");
  *after.mutable_scheduled_start_time() = At(kStart + 1);
  *after.mutable_scheduled_end_time() = At(kStart + 2);
  after.add_invited_members("m3");
  after.clear_invited_professionals();
  EXPECT_THAT(Fields(FixedFieldsChanged(before, after)),
              ElementsAre("format", "mode", "location", "scheduled_start_time",
                          "scheduled_end_time", "invited_members", "invited_professionals"));
}

v1::Attendance Entry(const std::string& person, v1::Presence presence) {
  v1::Attendance entry;
  entry.set_person(person);
  entry.set_presence(presence);
  if (presence == v1::PRESENCE_ABSENT) entry.set_absence_reason(v1::ABSENCE_REASON_ILLNESS);
  return entry;
}

std::vector<std::string> FieldsOfOne(const v1::Attendance& entry) {
  AttendanceList entries;
  *entries.Add() = entry;
  return Fields(FaultsOfAttendance(entries, Planned(), kStart + kHour));
}

TEST(Attendance, OfPeopleWhoWereThereOrMissedItHasNoFault) {
  EXPECT_THAT(FieldsOfOne(Entry("m1", v1::PRESENCE_PRESENT)), IsEmpty());
  EXPECT_THAT(FieldsOfOne(Entry("h1", v1::PRESENCE_LATE)), IsEmpty());
  EXPECT_THAT(FieldsOfOne(Entry("m2", v1::PRESENCE_ABSENT)), IsEmpty());
  v1::Attendance planned = Entry("m2", v1::PRESENCE_ABSENT);
  planned.set_absence_reason(v1::ABSENCE_REASON_PLANNED);
  planned.set_by_plan(true);
  EXPECT_THAT(FieldsOfOne(planned), IsEmpty());
}

TEST(Attendance, IsOfInvitedPeopleOnceEach) {
  AttendanceList entries;
  *entries.Add() = Entry("m1", v1::PRESENCE_PRESENT);
  *entries.Add() = Entry("m3", v1::PRESENCE_PRESENT);
  *entries.Add() = Entry("m1", v1::PRESENCE_LATE);
  EXPECT_THAT(Fields(FaultsOfAttendance(entries, Planned(), kStart)),
              ElementsAre("attendance[1].person", "attendance[2].person"));
}

TEST(Attendance, OfTheAbsentHasAReasonAndNothingElse) {
  v1::Attendance entry = Entry("m1", v1::PRESENCE_ABSENT);
  entry.clear_absence_reason();
  entry.set_participation(v1::PARTICIPATION_QUIET);
  *entry.mutable_join_time() = At(kStart);
  *entry.mutable_leave_time() = At(kStart);
  EXPECT_THAT(FieldsOfOne(entry),
              ElementsAre("attendance[0].absence_reason", "attendance[0].participation",
                          "attendance[0].join_time", "attendance[0].leave_time"));
}

TEST(Attendance, OfThePresentHasNoReasonAndNoPlan) {
  v1::Attendance entry = Entry("m1", v1::PRESENCE_PRESENT);
  entry.set_absence_reason(v1::ABSENCE_REASON_FORGOT);
  entry.set_by_plan(true);
  EXPECT_THAT(FieldsOfOne(entry),
              ElementsAre("attendance[0].absence_reason", "attendance[0].by_plan"));
}

TEST(Attendance, N1HasAPlaceOfMembersWhoWereInATelehealthSession) {
  v1::Session session = Planned();
  AttendanceList entries;
  *entries.Add() = Entry("m1", v1::PRESENCE_PRESENT);
  *entries.Add() = Entry("m2", v1::PRESENCE_ABSENT);
  *entries.Add() = Entry("h1", v1::PRESENCE_PRESENT);
  for (auto& entry : entries) entry.set_location("12 Sample Street");
  session.set_mode(v1::SESSION_MODE_TELEHEALTH);
  EXPECT_THAT(Fields(FaultsOfAttendance(entries, session, kStart)),
              ElementsAre("attendance[1].location", "attendance[2].location"));
  session.set_mode(v1::SESSION_MODE_OFFICE);
  EXPECT_THAT(
      Fields(FaultsOfAttendance(entries, session, kStart)),
      ElementsAre("attendance[0].location", "attendance[1].location", "attendance[2].location"));
}

TEST(Attendance, ComesBeforeItGoesAndNotInTheFuture) {
  v1::Attendance entry = Entry("m1", v1::PRESENCE_LATE);
  *entry.mutable_join_time() = At(kStart + 2);
  *entry.mutable_leave_time() = At(kStart + 1);
  EXPECT_THAT(FieldsOfOne(entry), ElementsAre("attendance[0].leave_time"));
  *entry.mutable_join_time() = At(kStart + kHour + 1);
  *entry.mutable_leave_time() = At(kStart + kHour + 2);
  EXPECT_THAT(FieldsOfOne(entry),
              ElementsAre("attendance[0].join_time", "attendance[0].leave_time"));
}

TEST(Attendance, N2ComesAndGoesWhileTheSessionLasts) {
  v1::Session session = Planned();
  *session.mutable_start_time() = At(kStart);
  AttendanceList entries;
  *entries.Add() = Entry("m1", v1::PRESENCE_LATE);
  const auto faults = [&](std::int64_t join_us, std::int64_t leave_us) {
    *entries[0].mutable_join_time() = At(join_us);
    *entries[0].mutable_leave_time() = At(leave_us);
    return Fields(FaultsOfAttendance(entries, session, kStart + 3 * kHour));
  };
  EXPECT_THAT(faults(kStart, kStart + 3 * kHour), IsEmpty());
  EXPECT_THAT(faults(kStart - 1, kStart + 1), ElementsAre("attendance[0].join_time"));
  *session.mutable_end_time() = At(kStart + kHour);
  EXPECT_THAT(faults(kStart, kStart + kHour), IsEmpty());
  EXPECT_THAT(faults(kStart + kHour + 1, kStart + kHour + 2),
              ElementsAre("attendance[0].join_time", "attendance[0].leave_time"));
}

TEST(Attendance, ReplacesTheSamePersonsAndKeepsTheOthers) {
  v1::Session session = Planned();
  AttendanceList entries;
  *entries.Add() = Entry("m1", v1::PRESENCE_PRESENT);
  *entries.Add() = Entry("m2", v1::PRESENCE_PRESENT);
  MergeAttendance(entries, &session);
  entries.Clear();
  *entries.Add() = Entry("m1", v1::PRESENCE_ABSENT);
  MergeAttendance(entries, &session);
  ASSERT_EQ(session.attendance_size(), 2);
  EXPECT_EQ(AttendanceOf(session, "m1")->presence(), v1::PRESENCE_ABSENT);
  EXPECT_EQ(AttendanceOf(session, "m2")->presence(), v1::PRESENCE_PRESENT);
  EXPECT_EQ(AttendanceOf(session, "h1"), nullptr);
}

TEST(Attendance, OfAHelperAloneIsNoMembersAttendance) {
  v1::Session session = Planned();
  AttendanceList entries;
  *entries.Add() = Entry("h1", v1::PRESENCE_PRESENT);
  *entries.Add() = Entry("m1", v1::PRESENCE_ABSENT);
  MergeAttendance(entries, &session);
  EXPECT_FALSE(SomeMemberAttended(session));
  entries.Clear();
  *entries.Add() = Entry("m2", v1::PRESENCE_LEFT_EARLY);
  MergeAttendance(entries, &session);
  EXPECT_TRUE(SomeMemberAttended(session));
}

}  // namespace
}  // namespace rapport::notes
