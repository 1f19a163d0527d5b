// Where a case begins and ends members are asked how the family is doing.
#include "alliance/request_expiry.h"
#include "unit/alliance/alliance_fixture.h"

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kForm = "instruments/score-15.1";

class CaseEndServiceA13 : public AllianceTest {
 protected:
  CaseEndServiceA13() {
    v1::SetInstrumentLicenceRequest licence;
    licence.mutable_licence()->set_instrument(kForm);
    licence.mutable_licence()->mutable_attestation()->set_by("the made-up agency");
    const auto set = Run(ByService(), &AllianceService::SetInstrumentLicence, licence);
    EXPECT_TRUE(set.ok()) << set.status();
    Next({mother_, father_, child_});  // after their first session nobody is asked
    EXPECT_THAT(Asked(mother_), IsEmpty());
    Pass(7);
  }
  void Close() {
    facts_.state = CaseState::kClosed;
    const absl::Status told =
        Deliver(Event("intake", internal::v1::EVENT_TYPE_CASE_CHANGED, ++version_, ""));
    ASSERT_TRUE(told.ok()) << told;
  }
  void Open() {
    facts_.state = CaseState::kOpen;
    const absl::Status told =
        Deliver(Event("intake", internal::v1::EVENT_TYPE_CASE_CHANGED, ++version_, ""));
    ASSERT_TRUE(told.ok()) << told;
  }
  void Pass(int days) { store_.clock.Advance(std::chrono::hours(24 * days)); }
  std::string Next(const std::vector<std::string>& present) {
    return Hold(support::TestId("session-" + std::to_string(++held_)), present);
  }
  // How the family is doing, asked of `member`, oldest first.
  std::vector<v1::RatingRequest> Asked(const std::string& member) {
    auto all = Requests(ByMember(member));
    std::erase_if(all, [](const v1::RatingRequest& one) { return one.instrument() != kForm; });
    std::ranges::reverse(all);
    return all;
  }
  static std::vector<v1::MeasureOccasion> Occasions(const std::vector<v1::RatingRequest>& all) {
    std::vector<v1::MeasureOccasion> occasions;
    for (const v1::RatingRequest& one : all) occasions.push_back(one.occasion());
    return occasions;
  }
  absl::StatusOr<v1::SubmitRatingResponse> Answer(const v1::RatingRequest& asked) {
    v1::SubmitRatingRequest request;
    request.set_parent(names_.Family(family_));
    v1::Rating& rating = *request.mutable_rating();
    rating.set_rater(asked.rater());
    rating.set_session(asked.session());
    rating.set_instrument(kForm);
    rating.set_mode(v1::RATING_MODE_OWN_DEVICE);
    v1::RatingPart& part = *rating.add_parts();
    part.set_target(names_.Family(family_));
    for (int item = 1; item <= 15; ++item) {
      v1::Answer& answer = *part.add_answers();
      answer.set_item(item);
      answer.set_steps(2);
    }
    return Run(ByMember(names_.ReadMember(asked.rater())->id), &AllianceService::SubmitRating,
               request);
  }

  int version_ = 1, held_ = 0;
};

TEST_F(CaseEndServiceA13, ItIsAskedAtTheSecondSessionAndWhenTheCaseIsClosed) {
  Next({mother_, child_});
  EXPECT_THAT(Occasions(Asked(mother_)), ElementsAre(v1::MEASURE_OCCASION_START));
  Pass(7);
  const std::string last = Next({mother_, father_, child_});
  EXPECT_THAT(Occasions(Asked(father_)), ElementsAre(v1::MEASURE_OCCASION_START));
  Pass(10);
  Close();
  EXPECT_THAT(Asked(child_), IsEmpty());
  const auto mothers = Asked(mother_);
  ASSERT_THAT(Occasions(mothers),
              ElementsAre(v1::MEASURE_OCCASION_START, v1::MEASURE_OCCASION_END));
  EXPECT_EQ(mothers[1].state(), v1::RATING_REQUEST_STATE_DUE);
  EXPECT_EQ(mothers[1].session(), names_.Session(family_, last));
  EXPECT_EQ(schema::ToMicros(mothers[1].expire_time()), store_.clock.NowMicros() + 7 * kDay);
  // He was asked about this very session when it was held.
  EXPECT_THAT(Asked(father_), SizeIs(1));
}

TEST_F(CaseEndServiceA13, ItIsAnsweredAfterTheCaseIsClosed) {
  Next({mother_});
  Pass(7);
  Next({mother_});
  Close();
  const auto rated = Answer(Asked(mother_)[1]);
  ASSERT_TRUE(rated.ok()) << rated.status();
  Relay();
  EXPECT_EQ(Asked(mother_)[1].state(), v1::RATING_REQUEST_STATE_DONE);
}

TEST_F(CaseEndServiceA13, ItIsAskedOnceHoweverOftenTheCaseIsChanged) {
  Next({mother_});
  Pass(7);
  Next({mother_});
  Close();
  Close();
  EXPECT_THAT(Asked(mother_), SizeIs(2));
  Open();
  EXPECT_THAT(Asked(mother_), SizeIs(2));
  Close();
  EXPECT_THAT(Asked(mother_), SizeIs(2));
}

TEST_F(CaseEndServiceA13, AFamilyThatComesBackBeginsAnew) {
  Next({mother_});
  Pass(7);
  Next({mother_});
  Close();
  Open();
  Pass(30);
  Next({mother_});
  EXPECT_THAT(Asked(mother_), SizeIs(2));
  for (int session = 0; session < 2; ++session) {
    Pass(7);
    Next({mother_});
  }
  Close();
  EXPECT_THAT(Occasions(Asked(mother_)),
              ElementsAre(v1::MEASURE_OCCASION_START, v1::MEASURE_OCCASION_END,
                          v1::MEASURE_OCCASION_START, v1::MEASURE_OCCASION_END));
}

TEST_F(CaseEndServiceA13, WhoWasNotThereForNinetyDaysIsNotAsked) {
  Next({mother_, father_});
  Pass(7);
  Next({mother_, father_});
  Pass(80);
  Next({mother_});
  Pass(20);
  Close();
  EXPECT_THAT(Asked(mother_), SizeIs(2));
  EXPECT_THAT(Asked(father_), SizeIs(1));
}

TEST_F(CaseEndServiceA13, AClosingThatIsToldAWeekLaterAsksNobody) {
  Next({mother_});
  Pass(7);
  Next({mother_});
  facts_.state = CaseState::kClosed;
  const auto closed = Event("intake", internal::v1::EVENT_TYPE_CASE_CHANGED, 2, "");
  Pass(7);
  ASSERT_TRUE(Deliver(closed).ok());
  EXPECT_THAT(Asked(mother_), SizeIs(1));
}

TEST_F(CaseEndServiceA13, ACorrectedSessionKeepsTheFormOfTheEndForWhoWasThere) {
  Next({mother_, father_});
  Pass(7);
  const std::string last = Next({mother_, father_});
  const internal::v1::SessionHeld only_her = Held(last, {mother_});
  Close();
  ASSERT_TRUE(Deliver(Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, 2,
                            only_her.SerializeAsString()))
                  .ok());
  EXPECT_EQ(Asked(mother_)[1].state(), v1::RATING_REQUEST_STATE_DUE);
  EXPECT_EQ(Asked(father_)[1].state(), v1::RATING_REQUEST_STATE_EXPIRED) << "withdrawn";
}

TEST_F(CaseEndServiceA13, TheFormsOfOneSessionExpireEachInItsOwnTime) {
  RequestExpiry expiry(deps_);
  Next({mother_});
  Pass(30);
  Next({mother_});  // its pulse expires in 7 days
  Pass(5);
  Close();  // its form of the end in 12
  const auto told = [&] {
    const std::vector<int> types = {internal::v1::EVENT_TYPE_RATING_REQUEST_EXPIRED};
    std::size_t count = 0;
    EXPECT_TRUE(store_
                    .Read([&](db::Tx& tx) -> absl::Status {
                      ASSIGN_OR_RETURN(const auto batch, store_.outbox->NextBatch(
                                                             tx, kAgency, "a reader", types, 100));
                      count = batch.events.size();
                      return absl::OkStatus();
                    })
                    .ok());
    return count;
  };
  Pass(3);
  ASSERT_TRUE(expiry.Round(kAgency).ok());
  // Of the one before four, of the first here three, of the second two: hers after it, and the
  // therapist's.
  EXPECT_EQ(told(), 9u);
  EXPECT_EQ(Asked(mother_)[1].state(), v1::RATING_REQUEST_STATE_DUE);
  Pass(4);
  ASSERT_TRUE(expiry.Round(kAgency).ok());
  EXPECT_EQ(told(), 11u) << "hers and his of the end";
  EXPECT_EQ(Asked(mother_)[1].state(), v1::RATING_REQUEST_STATE_EXPIRED);
}

}  // namespace
}  // namespace rapport::alliance
