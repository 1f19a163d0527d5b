// The tables of states, events and refusals: each says one thing of a state and an event, answers
// whatever a caller may do in every state that can be reached, and explains every refusal.
#include "alliance/invitation_rules.h"
#include "intake/break_glass_rules.h"
#include "intake/consent_rules.h"
#include "intake/membership_rules.h"
#include "intake/record_request_rules.h"
#include "intake/retention_rules.h"
#include "intake/secrets_rules.h"
#include "intake/supervision_rules.h"
#include "notes/note_opening_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <vector>

namespace rapport::admin {
namespace {

// A table and the events that callers bring, of which each state says something.
template <typename M>
void Check(const M& life, const std::vector<typename M::Event>& called, std::size_t states) {
  using State = typename M::State;
  std::set<std::pair<State, typename M::Event>> said;
  std::set<State> reached = {State{}};
  for (const auto& row : life.Rows()) {
    EXPECT_TRUE(said.emplace(row.from, row.event).second) << "twice: " << life.NameOf(row.from);
    EXPECT_FALSE(row.when.empty());
    EXPECT_NE(row.to, State{}) << "nothing comes to be as if it never was";
    if (!row.refusal.empty()) {
      EXPECT_EQ(row.from, row.to) << "a refused event changes nothing";
      EXPECT_TRUE(std::regex_match(std::string(row.refusal), std::regex("[A-Z]+(_[A-Z]+)+")));
    }
  }
  for (std::size_t round = 0; round < states; ++round) {
    for (const auto& row : life.Rows()) {
      if (row.refusal.empty() && reached.contains(row.from)) reached.insert(row.to);
    }
  }
  EXPECT_EQ(reached.size(), states + 1) << "with that of what does not exist";
  for (const State state : reached) {
    if (state == State{}) continue;
    for (const auto event : called) {
      EXPECT_NE(life.Find(state, event), nullptr) << life.NameOf(state);
      const auto refusal = life.RefusalOf(state, event);
      EXPECT_NE(refusal.has_value(), life.Takes(state, event));
      if (refusal) EXPECT_NE(refusal->reason, "ILLEGAL_TRANSITION") << "the table says why";
    }
  }
  const std::string dot = life.Dot();
  EXPECT_EQ(std::ranges::count(dot, '>'), std::ranges::ssize(life.Rows())) << "one edge a row";
}

TEST(LifeTables, AnswerWhateverIsCalledInEveryState) {
  {
    using E = intake::ConsentEvent;
    Check(intake::ConsentLife(), {E::kRevoke}, 3);
  }
  {
    using E = intake::SecretsPolicyEvent;
    Check(intake::SecretsPolicyLife(), {E::kSign}, 3);
  }
  {
    using E = intake::BreakGlassEvent;
    Check(intake::BreakGlassLife(), {E::kEnd, E::kReview}, 3);
  }
  {
    using E = intake::RecordRequestEvent;
    Check(intake::RecordRequestLife(), {E::kExtend, E::kDecide, E::kDisagree}, 3);
  }
  {
    using E = intake::ErasureEvent;
    Check(intake::ErasureLife(), {E::kRequest, E::kApprove, E::kWithdraw}, 5);
  }
  {
    using E = intake::SupervisionEvent;
    Check(intake::SupervisionLife(), {E::kAssign, E::kEnd}, 2);
  }
  {
    using E = intake::MembershipEvent;
    Check(intake::MembershipLife(), {E::kEnd, E::kResume, E::kCorrectToIn, E::kCorrectToOut}, 2);
  }
  {
    using E = intake::MemberInviteEvent;
    Check(intake::MemberInviteLife(), {E::kRedeem, E::kRedeemByAnother}, 3);
  }
  {
    using E = notes::OpeningEvent;
    Check(notes::OpeningLife(), {E::kApprove, E::kRead}, 3);
  }
  {
    using E = alliance::InvitationEvent;
    Check(alliance::InvitationLife(), {E::kFill}, 4);
  }
}

TEST(LifeTables, SayWhatIsMissingOfWhatTheyDoNotKnow) {
  const auto refusal = intake::ConsentLife().RefusalOf(intake::v1::CONSENT_STATE_UNSPECIFIED,
                                                       intake::ConsentEvent::kRevoke);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->reason, "ILLEGAL_TRANSITION");
  EXPECT_EQ(
      intake::ConsentLife().After(intake::v1::CONSENT_STATE_REVOKED, intake::ConsentEvent::kTime),
      intake::v1::CONSENT_STATE_REVOKED)
      << "nothing comes of it";
}

}  // namespace
}  // namespace rapport::admin
