// People who are members of two families of the agency: whom they are to be kept apart from they
// don't meet there either, and nobody is told of the other family.
#include "unit/notes/notes_fixture.h"

namespace rapport::notes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// The mother is to be kept apart from the uncle, who is also a member of another family.
class ElsewhereTest : public NotesTest {
 protected:
  ElsewhereTest() {
    for (AccessFacts::Member& member : facts_.members) {
      if (member.member == uncle_) member.subjects = {"fritz"};
    }
    facts_.separated.emplace_back(mother_, uncle_);
    there_.family = other_;
    there_.state = CaseState::kOpen;
    there_.helpers = facts_.helpers;
    there_.members.push_back(
        {.member = himself_, .subjects = {"fritz"}, .direct = true, .period = {1, 0}});
    there_.consents.push_back({himself_, intake::v1::CONSENT_PURPOSE_TREATMENT, {1, 0}});
    rosters_.ties[family_] = {.same = {{uncle_, other_, himself_}},
                              .apart = {{mother_, other_, himself_}}};
    rosters_.ties[other_] = {.same = {{himself_, family_, uncle_}},
                             .apart = {{himself_, family_, mother_}}};
  }

  struct CallThere : Call {
    explicit CallThere(ElsewhereTest& test, Viewer viewer = Viewer::kCareTeam)
        : Call(test, test.author_, viewer) {
      access.family = test.other_;
      access.facts = std::make_shared<AccessFacts>(test.there_);
    }
  };

  v1::ScheduleSessionRequest Alone(const std::string& family, const std::string& member,
                                   const std::string& room, const std::string& helper) {
    v1::ScheduleSessionRequest plan = Plan();
    plan.set_parent(names_.Family(family));
    v1::Session& session = *plan.mutable_session();
    session.set_format(v1::SESSION_FORMAT_INDIVIDUAL);
    session.set_location(room);
    session.clear_invited_members();
    session.add_invited_members(names_.Member(family, member));
    session.clear_invited_professionals();
    session.add_invited_professionals(names_.Professional(helper));
    return plan;
  }
  absl::StatusOr<v1::ScheduleSessionResponse> PlanHere(const std::string& member,
                                                       const std::string& room,
                                                       const std::string& helper,
                                                       Viewer viewer = Viewer::kCareTeam) {
    return RunAs(author_, &NotesService::ScheduleSession, Alone(family_, member, room, helper),
                 viewer);
  }
  absl::StatusOr<v1::ScheduleSessionResponse> PlanThere(const std::string& room,
                                                        const std::string& helper) {
    CallThere call(*this);
    return Run(call, &NotesService::ScheduleSession, Alone(other_, himself_, room, helper));
  }
  absl::StatusOr<v1::StartSessionResponse> StartThere(const v1::Session& session) {
    v1::StartSessionRequest start;
    start.set_name(session.name());
    start.set_etag(session.etag());
    CallThere call(*this);
    return Run(call, &NotesService::StartSession, start);
  }

  const std::string other_ = support::TestId("other family");
  const std::string himself_ = support::TestId("the uncle there");
  AccessFacts there_;
};

TEST_F(ElsewhereTest, I9_WhoIsApartIsNotBroughtTogetherBySessionsOfTwoFamilies) {
  ASSERT_TRUE(PlanHere(mother_, "Room 2", author_).ok());
  const auto in_the_family = PlanHere(uncle_, "Room 2", second_).status();
  const std::vector<std::pair<std::string, std::string>> meetings = {
      {" room 2", second_}, {"", second_}, {"Room 3", author_}};
  for (const auto& [room, helper] : meetings) {
    const auto refused = PlanThere(room, helper).status();
    EXPECT_EQ(ReasonOf(refused), "NOT_AVAILABLE_TOGETHER");
    EXPECT_EQ(schema::StatusDetails(refused), schema::StatusDetails(in_the_family));
    EXPECT_EQ(refused.message(), in_the_family.message());
  }
  EXPECT_TRUE(PlanThere("Room 3", second_).ok());
}

TEST_F(ElsewhereTest, I9_NorTheOtherWayRound) {
  ASSERT_TRUE(PlanThere("Room 2", second_).ok());
  const auto refused = PlanHere(mother_, "Room 2", author_).status();
  EXPECT_EQ(ReasonOf(refused), "NOT_AVAILABLE_TOGETHER");
  EXPECT_THAT(schema::StatusDetails(refused), Not(HasSubstr(names_.Family(other_))));
  EXPECT_TRUE(PlanHere(son_, "Room 2", author_).ok()) << "who has nothing to do with it";
}

TEST_F(ElsewhereTest, I9_ASessionIsNotMovedThereEither) {
  ASSERT_TRUE(PlanHere(mother_, "Room 2", author_).ok());
  const auto planned = PlanThere("Room 3", second_);
  ASSERT_TRUE(planned.ok()) << planned.status();
  v1::UpdateSessionRequest move;
  *move.mutable_session() = planned->session();
  move.mutable_session()->set_location("Room 2");
  move.mutable_update_mask()->add_paths("location");
  move.set_etag(planned->session().etag());
  CallThere call(*this);
  EXPECT_EQ(ReasonOf(Run(call, &NotesService::UpdateSession, move).status()),
            "NOT_AVAILABLE_TOGETHER");
}

TEST_F(ElsewhereTest, I9_NobodyComesInWhileTheOtherIsThereWithAnotherFamily) {
  const auto planned = PlanThere("Room 2", second_);
  ASSERT_TRUE(planned.ok()) << planned.status();
  store_.clock.Advance(std::chrono::hours(2));
  const auto mothers = PlanHere(mother_, "Room 2", author_);
  ASSERT_TRUE(mothers.ok()) << "an hour that is over: " << mothers.status();
  v1::StartSessionRequest start;
  start.set_name(mothers->session().name());
  start.set_etag(mothers->session().etag());
  ASSERT_TRUE(RunAs(author_, &NotesService::StartSession, start).ok());
  EXPECT_EQ(ReasonOf(StartThere(planned->session()).status()), "NOT_AVAILABLE_TOGETHER");
}

TEST_F(ElsewhereTest, I9_WhoIsApartByAnotherFamilysRecordsIsNotInvitedTogether) {
  facts_.separated.clear();
  rosters_.ties[family_] = {.same = {}, .apart = {{mother_, family_, son_}}};
  const auto refused = RunAs(author_, &NotesService::ScheduleSession, Plan()).status();
  EXPECT_EQ(ReasonOf(refused), "NOT_AVAILABLE_TOGETHER");
  EXPECT_THAT(schema::StatusDetails(refused), Not(HasSubstr(MemberName(son_))));
}

// Mother and son are members of another family, too, and its records alone keep them apart.
class UninvitedElsewhereTest : public ElsewhereTest {
 protected:
  UninvitedElsewhereTest() { facts_.separated.clear(); }

  void KeepApart(std::int64_t since_us) {
    rosters_.ties[family_] = {.same = {}, .apart = {{mother_, family_, son_, since_us}}};
  }
  v1::Session StartedWithMother() {
    v1::ScheduleSessionRequest plan = Plan();
    plan.mutable_session()->mutable_invited_members()->RemoveLast();
    const auto planned = RunAs(author_, &NotesService::ScheduleSession, plan);
    EXPECT_TRUE(planned.ok()) << planned.status();
    v1::StartSessionRequest start;
    start.set_name(planned->session().name());
    start.set_etag(planned->session().etag());
    const auto started = RunAs(author_, &NotesService::StartSession, start);
    EXPECT_TRUE(started.ok()) << started.status();
    return started->session();
  }
  absl::StatusOr<v1::RecordAttendanceResponse> Came(const v1::Session& session) {
    v1::RecordAttendanceRequest request;
    request.set_name(session.name());
    request.set_etag(session.etag());
    *request.add_attendance() = Entry(MemberName(son_), v1::PRESENCE_PRESENT);
    return RunAs(author_, &NotesService::RecordAttendance, request);
  }
  absl::StatusOr<v1::CorrectSessionResponse> CameAfterAll(const v1::Session& session) {
    v1::CorrectSessionRequest request;
    request.set_name(session.name());
    request.set_etag(session.etag());
    request.set_reason("he was there, too");
    *request.add_attendance() = Entry(MemberName(son_), v1::PRESENCE_PRESENT);
    return RunAs(author_, &NotesService::CorrectSession, request);
  }
  v1::Session Ended(const v1::Session& session) {
    store_.clock.Advance(std::chrono::hours(1));
    const auto ended = End(session);
    EXPECT_TRUE(ended.ok()) << ended.status();
    return ended->session();
  }
};

TEST_F(UninvitedElsewhereTest, N2WhoMayNotMeetTheOthersIsNotInvitedByComing) {
  const v1::Session started = StartedWithMother();
  facts_.separated = {{mother_, son_, 1}};
  const auto by_own_records = Came(started).status();
  facts_.separated.clear();
  KeepApart(1);
  const auto refused = Came(started).status();
  EXPECT_EQ(ReasonOf(refused), "NOT_AVAILABLE_TOGETHER");
  EXPECT_EQ(schema::StatusDetails(refused), schema::StatusDetails(by_own_records));
  EXPECT_EQ(refused.message(), by_own_records.message());
  EXPECT_EQ(ReasonOf(CameAfterAll(Ended(started)).status()), "NOT_AVAILABLE_TOGETHER");
}

TEST_F(UninvitedElsewhereTest, N2WhoMetBeforeTheyWereSeparatedIsRecordedAsItWas) {
  const v1::Session started = StartedWithMother();
  KeepApart(store_.clock.NowMicros() + kMinute);
  const v1::Session ended = Ended(started);
  const auto corrected = CameAfterAll(ended);
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  const auto& invited = corrected->session().invited_members();
  EXPECT_THAT(invited, testing::Contains(MemberName(son_)));
}

TEST_F(UninvitedElsewhereTest, N2WhoWasInvitedIsRecordedWhateverOtherRecordsSay) {
  const v1::Session started = Started();
  KeepApart(1);
  EXPECT_TRUE(Came(started).ok()) << "it was planned before, and took place";
}

TEST_F(ElsewhereTest, I9_OfTwoWhoPlanAtOnceOneIsRefused) {
  absl::StatusOr<v1::ScheduleSessionResponse> there = absl::UnknownError("not called");
  // Between what the first one read and its commit.
  clock_.between = [&] { clock_.between = [&] { there = PlanThere("Room 2", second_); }; };
  const auto here = PlanHere(mother_, "Room 2", author_);
  EXPECT_TRUE(there.ok()) << there.status();
  EXPECT_EQ(ReasonOf(here.status()), "NOT_AVAILABLE_TOGETHER");
}

TEST_F(ElsewhereTest, N1_TheTeamIsWarnedOfWhoIsExpectedTwiceAndOtherSystemsAreNot) {
  ASSERT_TRUE(PlanThere("Room 2", second_).ok());
  const auto planned = PlanHere(uncle_, "Room 3", author_);
  ASSERT_TRUE(planned.ok()) << planned.status();
  EXPECT_THAT(planned->warnings(), ElementsAre(v1::SESSION_WARNING_OVERLAP));
  const auto others = PlanHere(son_, "Room 4", author_);
  ASSERT_TRUE(others.ok()) << others.status();
  store_.clock.Advance(std::chrono::hours(24));
  ASSERT_TRUE(PlanThere("Room 2", second_).ok());
  const auto by_system = PlanHere(uncle_, "Room 3", author_, Viewer::kAgency);
  ASSERT_TRUE(by_system.ok()) << by_system.status();
  EXPECT_THAT(by_system->warnings(), IsEmpty());
}

TEST_F(ElsewhereTest, NobodyIsAskedWhereNobodyHasAnAccount) {
  for (AccessFacts::Member& member : facts_.members) member.subjects.clear();
  ASSERT_TRUE(PlanHere(son_, "Room 2", author_).ok());
  EXPECT_EQ(rosters_.asked_for_ties, 0);
}

TEST_F(ElsewhereTest, I9_NothingIsPlannedWhileNobodyCanSay) {
  rosters_.reachable = false;
  EXPECT_TRUE(absl::IsUnavailable(PlanHere(mother_, "Room 2", author_).status()));
}

}  // namespace
}  // namespace rapport::notes
