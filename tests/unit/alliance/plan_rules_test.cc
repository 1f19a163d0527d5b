// The measure plan: which form is due from whom about whom, by age, level of need, role and
// session.
#include "alliance/plan_rules.h"

#include "platform/base/strings.h"
#include "support/service_store.h"
#include "unit/alliance/builders.h"

#include <gmock/gmock.h>
#include <rapport/intake/v1/consent.pb.h>
#include <rapport/intake/v1/professional.pb.h>
#include <rapport/notes/v1/session.pb.h>

#include <deque>
#include <map>

namespace rapport::alliance {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::int64_t kNow = 1'930'000'000'000'000;  // 2031-02-27
constexpr std::int64_t kWeek = 7LL * 86'400'000'000;

// One family, any number of sessions a week apart.
class PlanRulesA13 : public ::testing::Test {
 protected:
  PlanRulesA13() {
    const auto shipped = LoadShippedInstruments();
    for (const v1::Instrument& one : *shipped) instruments_[one.name()] = one;
    plan_ = ShippedPlan();
    facts_.family = "family";
    Member("mother", 1985);
    Member("teen", 2016);   // 15
    Member("child", 2022);  // 9
    Member("baby", 2027);   // 4
    Helper("anna", intake::v1::THERAPIST_SYSTEM_ROLE_THERAPIST);
  }
  void Member(const std::string& id, int birth_year) {
    facts_.members.push_back({.member = id,
                              .direct = true,
                              .birth_year = birth_year,
                              .birth_month = birth_year == 0 ? 0 : 1,
                              .birth_day = birth_year == 0 ? 0 : 1,
                              .period = {1, 0}});
    facts_.consents.push_back({id, intake::v1::CONSENT_PURPOSE_RATINGS, {1, 0}});
  }
  void Helper(const std::string& id, intake::v1::TherapistSystemRole role, bool direct = true) {
    facts_.helpers.push_back(
        {.professional = id, .role = role, .direct = direct, .period = {1, 0}});
  }
  // The forms after the next session, which `people` attended.
  std::vector<DueForm> After(const std::vector<std::string>& people) {
    const internal::v1::SessionHeld& session = sessions_.emplace_back(Session(people));
    std::vector<DueForm> forms = Again(session);
    past_.push_back({&session, forms});
    return forms;
  }
  // The forms about a session that these attended, once the case was closed after it.
  std::vector<DueForm> AtEnd(const std::vector<std::string>& people) const {
    return Again(Session(people), /*at_end=*/true);
  }
  std::vector<DueForm> Again(const internal::v1::SessionHeld& session, bool at_end = false) const {
    return FormsFor({.session = session,
                     .facts = facts_,
                     .plan = plan_,
                     .not_asked = not_asked_,
                     .instrument =
                         [this](const std::string& name) {
                           const auto found = instruments_.find(name);
                           return found == instruments_.end() ? nullptr : &found->second;
                         },
                     .past = past_,
                     .now_us = kNow,
                     .at_end = at_end});
  }
  internal::v1::SessionHeld Session(const std::vector<std::string>& people) const {
    internal::v1::SessionHeld session;
    session.set_started_us(kNow + static_cast<std::int64_t>(sessions_.size()) * kWeek);
    session.set_ended_us(session.started_us() + 3'600'000'000);
    for (const std::string& person : people) {
      auto& attendee = *session.add_attendees();
      attendee.set_person(person);
      attendee.set_professional(
          std::ranges::find(facts_.helpers, person, &AccessFacts::Helper::professional) !=
          facts_.helpers.end());
      attendee.set_presence(notes::v1::PRESENCE_PRESENT);
    }
    return session;
  }
  // The agency has a licence.
  void Attest(const std::string& name) {
    auto& attestation = *instruments_[name].mutable_licence()->mutable_attestation();
    attestation.set_by("a made-up office");
  }
  // "mother pulse-adult.1: anna", in order.
  static std::vector<std::string> Words(const std::vector<DueForm>& forms) {
    std::vector<std::string> words;
    for (const DueForm& form : forms) {
      std::string word = Concat({form.rater.id, " ", form.instrument.substr(12), ":"});
      for (const Person& target : form.targets) word += " " + target.id;
      words.push_back(word);
    }
    return words;
  }
  v1::MeasureRule& Rule(const std::string& instrument, v1::Party rater, int every) {
    v1::MeasureRule& rule = *plan_.add_rules();
    rule.set_instrument(instrument);
    rule.set_rater(rater);
    rule.set_every_sessions(every);
    return rule;
  }

  std::map<std::string, v1::Instrument> instruments_;
  v1::MeasurePlan plan_;
  AccessFacts facts_;
  std::vector<std::string> not_asked_;
  std::deque<internal::v1::SessionHeld> sessions_;
  std::vector<PastSession> past_;
};

TEST(Observers, AreHelpersOfTheFamilyAndNobodyOfIt) {
  v1::Instrument form;
  form.add_raters(v1::PARTY_OBSERVER);
  EXPECT_TRUE(IsEligible(form, /*professional=*/true, kAgeUnknown));
  EXPECT_FALSE(IsEligible(form, /*professional=*/false, 30));
}

TEST_F(PlanRulesA13, ByDefaultEachAgeHasItsPulseAndTheYoungestHaveNone) {
  EXPECT_THAT(
      Words(After({"mother", "teen", "child", "baby", "anna"})),
      ElementsAre("mother pulse-adult.1: anna", "teen pulse-adult.1: anna",
                  "child pulse-child.1: anna", "anna pulse-therapist.1: mother teen child baby"));
}

TEST_F(PlanRulesA13, EveryRuleOfTheShippedPlanNamesAShippedInstrumentForItsRater) {
  EXPECT_EQ(
      FaultsOfRules(ShippedPlan(), [&](const std::string& name) { return &instruments_.at(name); }),
      std::vector<RatingFault>());
}

// domain.md 13.4: every four to six sessions what the agency has a licence for.
TEST_F(PlanRulesA13, WhatIsLicensedIsAskedEveryFifthSessionEachInItsOwn) {
  for (const char* name :
       {"instruments/wai-sr.1", "instruments/softa-s.1", "instruments/softa-s-therapist.1"}) {
    Attest(name);
  }
  std::map<std::string, std::vector<int>> asked;
  for (int session = 1; session <= 12; ++session) {
    for (const DueForm& form : After({"mother", "anna"})) {
      if (!form.instrument.starts_with("instruments/pulse")) {
        asked[form.rater.id + " " + form.instrument.substr(12)].push_back(session);
      }
    }
  }
  EXPECT_THAT(asked["mother wai-sr.1"], ElementsAre(5, 10));
  EXPECT_THAT(asked["mother softa-s.1"], ElementsAre(6, 11));
  EXPECT_THAT(asked["anna softa-s-therapist.1"], ElementsAre(5, 10));
}

TEST_F(PlanRulesA13, SomebodyWhoseAgeIsUnknownIsTakenForAnAdult) {
  Member("uncle", 0);
  EXPECT_THAT(Words(After({"uncle", "anna"})),
              ElementsAre("uncle pulse-adult.1: anna", "anna pulse-therapist.1: uncle"));
}

TEST_F(PlanRulesA13, NobodyIsAskedWithoutConsentOrAgainstTheirWish) {
  not_asked_ = {"teen"};
  facts_.consents.erase(facts_.consents.begin());  // the mother's
  EXPECT_THAT(
      Words(After({"mother", "teen", "child", "anna"})),
      ElementsAre("child pulse-child.1: anna", "anna pulse-therapist.1: mother teen child"));
}

TEST_F(PlanRulesA13, OnlyDirectHelpersWhoAttendedAreAskedAbout) {
  Helper("school", intake::v1::THERAPIST_SYSTEM_ROLE_SCHOOL, /*direct=*/false);
  Helper("bert", intake::v1::THERAPIST_SYSTEM_ROLE_CO_THERAPIST);
  EXPECT_THAT(Words(After({"mother", "anna", "school"})),
              ElementsAre("mother pulse-adult.1: anna", "anna pulse-therapist.1: mother"));
  EXPECT_THAT(Words(After({"mother"})), IsEmpty());
}

TEST_F(PlanRulesA13, ALicensedFormComesEveryFifthSessionOnceItsLicenceIsAttested) {
  const std::string wai = "mother wai-sr.1: anna";
  const auto asked = [&] {
    const auto words = Words(After({"mother", "anna"}));
    return std::ranges::find(words, wai) != words.end();
  };
  for (int session = 1; session <= 5; ++session) EXPECT_FALSE(asked()) << session;
  Attest("instruments/wai-sr.1");
  EXPECT_TRUE(asked());
  for (int session = 7; session <= 10; ++session) EXPECT_FALSE(asked()) << session;
  EXPECT_TRUE(asked());
}

TEST_F(PlanRulesA13, SessionsThatTheRaterMissedDoNotCount) {
  plan_.clear_rules();
  Rule("instruments/pulse-adult.1", v1::PARTY_MEMBER, 2);
  EXPECT_THAT(Words(After({"mother", "teen", "anna"})),
              ElementsAre("mother pulse-adult.1: anna", "teen pulse-adult.1: anna"));
  EXPECT_THAT(Words(After({"teen", "anna"})), IsEmpty());
  EXPECT_THAT(Words(After({"mother", "teen", "anna"})), ElementsAre("teen pulse-adult.1: anna"));
  EXPECT_THAT(Words(After({"mother", "teen", "anna"})), ElementsAre("mother pulse-adult.1: anna"));
}

TEST_F(PlanRulesA13, OnceMeansOnceFromTheFirstSessionThatIsNamed) {
  plan_.clear_rules();
  Rule("instruments/pulse-adult.1", v1::PARTY_MEMBER, 0).set_first_session(2);
  EXPECT_THAT(Words(After({"mother", "anna"})), IsEmpty());
  EXPECT_THAT(Words(After({"mother", "anna"})), ElementsAre("mother pulse-adult.1: anna"));
  EXPECT_THAT(Words(After({"mother", "anna"})), IsEmpty());
}

TEST_F(PlanRulesA13, RulesHoldForALevelOfNeed) {
  plan_.clear_rules();
  v1::MeasureRule& rule = Rule("instruments/pulse-adult.1", v1::PARTY_MEMBER, 1);
  rule.set_min_level_of_need(3);
  EXPECT_THAT(Words(After({"mother", "anna"})), IsEmpty());  // not assessed
  facts_.level_of_need = 2;
  EXPECT_THAT(Words(After({"mother", "anna"})), IsEmpty());
  facts_.level_of_need = 3;
  EXPECT_THAT(Words(After({"mother", "anna"})), ElementsAre("mother pulse-adult.1: anna"));
  rule.set_min_level_of_need(0);
  rule.set_max_level_of_need(2);
  EXPECT_THAT(Words(After({"mother", "anna"})), IsEmpty());
  facts_.level_of_need = 0;
  EXPECT_THAT(Words(After({"mother", "anna"})), IsEmpty());
}

// domain.md 9, row "Rating burden"; what intake calls the level's measure set.
TEST_F(PlanRulesA13, TheShippedPlanAsksMoreTheHigherTheLevelOfNeed) {
  const auto forms_at = [&](int level) {
    std::vector<std::string> forms;
    for (const v1::MeasureRule& rule : ShippedPlan(level).rules()) {
      const bool each = rule.occasion() == v1::MEASURE_OCCASION_UNSPECIFIED;
      if (rule.rater() == v1::PARTY_MEMBER && each) forms.push_back(rule.instrument().substr(12));
    }
    return forms;
  };
  EXPECT_THAT(forms_at(1), ElementsAre("pulse-child-few.1", "pulse-few.1"));
  EXPECT_THAT(forms_at(2), ElementsAre("pulse-child.1", "pulse-adult.1"));
  EXPECT_THAT(forms_at(3), ElementsAre("pulse-child.1", "pulse-adult.1", "wai-sr.1"));
  EXPECT_THAT(forms_at(4), ElementsAre("pulse-child.1", "pulse-adult.1", "wai-sr.1", "softa-s.1"));
  EXPECT_EQ(forms_at(0), forms_at(4)) << "not assessed";
  for (const char* few : {"instruments/pulse-child-few.1", "instruments/pulse-few.1"}) {
    EXPECT_LE(instruments_.at(few).items_size(), 4) << few;
  }
  for (const int level : {1, 2, 3, 4}) {
    EXPECT_THAT(FaultsOfRules(ShippedPlan(level),
                              [&](const std::string& name) { return &instruments_.at(name); }),
                IsEmpty());
  }
  facts_.level_of_need = 1;
  plan_ = ShippedPlan(1);
  EXPECT_THAT(Words(After({"mother", "child", "anna"})),
              ElementsAre("mother pulse-few.1: anna", "child pulse-child-few.1: anna",
                          "anna pulse-therapist.1: mother child"));
}

// domain.md 13.4, column "Start/end": how the family is doing, from adults. Nobody's words are
// asked with but one's own.
TEST_F(PlanRulesA13, AdultsAreAskedHowTheFamilyIsDoingWhereTheyBeginOnceTheAgencyHasTheWording) {
  const std::vector<std::string> people = {"mother", "teen", "child", "anna"};
  EXPECT_THAT(Words(After(people)), Not(Contains("mother score-15.1:")));
  Attest("instruments/score-15.1");
  const auto second = After(people);
  EXPECT_THAT(Words(second), ElementsAre("mother pulse-few.1: anna", "mother score-15.1:",
                                         "teen pulse-adult.1: anna", "child pulse-child.1: anna",
                                         "anna pulse-therapist.1: mother teen child"));
  EXPECT_EQ(second[1].occasion, v1::MEASURE_OCCASION_START);
  EXPECT_EQ(second[0].occasion, v1::MEASURE_OCCASION_UNSPECIFIED);
  for (int session = 3; session < 9; ++session) {
    const auto words = Words(After(people));
    EXPECT_THAT(words, Not(Contains("mother score-15.1:"))) << session;
    EXPECT_THAT(words, Contains("mother pulse-adult.1: anna")) << session;
  }
}

// The first session's pulse is what later ones are compared with: it is the whole one, alone.
TEST_F(PlanRulesA13, NobodyIsAskedHowTheFamilyIsDoingAfterTheirFirstSession) {
  Attest("instruments/score-15.1");
  EXPECT_THAT(Words(After({"mother", "anna"})),
              ElementsAre("mother pulse-adult.1: anna", "anna pulse-therapist.1: mother"));
  EXPECT_THAT(Words(After({"mother", "anna"})), Contains("mother score-15.1:"));
}

// A third one would take a slow reader over the 90 seconds.
TEST_F(PlanRulesA13, BesideTheFormOfTheStartTwoHelpersAreAskedAbout) {
  Attest("instruments/score-15.1");
  for (const char* name : {"bert", "cora"}) {
    Helper(name, intake::v1::THERAPIST_SYSTEM_ROLE_CO_THERAPIST);
  }
  const std::vector<std::string> people = {"mother", "anna", "bert", "cora"};
  After(people);
  const auto second = After(people);
  ASSERT_EQ(second[0].instrument, "instruments/pulse-few.1");
  EXPECT_EQ(second[0].targets.size(), 2u);
  EXPECT_THAT(Words(second), Contains("mother score-15.1:"));
}

// Who makes rules of their own said which form they mean.
TEST_F(PlanRulesA13, OnlyTheSuitesOwnPlanShortensThePulse) {
  plan_ = ShippedPlan();
  plan_.set_source(v1::MEASURE_PLAN_SOURCE_AGENCY);
  Attest("instruments/score-15.1");
  After({"mother", "anna"});
  EXPECT_THAT(Words(After({"mother", "anna"})), Contains("mother pulse-adult.1: anna"));
}

TEST_F(PlanRulesA13, WordingThatTheAgencyHadIsAskedWithNoMore) {
  Attest("instruments/score-15.1");
  auto& until = *instruments_["instruments/score-15.1"]
                     .mutable_licence()
                     ->mutable_attestation()
                     ->mutable_until();
  until.set_year(2031);
  until.set_month(2);
  until.set_day(26);
  EXPECT_THAT(Words(After({"mother", "anna"})), Not(Contains("mother score-15.1:")));
  until.set_day(28);
  EXPECT_THAT(Words(After({"mother", "anna"})), Contains("mother score-15.1:"));
}

TEST_F(PlanRulesA13, WhoComesLaterBeginsLater) {
  Attest("instruments/score-15.1");
  Member("father", 1983);
  After({"mother", "anna"});
  EXPECT_THAT(Words(After({"mother", "father", "anna"})), Contains("mother score-15.1:"));
  EXPECT_THAT(Words(After({"mother", "father", "anna"})), Contains("father score-15.1:"));
}

TEST_F(PlanRulesA13, AtTheEndOnlyWhatBelongsThereIsAskedOfWhoIsStillThere) {
  Attest("instruments/score-15.1");
  Member("father", 1983);
  Member("uncle", 1980);
  const std::vector<std::string> people = {"mother", "father", "uncle", "teen", "anna"};
  for (int session = 1; session <= 3; ++session) After(people);
  facts_.members[facts_.members.size() - 1].period.to_us = kNow;  // the uncle has left
  not_asked_ = {"father"};
  const auto at_end = AtEnd(people);
  EXPECT_THAT(Words(at_end), ElementsAre("mother score-15.1:"));
  EXPECT_EQ(at_end[0].occasion, v1::MEASURE_OCCASION_END);
}

TEST_F(PlanRulesA13, WhoComesBackAfterTheEndBeginsAnew) {
  Attest("instruments/score-15.1");
  After({"mother", "anna"});
  EXPECT_THAT(Words(After({"mother", "anna"})), Contains("mother score-15.1:"));
  EXPECT_THAT(Words(After({"mother", "anna"})), Not(Contains("mother score-15.1:")));
  past_.back().forms = AtEnd({"mother", "anna"});
  EXPECT_THAT(Words(After({"mother", "anna"})), Not(Contains("mother score-15.1:")));
  EXPECT_THAT(Words(After({"mother", "anna"})), Contains("mother score-15.1:"));
  EXPECT_THAT(Words(After({"mother", "anna"})), Not(Contains("mother score-15.1:")));
}

TEST_F(PlanRulesA13, StartAndEndAreInTheSuitesPlanButForThoseWhoAreAskedAloud) {
  for (const int level : {0, 1, 2, 3, 4}) {
    std::vector<v1::MeasureOccasion> occasions;
    for (const v1::MeasureRule& rule : ShippedPlan(level).rules()) {
      if (rule.instrument() == "instruments/score-15.1") occasions.push_back(rule.occasion());
    }
    if (level == 1) {
      EXPECT_THAT(occasions, IsEmpty());
    } else {
      EXPECT_THAT(occasions, ElementsAre(v1::MEASURE_OCCASION_START, v1::MEASURE_OCCASION_END));
    }
  }
}

TEST_F(PlanRulesA13, ARuleOfTheStartOrTheEndCountsNoSessions) {
  v1::MeasurePlan plan;
  *plan.add_rules() = Rule("instruments/pulse-adult.1", v1::PARTY_MEMBER, 0);
  const auto faults = [&] {
    std::vector<std::string> fields;
    for (const RatingFault& fault :
         FaultsOfRules(plan, [&](const std::string& name) { return &instruments_.at(name); })) {
      fields.push_back(fault.field);
    }
    return fields;
  };
  plan.mutable_rules(0)->set_occasion(v1::MEASURE_OCCASION_END);
  EXPECT_THAT(faults(), IsEmpty());
  plan.mutable_rules(0)->set_every_sessions(2);
  EXPECT_THAT(faults(), ElementsAre("rules[0].occasion"));
  plan.mutable_rules(0)->set_every_sessions(0);
  plan.mutable_rules(0)->set_first_session(1);
  EXPECT_THAT(faults(), ElementsAre("rules[0].occasion"));
}

TEST_F(PlanRulesA13, RulesHoldForRolesOfHelpers) {
  Helper("tess", intake::v1::THERAPIST_SYSTEM_ROLE_TRAINEE);
  plan_.clear_rules();
  Rule("instruments/pulse-adult.1", v1::PARTY_MEMBER, 1)
      .add_helper_roles(intake::v1::THERAPIST_SYSTEM_ROLE_TRAINEE);
  Rule("instruments/pulse-therapist.1", v1::PARTY_PROFESSIONAL, 1)
      .add_helper_roles(intake::v1::THERAPIST_SYSTEM_ROLE_THERAPIST);
  EXPECT_THAT(Words(After({"mother", "anna", "tess"})),
              ElementsAre("mother pulse-adult.1: tess", "anna pulse-therapist.1: mother"));
}

// The adult pulse asks 9 items of each helper and 3 once: with four helpers it would take 117 s.
TEST_F(PlanRulesA13, WhatDoesNotFitInto90SecondsIsAskedTheNextTime) {
  plan_.clear_rules();
  Rule("instruments/pulse-adult.1", v1::PARTY_MEMBER, 1);
  for (const char* name : {"bert", "cora", "dina"}) {
    Helper(name, intake::v1::THERAPIST_SYSTEM_ROLE_CO_THERAPIST);
  }
  const std::vector<std::string> people = {"mother", "anna", "bert", "cora", "dina"};
  EXPECT_THAT(Words(After(people)), ElementsAre("mother pulse-adult.1: anna bert cora"));
  EXPECT_THAT(Words(After(people)), ElementsAre("mother pulse-adult.1: anna bert dina"));
  EXPECT_THAT(Words(After(people)), ElementsAre("mother pulse-adult.1: anna cora dina"));
}

TEST_F(PlanRulesA13, ASecondFormTakesTheTimeOfTheOtherHelpers) {
  Helper("bert", intake::v1::THERAPIST_SYSTEM_ROLE_CO_THERAPIST);
  plan_.clear_rules();
  Rule("instruments/pulse-adult.1", v1::PARTY_MEMBER, 1);
  Rule("instruments/wai-sr.1", v1::PARTY_MEMBER, 1);  // 12 items: 36 s
  Attest("instruments/wai-sr.1");
  EXPECT_THAT(Words(After({"mother", "anna", "bert"})),
              ElementsAre("mother pulse-adult.1: anna", "mother wai-sr.1: anna"));
  EXPECT_THAT(Words(After({"mother", "anna", "bert"})),
              ElementsAre("mother pulse-adult.1: bert", "mother wai-sr.1: bert"));
}

TEST_F(PlanRulesA13, NoPlanEverAsksAMemberForMoreThan90SecondsButForOneForm) {
  for (const char* name : {"bert", "cora", "dina", "emil"}) {
    Helper(name, intake::v1::THERAPIST_SYSTEM_ROLE_CO_THERAPIST);
  }
  for (const auto& [name, instrument] : instruments_) Attest(name);
  for (const auto& [name, instrument] : instruments_) Rule(name, v1::PARTY_MEMBER, 1);
  const auto seconds = [&](const DueForm& form) {
    int sum = 0;
    for (const v1::Item& item : instruments_.at(form.instrument).items()) {
      sum += kSecondsPerAnswer *
             (item.asked() == v1::ASKED_ONCE ? 1 : static_cast<int>(form.targets.size()));
    }
    return sum;
  };
  for (int session = 0; session < 12; ++session) {
    std::map<std::string, std::pair<int, int>> asked;  // forms, seconds
    for (const DueForm& form :
         After({"mother", "teen", "child", "anna", "bert", "cora", "dina", "emil"})) {
      if (form.rater.professional) continue;
      ++asked[form.rater.id].first;
      asked[form.rater.id].second += seconds(form);
    }
    for (const auto& [rater, sum] : asked) {
      EXPECT_TRUE(sum.first == 1 || sum.second <= kBurdenSeconds) << rater << " " << sum.second;
    }
  }
}

TEST_F(PlanRulesA13, AHelperIsAskedAboutSixMembersAtMostAndAboutTheOthersNextTime) {
  std::vector<std::string> people = {"anna"};
  for (int i = 1; i <= 8; ++i) {
    people.push_back("m" + std::to_string(i));
    Member(people.back(), 1990);
  }
  plan_.clear_rules();
  Rule("instruments/pulse-therapist.1", v1::PARTY_PROFESSIONAL, 1);
  EXPECT_THAT(Words(After(people)), ElementsAre("anna pulse-therapist.1: m1 m2 m3 m4 m5 m6"));
  EXPECT_THAT(Words(After(people)), ElementsAre("anna pulse-therapist.1: m1 m2 m3 m4 m7 m8"));
}

TEST_F(PlanRulesA13, TheSameSessionToldAgainGivesTheSameForms) {
  Helper("bert", intake::v1::THERAPIST_SYSTEM_ROLE_CO_THERAPIST);
  After({"mother", "anna"});
  const internal::v1::SessionHeld session = Session({"mother", "teen", "anna", "bert"});
  EXPECT_EQ(Again(session), Again(session));
}

TEST_F(PlanRulesA13, EveryFaultOfAPlanIsNamed) {
  plan_.clear_rules();
  Rule("instruments/never.1", v1::PARTY_MEMBER, 1);
  Rule("instruments/pulse-therapist.1", v1::PARTY_MEMBER, 1);
  Rule("instruments/pulse-adult.1", v1::PARTY_FAMILY, 1);
  v1::MeasureRule& ages = Rule("instruments/pulse-adult.1", v1::PARTY_MEMBER, 1);
  ages.set_min_age_years(20);
  ages.set_max_age_years(10);
  ages.set_min_level_of_need(3);
  ages.set_max_level_of_need(1);
  std::vector<std::string> fields;
  for (const RatingFault& fault : FaultsOfRules(plan_, [&](const std::string& name) {
         const auto found = instruments_.find(name);
         return found == instruments_.end() ? nullptr : &found->second;
       })) {
    fields.push_back(fault.field);
  }
  EXPECT_THAT(fields, ElementsAre("rules[0].instrument", "rules[1].rater", "rules[2].rater",
                                  "rules[3].max_age_years", "rules[3].max_level_of_need"));
}

}  // namespace
}  // namespace rapport::alliance
