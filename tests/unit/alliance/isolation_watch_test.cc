// Isolation in the family monitor: what explains what is seen, and what nothing explains.
#include "alliance/family_history.h"
#include "alliance/signals/codes.h"
#include "alliance/signals/signal_message.h"
#include "unit/alliance/alliance_fixture.h"
#include "unit/alliance/monitor_story.h"

namespace rapport::alliance::testing {
namespace {

TEST(IsolationWatch, AYoungAgeExplainsSilence) {
  Story story;
  for (int t = 0; t < 5; ++t) {
    story.Session({"member-0"});
    story.facts().members[0].presence = Presence::kAbsent;
    story.facts().members[0].no_form_for_age = true;
    story.End();
    EXPECT_EQ(story.Of(v1::SIGNAL_KIND_ISOLATION).kind, v1::SIGNAL_KIND_UNSPECIFIED);
  }
}

TEST(IsolationWatch, ASeparationExplainsAbsenceSilenceInNotesAndTheDistanceToTheOthers) {
  Story story;
  for (int t = 0; t < 8; ++t) {
    story.Session({"member-0", "member-1"});
    MemberPresence& apart = story.facts().members[0];
    apart.separate_by_plan = true;
    apart.note_signed = true;  // which says nothing of them
    if (t % 2 == 0) apart.presence = t % 4 == 0 ? Presence::kAbsent : Presence::kLeftOut;
    story.RateAll("member-1", 9);
    story.Rate("member-1", v1::CONTENT_ROOM, 9);
    if (t % 2 == 1) {
      story.RateAll("member-0", 4.5);
      story.Rate("member-0", v1::CONTENT_ROOM, 4);
    }
    story.End();
    EXPECT_FALSE(story.Of(v1::SIGNAL_KIND_ISOLATION).open) << t;
  }
}

// Domain 8.7 suppresses for what the plan explains. What they say themselves it does not.
TEST(IsolationWatch, WhoIsKeptApartIsHeardWhenTheySayThatThereIsNoRoomForThem) {
  Story story;
  for (int t = 0; t < 2; ++t) {
    story.Session({"member-0"});
    story.facts().whole_family = false;
    story.facts().members[0].separate_by_plan = true;
    story.RateAll("member-0", 7);
    story.Rate("member-0", v1::CONTENT_ROOM, 1);
    story.End();
  }
  EXPECT_TRUE(story.Of(v1::SIGNAL_KIND_ISOLATION).raised);
}

TEST(IsolationWatch, WhoIsKeptApartIsSeenWhenTheyStopAnswering) {
  Story story;
  for (int t = 0; t < 5; ++t) {
    story.Session({"member-0"});
    story.facts().whole_family = false;
    story.facts().members[0].separate_by_plan = true;
    story.facts().members[0].asked_but_did_not_rate = t > 0;
    if (t == 0) story.RateAll("member-0", 7);
    story.End();
  }
  EXPECT_TRUE(story.Of(v1::SIGNAL_KIND_ISOLATION).open);
}

// A form that gives a total alone, with a cut-off of 36 of 40.
TEST(IsolationWatch, WhoIsBelowACutoffAloneIsNoSignalByThatAndOneSaysSo) {
  Story story;
  story.Session({"member-0", "member-1"});
  for (const auto& [member, total] : {std::pair("member-0", 30.0), std::pair("member-1", 38.0)}) {
    story.facts().observations.push_back({.rater = member,
                                          .target = kHelper,
                                          .content = v1::CONTENT_ALLIANCE,
                                          .interpersonal = v1::INTERPERSONAL_SELF,
                                          .value = total,
                                          .highest = 40,
                                          .sd = 6,
                                          .standard_error = 2,
                                          .instrument = "instruments/total.1",
                                          .cutoff = 36});
  }
  story.End();
  Assessment low = story.Of(v1::SIGNAL_KIND_ISOLATION);
  EXPECT_FALSE(low.open) << "of many forms half of all quiet raters are, now and then";
  low.open = true;
  low.evidence = v1::EVIDENCE_WEAK;
  const v1::Signal signal = SignalOf(low, story.facts(), WhoIsLow::kAnyone, 0);
  EXPECT_EQ(signal.level(), v1::SIGNAL_LEVEL_WATCH);
  EXPECT_THAT(signal.summary(),
              ::testing::HasSubstr("30.0 is beyond the form's cut-off (36.0), and nobody else is"));
  EXPECT_THAT(signal.summary(), ::testing::Not(::testing::HasSubstr("fell")));
}

// A rupture explains the same fall, and takes isolation's posterior; it is asked all the same.
TEST(IsolationWatch, TrustFarBelowTheirOwnIsReasonEnoughWhileNobodyElsesFell) {
  Story story;
  for (int t = 0; t < 6; ++t) {
    story.Session({"member-0", "member-1"});
    story.RateAll("member-0", t < 5 ? 7.5 + Wobble(t) : 2.5);
    story.RateAll("member-1", 7.5 + Wobble(t + 1));
    story.End();
  }
  const Assessment& fell = story.Of(v1::SIGNAL_KIND_ISOLATION);
  EXPECT_TRUE(fell.raised);
  EXPECT_EQ(LevelOf(fell), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_FALSE(story.Of(v1::SIGNAL_KIND_ISOLATION, "member-1").open);
}

// What comes by chance in quiet families too is weighed, and what the member says is not.
TEST(IsolationWatch, AnAbsenceIsWeighedByTheFamilysOwnCustom) {
  const auto last = [](bool often) {
    Story story;
    for (int t = 0; t < 24; ++t) {
      story.Session({"member-0", "member-1", "member-2"});
      for (int member = 0; member < 3; ++member) {
        const bool now = t >= 21 && member == 0;
        const bool away = now || (often && t < 21 && (t + member) % 2 == 0);
        const std::string name = "member-" + std::to_string(member);
        if (away) story.facts().members[member].presence = Presence::kAbsent;
        if (!away) story.RateAll(name, 7.5 + Wobble(t + member));
      }
      story.End();
    }
    return story.Of(v1::SIGNAL_KIND_ISOLATION);
  };
  const auto fired = [](const Assessment& one) {
    return std::ranges::any_of(one.tests, [](const SingleTest& test) {
      return test.code == codes::kAbsent && test.outcome == v1::TEST_OUTCOME_FIRED;
    });
  };
  const Assessment seldom = last(false), often = last(true);
  EXPECT_TRUE(fired(seldom) && fired(often));
  EXPECT_TRUE(seldom.open) << seldom.posterior;
  EXPECT_EQ(LevelOf(seldom), v1::SIGNAL_LEVEL_ALERT);
  EXPECT_FALSE(often.open) << often.posterior;
}

// What a session was does not change with what is arranged later.
class SeparationServiceTest : public AllianceTest {};

TEST_F(SeparationServiceTest, ASeparationExplainsTheSessionsFromThenOn) {
  FamilyFile file;
  file.id = family_;
  for (int i = 1; i <= 2; ++i) {
    store_.clock.Advance(std::chrono::hours(24 * 7));
    StoredSession& session = file.sessions.emplace_back();
    session.record.id = support::TestId("session-" + std::to_string(i));
    *session.message.mutable_held() = Held(session.record.id, {mother_});
    session.record.sort_us = session.message.held().started_us();
    if (i == 1) facts_.separated = {{mother_, father_, store_.clock.NowMicros() + kDay}};
  }
  const FileView view{file, facts_, shelf_, names_, store_.clock.NowMicros()};
  std::vector<bool> apart;
  for (const SessionFacts& session : HistoryOf(view)) {
    for (const MemberPresence& one : session.members) {
      if (one.member == names_.Member(family_, father_)) apart.push_back(one.separate_by_plan);
    }
  }
  EXPECT_THAT(apart, ::testing::ElementsAre(false, true));
}

TEST_F(SeparationServiceTest, WhoJoinsAfterASessionOfTheSameDayWasNoPartOfIt) {
  FamilyFile file;
  file.id = family_;
  StoredSession& session = file.sessions.emplace_back();
  session.record.id = support::TestId("session-1");
  *session.message.mutable_held() = Held(session.record.id, {mother_, father_});
  session.record.sort_us = session.message.held().started_us();
  auto& attendees = *session.message.mutable_held()->mutable_attendees();
  attendees.erase(std::remove_if(attendees.begin(), attendees.end(),
                                 [&](const auto& one) { return one.person() == child_; }),
                  attendees.end());
  facts_.members[2].period = {store_.clock.NowMicros() + 60'000'000, 0};
  const FileView view{file, facts_, shelf_, names_, store_.clock.NowMicros() + kHour};
  const std::vector<SessionFacts> history = HistoryOf(view);
  for (const MemberPresence& one : history.at(0).members) {
    EXPECT_NE(one.member, names_.Member(family_, child_));
  }
}

}  // namespace
}  // namespace rapport::alliance::testing
