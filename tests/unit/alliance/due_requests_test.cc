// The list of requests that wait, as long as an agency's history may be: what is answered or over
// costs it nothing, and what it shows is what a request is now.
#include "unit/alliance/alliance_fixture.h"

#include "platform/crypto/new_id.h"
#include "platform/records/event_history.h"

#include <google/protobuf/empty.pb.h>

namespace rapport::alliance {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAreArray;

constexpr char kStates[] = "SELECT count(*) FROM record WHERE kind = $1 AND state = $2";

class DueRequestsA13 : public AllianceTest {
 protected:
  // A page of what waits in the whole agency.
  v1::ListDueRatingRequestsResponse Page(int size, const std::string& token = {}) {
    v1::ListDueRatingRequestsRequest request;
    request.set_parent("families/-");
    request.set_page_size(size);
    request.set_page_token(token);
    Call call(*this, "desk", Viewer::kAgency);
    call.access.family.clear();
    call.access.facts.reset();
    auto page = Run(call, &AllianceService::ListDueRatingRequests, request);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? *page : v1::ListDueRatingRequestsResponse();
  }
  static std::vector<std::string> Names(const v1::ListDueRatingRequestsResponse& page) {
    std::vector<std::string> names;
    for (const auto& one : page.rating_requests()) names.push_back(one.name());
    return names;
  }
  // The names of the session's requests that are in `state`, as the therapist sees them.
  std::vector<std::string> In(v1::RatingRequestState state) {
    std::vector<std::string> names;
    for (const auto& one : Requests(ByTherapist())) {
      if (one.state() == state) names.push_back(one.name());
    }
    return names;
  }
  std::int64_t Stored(v1::RatingRequestState state) {
    return store_.Number(kStates, {static_cast<int>(kRequest), static_cast<int>(state)});
  }
  // `count` requests of another family that are stored in `state` and can't be opened: whoever
  // reads one fails.
  void AddUnreadable(int count, v1::RatingRequestState state, std::int64_t due_us) {
    Call call(*this, "importer", Viewer::kAgency);
    call.request_id.clear();
    records::Changes changes(call, store_.clock.NowMicros());
    for (int i = 0; i < count; ++i) {
      records::Record record =
          NewRecord(kRequest, support::TestId("other"), store_.clock.NowMicros());
      record.sort_us = due_us + i;
      record.state = state;
      record.payload = "\xff";
      changes.Create(record);
    }
    const auto committed =
        RunSync(store_.records->Commit(call, std::move(changes), google::protobuf::Empty()));
    ASSERT_TRUE(committed.ok()) << committed.status();
  }
};

TEST_F(DueRequestsA13, BehindAThousandAnsweredOnesTheThreeThatWaitAreTheFirstPage) {
  AddUnreadable(1'000, v1::RATING_REQUEST_STATE_DONE, store_.clock.NowMicros() - kDay);
  AddUnreadable(10, v1::RATING_REQUEST_STATE_SKIPPED, store_.clock.NowMicros() - kDay);
  AddUnreadable(10, v1::RATING_REQUEST_STATE_EXPIRED, store_.clock.NowMicros() - kDay);
  Hold(support::TestId("session"), {mother_, father_});
  const auto wanted = In(v1::RATING_REQUEST_STATE_DUE);
  ASSERT_THAT(wanted, SizeIs(3));
  store_.clock.Advance(std::chrono::seconds(1));
  const auto page = Page(3);
  EXPECT_THAT(Names(page), UnorderedElementsAreArray(wanted));
  EXPECT_THAT(page.next_page_token(), IsEmpty());
}

TEST_F(DueRequestsA13, WhatWasDueLongAgoAndNeverAnsweredIsNotReadEither) {
  AddUnreadable(1'000, v1::RATING_REQUEST_STATE_DUE, store_.clock.NowMicros() - 9 * kDay);
  AddUnreadable(10, v1::RATING_REQUEST_STATE_OPENED, store_.clock.NowMicros() - 9 * kDay);
  Hold(support::TestId("session"), {mother_});
  store_.clock.Advance(std::chrono::seconds(1));
  EXPECT_THAT(Names(Page(2)), SizeIs(2));
}

// Between a rating and its event the request is still stored as due: it is passed over, and the
// page filled with what comes behind it.
TEST_F(DueRequestsA13, ARatingTakesItsRequestOffTheListAtOnceAndOffTheIndexSoon) {
  const std::string first = Hold(support::TestId("first"), {mother_, father_});
  ASSERT_TRUE(Rate(first, mother_, 70, 70).ok());
  ASSERT_TRUE(Rate(first, father_, 70, 70).ok());
  store_.clock.Advance(std::chrono::seconds(1));
  Hold(support::TestId("second"), {mother_});
  store_.clock.Advance(std::chrono::seconds(1));
  const auto waiting = In(v1::RATING_REQUEST_STATE_DUE);
  ASSERT_THAT(waiting, SizeIs(3));
  EXPECT_EQ(Stored(v1::RATING_REQUEST_STATE_DONE), 0);
  EXPECT_THAT(Names(Page(3)), UnorderedElementsAreArray(waiting));
  Relay();
  EXPECT_EQ(Stored(v1::RATING_REQUEST_STATE_DONE), 2);
  EXPECT_EQ(Stored(v1::RATING_REQUEST_STATE_DUE), 3);
  EXPECT_THAT(Names(Page(3)), UnorderedElementsAreArray(waiting));
  EXPECT_THAT(In(v1::RATING_REQUEST_STATE_DONE), SizeIs(2));
}

TEST_F(DueRequestsA13, PagesOfOneGiveEachThatWaitsOnceTheLongestDueFirst) {
  std::vector<std::string> wanted;
  for (const char* session : {"first", "second", "third"}) {
    Hold(support::TestId(session), {mother_});
    store_.clock.Advance(std::chrono::hours(1));
  }
  const std::string rated = support::TestId("second");
  ASSERT_TRUE(Rate(rated, mother_, 70, 70).ok());
  auto all = Requests(ByTherapist());  // newest first
  std::ranges::reverse(all);
  for (const v1::RatingRequest& one : all) {
    if (one.state() == v1::RATING_REQUEST_STATE_DUE) wanted.push_back(one.name());
  }
  ASSERT_THAT(wanted, SizeIs(5));
  std::vector<std::string> found;
  std::string token;
  do {
    const auto page = Page(1, token);
    ASSERT_THAT(page.rating_requests(), SizeIs(1));
    found.push_back(page.rating_requests(0).name());
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_EQ(found, wanted);
}

TEST_F(DueRequestsA13, ACorrectionFindsTheRequestDoneAlready) {
  const std::string session = Hold(support::TestId("session"), {mother_});
  const auto rated = Rate(session, mother_, 70, 70);
  ASSERT_TRUE(rated.ok());
  Relay();
  const std::string etag = RequestOf(mother_).etag();
  v1::CorrectRatingRequest correct;
  correct.set_name(rated->rating().name());
  correct.set_etag(rated->rating().etag());
  correct.set_reason(v1::CORRECTION_REASON_SLIP);
  *correct.mutable_parts() = rated->rating().parts();
  const auto corrected = Run(ByMember(mother_), &AllianceService::CorrectRating, correct);
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  Relay();
  EXPECT_EQ(RequestOf(mother_).state(), v1::RATING_REQUEST_STATE_DONE);
  EXPECT_EQ(RequestOf(mother_).etag(), etag);
}

// Whether the event of the rating came before or after.
TEST_F(DueRequestsA13, AttendanceThatIsCorrectedLeavesAnAnsweredRequestAsItWasAsked) {
  for (const bool relayed : {false, true}) {
    const std::string session = support::TestId(relayed ? "second" : "first");
    Hold(session, {mother_, father_});
    ASSERT_TRUE(Rate(session, father_, 70, 70).ok());
    if (relayed) Relay();
    ASSERT_TRUE(Deliver(Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, 2,
                              Held(session, {mother_}).SerializeAsString()))
                    .ok());
    Relay();
    store_.clock.Advance(std::chrono::hours(24));
  }
  EXPECT_EQ(Stored(v1::RATING_REQUEST_STATE_DONE), 2);
  EXPECT_EQ(Stored(v1::RATING_REQUEST_STATE_EXPIRED), 0);
}

// Notes lost the versions that alliance knows, and the session is corrected again.
TEST_F(DueRequestsA13, AttendanceThatIsCorrectedAfterARestoreHolds) {
  const std::string session = support::TestId("session");
  const auto tell = [&](std::int64_t version, const std::vector<std::string>& present) {
    return Deliver(Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, version,
                         Held(session, present).SerializeAsString()));
  };
  ASSERT_TRUE(tell(4, {mother_, father_}).ok());
  ASSERT_TRUE(tell(3, {mother_}).ok());
  EXPECT_EQ(RequestOf(father_).state(), v1::RATING_REQUEST_STATE_DUE) << "an older version";
  sequence_ = records::BeforeHistory(1'900'000'000);
  ASSERT_TRUE(tell(3, {mother_}).ok());
  EXPECT_EQ(RequestOf(father_).state(), v1::RATING_REQUEST_STATE_EXPIRED);
  EXPECT_EQ(RequestOf(mother_).state(), v1::RATING_REQUEST_STATE_DUE);
}

TEST_F(DueRequestsA13, WhatWasRatedBeforeItIsAskedForIsNeverDue) {
  const std::string session = Hold(support::TestId("session"), {mother_});
  v1::SubmitRatingRequest paper = Pulse(session, father_, 70, 70);
  paper.mutable_rating()->set_mode(v1::RATING_MODE_PAPER);
  ASSERT_TRUE(Run(ByTherapist(), &AllianceService::SubmitRating, paper).ok());
  Relay();
  ASSERT_TRUE(Deliver(Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, 2,
                            Held(session, {mother_, father_}).SerializeAsString()))
                  .ok());
  EXPECT_EQ(RequestOf(father_).state(), v1::RATING_REQUEST_STATE_DONE);
  EXPECT_EQ(Stored(v1::RATING_REQUEST_STATE_DONE), 1);
}

}  // namespace
}  // namespace rapport::alliance
