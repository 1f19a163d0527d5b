// The alliance map, now and at past times, for clinicians and for members.
#include "alliance/alliance_map.h"
#include "unit/alliance/alliance_fixture.h"

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class MapService : public AllianceTest {
 protected:
  const v1::MapRow& RowOf(const v1::AllianceMap& map, const std::string& member) const {
    for (const v1::MapRow& row : map.rows()) {
      if (row.member() == names_.Member(family_, member)) return row;
    }
    ADD_FAILURE() << "no such row";
    return v1::MapRow::default_instance();
  }
  void Week() { store_.clock.Advance(std::chrono::hours(24 * 7)); }
};

TEST_F(MapService, BeforeAnyRatingDirectPeopleHaveNoAllianceOnRecord) {
  AddHelper(support::TestId("school"));
  facts_.helpers.back().direct = false;
  const v1::AllianceMap map = Map(ByTherapist());
  EXPECT_THAT(map.helpers(), ElementsAre(names_.Professional(therapist_),
                                         names_.Professional(support::TestId("school"))));
  ASSERT_EQ(map.rows_size(), 3);
  for (const v1::MapRow& row : map.rows()) {
    EXPECT_EQ(row.cells(0).state(), v1::CELL_STATE_NO_ALLIANCE_ON_RECORD);
    EXPECT_EQ(row.cells(1).state(), v1::CELL_STATE_NOT_EXPECTED);
  }
  EXPECT_EQ(map.sessions_held(), 0);
}

TEST_F(MapService, ACellHasTheLatestValueItsErrorItsTrendAndItsAge) {
  for (int i = 1; i <= 4; ++i) {
    const std::string session = Hold(support::TestId("session-" + std::to_string(i)), {mother_});
    if (i < 4) ASSERT_TRUE(Rate(session, mother_, 40 + 10 * i, 60).ok());
    Week();
  }
  const v1::AllianceMap map = Map(ByTherapist());
  EXPECT_EQ(map.sessions_held(), 4);
  const v1::MapCell& cell = RowOf(map, mother_).cells(0);
  EXPECT_EQ(cell.state(), v1::CELL_STATE_RATED);
  const v1::AllianceView& view = cell.member_view();
  EXPECT_EQ(view.ratings(), 3);
  EXPECT_EQ(view.age_sessions(), 1);
  EXPECT_DOUBLE_EQ(view.bond().value(), 7.0);
  EXPECT_DOUBLE_EQ(view.bond().highest(), 10.0);
  EXPECT_TRUE(view.bond().has_standard_error());
  EXPECT_NEAR(view.bond().slope(), 1.0, 1e-9);
  EXPECT_EQ(view.bond().slope_ratings(), 3);
  EXPECT_FALSE(cell.has_helper_view());
}

TEST_F(MapService, APastMapKnowsOnlyWhatWasRecordedThen) {
  const std::string session = Hold(support::TestId("session-1"), {mother_});
  store_.clock.Advance(std::chrono::hours(1));
  const std::int64_t before_us = store_.clock.NowMicros();
  store_.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(Rate(session, mother_, 70, 70).ok());
  const std::int64_t after_us = store_.clock.NowMicros();
  Week();
  ASSERT_TRUE(Rate(Hold(support::TestId("session-2"), {mother_}), mother_, 30, 30).ok());

  const v1::AllianceMap then = Map(ByTherapist(), before_us);
  EXPECT_EQ(then.sessions_held(), 1);
  EXPECT_EQ(RowOf(then, mother_).cells(0).state(), v1::CELL_STATE_NO_ALLIANCE_ON_RECORD);
  const v1::AllianceMap later = Map(ByTherapist(), after_us);
  EXPECT_DOUBLE_EQ(RowOf(later, mother_).cells(0).member_view().bond().value(), 7.0);
  EXPECT_EQ(RowOf(later, mother_).cells(0).member_view().age_sessions(), 0);
  const v1::AllianceMap now = Map(ByTherapist());
  EXPECT_DOUBLE_EQ(RowOf(now, mother_).cells(0).member_view().bond().value(), 3.0);
}

TEST_F(MapService, TheFutureIsRefused) {
  v1::GetAllianceMapRequest request;
  request.set_parent(names_.Family(family_));
  *request.mutable_at_time() = schema::ToTimestamp(store_.clock.NowMicros() + 1'000'000);
  EXPECT_EQ(Run(ByTherapist(), &AllianceService::GetAllianceMap, request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(MapService, AMemberSeesTheirOwnRowWithoutViewsOfHelpersAndSignals) {
  const std::string session = Hold(support::TestId("session-1"), {mother_, father_});
  internal::v1::SessionHeld others = Held(support::TestId("session-2"), {father_});
  others.mutable_attendees()->erase(others.attendees().begin());  // without the mother
  ASSERT_TRUE(
      Deliver(Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, 1, others.SerializeAsString()))
          .ok());
  ASSERT_TRUE(Rate(session, mother_, 70, 70).ok());
  ASSERT_TRUE(Rate(session, father_, 20, 70).ok());
  auto own = Pulse(session, mother_, 10, 50, "pulse-therapist");
  own.mutable_rating()->set_rater(names_.Professional(therapist_));
  own.mutable_rating()->mutable_parts(0)->set_target(names_.Member(family_, mother_));
  ASSERT_TRUE(Run(ByTherapist(), &AllianceService::SubmitRating, own).ok());

  EXPECT_TRUE(RowOf(Map(ByTherapist()), mother_).cells(0).has_helper_view());
  const v1::AllianceMap map = Map(ByMember(mother_));
  ASSERT_THAT(map.rows(), SizeIs(1));
  EXPECT_EQ(map.sessions_held(), 1);
  EXPECT_EQ(map.rows(0).member(), names_.Member(family_, mother_));
  EXPECT_TRUE(map.rows(0).cells(0).has_member_view());
  EXPECT_FALSE(map.rows(0).cells(0).has_helper_view());
  EXPECT_THAT(map.open_signals(), IsEmpty());
}

// A map is built once and given until something changes; `as_of_time` tells builds apart.
TEST_F(MapService, IsGivenAgainUntilTheFamilyChanges) {
  const std::string session = Hold(support::TestId("session-1"), {mother_, father_});
  ASSERT_TRUE(Rate(session, mother_, 70, 70).ok());
  const v1::AllianceMap first = Map(ByTherapist());
  store_.clock.Advance(std::chrono::seconds(1));
  EXPECT_EQ(Map(ByTherapist()).SerializeAsString(), first.SerializeAsString());

  ASSERT_TRUE(Rate(session, father_, 20, 70).ok());
  const v1::AllianceMap after = Map(ByTherapist());
  EXPECT_TRUE(RowOf(after, father_).cells(0).has_member_view());
  EXPECT_FALSE(RowOf(first, father_).cells(0).has_member_view());
}

TEST_F(MapService, ASignalThatIsRaisedLaterIsOnTheNextMap) {
  const std::string session = Hold(support::TestId("session-1"), {mother_, father_, child_});
  for (int i = 2; i <= 3; ++i) {
    Hold(support::TestId("session-" + std::to_string(i)), {father_, child_});
  }
  ASSERT_TRUE(Rate(session, mother_, 0, 0).ok());
  Map(ByTherapist());
  Relay();
  ASSERT_THAT(Signals(), Not(IsEmpty()));
  EXPECT_EQ(Map(ByTherapist()).open_signals_size(), static_cast<int>(Signals().size()));
}

TEST_F(MapService, AnAlertComesBeforeWhateverIsNewer) {
  FamilyFile file;
  file.id = family_;
  const auto open = [&](const char* name, v1::SignalLevel level, std::int64_t changed_us) {
    StoredSignal& one = file.signals.emplace_back();
    one.record = NewRecord(kSignal, family_, changed_us);
    one.record.sort_us = changed_us;
    v1::Signal& signal = *one.message.mutable_signal();
    signal.set_name(name);
    signal.set_member(names_.Member(family_, mother_));
    signal.set_state(v1::SIGNAL_STATE_OPEN);
    signal.set_level(level);
  };
  const std::int64_t now_us = store_.clock.NowMicros();
  open("alert, old", v1::SIGNAL_LEVEL_ALERT, now_us - 40);
  open("watch, old", v1::SIGNAL_LEVEL_WATCH, now_us - 30);
  open("alert, new", v1::SIGNAL_LEVEL_ALERT, now_us - 20);
  open("watch, new", v1::SIGNAL_LEVEL_WATCH, now_us - 10);
  const v1::AllianceMap map = BuildMap({file, facts_, shelf_, names_, now_us});
  const auto order = ElementsAre("alert, new", "alert, old", "watch, new", "watch, old");
  EXPECT_THAT(map.open_signals(), order);
  EXPECT_THAT(RowOf(map, mother_).open_signals(), order);
}

TEST_F(MapService, WhoeverJoinsIsOnItAtOnce) {
  EXPECT_EQ(Map(ByTherapist()).rows_size(), 3);
  AddMember(support::TestId("uncle"), 1990);
  EXPECT_EQ(Map(ByTherapist()).rows_size(), 4);
}

TEST_F(MapService, IsNeverOlderThanItsFreshness) {
  const std::int64_t first_us = schema::ToMicros(Map(ByTherapist()).as_of_time());
  store_.clock.Advance(MapCache::kFresh);
  EXPECT_EQ(schema::ToMicros(Map(ByTherapist()).as_of_time()), first_us);
  store_.clock.Advance(std::chrono::microseconds(1));
  EXPECT_EQ(schema::ToMicros(Map(ByTherapist()).as_of_time()), store_.clock.NowMicros());
}

// A clock that was set back must not give a map of the future.
TEST_F(MapService, IsNeverFromTheFuture) {
  Map(ByTherapist());
  store_.clock.Advance(-std::chrono::hours(1));
  EXPECT_EQ(schema::ToMicros(Map(ByTherapist()).as_of_time()), store_.clock.NowMicros());
}

// Otherwise each map would need a disclosure row of its own: other families are written all the
// time.
TEST_F(MapService, OtherFamiliesDoNotChangeTheVersionThatIsDisclosed) {
  const auto disclosed = [&] {
    Call call = ByTherapist();
    v1::GetAllianceMapRequest request;
    request.set_parent(names_.Family(family_));
    EXPECT_TRUE(Run(call, &AllianceService::GetAllianceMap, request).ok());
    return call.disclosed_version;
  };
  const std::string session = Hold(support::TestId("session-1"), {mother_});
  const std::int64_t before = disclosed();
  const std::string ours = family_;
  facts_.family = family_ = support::TestId("others");
  Hold(support::TestId("session-2"), {mother_});
  facts_.family = family_ = ours;
  store_.clock.Advance(2 * MapCache::kFresh);
  EXPECT_EQ(disclosed(), before);
  ASSERT_TRUE(Rate(session, mother_, 70, 70).ok());
  EXPECT_GT(disclosed(), before);
}

// What others do must not show in a member's map, in any byte.
TEST_F(MapService, AMembersMapIsTheSameWhateverOthersSay) {
  const std::string session = Hold(support::TestId("session-1"), {mother_, father_});
  ASSERT_TRUE(Rate(session, mother_, 70, 70).ok());
  const std::string before = Map(ByMember(mother_)).SerializeAsString();
  ASSERT_TRUE(Rate(session, father_, 0, 0).ok());
  Relay();
  EXPECT_EQ(Map(ByMember(mother_)).SerializeAsString(), before);
}

}  // namespace
}  // namespace rapport::alliance
