// Corrected and late ratings: history kept, scores of what depends on it renewed, the past as it
// was shown.
#include "unit/alliance/alliance_fixture.h"

#include <array>

namespace rapport::alliance {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class CorrectionTest : public AllianceTest {
 protected:
  CorrectionTest() { session_ = Hold(support::TestId("session-1"), {mother_, father_}); }

  v1::Rating Rated(const std::string& rater, int steps) {
    const auto rated = Rate(session_, rater, steps, 60);
    EXPECT_TRUE(rated.ok()) << rated.status();
    return rated.ok() ? rated->rating() : v1::Rating();
  }
  // Every item of the helper `steps` instead.
  v1::CorrectRatingRequest Correction(const v1::Rating& rating, int steps) const {
    v1::CorrectRatingRequest request;
    request.set_name(rating.name());
    request.set_etag(rating.etag());
    request.set_reason(v1::CORRECTION_REASON_SLIP);
    *request.mutable_parts() = Pulse(session_, mother_, steps, 60).rating().parts();
    return request;
  }
  absl::StatusOr<v1::CorrectRatingResponse> Correct(Call&& call,
                                                    const v1::CorrectRatingRequest& request) {
    return Run(std::move(call), &AllianceService::CorrectRating, request);
  }
  std::vector<v1::Rating> Revisions(Call&& call, const std::string& name) {
    v1::ListRatingRevisionsRequest request;
    request.set_name(name);
    request.set_page_size(1);
    std::vector<v1::Rating> all;
    do {
      auto page = Run(call, &AllianceService::ListRatingRevisions, request);
      if (!page.ok()) return {};
      for (const v1::Rating& rating : page->ratings()) all.push_back(rating);
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return all;
  }
  double BondOnMap(std::int64_t at_us = 0) {
    const v1::AllianceMap map = Map(ByTherapist(), at_us);
    for (const v1::MapRow& row : map.rows()) {
      if (row.member() == names_.Member(family_, mother_)) {
        return row.cells(0).member_view().bond().value();
      }
    }
    return -1;
  }
  static double Bond(const v1::Rating& rating) {
    return testing::ScoreOf(rating.parts(0).scores(), "bond").value();
  }

  std::string session_;
};

TEST_F(CorrectionTest, A3TheRaterPutsOtherAnswersInTheirPlace) {
  const v1::Rating before = Rated(mother_, 80);
  store_.clock.Advance(std::chrono::hours(1));
  const auto corrected = Correct(ByMember(mother_), Correction(before, 30));
  ASSERT_TRUE(corrected.ok()) << corrected.status();
  const v1::Rating& after = corrected->rating();
  EXPECT_EQ(after.name(), before.name());
  EXPECT_DOUBLE_EQ(Bond(after), 3.0);
  EXPECT_EQ(after.mode(), v1::RATING_MODE_OWN_DEVICE);
  EXPECT_EQ(schema::ToMicros(after.create_time()), schema::ToMicros(before.create_time()));
  EXPECT_EQ(after.correction().by(), names_.Member(family_, mother_));
  EXPECT_EQ(after.correction().reason(), v1::CORRECTION_REASON_SLIP);
  EXPECT_EQ(schema::ToMicros(after.correction().correct_time()), store_.clock.NowMicros());
}

TEST_F(CorrectionTest, A3EveryVersionStaysReadable) {
  const v1::Rating first = Rated(mother_, 80);
  const auto second = Correct(ByMember(mother_), Correction(first, 30));
  ASSERT_TRUE(second.ok()) << second.status();
  const auto third = Correct(ByTherapist(), Correction(second->rating(), 50));
  ASSERT_TRUE(third.ok()) << third.status();
  EXPECT_EQ(third->rating().correction().by(), names_.Professional(therapist_));
  const auto all = Revisions(ByTherapist(), first.name());
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(all[1].SerializeAsString(), second->rating().SerializeAsString());
  EXPECT_EQ(all[2].SerializeAsString(), third->rating().SerializeAsString());
  EXPECT_THAT(Revisions(ByMember(mother_), first.name()), SizeIs(3));
}

TEST_F(CorrectionTest, A3APastMapShowsWhatWasOnRecordThen) {
  const v1::Rating before = Rated(mother_, 80);
  const std::int64_t then_us = store_.clock.NowMicros();
  EXPECT_DOUBLE_EQ(BondOnMap(), 8.0);
  store_.clock.Advance(std::chrono::hours(1));
  ASSERT_TRUE(Correct(ByMember(mother_), Correction(before, 30)).ok());
  EXPECT_DOUBLE_EQ(BondOnMap(), 3.0);
  EXPECT_DOUBLE_EQ(BondOnMap(then_us), 8.0);
}

TEST_F(CorrectionTest, A3APastMapCountsSessionsAsAttendanceWasRecordedThen) {
  const std::int64_t then_us = store_.clock.NowMicros();
  store_.clock.Advance(std::chrono::hours(1));
  internal::v1::SessionHeld held = Held(session_, {father_});
  held.mutable_attendees()->erase(held.attendees().begin());  // the mother was never asked
  ASSERT_TRUE(
      Deliver(Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, 2, held.SerializeAsString()))
          .ok());
  EXPECT_EQ(Map(ByMember(mother_)).sessions_held(), 0);
  EXPECT_EQ(Map(ByMember(mother_), then_us).sessions_held(), 1);
}

TEST_F(CorrectionTest, A3ACorrectionIsTakenUpByTheSignals) {
  const v1::Rating rating = Rated(mother_, 80);
  Relay();
  ASSERT_TRUE(Correct(ByMember(mother_), Correction(rating, 20)).ok());
  std::int64_t waiting = 0;
  ASSERT_TRUE(store_
                  .Read([&](db::Tx& tx) -> absl::Status {
                    auto behind = records::Outbox::Behind(
                        tx, kAgency, "self",
                        std::array<int, 1>{internal::v1::EVENT_TYPE_RATING_RECORDED});
                    if (!behind.ok()) return behind.status();
                    waiting = behind->events;
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(waiting, 1);
  Relay();
}

TEST_F(CorrectionTest, A3OnlyTheRaterOrAHelperForThem) {
  const v1::Rating rating = Rated(mother_, 80);
  EXPECT_TRUE(absl::IsNotFound(Correct(ByMember(father_), Correction(rating, 30)).status()));
  EXPECT_THAT(Revisions(ByMember(father_), rating.name()), IsEmpty());

  AddHelper(support::TestId("second"));
  auto own = Pulse(session_, mother_, 50, 50, "pulse-therapist");
  own.mutable_rating()->set_rater(names_.Professional(therapist_));
  own.mutable_rating()->mutable_parts(0)->set_target(names_.Member(family_, mother_));
  const auto view = Run(ByTherapist(), &AllianceService::SubmitRating, own);
  ASSERT_TRUE(view.ok()) << view.status();
  v1::CorrectRatingRequest request = Correction(view->rating(), 30);
  *request.mutable_parts() = own.rating().parts();
  EXPECT_EQ(
      ReasonOf(
          Correct(Call(*this, "second", Viewer::kCareTeam, {}, support::TestId("second")), request)
              .status()),
      "NOT_THE_RATER");
  EXPECT_TRUE(Correct(ByTherapist(), request).ok());
}

TEST_F(CorrectionTest, A3TheVersionThatWasSeenIsNeeded) {
  const v1::Rating rating = Rated(mother_, 80);
  v1::CorrectRatingRequest request = Correction(rating, 30);
  request.clear_etag();
  EXPECT_EQ(ReasonOf(Correct(ByMember(mother_), request).status()), "ETAG_REQUIRED");
  request.set_etag(rating.etag());
  EXPECT_TRUE(Correct(ByMember(mother_), request).ok());
  EXPECT_EQ(ReasonOf(Correct(ByMember(mother_), request).status()), "ETAG_MISMATCH");
}

TEST_F(CorrectionTest, A3WhatASubmissionRefusesACorrectionRefuses) {
  const v1::Rating rating = Rated(mother_, 80);
  v1::CorrectRatingRequest request = Correction(rating, 30);
  request.mutable_parts(0)->mutable_answers(0)->set_steps(101);
  const absl::Status off_scale = Correct(ByMember(mother_), request).status();
  EXPECT_EQ(off_scale.code(), absl::StatusCode::kInvalidArgument);
  request = Correction(rating, 30);
  request.set_reason(v1::CORRECTION_REASON_OTHER);
  EXPECT_EQ(Correct(ByMember(mother_), request).status().code(),
            absl::StatusCode::kInvalidArgument);
  request.set_note("told on the telephone");
  for (AccessFacts::Consent& consent : facts_.consents) {
    if (consent.member == mother_) consent.period.to_us = store_.clock.NowMicros();
  }
  EXPECT_EQ(ReasonOf(Correct(ByMember(mother_), request).status()), "CONSENT_MISSING");
  EXPECT_THAT(Revisions(ByTherapist(), rating.name()), SizeIs(1));
}

// Goals may tell of an agreement only after the form came in.
TEST_F(CorrectionTest, A3AnAgreementThatIsLearntLateRescoresTheRatingsItBelongsTo) {
  const v1::Rating early = Rated(mother_, 50), other = Rated(father_, 50);
  ASSERT_FALSE(early.homework_agreed());
  internal::v1::WorkChanged work;
  auto& member = *work.add_members();
  member.set_member(mother_);
  member.set_homework_agreed_us(store_.clock.NowMicros() - kHour / 2);
  ASSERT_TRUE(Deliver(Event("goals", internal::v1::EVENT_TYPE_HOMEWORK_CHANGED, 1,
                            work.SerializeAsString()))
                  .ok());
  const auto versions = Revisions(ByTherapist(), early.name());
  ASSERT_THAT(versions, SizeIs(2));
  EXPECT_TRUE(versions[1].homework_agreed());
  EXPECT_FALSE(versions[1].has_correction());
  const auto items = [](const v1::Rating& rating) {
    return testing::ScoreOf(rating.parts(0).scores(), "willingness").items();
  };
  EXPECT_EQ(items(versions[1]), items(versions[0]) + 1);
  EXPECT_THAT(Revisions(ByTherapist(), other.name()), SizeIs(1));
}

TEST_F(CorrectionTest, A3ACommentIsSeenByWhomTheRaterChose) {
  const auto with = [&](const std::string& rater, v1::CommentVisibility visibility) {
    auto request = Pulse(session_, rater, 50, 50);
    request.mutable_rating()->mutable_comment()->set_text("a made-up line");
    request.mutable_rating()->mutable_comment()->set_visibility(visibility);
    const auto rated = Run(ByMember(rater), &AllianceService::SubmitRating, request);
    EXPECT_TRUE(rated->rating().has_comment());
  };
  with(mother_, v1::COMMENT_VISIBILITY_THERAPIST_ONLY);
  with(father_, v1::COMMENT_VISIBILITY_MAY_BE_SHARED);
  const auto comments = [&](Call&& call) {
    v1::ListRatingsRequest request;
    request.set_parent(names_.Family(family_));
    const auto listed = Run(std::move(call), &AllianceService::ListRatings, request);
    return std::ranges::count_if(listed->ratings(),
                                 [](const auto& one) { return one.has_comment(); });
  };
  EXPECT_EQ(comments(ByTherapist()), 2);
  EXPECT_EQ(comments(Call(*this, "sam", Viewer::kSupervisor, {}, support::TestId("sam"))), 1);
  EXPECT_EQ(comments(ByService()), 1);
  EXPECT_EQ(comments(ByMember(mother_)), 1);
}

}  // namespace
}  // namespace rapport::alliance
