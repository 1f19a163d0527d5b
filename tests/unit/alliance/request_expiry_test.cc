// What nobody answers in time is stored as expired and told once, and being asked without answering
// is seen when the time is over, not when something else happens.
#include "alliance/request_expiry.h"
#include "unit/alliance/alliance_fixture.h"

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class RequestExpiryServiceA13 : public AllianceTest {
 protected:
  RequestExpiryServiceA13() : expiry_(deps_), replica_(deps_) {}

  void Pass(std::chrono::hours time) { store_.clock.Advance(time); }
  void Round(RequestExpiry& expiry) {
    const absl::Status status = expiry.Round(kAgency);
    ASSERT_TRUE(status.ok()) << status;
  }
  // Names of what was told to have expired, in order. Tells nobody.
  std::vector<std::string> Told() {
    absl::StatusOr<records::Outbox::Batch> batch = records::Outbox::Batch();
    const std::vector<int> types = {internal::v1::EVENT_TYPE_RATING_REQUEST_EXPIRED};
    EXPECT_TRUE(store_
                    .Read([&](db::Tx& tx) {
                      batch = store_.outbox->NextBatch(tx, kAgency, "a reader", types, 100);
                      return batch.status();
                    })
                    .ok());
    const auto sealer = store_.suite.SealerFor(crypto::SuiteKey::kEvent, kAgency);
    std::vector<std::string> names;
    for (const auto& event : batch->events) {
      const auto open = sealer->Open(records::WireIdentity("alliance", kAgency), event.wire);
      internal::v1::EventEnvelope envelope;
      EXPECT_TRUE(open.ok() && envelope.ParseFromString(*open));
      names.push_back(envelope.resource());
    }
    return names;
  }
  std::vector<StoredRequest> Stored() {
    std::vector<StoredRequest> all;
    EXPECT_TRUE(store_
                    .Read([&](db::Tx& tx) -> absl::Status {
                      ASSIGN_OR_RETURN(auto file, records_.Load(tx, kAgency, family_));
                      all = std::move(file.requests);
                      return absl::OkStatus();
                    })
                    .ok());
    return all;
  }
  std::string Next(int number) {
    return Hold(support::TestId("session-" + std::to_string(number)), {mother_, father_, child_});
  }
  std::vector<v1::Signal> AlertsOfIsolation(const std::string& member) {
    std::vector<v1::Signal> alerts;
    for (const v1::Signal& signal : Signals()) {
      const bool theirs = signal.member() == names_.Member(family_, member);
      const bool alert = signal.level() == v1::SIGNAL_LEVEL_ALERT;
      if (theirs && alert && signal.kind() == v1::SIGNAL_KIND_ISOLATION) alerts.push_back(signal);
    }
    return alerts;
  }

  RequestExpiry expiry_, replica_;
};

TEST_F(RequestExpiryServiceA13, WhatNobodyAnsweredIsToldOnceWhenItsTimeIsOver) {
  const std::string session = Hold(support::TestId("session-1"), {mother_, father_, child_});
  ASSERT_TRUE(Rate(session, mother_, 80, 80).ok());
  const v1::RatingRequest fathers = RequestOf(father_);
  v1::SkipRatingRequestRequest skip;
  skip.set_rating_request(RequestOf(child_).name());
  skip.set_etag(RequestOf(child_).etag());
  ASSERT_TRUE(Run(ByMember(child_), &AllianceService::SkipRatingRequest, skip).ok());
  std::string therapists;
  for (const v1::RatingRequest& one : Requests(ByTherapist())) {
    if (one.rater() == names_.Professional(therapist_)) therapists = one.name();
  }
  Pass(std::chrono::hours(24 * 7 - 1));
  Round(expiry_);
  EXPECT_THAT(Told(), IsEmpty());
  Pass(std::chrono::hours(1));
  Round(expiry_);
  EXPECT_THAT(Told(), UnorderedElementsAre(fathers.name(), therapists));
  EXPECT_EQ(RequestOf(father_).state(), v1::RATING_REQUEST_STATE_EXPIRED);
  // Another round, another replica, another day: it has been told.
  Round(expiry_);
  Round(replica_);
  Pass(std::chrono::hours(24));
  Round(replica_);
  EXPECT_THAT(Told(), SizeIs(2));
}

TEST_F(RequestExpiryServiceA13, ATimeThatWasOverWhileNothingRanIsToldAfterwards) {
  Next(1);
  Pass(std::chrono::hours(24 * 30));
  Round(replica_);
  EXPECT_THAT(Told(), SizeIs(4));
}

TEST_F(RequestExpiryServiceA13, WhatComesOnPaperAfterItsTimeIsDoneAllTheSame) {
  const std::string session = Next(1);
  Pass(std::chrono::hours(24 * 7));
  Round(expiry_);
  ASSERT_TRUE(Rate(session, mother_, 80, 80).ok());
  Relay();
  EXPECT_EQ(RequestOf(mother_).state(), v1::RATING_REQUEST_STATE_DONE);
  for (const StoredRequest& one : Stored()) {
    if (one.message.rater() != mother_) continue;
    EXPECT_EQ(one.record.state, v1::RATING_REQUEST_STATE_DONE) << "also where it is counted";
  }
}

// Withdrawn forms asked nobody; those that were let lie did.
TEST_F(RequestExpiryServiceA13, AFormThatWasLetLieCountsAsAsked) {
  v1::SetMeasurePlanRequest set;
  set.set_parent(names_.Family(family_));
  v1::GetMeasurePlanRequest get;
  get.set_parent(set.parent());
  set.set_etag(Run(ByTherapist(), &AllianceService::GetMeasurePlan, get)->measure_plan().etag());
  v1::MeasureRule& once = *set.mutable_measure_plan()->add_rules();
  once.set_instrument("instruments/pulse-adult.1");
  once.set_rater(v1::PARTY_MEMBER);
  const auto plan = Run(ByTherapist(), &AllianceService::SetMeasurePlan, set);
  ASSERT_TRUE(plan.ok()) << plan.status();
  Next(1);
  Pass(std::chrono::hours(24 * 8));
  Round(expiry_);
  Next(2);
  EXPECT_THAT(Requests(ByMember(mother_)), SizeIs(1)) << "asked once";
}

TEST_F(RequestExpiryServiceA13, WhoTurnsOutNotToHaveBeenThereWasNotAsked) {
  const std::string session = Next(1);
  Pass(std::chrono::hours(24 * 8));
  Round(expiry_);
  internal::v1::SessionHeld corrected = Held(session, {father_, child_});
  corrected.set_started_us(corrected.started_us() - 8 * kDay);
  corrected.set_ended_us(corrected.ended_us() - 8 * kDay);
  ASSERT_TRUE(Deliver(Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, 2,
                            corrected.SerializeAsString()))
                  .ok());
  for (const StoredRequest& one : Stored()) {
    EXPECT_EQ(one.message.lapsed(), one.message.rater() != mother_);
    EXPECT_EQ(one.record.state, v1::RATING_REQUEST_STATE_EXPIRED);
  }
  EXPECT_THAT(Told(), SizeIs(4)) << "not once more";
}

// Forms that were due when a release came that tells of them.
TEST_F(RequestExpiryServiceA13, FormsThatNobodyKeepsAnEyeOnAreFound) {
  records::Record old = NewRecord(kRequest, family_, store_.clock.NowMicros());
  internal::v1::StoredRatingRequest request;
  request.set_rater(mother_);
  old.parent = support::TestId("session-old");
  old.sort_us = store_.clock.NowMicros();
  old.state = v1::RATING_REQUEST_STATE_DUE;
  v1::RatingRequest& asked = *request.mutable_request();
  asked.set_name(names_.RatingRequest(family_, old.id));
  asked.set_instrument("instruments/pulse-adult.1");
  *asked.mutable_expire_time() = schema::ToTimestamp(store_.clock.NowMicros() + kDay);
  support::TestCall call(kAgency, "an earlier release", family_);
  records::Changes changes(call, store_.clock.NowMicros());
  changes.Create(records::With(old, request));
  ASSERT_TRUE(
      RunSync(store_.records->Commit(call, std::move(changes), v1::GetDutyResponse())).ok());
  Round(expiry_);
  EXPECT_THAT(Told(), IsEmpty());
  Pass(std::chrono::hours(24));
  Round(expiry_);
  EXPECT_THAT(Told(), ElementsAre(asked.name()));
}

// domain.md 8.7: no rating in three attended sessions.
TEST_F(RequestExpiryServiceA13, WhoIsAskedThreeTimesAndNeverAnswersIsSeenWhenTheTimeIsOver) {
  for (int number = 1; number <= 3; ++number) {
    const std::string session = Next(number);
    ASSERT_TRUE(Rate(session, father_, 80, 80).ok());
    ASSERT_TRUE(Rate(session, child_, 3, 3, "pulse-child").ok());
    Relay();
    if (number < 3) Pass(std::chrono::hours(24 * 8));
  }
  EXPECT_THAT(AlertsOfIsolation(mother_), IsEmpty()) << "she has a week";
  Pass(std::chrono::hours(24 * 7));
  Round(expiry_);
  Relay();
  ASSERT_THAT(AlertsOfIsolation(mother_), SizeIs(1));
  EXPECT_THAT(AlertsOfIsolation(father_), IsEmpty());
}

}  // namespace
}  // namespace rapport::alliance
