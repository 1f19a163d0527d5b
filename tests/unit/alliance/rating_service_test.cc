// Submitting ratings, one or many, and listing them.
#include "support/in_pages.h"
#include "unit/alliance/alliance_fixture.h"

#include <google/rpc/error_details.pb.h>

#include <thread>

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RatingService : public AllianceTest {
 protected:
  std::string Session() { return Hold(support::TestId("session-1"), {mother_, father_, child_}); }
  std::vector<v1::Rating> List(Call&& call, std::string session = "") {
    v1::ListRatingsRequest request;
    request.set_parent(names_.Family(family_));
    request.set_session(std::move(session));
    auto response = Run(std::move(call), &AllianceService::ListRatings, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return {response->ratings().begin(), response->ratings().end()};
  }
  absl::Status Refusal(const v1::SubmitRatingRequest& request) {
    return Run(ByMember(mother_), &AllianceService::SubmitRating, request).status();
  }
};

TEST_F(RatingService, RecordsARatingWithItsScores) {
  const std::string session = Session();
  auto response = Rate(session, mother_, 80, 60);
  ASSERT_TRUE(response.ok()) << response.status();
  const v1::Rating& rating = response->rating();
  EXPECT_FALSE(rating.name().empty());
  EXPECT_FALSE(rating.etag().empty());
  EXPECT_FALSE(rating.homework_agreed());
  const v1::Score score = testing::ScoreOf(rating.parts(0).scores(), "bond");
  EXPECT_DOUBLE_EQ(score.value(), 8.0);
  EXPECT_TRUE(score.has_standard_error());
  EXPECT_DOUBLE_EQ(testing::ScoreOf(rating.parts(1).scores(), "room").value(), 6.0);
  const auto listed = List(ByTherapist());
  ASSERT_THAT(listed, SizeIs(1));
  EXPECT_EQ(listed[0].SerializeAsString(), rating.SerializeAsString());
}

TEST_F(RatingService, TakesOneRatingPerRaterSessionAndInstrument) {
  const std::string session = Session();
  const auto first = Rate(session, mother_, 80, 60);
  ASSERT_TRUE(first.ok());
  const absl::Status second = Rate(session, mother_, 20, 60).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(Rate(session, father_, 20, 60).ok());
  EXPECT_THAT(List(ByTherapist()), SizeIs(2));
}

TEST_F(RatingService, OfTwoEqualRatingsAtOnceOneIsRecorded) {
  const std::string session = Session();
  std::vector<absl::Status> outcomes(4);
  {
    std::vector<std::thread> threads;
    std::vector<std::unique_ptr<Call>> calls;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      calls.push_back(std::make_unique<Call>(*this, mother_, Viewer::kMember,
                                             std::vector<std::string>{mother_}));
    }
    const auto request = Pulse(session, mother_, 70, 70);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      threads.emplace_back(
          [&, i] { outcomes[i] = RunSync(service_.SubmitRating(*calls[i], request)).status(); });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(std::ranges::count_if(outcomes, [](const auto& one) { return one.ok(); }), 1);
  EXPECT_EQ(
      std::ranges::count_if(
          outcomes, [](const auto& one) { return one.code() == absl::StatusCode::kAlreadyExists; }),
      3);
}

TEST_F(RatingService, RefusesWhatIsNotHeld) {
  EXPECT_EQ(ReasonOf(Refusal(Pulse(support::TestId("never"), mother_, 50, 50))),
            "SESSION_NOT_HELD");
}

TEST_F(RatingService, RefusesRatersNotOnTheRosterThatDay) {
  const std::string session = Session();
  for (AccessFacts::Member& member : facts_.members) {
    if (member.member == mother_) member.period.to_us = store_.clock.NowMicros() - 3 * kDay;
  }
  EXPECT_EQ(ReasonOf(Refusal(Pulse(session, mother_, 50, 50))), "NOT_ON_ROSTER");
}

TEST_F(RatingService, RefusesRatersOfAnotherAge) {
  const std::string session = Session();
  EXPECT_EQ(ReasonOf(Rate(session, child_, 50, 50).status()), "RATER_NOT_ELIGIBLE");
  EXPECT_EQ(ReasonOf(Rate(session, mother_, 2, 2, "pulse-child").status()), "RATER_NOT_ELIGIBLE");
  EXPECT_TRUE(Rate(session, child_, 2, 2, "pulse-child").ok());
}

TEST_F(RatingService, RefusesWithoutConsentToRatings) {
  const std::string session = Session();
  for (AccessFacts::Consent& consent : facts_.consents) {
    if (consent.member == mother_) consent.period.to_us = store_.clock.NowMicros();
  }
  EXPECT_EQ(ReasonOf(Refusal(Pulse(session, mother_, 50, 50))), "CONSENT_MISSING");
}

TEST_F(RatingService, RefusesLicensedInstrumentsWithoutAttestation) {
  const std::string session = Session();
  v1::SubmitRatingRequest request = Pulse(session, mother_, 50, 50);
  request.mutable_rating()->set_instrument("instruments/wai-sr.1");
  request.mutable_rating()->mutable_parts()->RemoveLast();
  auto& answers = *request.mutable_rating()->mutable_parts(0)->mutable_answers();
  for (v1::Answer& answer : answers) answer.set_steps(3);
  EXPECT_EQ(ReasonOf(Refusal(request)), "ATTESTATION_MISSING");

  v1::SetInstrumentLicenceRequest licence;
  licence.mutable_licence()->set_instrument("instruments/wai-sr.1");
  licence.mutable_licence()->mutable_attestation()->set_by("the made-up agency");
  ASSERT_TRUE(Run(ByService(), &AllianceService::SetInstrumentLicence, licence).ok());
  EXPECT_EQ(ReasonOf(Refusal(request)), "") << "refused for its licence no longer";
}

TEST_F(RatingService, RefusesInstrumentsOfWhichOnlyTheStructureIsKnown) {
  v1::SubmitRatingRequest request = Pulse(Session(), mother_, 50, 50);
  request.mutable_rating()->set_instrument("instruments/blri-64.1");
  request.mutable_rating()->mutable_parts()->RemoveLast();
  auto& answers = *request.mutable_rating()->mutable_parts(0)->mutable_answers();
  for (v1::Answer& answer : answers) answer.set_steps(3);
  EXPECT_EQ(ReasonOf(Refusal(request)), "KEY_MISSING");
}

TEST_F(RatingService, NamesEveryWrongFieldWithItsPath) {
  const std::string session = Session();
  v1::SubmitRatingRequest request = Pulse(session, mother_, 50, 50);
  v1::Rating& rating = *request.mutable_rating();
  rating.mutable_parts(0)->mutable_answers(1)->set_steps(101);
  rating.mutable_parts(0)->mutable_answers(2)->set_item(77);
  rating.mutable_parts(1)->set_target(names_.Member(family_, father_));
  rating.set_mode(v1::RATING_MODE_PAPER);
  const absl::Status status = Refusal(request);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  google::rpc::BadRequest bad;
  ASSERT_TRUE(bad.ParseFromString(
      std::string(status.GetPayload("type.googleapis.com/google.rpc.BadRequest").value())));
  std::vector<std::string> fields;
  for (const auto& violation : bad.field_violations()) fields.push_back(violation.field());
  EXPECT_THAT(fields, ::testing::UnorderedElementsAre("rating.parts[0].answers[1].steps",
                                                      "rating.parts[0].answers[2].item",
                                                      "rating.parts[1].target", "rating.mode"));
}

TEST_F(RatingService, AHelperWhoDidNotAttendCannotBeRated) {
  internal::v1::SessionHeld held = Held(support::TestId("session-1"), {mother_});
  for (auto& attendee : *held.mutable_attendees()) {
    if (attendee.professional()) attendee.set_presence(notes::v1::PRESENCE_ABSENT);
  }
  ASSERT_TRUE(
      Deliver(Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, 1, held.SerializeAsString()))
          .ok());
  EXPECT_EQ(Rate(support::TestId("session-1"), mother_, 50, 50).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(RatingService, AProfessionalEntersAMembersPaperForm) {
  const std::string session = Session();
  v1::SubmitRatingRequest request = Pulse(session, mother_, 50, 50);
  EXPECT_EQ(Run(ByTherapist(), &AllianceService::SubmitRating, request).status().code(),
            absl::StatusCode::kInvalidArgument);
  request.mutable_rating()->set_mode(v1::RATING_MODE_PAPER);
  EXPECT_TRUE(Run(ByTherapist(), &AllianceService::SubmitRating, request).ok());
}

TEST_F(RatingService, AProfessionalRatesAsThemselfOnly) {
  AddHelper(support::TestId("second"));
  const std::string session = Session();
  v1::SubmitRatingRequest request = Pulse(session, mother_, 50, 50, "pulse-therapist");
  v1::Rating& rating = *request.mutable_rating();
  rating.set_rater(names_.Professional(therapist_));
  rating.mutable_parts(0)->set_target(names_.Member(family_, mother_));
  EXPECT_TRUE(Run(ByTherapist(), &AllianceService::SubmitRating, request).ok());
  rating.set_rater(names_.Professional(support::TestId("second")));
  EXPECT_EQ(Run(ByTherapist(), &AllianceService::SubmitRating, request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(RatingService, HomeworkItemsCountOnlyWhereHomeworkWasAgreedByThen) {
  const std::string session = Session();
  internal::v1::WorkChanged work;
  auto& member = *work.add_members();
  member.set_member(mother_);
  member.set_homework_agreed_us(store_.clock.NowMicros() - kHour / 2);
  auto& other = *work.add_members();
  other.set_member(father_);
  other.set_homework_agreed_us(store_.clock.NowMicros() + kHour);
  ASSERT_TRUE(Deliver(Event("goals", internal::v1::EVENT_TYPE_HOMEWORK_CHANGED, 1,
                            work.SerializeAsString()))
                  .ok());
  EXPECT_TRUE(Rate(session, mother_, 50, 50)->rating().homework_agreed());
  EXPECT_FALSE(Rate(session, father_, 50, 50)->rating().homework_agreed());
}

TEST_F(RatingService, AMemberSeesOnlyWhatTheyGave) {
  const std::string session = Session();
  ASSERT_TRUE(Rate(session, mother_, 80, 60).ok());
  ASSERT_TRUE(Rate(session, father_, 20, 60).ok());
  const auto own = List(ByMember(father_));
  ASSERT_THAT(own, SizeIs(1));
  EXPECT_EQ(own[0].rater(), names_.Member(family_, father_));
  EXPECT_THAT(List(ByMember(child_)), IsEmpty());
}

TEST_F(RatingService, ABatchReportsEachRating) {
  const std::string session = Session();
  v1::BatchSubmitRatingsRequest request;
  request.set_parent(names_.Family(family_));
  for (const std::string& rater : {mother_, father_, mother_}) {
    v1::Rating& rating = *request.add_ratings();
    rating = Pulse(session, rater, 50, 50).rating();
    rating.set_mode(v1::RATING_MODE_PAPER);
  }
  *request.add_ratings() = Pulse(support::TestId("never"), mother_, 50, 50).rating();
  auto response = Run(ByTherapist(), &AllianceService::BatchSubmitRatings, request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->recorded_ratings(), 2);
  EXPECT_EQ(response->refused_ratings(), 2);
  EXPECT_TRUE(response->outcomes(0).rating().parts(0).scores_size() > 0);
  EXPECT_EQ(response->outcomes(2).error().reason(), "ALREADY_EXISTS");
  EXPECT_EQ(response->outcomes(3).error().reason(), "SESSION_NOT_HELD");
  EXPECT_THAT(List(ByTherapist()), SizeIs(2));
}

TEST_F(RatingService, EveryFaultOfARatingOfABatchIsSaid) {
  v1::BatchSubmitRatingsRequest request;
  request.set_parent(names_.Family(family_));
  v1::Rating& rating = *request.add_ratings();
  rating = Pulse(Session(), mother_, 50, 50).rating();
  rating.set_rater(names_.Member(support::TestId("another family"), mother_));
  rating.set_instrument("instruments/none.1");
  v1::Rating& late = *request.add_ratings();
  late = Pulse(support::TestId("never"), mother_, 50, 50).rating();
  late.set_instrument("instruments/none.1");
  auto response = Run(ByTherapist(), &AllianceService::BatchSubmitRatings, request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->outcomes(0).errors_size(), 2);
  EXPECT_EQ(response->outcomes(0).errors(0).field(), "rater");
  EXPECT_EQ(response->outcomes(0).errors(1).field(), "instrument");
  EXPECT_EQ(response->outcomes(0).error().field(), "rater") << "the first is told as before";
  ASSERT_EQ(response->outcomes(1).errors_size(), 2);
  EXPECT_EQ(response->outcomes(1).errors(0).field(), "instrument");
  EXPECT_EQ(response->outcomes(1).errors(1).reason(), "SESSION_NOT_HELD");
}

TEST_F(RatingService, TheWholeAgencyIsListedInPages) {
  const std::string session = Session();
  ASSERT_TRUE(Rate(session, mother_, 80, 60).ok());
  ASSERT_TRUE(Rate(session, father_, 20, 60).ok());
  v1::ListRatingsRequest request;
  request.set_parent("families/-");
  request.set_page_size(1);
  std::vector<std::string> raters;
  do {
    Call call = ByService();
    call.access.family.clear();
    auto page = Run(call, &AllianceService::ListRatings, request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::Rating& rating : page->ratings()) raters.push_back(rating.rater());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(raters,
              ElementsAre(names_.Member(family_, father_), names_.Member(family_, mother_)));
}

TEST_F(RatingService, AreListedByInstrumentModeAndTime) {
  const std::string first = Session();
  ASSERT_TRUE(Rate(first, mother_, 80, 60).ok());
  const std::string then = support::TimeText(store_.clock.NowMicros());
  store_.clock.Advance(std::chrono::hours(48));
  const std::string second = Hold(support::TestId("session-2"), {mother_, father_, child_});
  v1::SubmitRatingRequest at_the_desk = Pulse(second, father_, 20, 60);
  at_the_desk.mutable_rating()->set_mode(v1::RATING_MODE_PAPER);
  ASSERT_TRUE(Run(ByTherapist(), &AllianceService::SubmitRating, at_the_desk).ok());
  const std::string mothers = names_.Member(family_, mother_),
                    fathers = names_.Member(family_, father_);
  for (const std::string& parent : {names_.Family(family_), std::string("families/-")}) {
    v1::ListRatingsRequest request;
    request.set_parent(parent);
    const auto listed = [&](const std::string& filter, const std::string& order = {}) {
      return support::InPages(
          request, filter, order,
          [&](const auto& asked) {
            Call call = ByService();
            if (parent == "families/-") call.access.family.clear();
            return Run(call, &AllianceService::ListRatings, asked);
          },
          [](const auto& page) {
            std::vector<std::string> raters;
            for (const v1::Rating& one : page.ratings()) raters.push_back(one.rater());
            return raters;
          });
    };
    EXPECT_THAT(listed(""), ElementsAre(fathers, mothers));
    EXPECT_THAT(listed("instrument = instruments/pulse-adult.1", "session_time"),
                ElementsAre(mothers, fathers));
    EXPECT_THAT(listed("instrument = instruments/pulse-child.1"), IsEmpty());
    EXPECT_THAT(listed("mode = PAPER"), ElementsAre(fathers));
    EXPECT_THAT(listed("session_time < \"" + then + "\""), ElementsAre(mothers));
  }
}

}  // namespace
}  // namespace rapport::alliance
