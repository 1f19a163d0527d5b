// Families whose signals come from ratings, from who came, and from what notes and intake tell.
#pragma once

#include "unit/alliance/alliance_fixture.h"

namespace rapport::alliance {

class SignalService : public AllianceTest {
 protected:
  std::string Next(const std::vector<std::string>& present) {
    store_.clock.Advance(std::chrono::hours(24 * 7));
    return Hold(support::TestId("session-" + std::to_string(++held_)), present);
  }
  // Mother and father rate well, the child misses three sessions that were meant for all.
  void LeaveTheChildOut() {
    for (int i = 0; i < 3; ++i) {
      const std::string session = Next({mother_, father_});
      ASSERT_TRUE(Rate(session, mother_, 80, 80).ok());
      ASSERT_TRUE(Rate(session, father_, 80, 80).ok());
      Relay();
    }
  }
  std::vector<v1::Signal> Of(v1::SignalKind kind, const std::string& member) {
    std::vector<v1::Signal> found;
    for (const v1::Signal& signal : Signals(true)) {
      if (signal.kind() == kind && signal.member() == names_.Member(family_, member)) {
        found.push_back(signal);
      }
    }
    return found;
  }
  template <typename Request>
  Request StepOn(const v1::Signal& signal) {
    Request request;
    request.set_name(signal.name());
    request.set_etag(signal.etag());
    return request;
  }
  v1::Signal Isolated() {
    LeaveTheChildOut();
    const auto signals = Of(v1::SIGNAL_KIND_ISOLATION, child_);
    EXPECT_THAT(signals, ::testing::SizeIs(1));
    return signals.empty() ? v1::Signal() : signals[0];
  }
  // Three sessions that the mother rates alike; then one more, in which she may tick. Empty: the
  // rating was refused.
  std::string QuietUntil(bool ticked) {
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(Rate(Next({mother_, father_, child_}), mother_, 80 + i % 2, 80).ok());
      Relay();
    }
    const std::string session = Next({mother_, father_, child_});
    auto request = Pulse(session, mother_, 80, 80);
    request.mutable_rating()->mutable_parts(0)->set_went_wrong(ticked);
    const auto rated = Run(ByMember(mother_), &AllianceService::SubmitRating, request);
    EXPECT_TRUE(rated.ok()) << rated.status();
    Relay();
    return session;
  }
  // Notes corrects the last session to nobody of the family having come.
  absl::Status NobodyCame(const std::string& session) {
    return Deliver(Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, 2,
                         Held(session, {}).SerializeAsString()));
  }
  // What intake tells of a member.
  void TellMembership(const std::string& member, std::int64_t version, std::int64_t left_us,
                      bool without_reason) {
    internal::v1::MembershipChanged told;
    told.set_member(member);
    told.set_left_us(left_us);
    told.set_without_reason(without_reason);
    ASSERT_TRUE(Deliver(Event("intake", internal::v1::EVENT_TYPE_ROSTER_CHANGED, version,
                              told.SerializeAsString()))
                    .ok());
  }
  static bool HasFired(const v1::Signal& signal, std::string_view code) {
    return std::ranges::any_of(signal.tests(), [&](const v1::SignalTest& test) {
      return test.code() == code && test.outcome() == v1::TEST_OUTCOME_FIRED;
    });
  }
  int held_ = 0;
};

}  // namespace rapport::alliance
