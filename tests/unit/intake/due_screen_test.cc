// A safety screen that becomes due while the case is open: what the service stores, lists and tells
// the other services.
#include "unit/intake/event_fixture.h"

#include <rapport/internal/v1/event.pb.h>

namespace rapport::intake {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class DueScreenTest : public IntakeEventTest {
 protected:
  DueScreenTest() {
    family_ = NewFamily().name();
    Join(family_, NewProfessional("Anna Sample", "anna").name());
    mother_ = NewMember(family_, "Mira Example", 1990).name();
    Grant(family_, mother_, v1::CONSENT_PURPOSE_TREATMENT);
    Screen(family_, mother_);
    v1::SetSecretsPolicyRequest policy;
    policy.set_parent(family_);
    policy.mutable_policy()->set_choice(v1::SECRETS_POLICY_OPTION_STRICT);
    v1::SignSecretsPolicyRequest sign;
    sign.set_name(Do(Staff(family_), &IntakeService::SetSecretsPolicy, policy).policy().name());
    sign.set_member(mother_);
    Do(Staff(family_), &IntakeService::SignSecretsPolicy, sign);
    for (const auto state :
         {v1::FAMILY_STATE_SCREENED, v1::FAMILY_STATE_ALLOCATED, v1::FAMILY_STATE_CONSENTS_PENDING,
          v1::FAMILY_STATE_SAFETY_CHECK, v1::FAMILY_STATE_READY, v1::FAMILY_STATE_OPEN}) {
      const auto moved = Move(family_, state);
      EXPECT_TRUE(moved.ok()) << moved.status();
    }
    store_.clock.Advance(std::chrono::hours(1));
  }
  // Who is to be screened by now, by name.
  std::vector<std::string> DueNow() {
    std::vector<std::string> due;
    const auto facts = Facts(family_);
    for (const auto& one : facts->screens_due) {
      if (one.due_us <= store_.clock.NowMicros()) {
        due.push_back(names_.Member(facts->family, one.member));
      }
    }
    return due;
  }
  std::vector<v1::WorklistEntry> Worklist(const std::string& filter) {
    v1::ListDueWorkRequest request;
    request.set_filter(filter);
    const auto page =
        Do(Call(*this, "anna", "", Viewer::kAgency), &IntakeService::ListDueWork, request);
    return {page.entries().begin(), page.entries().end()};
  }

  std::string family_, mother_;
};

TEST_F(DueScreenTest, I9_WhoSaysThatTheyAreNotSafeIsOnTheWorklistAtOnce) {
  EXPECT_THAT(DueNow(), IsEmpty());
  const std::string etag = Get(family_).etag();
  EXPECT_TRUE(NotSafe(mother_));
  EXPECT_FALSE(NotSafe(mother_)) << "told twice";
  EXPECT_THAT(DueNow(), testing::ElementsAre(mother_));
  const auto due = Worklist("kind = SAFETY_SCREEN");
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due[0].subject(), mother_);
  EXPECT_THAT(Worklist("kind = SAFETY_SCREEN AND kind = LEVEL_ASSESSMENT"), IsEmpty()) << "both";
  EXPECT_EQ(Get(family_).etag(), etag) << "nobody sees that something was said";
  store_.clock.Advance(std::chrono::hours(1));
  Screen(family_, mother_);
  EXPECT_THAT(DueNow(), IsEmpty());
  EXPECT_THAT(Worklist("kind = SAFETY_SCREEN"), IsEmpty());
}

TEST_F(DueScreenTest, I9_WhatASmallChildSaysWaitsForTheMothersScreenAndIsTheirs) {
  const std::string child = NewMember(family_, "Lia Example", 2021).name();
  EXPECT_TRUE(NotSafe(child));
  EXPECT_THAT(DueNow(), testing::ElementsAre(mother_)) << "no joint session before she was asked";
  EXPECT_THAT(Worklist("kind = SAFETY_SCREEN"), SizeIs(2));
  store_.clock.Advance(std::chrono::hours(1));
  Screen(family_, mother_);
  EXPECT_THAT(DueNow(), IsEmpty());
  const auto due = Worklist("kind = SAFETY_SCREEN");
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due[0].subject(), child);
}

TEST_F(DueScreenTest, I9_AnEntryOfNobodyThatTheReleaseBeforeKeptGoesWithTheNext) {
  internal::v1::StoredSessionTally tally;
  tally.add_attended()->set_not_safe_us(1);
  const std::string family = *names_.ReadFamily(family_);
  Call call(*this, "service/alliance", family_, Viewer::kPeer);
  call.request_id.clear();
  records::Changes changes(call, 1);
  changes.Create(
      records::With(records::Record{.kind = kSessionTally, .family = family, .id = family}, tally));
  ASSERT_TRUE(
      RunSync(store_.records->Commit(call, std::move(changes), v1::GetFamilyResponse())).ok());
  EXPECT_THAT(DueNow(), IsEmpty()) << "it is nobody's";
  EXPECT_TRUE(NotSafe(mother_));
  EXPECT_THAT(DueNow(), testing::ElementsAre(mother_));
  const absl::Status read = db::RunSync(
      deps_.db, call,
      [&](db::Tx& tx) -> absl::Status {
        auto record = store_.records->Get(tx, kAgency, family, kSessionTally, family);
        if (!record.ok()) return record.status();
        return tally.ParseFromString(record->payload) ? absl::OkStatus()
                                                      : absl::DataLossError("tally");
      },
      false);
  ASSERT_TRUE(read.ok()) << read;
  ASSERT_THAT(tally.attended(), SizeIs(1));
  EXPECT_EQ(tally.attended(0).member(), names_.ReadMember(mother_)->id);
}

TEST_F(DueScreenTest, I9_WhatWasSaidBeforeTheCaseWasClosedStaysOnTheWorklistUntilTheyAreAsked) {
  EXPECT_TRUE(NotSafe(mother_));
  AssessLevel(family_, v1::ASSESSMENT_OCCASION_CLOSING, v1::LEVEL_OF_NEED_SPACE);
  ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_CLOSED, v1::CASE_ENDING_MOVED).ok());
  const auto due = Worklist("kind = SAFETY_SCREEN");
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_EQ(due[0].subject(), mother_);
  EXPECT_THAT(Worklist(""), SizeIs(1)) << "nothing else of a closed case is work";
  store_.clock.Advance(std::chrono::hours(1));
  Screen(family_, mother_);
  EXPECT_THAT(Worklist(""), IsEmpty());
}

TEST_F(DueScreenTest, I9_WhoIsReferredInAnOpenCaseIsWaitedForAtOnceAndIsOnTheWorklist) {
  v1::RecordSafetyScreenRequest request;
  request.set_parent(family_);
  request.mutable_screen()->set_member(mother_);
  request.mutable_screen()->set_alone(true);
  request.mutable_screen()->set_result(v1::SAFETY_RESULT_REFER);
  request.mutable_screen()->set_referred_to("the crisis house");
  Do(Staff(family_), &IntakeService::RecordSafetyScreen, request);
  EXPECT_THAT(DueNow(), testing::ElementsAre(mother_));
  const auto due = Worklist("kind = SAFETY_SCREEN");
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_THAT(due[0].description(), testing::HasSubstr("referred"));
  store_.clock.Advance(std::chrono::hours(1));
  Screen(family_, mother_);
  EXPECT_THAT(DueNow(), IsEmpty());
}

TEST_F(DueScreenTest, I9_WhoJoinsAnOpenCaseIsDueAndSignsBeforeThePolicyIsInForceAgain) {
  const std::string grandmother = NewMember(family_, "Olga Example", 1960).name();
  EXPECT_THAT(DueNow(), testing::ElementsAre(grandmother));
  const auto signatures = Worklist("kind = SECRETS_POLICY");
  ASSERT_THAT(signatures, SizeIs(1));
  EXPECT_EQ(signatures[0].subject(), grandmother);
  v1::GetSecretsPolicyRequest get;
  get.set_parent(family_);
  const auto shown = Do(Staff(family_), &IntakeService::GetSecretsPolicy, get);
  EXPECT_FALSE(shown.has_in_force());
  EXPECT_EQ(shown.pending().state(), v1::SECRETS_POLICY_STATE_PENDING);
  EXPECT_THAT(shown.pending().pending_signers(), testing::ElementsAre(grandmother));
  EXPECT_NE(Facts(family_)->secrets_policies.back().period.to_us, 0);
  v1::SignSecretsPolicyRequest sign;
  sign.set_name(shown.pending().name());
  sign.set_member(grandmother);
  const auto in_force = Do(Staff(family_), &IntakeService::SignSecretsPolicy, sign).policy();
  EXPECT_EQ(in_force.state(), v1::SECRETS_POLICY_STATE_IN_FORCE);
  EXPECT_EQ(in_force.in_force_time().seconds(), shown.pending().in_force_time().seconds());
  EXPECT_THAT(Worklist("kind = SECRETS_POLICY"), IsEmpty());
}

}  // namespace
}  // namespace rapport::intake
