// The families are what the parameters say.
#include "bench/signals/family.h"

#include "bench/signals/at.h"
#include "bench/signals/course.h"
#include "bench/signals/test/worlds.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <set>

namespace rapport::bench {
namespace {

std::vector<Family> Many(const Parameters& p, int count) {
  std::vector<Family> families;
  Random random(p.seed, 7);
  for (int n = 0; n < count; ++n) families.push_back(Simulate(p, random));
  return families;
}

TEST(Simulate, TheSameSeedGivesTheSameFamiliesAndAnotherOneOthers) {
  const Parameters p = Small();
  Random one(5, 1), same(5, 1), other(5, 2);
  const Family a = Simulate(p, one), b = Simulate(p, same), c = Simulate(p, other);
  ASSERT_EQ(a.Sessions(), b.Sessions());
  EXPECT_EQ(a.sessions[0][0].raw, b.sessions[0][0].raw);
  EXPECT_NE(a.sessions[0][0].raw, c.sessions[0][0].raw);
}

TEST(Simulate, ValuesOnTheFormAreItsStepsBetweenItsEnds) {
  const Parameters p = Shipped("other.yaml");
  std::set<double> of_child;
  for (const Family& family : Many(p, 300)) {
    for (const auto& session : family.sessions) {
      for (std::size_t i = 0; i < session.size(); ++i) {
        const Form& form = *family.members[i].form;
        ASSERT_EQ(session[i].rated, !session[i].seen.empty());
        for (const double value : session[i].seen) {
          EXPECT_GE(value, form.lowest);
          EXPECT_LE(value, form.highest);
          const double steps = (value - form.lowest) / form.step;
          EXPECT_NEAR(steps, std::round(steps), 1e-9);
          if (&form == &p.pulse_child) of_child.insert(value);
        }
      }
    }
  }
  EXPECT_EQ(of_child, (std::set<double>{0, 2.5, 5, 7.5, 10}));
}

TEST(Simulate, FamilyMatesAreAlikeAsTheLevelsSay) {
  Parameters p = FirstSimulation();
  p.members = {0, 1};
  p.levels.family = 0.3;
  p.levels.rater = 0.4;
  p.hazard = {};
  double both = 0, own = 0;
  int count = 0;
  for (const Family& family : Many(p, 8000)) {
    if (!family.sessions[0][0].rated || !family.sessions[0][1].rated) continue;
    both += family.sessions[0][0].raw[0] * family.sessions[0][1].raw[0];
    own += std::pow(family.sessions[0][0].raw[0], 2);
    ++count;
  }
  EXPECT_NEAR(both / count, 0.3, 0.04);  // about 4 standard errors
  EXPECT_NEAR(own / count, 0.3 + 0.4 + 0.12, 0.05);
}

TEST(Simulate, AnEventMovesWhatItIsAboutByItsSizeAndNothingElse) {
  Parameters p = Small();
  p.days = {.family = 0, .rater = 0, .odd = 0, .odd_factor = 1};
  p.levels = {};
  for (Form* form : {&p.pulse_adult, &p.pulse_child, &p.srs_form}) {
    for (double& error : form->error) error = 1e-8;
    if (form->room_error > 0) form->room_error = 1e-8;
  }
  std::set<Kind> seen;
  for (const Family& family : Many(p, 400)) {
    if (family.event) seen.insert(family.event->kind);
    for (int t = 0; t < family.Sessions(); ++t) {
      for (int i = 0; i < family.Members(); ++i) {
        const MemberSession& session = family.sessions[At(t)][At(i)];
        const auto& constructs = family.members[At(i)].form->constructs;
        for (std::size_t k = 0; k < session.raw.size(); ++k) {
          const int helper = static_cast<int>(k / constructs.size());
          double fall = 0;
          if (family.event) {
            fall =
                family.event->size * family.event->shape->At(t - family.event->onset) *
                Loading(*family.event, p.split_rise, i, helper, constructs[k % constructs.size()]);
          }
          EXPECT_NEAR(session.raw[k], -fall, 1e-3);
        }
      }
    }
  }
  EXPECT_EQ(seen.size(), 4u) << "every kind of event happens";
}

TEST(Simulate, GapsAndEventsComeAsOftenAsTheParametersSay) {
  const Parameters p = Small();
  double attended = 0, could = 0, rated = 0, sessions_at_risk = 0, events = 0;
  for (const Family& family : Many(p, 6000)) {
    if (family.event && family.event->kind == Kind::kIsolation) continue;
    for (const auto& session : family.sessions) {
      for (const MemberSession& member : session) {
        could += family.Members() > 1;
        attended += family.Members() > 1 && member.attended;
        rated += family.Members() > 1 && member.rated;
      }
    }
  }
  EXPECT_NEAR(attended / could, 1 - p.gaps.absent, 0.005);
  EXPECT_NEAR(rated / attended, 1 - p.gaps.skipped, 0.005);
  Parameters single = p;
  single.members = {1};
  single.helpers = {1};
  single.no_event = 0;
  for (const Family& family : Many(single, 6000)) {
    const int last = family.event ? family.event->onset + 1 : family.Sessions();
    sessions_at_risk += last - (p.first_session - 1);
    events += family.event.has_value();
  }
  EXPECT_NEAR(events / sessions_at_risk, p.hazard[0] + p.hazard[1], 0.002);
}

TEST(Parameters, AFaultInTheFileIsNamed) {
  std::ifstream file(ParametersFile("default.yaml"));
  const std::string good((std::istreambuf_iterator<char>(file)), {});
  const auto refusal = [&](const std::string& what, const std::string& with) {
    std::string text = good;
    const std::size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    text.replace(at, what.size(), with);
    const std::string path = testing::TempDir() + "signals-parameters.yaml";
    std::ofstream(path) << text;
    return std::string(ReadParameters(path).status().message());
  };
  EXPECT_THAT(refusal("  srs: 0.35", "  srs: 1.35"),
              testing::HasSubstr("family.srs: lies outside"));
  EXPECT_THAT(refusal("  srs: 0.35 ", "  sms: 0.35 "),
              testing::HasSubstr("family.srs: is missing"));
  EXPECT_THAT(refusal("seed: 2", "weather: 1\nseed: 2"),
              testing::HasSubstr("weather: is not known"));
  EXPECT_THAT(refusal("[0.62, 0.28, 0.10]", "[0.62, 0.28]"),
              testing::HasSubstr("family.helpers: does not sum up to 1"));
  EXPECT_THAT(refusal("rupture_sudden: 0.010", "rupture_sudden: 0.049"),
              testing::HasSubstr("events: are so many"));
}

}  // namespace
}  // namespace rapport::bench
