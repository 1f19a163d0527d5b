#include "notes/observation_rules.h"
#include "notes_fixture.h"

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A session of these two, which a third was invited to and did not come.
v1::Session Met() {
  v1::Session session;
  for (const char* member : {"one", "two", "absent"}) session.add_invited_members(member);
  session.add_invited_professionals("therapist");
  session.add_invited_professionals("ill");
  for (const char* person : {"absent", "ill"}) {
    auto& entry = *session.add_attendance();
    entry.set_person(person);
    entry.set_presence(v1::PRESENCE_ABSENT);
  }
  return session;
}

v1::Observation Observed() {
  v1::Observation observation;
  observation.set_view(v1::OBSERVATION_VIEW_OBSERVER);
  auto& one = *observation.add_members();
  one.set_member("one");
  one.set_engagement(2);
  one.set_connection(0);
  one.set_safety(-3);
  auto& two = *observation.add_members();
  two.set_member("two");
  two.set_safety(1);
  observation.set_shared_purpose(-1);
  return observation;
}

Faults FaultsAfter(const std::function<void(v1::Observation&)>& change) {
  v1::Observation observation = Observed();
  change(observation);
  return FaultsOfObservation(observation, Met());
}

TEST(N6ObservationRules, AnObserverRatesSomeDimensionsOfSomeMembers) {
  EXPECT_THAT(FaultsAfter([](auto&) {}), IsEmpty());
  EXPECT_THAT(FaultsAfter([](auto& o) { o.clear_members(); }), IsEmpty()) << "the family alone";
  EXPECT_THAT(FaultsAfter([](auto& o) { o.clear_shared_purpose(); }), IsEmpty());
}

TEST(N6ObservationRules, ATherapistsViewHasTheFourConditions) {
  v1::Observation observation;
  observation.set_view(v1::OBSERVATION_VIEW_THERAPIST);
  auto& one = *observation.add_members();
  one.set_member("one");
  one.set_empathy(3);
  one.set_respect(0);
  one.set_genuineness(-1);
  one.set_warmth(-3);
  EXPECT_THAT(FaultsOfObservation(observation, Met()), IsEmpty());
  one.set_safety(1);
  observation.set_shared_purpose(1);
  EXPECT_THAT(FaultsOfObservation(observation, Met()),
              ElementsAre(Fault{"members[0].safety", "absent: it is of the observer's view"},
                          Fault{"shared_purpose", "absent: it is of the observer's view"}));
}

TEST(N6ObservationRules, EveryFaultIsNamed) {
  struct Case {
    const char* what;
    std::function<void(v1::Observation&)> change;
    Fault fault;
  };
  const Case cases[] = {
      {"a rating of the therapist's view",
       [](auto& o) { o.mutable_members(1)->set_warmth(0); },
       {"members[1].warmth", "absent: it is of the therapist's view"}},
      {"nobody who was there",
       [](auto& o) { o.mutable_members(1)->set_member("absent"); },
       {"members[1].member", "a member who took part in the session"}},
      {"nobody of the session",
       [](auto& o) { o.mutable_members(0)->set_member("other"); },
       {"members[0].member", "a member who took part in the session"}},
      {"twice",
       [](auto& o) { o.mutable_members(1)->set_member("one"); },
       {"members[1].member", "each member at most once"}},
      {"a member without a rating",
       [](auto& o) { o.mutable_members(1)->clear_safety(); },
       {"members[1]", "at least one rating"}},
      {"nothing at all",
       [](auto& o) {
         o.clear_members();
         o.clear_shared_purpose();
       },
       {"members", "at least one rating"}},
  };
  for (const Case& one : cases) {
    EXPECT_THAT(FaultsAfter(one.change), ElementsAre(one.fault)) << one.what;
  }
}

TEST(N6ObservationRules, APurposeIsSharedByTwo) {
  v1::Session session = Met();
  session.mutable_attendance(1)->set_person("two");  // who was absent, like the third
  v1::Observation observation = Observed();
  observation.mutable_members()->RemoveLast();
  EXPECT_THAT(FaultsOfObservation(observation, session),
              ElementsAre(Fault{"shared_purpose", "absent: fewer than two members met"}));
}

TEST(N6ObservationRules, TheTherapistsViewIsOfSomebodyWhoHeldTheSession) {
  const v1::Session session = Met();
  for (const char* anybody : {"therapist", "ill", "elsewhere"}) {
    EXPECT_TRUE(MayTakeView(v1::OBSERVATION_VIEW_OBSERVER, session, anybody));
  }
  EXPECT_TRUE(MayTakeView(v1::OBSERVATION_VIEW_THERAPIST, session, "therapist"));
  EXPECT_FALSE(MayTakeView(v1::OBSERVATION_VIEW_THERAPIST, session, "ill"));
  EXPECT_FALSE(MayTakeView(v1::OBSERVATION_VIEW_THERAPIST, session, "elsewhere"));
}

TEST(N6ObservationRules, ARatingOf0IsNotAMissingOne) {
  v1::Observation other = Observed();
  other.mutable_members()->SwapElements(0, 1);
  EXPECT_TRUE(SameRatings(Observed(), other)) << "order says nothing";
  other.mutable_members(1)->clear_connection();
  EXPECT_FALSE(SameRatings(Observed(), other));
}

class ObservationTest : public NotesTest {
 protected:
  v1::RecordObservationRequest Sheet(const v1::Session& session, int engagement) const {
    v1::RecordObservationRequest request;
    request.set_parent(session.name());
    v1::Observation& observation = *request.mutable_observation();
    observation.set_view(v1::OBSERVATION_VIEW_OBSERVER);
    auto& member = *observation.add_members();
    member.set_member(MemberName(son_));
    member.set_engagement(engagement);
    observation.set_shared_purpose(0);
    return request;
  }
  v1::RecordObservationRequest Correction(const v1::Session& session, const v1::Observation& of,
                                          int engagement) const {
    v1::RecordObservationRequest request = Sheet(session, engagement);
    request.set_corrected_etag(of.etag());
    request.set_correction_reason("seen again on the tape");
    return request;
  }
  absl::StatusOr<v1::RecordObservationResponse> Record(
      const std::string& observer, const v1::RecordObservationRequest& request) {
    return RunAs(observer, &NotesService::RecordObservation, request);
  }
  v1::Observation Recorded(const std::string& observer, const v1::Session& session) {
    auto response = Record(observer, Sheet(session, 2));
    EXPECT_TRUE(response.ok()) << response.status();
    return response->observation();
  }
  // Every page of a list, two at a time.
  std::vector<v1::Observation> Listed(v1::ListObservationsRequest request) {
    std::vector<v1::Observation> all;
    request.set_page_size(2);
    do {
      const auto page = RunAs(author_, &NotesService::ListObservations, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      all.insert(all.end(), page->observations().begin(), page->observations().end());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return all;
  }
};

TEST_F(ObservationTest, N6IsTheCallersOfOneSession) {
  const v1::Session session = Held();
  v1::RecordObservationRequest request = Sheet(session, 2);
  request.mutable_observation()->set_observer(names_.Professional(author_));
  request.mutable_observation()->set_revision(7);
  const auto recorded = Record(second_, request);
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  const v1::Observation& observation = recorded->observation();
  EXPECT_TRUE(observation.name().starts_with(session.name() + "/observations/"));
  EXPECT_EQ(observation.observer(), names_.Professional(second_));
  EXPECT_EQ(observation.revision(), 1);
  EXPECT_EQ(observation.members(0).engagement(), 2);
  EXPECT_TRUE(observation.has_shared_purpose()) << "0 is a rating";
  EXPECT_FALSE(observation.members(0).has_safety());

  v1::ListObservationsRequest list;
  list.set_parent(session.name());
  const auto listed = Listed(list);
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_EQ(listed[0].SerializeAsString(), observation.SerializeAsString());
}

TEST_F(ObservationTest, N6OneForEachSessionProfessionalAndView) {
  const v1::Session session = Held();
  const v1::Observation first = Recorded(author_, session);
  const auto again = Record(author_, Sheet(session, 1));
  EXPECT_TRUE(absl::IsAlreadyExists(again.status())) << again.status();
  EXPECT_THAT(schema::StatusDetails(again.status()), HasSubstr(first.name()));
  Recorded(supervisor_, session);
  v1::RecordObservationRequest own = Sheet(session, 1);
  own.mutable_observation()->set_view(v1::OBSERVATION_VIEW_THERAPIST);
  own.mutable_observation()->clear_shared_purpose();
  own.mutable_observation()->mutable_members(0)->clear_engagement();
  own.mutable_observation()->mutable_members(0)->set_empathy(2);
  EXPECT_TRUE(Record(author_, own).ok());
  EXPECT_EQ(ReasonOf(Record(supervisor_, own).status()), "NOT_A_PROVIDER");
}

TEST_F(ObservationTest, N6ACorrectionLeavesTheEarlierVersionReadable) {
  const v1::Session session = Held();
  const v1::Observation first = Recorded(author_, session);
  store_.clock.Advance(std::chrono::minutes(5));
  const auto corrected = Record(author_, Correction(session, first, -1));
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  const v1::Observation second = corrected->observation();
  EXPECT_EQ(second.name(), first.name());
  EXPECT_EQ(second.revision(), 2);
  EXPECT_EQ(second.correction_reason(), "seen again on the tape");
  const v1::Observation third = Record(author_, Correction(session, second, 3))->observation();
  Recorded(supervisor_, session);

  v1::ListObservationsRequest list;
  list.set_parent(names_.Family(family_));
  list.set_filter("observer = \"" + names_.Professional(author_) + "\"");
  ASSERT_THAT(Listed(list), SizeIs(1));
  EXPECT_EQ(Listed(list)[0].members(0).engagement(), 3);
  list.set_show_corrected(true);
  for (const bool newest_first : {true, false}) {
    list.set_order_by(newest_first ? "" : "create_time");
    std::vector<std::string> shown, expected;
    for (const v1::Observation& one : Listed(list)) shown.push_back(one.SerializeAsString());
    for (const auto& one : {first, second, third}) expected.push_back(one.SerializeAsString());
    if (newest_first) std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(shown, expected) << "as each was answered, newest first: " << newest_first;
  }
  list.clear_filter();
  EXPECT_THAT(Listed(list), SizeIs(4));
}

TEST_F(ObservationTest, N6WhatACorrectionNeeds) {
  const v1::Session session = Held();
  EXPECT_EQ(ReasonOf(Record(author_, Correction(session, v1::Observation(), 1)).status()),
            "INVALID_REQUEST")
      << "a reason without anything to correct";
  v1::Observation unknown;
  unknown.set_etag("\"AAAAAAAAAAAA\"");
  EXPECT_EQ(ReasonOf(Record(author_, Correction(session, unknown, 1)).status()), "ETAG_MISMATCH");

  const v1::Observation first = Recorded(author_, session);
  EXPECT_EQ(ReasonOf(Record(second_, Correction(session, first, 1)).status()), "ETAG_MISMATCH")
      << "everybody corrects their own";
  EXPECT_EQ(ReasonOf(Record(author_, Correction(session, first, 2)).status()), "NOTHING_CORRECTED");
  v1::RecordObservationRequest without_reason = Correction(session, first, 1);
  without_reason.clear_correction_reason();
  EXPECT_THAT(schema::StatusDetails(Record(author_, without_reason).status()),
              HasSubstr("correction_reason"));
  ASSERT_TRUE(Record(author_, Correction(session, first, 1)).ok());
  EXPECT_EQ(ReasonOf(Record(author_, Correction(session, first, 3)).status()), "ETAG_MISMATCH")
      << "outdated";
}

TEST_F(ObservationTest, N6NeedsASessionThatStartedAndMembersWhoWereThere) {
  EXPECT_EQ(ReasonOf(Record(author_, Sheet(Scheduled(), 1)).status()), "SESSION_NOT_STARTED");
  v1::RecordObservationRequest nowhere = Sheet(Scheduled(), 1);
  nowhere.set_parent(names_.Session(family_, support::TestId("none")));
  EXPECT_TRUE(absl::IsNotFound(Record(author_, nowhere).status()));
  v1::RecordObservationRequest stranger = Sheet(Held(), 1);
  stranger.mutable_observation()->mutable_members(0)->set_member(MemberName(uncle_));
  EXPECT_THAT(schema::StatusDetails(Record(author_, stranger).status()),
              HasSubstr("observation.members[0].member"));
}

TEST_F(ObservationTest, N6IsToldToNoOtherService) {
  const v1::Session session = Held();
  const auto before = Events();
  Recorded(author_, session);
  EXPECT_EQ(Events(), before);
}

TEST_F(ObservationTest, N6ListsFilterByViewAndObserver) {
  const v1::Session session = Held();
  Recorded(author_, session);
  Recorded(second_, session);
  v1::ListObservationsRequest list;
  list.set_parent(session.name());
  EXPECT_THAT(Listed(list), SizeIs(2));
  list.set_filter("view = OBSERVATION_VIEW_THERAPIST");
  EXPECT_THAT(Listed(list), IsEmpty());
  list.set_filter("view = OBSERVER AND observer = \"" + names_.Professional(second_) + "\"");
  EXPECT_THAT(Listed(list), SizeIs(1));
  list.set_filter("");
  list.set_parent(names_.Session(family_, support::TestId("none")));
  EXPECT_TRUE(absl::IsNotFound(RunAs(author_, &NotesService::ListObservations, list).status()));
}

}  // namespace
}  // namespace rapport::notes
