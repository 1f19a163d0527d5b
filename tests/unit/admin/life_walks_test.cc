// Random walks of what has a state by rule: whatever happens in whatever order, the rules say what
// a model says that was written down apart from their tables, refusals and their reasons too.
#include "alliance/invitation_rules.h"
#include "intake/break_glass_rules.h"
#include "intake/consent_rules.h"
#include "intake/membership_rules.h"
#include "intake/record_request_rules.h"
#include "intake/retention_rules.h"
#include "intake/secrets_rules.h"
#include "intake/supervision_rules.h"
#include "notes/note_opening_rules.h"
#include "unit/intake/family_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace rapport::admin {
namespace {

constexpr std::int64_t kDay = 24ll * 3'600 * 1'000'000;
constexpr int kWalks = 500;

class LifeWalks : public testing::Test {
 protected:
  std::int64_t Below(std::int64_t end) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(end));
  }
  template <typename M>
  static std::string Reason(const M& life, typename M::State state, typename M::Event event) {
    const auto refusal = life.RefusalOf(state, event);
    return refusal ? std::string(refusal->reason) : "";
  }

  const unsigned seed_ = std::random_device{}();
  const testing::ScopedTrace trace_{__FILE__, __LINE__, seed_};
  std::mt19937 random_{seed_};
};

TEST_F(LifeWalks, OfConsents) {
  namespace v1 = intake::v1;
  for (int walk = 0; walk < kWalks; ++walk) {
    const v1::Member mother = intake::MemberBorn("mother", 1990, 1, 1);
    std::int64_t now = intake::kNow;
    v1::Consent consent = intake::ConsentOf("mother", v1::CONSENT_PURPOSE_TREATMENT);
    const std::int64_t expires = Below(2) == 0 ? now + Below(60) * kDay : 0;
    if (expires != 0) *consent.mutable_expire_time() = intake::At(expires);
    bool revoked = false;
    for (int step = 0; step < 6; ++step) {
      now += Below(20) * kDay;
      const bool over = expires != 0 && now >= expires;
      const std::string state = revoked ? "REVOKED" : over ? "EXPIRED" : "IN_FORCE";
      const auto is = intake::StateAt(consent, &mother, now, absl::UTCTimeZone());
      ASSERT_EQ(intake::ConsentLife().NameOf(is), state);
      if (Below(4) != 0) continue;
      const std::string reason = Reason(intake::ConsentLife(), is, intake::ConsentEvent::kRevoke);
      ASSERT_EQ(reason, revoked || over ? "CONSENT_ENDED" : "");
      if (!reason.empty()) continue;
      *consent.mutable_revoke_time() = intake::At(now);
      revoked = true;
    }
  }
}

TEST_F(LifeWalks, OfBreakGlass) {
  namespace v1 = intake::v1;
  using E = intake::BreakGlassEvent;
  constexpr std::int64_t kMinute = 60'000'000;
  for (int walk = 0; walk < kWalks; ++walk) {
    std::int64_t now = intake::kNow;
    v1::BreakGlass grant;
    *grant.mutable_create_time() = intake::At(now);
    const std::int64_t expires = now + (1 + Below(60)) * kMinute;
    *grant.mutable_expire_time() = intake::At(expires);
    bool ended = false, reviewed = false;
    for (int step = 0; step < 10; ++step) {
      now += Below(20) * kMinute;
      const bool open = !ended && now < expires;
      const auto is = intake::StateAt(grant, now);
      ASSERT_EQ(intake::BreakGlassLife().NameOf(is), open       ? "IN_FORCE"
                                                     : reviewed ? "REVIEWED"
                                                                : "REVIEW_DUE");
      if (Below(2) == 0) {
        const std::string reason = Reason(intake::BreakGlassLife(), is, E::kEnd);
        ASSERT_EQ(reason, open ? "" : "ALREADY_ENDED");
        if (!reason.empty()) continue;
        ended = true;
        *grant.mutable_end_time() = intake::At(now);
      } else {
        const std::string reason = Reason(intake::BreakGlassLife(), is, E::kReview);
        ASSERT_EQ(reason, open ? "BREAK_GLASS_IN_FORCE" : reviewed ? "ALREADY_REVIEWED" : "");
        if (!reason.empty()) continue;
        reviewed = true;
        *grant.mutable_review_time() = intake::At(now);
      }
    }
  }
}

TEST_F(LifeWalks, OfRecordRequests) {
  namespace v1 = intake::v1;
  using E = intake::RecordRequestEvent;
  for (int walk = 0; walk < kWalks; ++walk) {
    std::int64_t now = intake::kNow;
    v1::RecordRequest request;
    request.set_kind(static_cast<v1::RecordRequestKind>(1 + Below(3)));
    *request.mutable_receive_time() = intake::At(now);
    // As the law says: 30, 60 and 30 days; the first two may be put off by 30 once.
    std::int64_t due = now + (request.kind() == v1::RECORD_REQUEST_KIND_AMENDMENT ? 60 : 30) * kDay;
    const bool knows_more = request.kind() != v1::RECORD_REQUEST_KIND_RESTRICTION;
    bool decided = false, refused = false, extended = false, disagreed = false;
    for (int step = 0; step < 12; ++step) {
      now += Below(12) * kDay;
      const bool late = now >= due;
      const auto is = intake::StateAt(request, now);
      ASSERT_EQ(intake::RecordRequestLife().NameOf(is), decided ? "DECIDED"
                                                        : late  ? "OVERDUE"
                                                                : "OPEN");
      switch (Below(3)) {
        case 0: {
          const std::string reason = Reason(intake::RecordRequestLife(), is, E::kExtend);
          ASSERT_EQ(reason, decided ? "REQUEST_DECIDED" : late ? "EXTENSION_NOT_POSSIBLE" : "");
          if (!reason.empty()) break;
          const bool may = intake::WhyNotExtended(request, now).empty();
          ASSERT_EQ(may, knows_more && !extended);
          if (!may) break;
          extended = true;
          due += 30 * kDay;
          request.set_extension_reason("the record is elsewhere");
          break;
        }
        case 1: {
          if (Below(3) != 0) break;
          const std::string reason = Reason(intake::RecordRequestLife(), is, E::kDecide);
          ASSERT_EQ(reason, decided ? "REQUEST_DECIDED" : "");
          if (!reason.empty()) break;
          decided = true;
          refused = Below(2) == 0;
          request.mutable_decision()->set_outcome(refused ? v1::RECORD_DECISION_OUTCOME_REFUSED
                                                          : v1::RECORD_DECISION_OUTCOME_GRANTED);
          break;
        }
        default: {
          const std::string reason = Reason(intake::RecordRequestLife(), is, E::kDisagree);
          ASSERT_EQ(reason, decided ? "" : "STATEMENT_NOT_POSSIBLE");
          const bool may = intake::WhyNoStatement(request).empty();
          ASSERT_EQ(may, decided && refused && !disagreed &&
                             request.kind() == v1::RECORD_REQUEST_KIND_AMENDMENT);
          if (!may) break;
          disagreed = true;
          request.set_statement_of_disagreement("it was otherwise");
        }
      }
    }
  }
}

TEST_F(LifeWalks, OfErasures) {
  namespace v1 = intake::v1;
  using E = intake::ErasureEvent;
  const std::set<std::string> services = {"intake", "notes", "goals"};
  for (int walk = 0; walk < kWalks; ++walk) {
    const intake::ErasureMachine& life = intake::ErasureLife();
    std::int64_t now = intake::kNow;
    std::int64_t asked = now;
    v1::Erasure erasure;
    const auto request = [&] {
      erasure.Clear();
      erasure.set_state(life.After(v1::ERASURE_STATE_UNSPECIFIED, E::kRequest));
      *erasure.mutable_approve_by_time() = intake::At(now + intake::kApprovalWithinUs);
      asked = now;
    };
    request();
    bool approved = false, withdrawn = false;
    std::set<std::string> done;
    for (int step = 0; step < 16; ++step) {
      now += Below(12) * kDay;
      const bool all = done == services;
      const bool lapsed = !approved && !withdrawn && now >= asked + 30 * kDay;
      const auto is = intake::StateAt(erasure, now);
      ASSERT_EQ(life.NameOf(is), all         ? "DONE"
                                 : approved  ? "APPROVED"
                                 : withdrawn ? "WITHDRAWN"
                                 : lapsed    ? "LAPSED"
                                             : "REQUESTED");
      switch (Below(4)) {
        case 0: {
          const std::string reason = Reason(life, is, E::kRequest);
          ASSERT_EQ(reason, lapsed || withdrawn ? "" : "ERASURE_PENDING");
          if (!reason.empty()) break;
          request();
          withdrawn = false;
          break;
        }
        case 1: {
          if (Below(3) != 0) break;
          const std::string reason = Reason(life, is, E::kApprove);
          ASSERT_EQ(reason, lapsed || approved || withdrawn ? "ERASURE_NOT_PENDING" : "");
          if (!reason.empty()) break;
          approved = true;
          erasure.set_state(life.After(is, E::kApprove));
          for (const std::string& service : services) erasure.add_services()->set_service(service);
          break;
        }
        case 2: {
          if (Below(3) != 0) break;
          const std::string reason = Reason(life, is, E::kWithdraw);
          ASSERT_EQ(reason, approved              ? "ERASURE_BEGUN"
                            : lapsed || withdrawn ? "ERASURE_NOT_PENDING"
                                                  : "");
          if (!reason.empty()) break;
          withdrawn = true;
          erasure.set_state(life.After(is, E::kWithdraw));
          break;
        }
        default: {
          const std::string service = *std::next(services.begin(), Below(3));
          const bool noted = intake::NoteDone(service, now, &erasure);
          ASSERT_EQ(noted, approved && !done.contains(service));
          if (approved) done.insert(service);
        }
      }
    }
  }
}

// A policy is in force while every adult who attends has signed it, since the last of them did or
// the last who had not left; another takes its place once that is, or at once if it never was.
TEST_F(LifeWalks, OfSecretsPolicies) {
  namespace v1 = intake::v1;
  for (int walk = 0; walk < kWalks; ++walk) {
    intake::CaseFile file;
    std::int64_t now = intake::kNow;
    std::set<std::string> here;
    std::vector<std::set<std::string>> signed_by;
    int current = -1;
    const auto settle = [&] {
      const int newest = static_cast<int>(signed_by.size()) - 1;
      if (newest > current && !signed_by[newest].empty() &&
          std::ranges::includes(signed_by[newest], here)) {
        current = newest;
      }
    };
    const auto adult = [&](const std::string& name) {
      v1::Member member = intake::MemberBorn(name, 1990, 1, 1);
      *member.mutable_periods(0)->mutable_start_time() = intake::At(now);
      file.members.push_back(member);
      here.insert(name);
    };
    adult("a");
    for (int step = 0; step < 20; ++step) {
      now += 3'600'000'000;
      const std::string who(1, static_cast<char>('a' + Below(3)));
      const auto known = std::ranges::find(file.members, who, &v1::Member::name);
      switch (Below(5)) {
        case 0:
          if (known == file.members.end()) {
            adult(who);
          } else if (!here.contains(who)) {
            *known->add_periods()->mutable_start_time() = intake::At(now);
            here.insert(who);
          }
          break;
        case 1:
          if (!here.contains(who) || here.size() == 1) break;
          *known->mutable_periods(known->periods_size() - 1)->mutable_end_time() = intake::At(now);
          here.erase(who);
          break;
        case 2:
          if (Below(3) != 0) break;
          // As the service does it when another is chosen.
          if (!file.policies.empty()) {
            if (const auto since_us = intake::InForceSinceUs(file.policies.back(), file)) {
              *file.policies.back().mutable_in_force_time() = intake::At(*since_us);
            }
          }
          file.policies.emplace_back().set_name(std::to_string(signed_by.size()));
          signed_by.emplace_back();
          break;
        default: {
          if (signed_by.empty() || !here.contains(who)) break;
          const int which = static_cast<int>(Below(static_cast<std::int64_t>(signed_by.size())));
          v1::SecretsPolicy& policy = file.policies[which];
          const int newest = static_cast<int>(signed_by.size()) - 1;
          const std::string reason =
              Reason(intake::SecretsPolicyLife(), intake::StateAt(policy, file, now),
                     intake::SecretsPolicyEvent::kSign);
          ASSERT_EQ(reason, which == current || which == newest ? "" : "POLICY_SUPERSEDED");
          if (!reason.empty() || !signed_by[which].insert(who).second) break;
          auto* signature = policy.add_signatures();
          signature->set_member(who);
          *signature->mutable_sign_time() = intake::At(now);
          if (!policy.has_in_force_time() && intake::PendingSigners(policy, file, now).empty()) {
            *policy.mutable_in_force_time() = intake::At(now);
          }
        }
      }
      settle();
      for (int i = 0; i < static_cast<int>(signed_by.size()); ++i) {
        const bool last = i + 1 == static_cast<int>(signed_by.size());
        const bool all = std::ranges::includes(signed_by[i], here);
        const std::string expected = i == current          ? (all ? "IN_FORCE" : "PENDING")
                                     : i > current && last ? "PENDING"
                                                           : "SUPERSEDED";
        ASSERT_EQ(intake::SecretsPolicyLife().NameOf(intake::StateAt(file.policies[i], file, now)),
                  expected)
            << "policy " << i << " of " << signed_by.size() << ", walk " << walk << " step "
            << step;
      }
    }
  }
}

TEST_F(LifeWalks, OfMemberships) {
  namespace v1 = intake::v1;
  using E = intake::MembershipEvent;
  const intake::MembershipMachine& life = intake::MembershipLife();
  for (int walk = 0; walk < kWalks; ++walk) {
    std::int64_t now = intake::kNow;
    v1::Member member = intake::MemberBorn("a", 1990, 1, 1);
    const auto begin = [&](std::int64_t at_us) {
      *member.add_periods()->mutable_start_time() = intake::At(at_us);
    };
    const auto end = [&] {
      *member.mutable_periods()->rbegin()->mutable_end_time() = intake::At(now);
    };
    member.clear_periods();
    begin(now);
    bool here = true;
    for (int step = 0; step < 16; ++step) {
      now += 1 + Below(10) * kDay;
      const auto is = intake::MembershipStateAt(member, now);
      ASSERT_EQ(life.NameOf(is), here ? "BELONGS" : "LEFT");
      switch (Below(3)) {
        case 0: {
          const std::string reason = Reason(life, is, E::kEnd);
          ASSERT_EQ(reason, here ? "" : "ALREADY_ENDED");
          if (reason.empty()) end();
          here = false;
          break;
        }
        case 1: {
          const std::string reason = Reason(life, is, E::kResume);
          ASSERT_EQ(reason, here ? "ALREADY_MEMBER" : "");
          if (reason.empty()) begin(now);
          here = true;
          break;
        }
        default: {
          const std::int64_t times = Below(3);  // none, one that lasts, one that is over
          member.clear_periods();
          if (times > 0) begin(now - kDay);
          if (times > 1) end();
          here = times == 1;
          const auto corrected = life.After(is, here ? E::kCorrectToIn : E::kCorrectToOut);
          ASSERT_EQ(intake::MembershipStateAt(member, now), corrected);
        }
      }
    }
  }
}

// Of a member's codes the last one waits, for 14 days at most and until an account is linked.
TEST_F(LifeWalks, OfMemberInvites) {
  using E = intake::MemberInviteEvent;
  const intake::MemberInviteMachine& life = intake::MemberInviteLife();
  for (int walk = 0; walk < kWalks; ++walk) {
    internal::v1::StoredMember member;
    std::int64_t now = intake::kNow;
    std::int64_t until = 0;  // of the last code; 0: it is spent
    int codes = 0;
    for (int step = 0; step < 16; ++step) {
      now += Below(6) * kDay;
      for (int code = 1; code <= codes; ++code) {
        const auto is = intake::MemberInviteStateAt(member, std::to_string(code), now);
        const bool open = code == codes && until != 0;
        ASSERT_EQ(life.NameOf(is), !open ? "SPENT" : now < until ? "WAITS" : "EXPIRED");
        const bool good = open && now < until;
        ASSERT_EQ(Reason(life, is, E::kRedeemByAnother), good ? "INVITE_FOR_ANOTHER" : "NOT_FOUND");
        const std::string reason = Reason(life, is, E::kRedeem);
        ASSERT_EQ(reason, good ? "" : "NOT_FOUND");
        if (!reason.empty() || Below(3) != 0) continue;
        member.clear_invite_hash();  // as an account is linked, by a code or without
        until = 0;
      }
      if (Below(3) != 0) continue;
      member.set_invite_hash(std::to_string(++codes));
      until = now + 14 * kDay;
      member.set_invite_expires_us(until);
    }
  }
}

TEST_F(LifeWalks, OfSupervisions) {
  using E = intake::SupervisionEvent;
  for (int walk = 0; walk < kWalks; ++walk) {
    internal::v1::StoredProfessional supervisee;
    std::int64_t now = intake::kNow;
    bool goes_on = false;
    for (int step = 0; step < 12; ++step) {
      now += 1 + Below(10) * kDay;
      const std::string known = intake::InTheWay(supervisee, "sam", now);
      ASSERT_EQ(known, goes_on ? std::to_string(supervisee.supervisions_size()) : "");
      ASSERT_EQ(intake::InTheWay(supervisee, "tom", now), "") << "another supervisor";
      if (Below(2) == 0) {
        if (!known.empty()) continue;
        auto* one = supervisee.add_supervisions();
        one->set_id(std::to_string(supervisee.supervisions_size()));
        one->set_supervisor("sam");
        one->set_from_us(now);
        goes_on = true;
      } else if (supervisee.supervisions_size() > 0) {
        auto* last = supervisee.mutable_supervisions(supervisee.supervisions_size() - 1);
        const std::string reason = Reason(intake::SupervisionLife(),
                                          intake::SupervisionStateAt(last->to_us(), now), E::kEnd);
        ASSERT_EQ(reason, goes_on ? "" : "ALREADY_ENDED");
        if (reason.empty()) last->set_to_us(now);
        goes_on = false;
      }
    }
  }
}

TEST_F(LifeWalks, OfNoteOpenings) {
  namespace v1 = notes::v1;
  using E = notes::OpeningEvent;
  for (int walk = 0; walk < kWalks; ++walk) {
    std::int64_t now = intake::kNow;
    const std::int64_t proposed = now;
    std::int64_t approved = 0;
    v1::NoteOpening opening;
    opening.set_custodian("custodian");
    for (int step = 0; step < 10; ++step) {
      now += Below(8) * kDay;
      const bool over = approved == 0 ? now >= proposed + 30 * kDay : now >= approved + 7 * kDay;
      const auto is = notes::StateOfOpening(opening, proposed, now);
      ASSERT_EQ(notes::OpeningLife().NameOf(is), over            ? "OVER"
                                                 : approved == 0 ? "PROPOSED"
                                                                 : "OPEN");
      ASSERT_EQ(Reason(notes::OpeningLife(), is, E::kRead), over            ? "OPENING_OVER"
                                                            : approved == 0 ? "OPENING_NOT_APPROVED"
                                                                            : "");
      if (Below(3) != 0) continue;
      const bool own = Below(2) == 0;
      const auto refusal =
          notes::WhyNotApproved(opening, proposed, own ? "custodian" : "officer", now);
      ASSERT_EQ(refusal ? std::string(refusal->reason) : "", over            ? "OPENING_OVER"
                                                             : approved != 0 ? "OPENING_APPROVED"
                                                             : own           ? "OWN_PROPOSAL"
                                                                             : "");
      if (refusal) continue;
      approved = now;
      *opening.mutable_approve_time() = intake::At(now);
      *opening.mutable_until_time() = intake::At(now + notes::kOpeningLastsUs);
    }
  }
}

TEST_F(LifeWalks, OfRatingInvitations) {
  using E = alliance::InvitationEvent;
  for (int walk = 0; walk < kWalks; ++walk) {
    std::int64_t now = intake::kNow;
    internal::v1::StoredRatingInvitation invitation;
    const std::int64_t expires = now + (1 + Below(48)) * 3'600'000'000;
    invitation.set_expires_us(expires);
    bool used = false, replaced = false;
    for (int step = 0; step < 10; ++step) {
      now += Below(10) * 3'600'000'000;
      const auto is = alliance::StateOf(invitation, used, now);
      const bool good = !used && !replaced && now < expires;
      ASSERT_EQ(Reason(alliance::InvitationLife(), is, E::kFill), good ? "" : "INVITATION_USED");
      ASSERT_EQ(alliance::InvitationLife().NameOf(is), used       ? "USED"
                                                       : replaced ? "REPLACED"
                                                       : good     ? "GOOD"
                                                                  : "EXPIRED");
      if (good && Below(6) == 0) used = true;
      if (!used && Below(6) == 0) {
        replaced = true;
        invitation.set_superseded(true);
      }
    }
  }
}

}  // namespace
}  // namespace rapport::admin
