// What becomes of a case by itself when the time of its emergency is over.
#include "intake/emergency_lapses.h"
#include "unit/intake/intake_fixture.h"

#include <rapport/internal/v1/event.pb.h>

#include <google/protobuf/empty.pb.h>

namespace rapport::intake {
namespace {

constexpr std::chrono::hours kDay{24};

class EmergencyLapsesTest : public IntakeTest {
 protected:
  EmergencyLapsesTest() {
    family_ = NewFamily().name();
    anna_ = NewProfessional("Anna Sample", "anna").name();
    const std::string sam = NewProfessional("Sam Sample", "sam").name();
    Join(family_, anna_);
    v1::AssignSupervisorRequest assign;
    assign.mutable_supervision()->set_supervisor(sam);
    assign.mutable_supervision()->set_supervisee(anna_);
    Do(Staff(), &IntakeService::AssignSupervisor, assign);
    mira_ = NewMember(family_, "Mira Example", 1990).name();
    v1::OpenInEmergencyRequest open;
    open.set_name(family_);
    open.set_clinician(anna_);
    open.set_supervisor(sam);
    open.set_reason("tonight");
    open.set_etag(Get(family_).etag());
    Do(Call(*this, "anna", family_, Viewer::kCareTeam, {}, anna_), &IntakeService::OpenInEmergency,
       open);
  }
  void Round() { EXPECT_TRUE(lapses_.Round(kAgency).ok()); }
  // How often the others were told that the case changed.
  std::size_t Told() {
    const std::vector<int> types = {internal::v1::EVENT_TYPE_CASE_CHANGED};
    absl::StatusOr<records::Outbox::Batch> batch = records::Outbox::Batch();
    EXPECT_TRUE(store_
                    .Read([&](db::Tx& tx) {
                      batch = store_.outbox->NextBatch(tx, kAgency, "notes", types, 1'000);
                      return batch.status();
                    })
                    .ok());
    wire_ = batch->events.empty() ? "" : batch->events.back().wire;
    return batch->events.size();
  }
  // Since when the case is on hold, as the last of them says; 0: it says nothing of it.
  std::int64_t OverSince() {
    internal::v1::EventEnvelope event;
    const auto open = store_.suite.SealerFor(crypto::SuiteKey::kEvent, kAgency)
                          ->Open(records::WireIdentity("intake", kAgency), wire_);
    EXPECT_TRUE(open.ok() && event.ParseFromString(*open));
    v1::EmergencyOpening over;
    EXPECT_TRUE(over.ParseFromString(event.body()));
    return over.has_expire_time() ? Micros(over.expire_time()) : 0;
  }
  void Settle() {
    Grant(family_, mira_, v1::CONSENT_PURPOSE_TREATMENT);
    Screen(family_, mira_);
    v1::SetSecretsPolicyRequest policy;
    policy.set_parent(family_);
    policy.mutable_policy()->set_choice(v1::SECRETS_POLICY_OPTION_NO_SECRETS);
    v1::SignSecretsPolicyRequest sign;
    sign.set_name(Do(Staff(family_), &IntakeService::SetSecretsPolicy, policy).policy().name());
    sign.set_member(mira_);
    Do(Staff(family_), &IntakeService::SignSecretsPolicy, sign);
    ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_OPEN).ok());
  }

  // As the release before left it, which watched no emergency.
  void Unwatch() {
    EXPECT_TRUE(store_
                    .Write([&](db::Tx& tx) {
                      return tx
                          .Run("DELETE FROM record WHERE agency_id = $1 AND kind = $2",
                               {kAgency, std::int64_t{kEmergencyWatch}})
                          .status();
                    })
                    .ok());
  }

  EmergencyLapses lapses_{deps_};
  std::string family_, anna_, mira_;
  std::string wire_;  // of the last of those that Told counted
};

TEST_F(EmergencyLapsesTest, I1_TheOthersHearOfACaseThatLapsedAndOnce) {
  store_.clock.Advance(7 * kDay - std::chrono::microseconds(1));
  const std::size_t before = Told();
  Round();
  EXPECT_EQ(Told(), before) << "its time is not over";
  EXPECT_EQ(OverSince(), 0);
  store_.clock.Advance(std::chrono::microseconds(1));
  const v1::Family shown = Get(family_);
  EXPECT_EQ(shown.state(), v1::FAMILY_STATE_ON_HOLD) << "whoever asks sees it at once";
  store_.clock.Advance(std::chrono::minutes(1));
  Round();
  EXPECT_EQ(Told(), before + 1);
  EXPECT_EQ(OverSince(), Micros(shown.state_time()))
      << "what was planned for after it is cancelled";
  const v1::Family held = Get(family_);
  EXPECT_EQ(held.state(), v1::FAMILY_STATE_ON_HOLD);
  EXPECT_EQ(Micros(held.state_time()), Micros(shown.state_time())) << "since its time was over";
  EXPECT_EQ(held.state_reason(), shown.state_reason());
  EXPECT_NE(held.etag(), shown.etag());
  EXPECT_EQ(Facts(family_)->state, CaseState::kOnHold);
  Round();
  EXPECT_EQ(Told(), before + 1);
  EXPECT_EQ(Get(family_).etag(), held.etag());
  Settle();
  EXPECT_EQ(Get(family_).episodes_size(), 1) << "the same work goes on";
}

TEST_F(EmergencyLapsesTest, I1_WhatWasSettledOrClosedInTimeStaysAsItIs) {
  Settle();
  const std::size_t before = Told();
  const std::string etag = Get(family_).etag();
  store_.clock.Advance(8 * kDay);
  Round();
  EXPECT_EQ(Told(), before);
  EXPECT_EQ(Get(family_).etag(), etag);
  EXPECT_EQ(Get(family_).state(), v1::FAMILY_STATE_OPEN);
}

TEST_F(EmergencyLapsesTest, I1_TheOthersHearOfOneThatTheReleaseBeforeOpened) {
  Unwatch();
  Round();
  store_.clock.Advance(7 * kDay);
  const std::size_t before = Told();
  Round();
  EXPECT_EQ(Told(), before + 1);
  EXPECT_EQ(Facts(family_)->state, CaseState::kOnHold);
  Round();
  EXPECT_EQ(Told(), before + 1);
}

TEST_F(EmergencyLapsesTest, I1_AndOfOneWhoseTimeWasOverBeforeTheUpdate) {
  Unwatch();
  store_.clock.Advance(9 * kDay);
  const v1::Family shown = Get(family_);
  const std::size_t before = Told();
  Round();
  EXPECT_EQ(Told(), before + 1);
  EXPECT_EQ(Micros(Get(family_).state_time()), Micros(shown.state_time()));
  EmergencyLapses restarted(deps_);
  EXPECT_TRUE(restarted.Round(kAgency).ok());
  EXPECT_EQ(Told(), before + 1) << "once";
}

TEST_F(EmergencyLapsesTest, I1_AllOpenCasesAreLookedThroughInParts) {
  Unwatch();
  Call call = Staff();
  call.request_id.clear();
  records::Changes changes(call, 1);
  for (int i = 0; i < 300; ++i) {
    const std::string id = support::TestId(std::to_string(10'000 + i));
    internal::v1::StoredFamily stored;
    stored.mutable_family()->set_name(names_.Family(id));
    stored.mutable_family()->set_state(v1::FAMILY_STATE_OPEN);
    records::Record record{.kind = kFamily, .family = id, .id = id};
    record.state = v1::FAMILY_STATE_OPEN;
    record.sort_us = i;  // all before the one in an emergency
    changes.Create(records::With(std::move(record), stored));
  }
  ASSERT_TRUE(
      RunSync(deps_.records.Commit(call, std::move(changes), google::protobuf::Empty())).ok());
  store_.clock.Advance(7 * kDay);
  const std::size_t before = Told();
  Round();
  EXPECT_EQ(Told(), before) << "it is not among the first";
  Round();
  EXPECT_EQ(Told(), before + 1);
}

// The second opening's end is its own.
TEST_F(EmergencyLapsesTest, I1_TheNextEmergencyLapsesToo) {
  Settle();
  store_.clock.Advance(8 * kDay);
  Round();
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_CLOSED, v1::CASE_ENDING_OTHER).ok());
  v1::OpenInEmergencyRequest open;
  open.set_name(family_);
  open.set_clinician(anna_);
  open.set_supervisor(Get(family_).emergency().supervisor());
  open.set_reason("again");
  open.set_etag(Get(family_).etag());
  Do(Call(*this, "anna", family_, Viewer::kCareTeam, {}, anna_), &IntakeService::OpenInEmergency,
     open);
  const std::size_t before = Told();
  store_.clock.Advance(7 * kDay);
  Round();
  EXPECT_EQ(Told(), before + 1);
  EXPECT_EQ(Get(family_).state(), v1::FAMILY_STATE_ON_HOLD);
}

}  // namespace
}  // namespace rapport::intake
