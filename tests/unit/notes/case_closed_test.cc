// What becomes of planned sessions when the case is closed, and while it is not open.
#include "notes/event_handler.h"
#include "notes_fixture.h"
#include "platform/records/inbox.h"
#include "platform/records/outbox.h"

#include <rapport/intake/v1/family.pb.h>
#include <rapport/internal/v1/event.pb.h>

namespace rapport::notes {
namespace {

using ::testing::HasSubstr;

class OwnFacts final : public rpc::FactsSource {
 public:
  explicit OwnFacts(const AccessFacts& facts) : facts_(facts) {}
  Facts Peek(std::string_view, std::string_view, options::v1::Freshness) override {
    return nullptr;
  }
  Task<absl::StatusOr<Facts>> Load(CallContext&, std::string, std::string,
                                   options::v1::Freshness) override {
    co_return std::make_shared<AccessFacts>(facts_);
  }
  void Forget(std::string_view, std::string_view) override {}

 private:
  const AccessFacts& facts_;
};

class CaseClosedTest : public NotesTest {
 protected:
  // Intake tells that the case changed.
  absl::Status TellOfTheCase(const std::string& body = {}) {
    internal::v1::EventEnvelope event;
    event.set_agency(std::string(kAgency));
    event.set_source("intake");
    event.set_sequence(++sequence_);
    event.set_type(internal::v1::EVENT_TYPE_CASE_CHANGED);
    event.set_family(family_);
    event.set_version(sequence_);
    event.set_at_us(store_.clock.NowMicros());
    event.set_body(body);
    const std::string sealed =
        store_.suite.SealerFor(crypto::SuiteKey::kEvent, kAgency)
            ->Seal(records::WireIdentity("intake", kAgency), event.SerializeAsString());
    const std::vector<std::string_view> envelopes = {sealed};
    support::TestCall call(kAgency, "relay");
    return RunSync(inbox_.Apply(call, std::string(kAgency), "intake", envelopes)).status();
  }
  v1::Session Now(const v1::Session& session) {
    v1::GetSessionRequest request;
    request.set_name(session.name());
    auto shown = RunAs(author_, &NotesService::GetSession, request);
    EXPECT_TRUE(shown.ok()) << shown.status();
    return shown.ok() ? shown->session() : v1::Session();
  }
  absl::Status Start(const v1::Session& session) {
    v1::StartSessionRequest request;
    request.set_name(session.name());
    request.set_etag(session.etag());
    return RunAs(author_, &NotesService::StartSession, request).status();
  }

  OwnFacts source_{facts_};
  NotesEvents events_{deps_, source_};
  records::Inbox inbox_{*store_.records, store_.suite, events_};
  std::int64_t sequence_ = 0;
};

TEST_F(CaseClosedTest, N1_CancelsWhatWasPlannedFromThenOnAndSaysWhy) {
  const v1::Session held = Held();
  const v1::Session missed = Scheduled();
  store_.clock.Advance(std::chrono::hours(2));
  const v1::Session ahead = Scheduled();
  facts_.state = CaseState::kClosed;
  ASSERT_TRUE(TellOfTheCase().ok());
  const v1::Session cancelled = Now(ahead);
  EXPECT_EQ(cancelled.state(), v1::SESSION_STATE_CANCELLED);
  EXPECT_EQ(cancelled.cancel_reason(), v1::CANCEL_REASON_CASE_CLOSED);
  EXPECT_NE(cancelled.etag(), ahead.etag());
  EXPECT_EQ(Now(held).state(), v1::SESSION_STATE_HELD);
  EXPECT_EQ(Now(missed).state(), v1::SESSION_STATE_SCHEDULED)
      << "it may have been held, and nobody said so yet";
  EXPECT_TRUE(Now(missed).case_not_open());
  const auto told = Events();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back(), internal::v1::EVENT_TYPE_SESSION_CHANGED) << "a calendar learns of it";
  ASSERT_TRUE(TellOfTheCase().ok());
  EXPECT_EQ(Now(ahead).etag(), cancelled.etag()) << "once";
}

TEST_F(CaseClosedTest, N1_AChangeOfAnOpenCaseCancelsNothingNorDoesOneThatIsOpenAgain) {
  const v1::Session planned = Scheduled();
  ASSERT_TRUE(TellOfTheCase().ok());
  facts_.state = CaseState::kOnHold;
  ASSERT_TRUE(TellOfTheCase().ok());
  EXPECT_EQ(Now(planned).state(), v1::SESSION_STATE_SCHEDULED);
  facts_.state = CaseState::kOpen;
  EXPECT_FALSE(Now(planned).case_not_open());
}

// Nobody met the conditions of the opening in its week; whoever does later plans anew.
TEST_F(CaseClosedTest, N1_AnEmergencyThatIsOverCancelsWhatWasPlannedForAfterIt) {
  const v1::Session missed = Scheduled();
  store_.clock.Advance(std::chrono::hours(2));
  intake::v1::EmergencyOpening over;
  *over.mutable_expire_time() = schema::ToTimestamp(store_.clock.NowMicros());
  const v1::Session ahead = Scheduled();
  facts_.state = CaseState::kOnHold;
  ASSERT_TRUE(TellOfTheCase(over.SerializeAsString()).ok());
  EXPECT_EQ(Now(ahead).state(), v1::SESSION_STATE_CANCELLED);
  EXPECT_EQ(Now(ahead).cancel_reason(), v1::CANCEL_REASON_EMERGENCY_OVER);
  EXPECT_EQ(Events().back(), internal::v1::EVENT_TYPE_SESSION_CHANGED) << "a calendar learns of it";
  EXPECT_EQ(Now(missed).state(), v1::SESSION_STATE_SCHEDULED)
      << "it may have been held while the case was open";
}

TEST_F(CaseClosedTest, N1_AnEmergencyThatWasSettledBeforeItIsToldCancelsNothing) {
  const v1::Session ahead = Scheduled();
  intake::v1::EmergencyOpening over;
  *over.mutable_expire_time() = schema::ToTimestamp(store_.clock.NowMicros() - kHour);
  ASSERT_TRUE(TellOfTheCase(over.SerializeAsString()).ok());
  EXPECT_EQ(Now(ahead).state(), v1::SESSION_STATE_SCHEDULED);
}

TEST_F(CaseClosedTest, N1_WhileTheCaseIsOnHoldAPlannedSessionSaysThatItCannotBegin) {
  const v1::Session planned = Scheduled();
  facts_.state = CaseState::kOnHold;
  EXPECT_TRUE(Now(planned).case_not_open());
  store_.clock.Advance(std::chrono::hours(1));
  EXPECT_THAT(schema::StatusDetails(Start(planned)), HasSubstr("CASE_NOT_OPEN"));
}

TEST_F(CaseClosedTest, N1_ASessionBeginsOnItsDay) {
  v1::ScheduleSessionRequest plan = Plan();
  const std::int64_t start_us = store_.clock.NowMicros() + 25 * 24 * kHour;
  *plan.mutable_session()->mutable_scheduled_start_time() = schema::ToTimestamp(start_us);
  *plan.mutable_session()->mutable_scheduled_end_time() = schema::ToTimestamp(start_us + kHour);
  const auto planned = RunAs(author_, &NotesService::ScheduleSession, plan);
  ASSERT_TRUE(planned.ok()) << planned.status();
  const absl::Status early = Start(planned->session());
  EXPECT_TRUE(absl::IsInvalidArgument(early)) << early;
  EXPECT_EQ(Now(planned->session()).state(), v1::SESSION_STATE_SCHEDULED);
  store_.clock.Advance(std::chrono::hours(24 * 25 - 10));
  EXPECT_TRUE(Start(planned->session()).ok());
}

}  // namespace
}  // namespace rapport::notes
