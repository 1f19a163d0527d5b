// What is kept of a family between ratings changes no answer: on random families whose facts come
// in any order, early answers and late ones, the kept monitor says what the whole history says.
#include "alliance/kept_monitor.h"
#include "support/long.h"
#include "unit/alliance/simulated_family.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>

namespace rapport::alliance::testing {
namespace {

std::vector<Assessment> FromScratch(std::span<const SessionFacts> history) {
  const MonitorParameters parameters;
  FamilyMonitor monitor;
  std::vector<Assessment> assessments;
  for (const SessionFacts& session : history) {
    assessments = Advance(parameters, session, monitor);
  }
  return assessments;
}

bool SameTests(const std::vector<SingleTest>& a, const std::vector<SingleTest>& b) {
  return std::ranges::equal(a, b, [](const SingleTest& x, const SingleTest& y) {
    return std::tuple(x.code, x.content, x.outcome, x.value, x.threshold) ==
           std::tuple(y.code, y.content, y.outcome, y.value, y.threshold);
  });
}

// To the last bit.
bool Same(const std::vector<Assessment>& a, const std::vector<Assessment>& b) {
  return std::ranges::equal(a, b, [](const Assessment& x, const Assessment& y) {
    const auto fields = [](const Assessment& one) {
      return std::tuple(one.kind, one.member, one.target, one.content, one.interpersonal,
                        one.posterior, one.evidence, one.raised, one.open, one.since,
                        one.repair.result, one.repair.shape, one.depth, one.instrument,
                        one.provisional, one.rule_version, one.parameters_version);
    };
    return fields(x) == fields(y) && SameTests(x.tests, y.tests);
  });
}

TEST(KeptMonitor, SaysOnRandomFamiliesWhatTheWholeHistorySays) {
  const unsigned seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  Simulator simulator(seed);
  const int families = support::Long() ? 10'000 : 10;
  const double looks = support::Long() ? .02 : .1, compares = support::Long() ? .05 : .4;
  for (int i = 0; i < families; ++i) {
    const SimulatedFamily family = simulator.Family(simulator.Draw());
    KeptMonitor monitor;
    std::size_t unchanged = 0;  // sessions at the front since the last look
    std::vector<SessionFacts> told;
    std::vector<std::pair<std::size_t, Observation>> late;  // with its session
    const auto look = [&](double comparing) {
      const auto kept = monitor.Assess(MonitorParameters(), told, unchanged);
      unchanged = told.size();
      if (!simulator.Chance(comparing)) return;
      ASSERT_TRUE(Same(kept, FromScratch(told)))
          << "seed " << seed << ", family " << i << ", session " << told.size();
    };
    for (const SessionFacts& session : family.sessions) {
      told.push_back(session);
      const auto change = [&](std::size_t at) { unchanged = std::min(unchanged, at); };
      told.back().observations.clear();
      told.back().complete = false;
      for (const Observation& one : session.observations) {
        if (simulator.Chance(.05)) {
          late.emplace_back(told.size() - 1, one);
          continue;
        }
        told.back().observations.push_back(one);
        change(told.size() - 1);
        if (simulator.Chance(looks)) ASSERT_NO_FATAL_FAILURE(look(compares));
      }
      told.back().complete = true;
      change(told.size() - 1);
      ASSERT_NO_FATAL_FAILURE(look(compares));
      if (late.empty() || !simulator.Chance(.2)) continue;
      for (const auto& [at, one] : late) {
        told[at].observations.push_back(one);
        change(at);
      }
      late.clear();
      ASSERT_NO_FATAL_FAILURE(look(compares));
    }
    ASSERT_NO_FATAL_FAILURE(look(1));
  }
}

TEST(KeptMonitor, ADigestKnowsEveryFact) {
  SessionFacts facts;
  facts.observations.push_back({.rater = "a", .value = 1});
  facts.members.push_back({.member = "a"});
  facts.work.push_back({.member = "a"});
  facts.reported.push_back({.member = "a"});
  const std::uint64_t digest = DigestOf(facts, 1);
  EXPECT_EQ(DigestOf(facts, 1), digest);
  EXPECT_NE(DigestOf(facts, 2), digest);
  const auto changed = [&](auto change) {
    SessionFacts other = facts;
    change(other);
    return DigestOf(other, 1) != digest;
  };
  EXPECT_TRUE(changed([](SessionFacts& f) { f.time_us = 1; }));
  EXPECT_TRUE(changed([](SessionFacts& f) { f.whole_family = false; }));
  EXPECT_TRUE(changed([](SessionFacts& f) { f.complete = false; }));
  EXPECT_TRUE(changed([](SessionFacts& f) { f.observations[0].value = 2; }));
  EXPECT_TRUE(changed([](SessionFacts& f) { f.observations[0].standard_error = 1; }));
  EXPECT_TRUE(changed([](SessionFacts& f) { f.observations.clear(); }));
  EXPECT_TRUE(changed([](SessionFacts& f) { f.members[0].presence = Presence::kAbsent; }));
  EXPECT_TRUE(changed([](SessionFacts& f) { f.members[0].asked_but_did_not_rate = true; }));
  EXPECT_TRUE(changed([](SessionFacts& f) { f.members[0].form_waits = true; }));
  EXPECT_TRUE(changed([](SessionFacts& f) { f.work[0].homework_agreed = true; }));
  EXPECT_TRUE(changed([](SessionFacts& f) { f.reported[0].target = "b"; }));
}

TEST(KeptMonitor, OtherParametersBeginAnew) {
  Simulator simulator(7);
  const SimulatedFamily family = simulator.Family(simulator.Draw());
  MonitorParameters other;
  other.version = 2;
  KeptMonitor monitor;
  monitor.Assess(other, family.sessions, 0);
  EXPECT_TRUE(Same(monitor.Assess(MonitorParameters(), family.sessions, family.sessions.size()),
                   FromScratch(family.sessions)));
}

}  // namespace
}  // namespace rapport::alliance::testing
