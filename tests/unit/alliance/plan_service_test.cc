// Measure plans of families and the agency, what they make due, asking once after three skips, and
// the list that a service which reminds polls.
#include "unit/alliance/alliance_fixture.h"

#include "alliance/plan_rules.h"

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class PlanServiceA13 : public AllianceTest {
 protected:
  v1::MeasurePlan Plan(Call&& call) {
    v1::GetMeasurePlanRequest request;
    request.set_parent(names_.Family(family_));
    auto response = Run(std::move(call), &AllianceService::GetMeasurePlan, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->measure_plan() : v1::MeasurePlan();
  }
  // A call of no family.
  struct AgencyCall : Call {
    explicit AgencyCall(AllianceTest& test) : Call(test, "ida", Viewer::kAgency) {
      access.family.clear();
      access.facts.reset();
    }
  };
  AgencyCall OfTheAgency() { return AgencyCall(*this); }
  absl::StatusOr<v1::SetMeasurePlanResponse> Set(Call&& call, const v1::MeasurePlan& plan) {
    v1::SetMeasurePlanRequest request;
    request.set_parent("families/-");
    *request.mutable_measure_plan() = plan;
    request.set_etag(plan.etag());
    return Run(std::move(call), &AllianceService::SetMeasurePlan, request);
  }
  static v1::MeasurePlan OnlyAdults(v1::MeasurePlan plan) {
    plan.clear_rules();
    v1::MeasureRule& rule = *plan.add_rules();
    rule.set_instrument("instruments/pulse-adult.1");
    rule.set_rater(v1::PARTY_MEMBER);
    rule.set_every_sessions(1);
    return plan;
  }
  std::string Next(const std::vector<std::string>& present) {
    store_.clock.Advance(std::chrono::hours(24 * 7));
    return Hold(support::TestId("session-" + std::to_string(++sessions_)), present);
  }
  std::vector<std::string> Raters(const std::string& session) {
    std::vector<std::string> raters;
    for (const v1::RatingRequest& one : Requests(ByTherapist())) {
      if (one.session() == names_.Session(family_, session)) raters.push_back(one.rater());
    }
    return raters;
  }
  // The request of the mother about this session.
  v1::RatingRequest Mothers(const std::string& session) {
    for (v1::RatingRequest& one : Requests(ByMember(mother_))) {
      if (one.session() == names_.Session(family_, session)) return one;
    }
    ADD_FAILURE() << "none";
    return {};
  }
  v1::RatingForm Form(const v1::RatingRequest& request) {
    v1::GetRatingFormRequest get;
    get.set_rating_request(request.name());
    auto form = Run(ByMember(mother_), &AllianceService::GetRatingForm, get);
    EXPECT_TRUE(form.ok()) << form.status();
    return form.ok() ? form->rating_form() : v1::RatingForm();
  }
  absl::Status Skip(const v1::RatingRequest& request, bool stop_asking = false) {
    v1::SkipRatingRequestRequest skip;
    skip.set_rating_request(request.name());
    skip.set_etag(request.etag());
    skip.set_stop_asking(stop_asking);
    return Run(ByMember(mother_), &AllianceService::SkipRatingRequest, skip).status();
  }
  // Names of the requests that became due in [from, before) and wait, page by page.
  std::vector<std::string> Due(std::int64_t from_us, std::int64_t before_us, int page_size = 1) {
    v1::ListDueRatingRequestsRequest request;
    request.set_parent("families/-");
    *request.mutable_due_from_time() = schema::ToTimestamp(from_us);
    *request.mutable_due_before_time() = schema::ToTimestamp(before_us);
    request.set_page_size(page_size);
    std::vector<std::string> names;
    do {
      auto page = Run(OfTheAgency(), &AllianceService::ListDueRatingRequests, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return names;
      for (const auto& one : page->rating_requests()) names.push_back(one.name());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return names;
  }

  int sessions_ = 0;
};

TEST_F(PlanServiceA13, TheShippedPlanHoldsUntilAgencyOrFamilyHaveTheirOwn) {
  EXPECT_EQ(Plan(ByTherapist()).source(), v1::MEASURE_PLAN_SOURCE_SHIPPED);
  EXPECT_EQ(Plan(ByTherapist()).rules_size(), ShippedPlan().rules_size());
  const v1::MeasurePlan agencys = Plan(OfTheAgency());
  EXPECT_EQ(agencys.source(), v1::MEASURE_PLAN_SOURCE_SHIPPED);
  const auto set = Set(OfTheAgency(), OnlyAdults(agencys));
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->measure_plan().source(), v1::MEASURE_PLAN_SOURCE_AGENCY);
  EXPECT_EQ(set->measure_plan().SerializeAsString(), Plan(OfTheAgency()).SerializeAsString());
  EXPECT_EQ(Plan(ByTherapist()).source(), v1::MEASURE_PLAN_SOURCE_AGENCY);
  EXPECT_EQ(Plan(ByTherapist()).rules_size(), 1);

  v1::MeasurePlan own = Plan(ByTherapist());
  own.mutable_rules(0)->set_every_sessions(2);
  const auto familys = Set(ByTherapist(), own);
  ASSERT_TRUE(familys.ok()) << familys.status();
  EXPECT_EQ(familys->measure_plan().source(), v1::MEASURE_PLAN_SOURCE_FAMILY);
  EXPECT_EQ(familys->measure_plan().SerializeAsString(), Plan(ByTherapist()).SerializeAsString());

  own = familys->measure_plan();
  own.clear_rules();
  const auto back = Set(ByTherapist(), own);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->measure_plan().source(), v1::MEASURE_PLAN_SOURCE_AGENCY);
  EXPECT_EQ(back->measure_plan().SerializeAsString(), Plan(ByTherapist()).SerializeAsString());
}

TEST_F(PlanServiceA13, TheFamilysLevelOfNeedDecidesWhichFormsTheShippedPlanAsks) {
  const auto asked = [&](const std::string& session) {
    std::vector<std::string> forms;
    for (const v1::RatingRequest& one : Requests(ByTherapist())) {
      if (one.session() != names_.Session(family_, session)) continue;
      if (one.rater() == names_.Member(family_, mother_)) forms.push_back(one.instrument());
    }
    return forms;
  };
  EXPECT_THAT(asked(Next({mother_})), ElementsAre("instruments/pulse-adult.1"));
  facts_.level_of_need = 1;
  EXPECT_THAT(asked(Next({mother_})), ElementsAre("instruments/pulse-few.1"));
  EXPECT_EQ(Plan(ByTherapist()).rules_size(), ShippedPlan(1).rules_size());
  EXPECT_EQ(Plan(ByTherapist()).rules(1).instrument(), "instruments/pulse-few.1");
  const auto set = Set(OfTheAgency(), OnlyAdults(Plan(OfTheAgency())));
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(asked(Next({mother_})), ElementsAre("instruments/pulse-adult.1"))
      << "an agency's own plan says of its own rules for which levels they are";
}

TEST_F(PlanServiceA13, APlanDecidesWhatIsDueFromThenOn) {
  const std::string before = Next({mother_, child_});
  EXPECT_THAT(Raters(before),
              UnorderedElementsAre(names_.Member(family_, mother_), names_.Member(family_, child_),
                                   names_.Professional(therapist_)));
  ASSERT_TRUE(Set(ByTherapist(), OnlyAdults(Plan(ByTherapist()))).ok());
  EXPECT_THAT(Raters(before), SizeIs(3));
  EXPECT_THAT(Raters(Next({mother_, child_})), ElementsAre(names_.Member(family_, mother_)));
}

TEST_F(PlanServiceA13, AnInstrumentOfTheAgencysOwnCanBeDue) {
  v1::CreateInstrumentRequest create;
  *create.mutable_instrument() = testing::Shipped("pulse-adult");
  create.mutable_instrument()->set_code("ours");
  create.mutable_instrument()->clear_shipped();
  const auto created = Run(OfTheAgency(), &AllianceService::CreateInstrument, create);
  ASSERT_TRUE(created.ok()) << created.status();
  v1::MeasurePlan plan = OnlyAdults(Plan(ByTherapist()));
  plan.mutable_rules(0)->set_instrument("instruments/ours.1");
  ASSERT_TRUE(Set(ByTherapist(), plan).ok());
  const std::string session = Next({mother_});
  EXPECT_EQ(Mothers(session).instrument(), "instruments/ours.1");
  EXPECT_EQ(Form(Mothers(session)).parts_size(), 2);
}

TEST_F(PlanServiceA13, EachFormOfARaterIsARequestOfItsOwn) {
  v1::MeasurePlan plan = OnlyAdults(Plan(ByTherapist()));
  v1::CreateInstrumentRequest create;
  *create.mutable_instrument() = testing::Shipped("pulse-adult");
  create.mutable_instrument()->set_code("second");
  ASSERT_TRUE(Run(OfTheAgency(), &AllianceService::CreateInstrument, create).ok());
  *plan.add_rules() = plan.rules(0);
  plan.mutable_rules(1)->set_instrument("instruments/second.1");
  ASSERT_TRUE(Set(ByTherapist(), plan).ok());
  const std::string session = Next({mother_});
  ASSERT_THAT(Requests(ByMember(mother_)), SizeIs(2));
  ASSERT_TRUE(Rate(session, mother_, 70, 70).ok());
  // Attendance told again renews both and doubles neither.
  ASSERT_TRUE(Deliver(Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, 2,
                            Held(session, {mother_, father_}).SerializeAsString()))
                  .ok());
  std::map<std::string, v1::RatingRequestState> states;
  for (const auto& one : Requests(ByMember(mother_))) states[one.instrument()] = one.state();
  EXPECT_THAT(states, UnorderedElementsAre(
                          std::pair("instruments/pulse-adult.1", v1::RATING_REQUEST_STATE_DONE),
                          std::pair("instruments/second.1", v1::RATING_REQUEST_STATE_DUE)));
}

TEST_F(PlanServiceA13, EveryFaultOfAPlanIsRefusedAtOnce) {
  v1::MeasurePlan plan = OnlyAdults(Plan(ByTherapist()));
  plan.mutable_rules(0)->set_instrument("instruments/never.1");
  plan.add_not_asked("families/" + std::string(32, 'a') + "/members/" + std::string(32, 'b'));
  EXPECT_EQ(Set(ByTherapist(), plan).status().code(), absl::StatusCode::kInvalidArgument);
  plan = OnlyAdults(Plan(OfTheAgency()));
  plan.add_not_asked(names_.Member(family_, mother_));
  EXPECT_EQ(Set(OfTheAgency(), plan).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(PlanServiceA13, TheVersionThatWasSeenIsNeeded) {
  const v1::MeasurePlan seen = Plan(ByTherapist());
  ASSERT_TRUE(Set(ByTherapist(), OnlyAdults(seen)).ok());
  EXPECT_EQ(ReasonOf(Set(ByTherapist(), OnlyAdults(seen)).status()), "ETAG_MISMATCH");
  v1::MeasurePlan none = seen;
  none.clear_etag();
  EXPECT_EQ(ReasonOf(Set(ByTherapist(), none).status()), "ETAG_REQUIRED");
}

TEST_F(PlanServiceA13, AfterThreeSkipsTheRaterIsAskedOnceWhetherToGoOn) {
  for (int i = 0; i < 3; ++i) {
    const v1::RatingRequest request = Mothers(Next({mother_}));
    EXPECT_FALSE(Form(request).asks_whether_to_go_on());
    ASSERT_TRUE(Skip(Form(request).rating_request()).ok());
  }
  const v1::RatingRequest fourth = Mothers(Next({mother_}));
  EXPECT_TRUE(Form(fourth).asks_whether_to_go_on());
  EXPECT_TRUE(Form(fourth).asks_whether_to_go_on()) << "the same form, read again";
  ASSERT_TRUE(Skip(Mothers(names_.Read(schema::patterns::kSession, fourth.session())->id)).ok());
  for (int i = 0; i < 4; ++i) {
    const v1::RatingRequest later = Mothers(Next({mother_}));
    EXPECT_FALSE(Form(later).asks_whether_to_go_on()) << "once is once";
    ASSERT_TRUE(Skip(Form(later).rating_request()).ok());
  }
}

TEST_F(PlanServiceA13, AnAnswerBetweenMeansThatNobodyAsks) {
  for (int i = 0; i < 4; ++i) {
    const std::string session = Next({mother_});
    if (i == 2) {
      ASSERT_TRUE(Rate(session, mother_, 50, 50).ok());
    } else {
      ASSERT_TRUE(Skip(Mothers(session)).ok());
    }
  }
  EXPECT_FALSE(Form(Mothers(Next({mother_}))).asks_whether_to_go_on());
}

TEST_F(PlanServiceA13, WhoSaysNoIsAskedNothingUntilAHelperChangesItBack) {
  ASSERT_TRUE(Skip(Mothers(Next({mother_, father_})), /*stop_asking=*/true).ok());
  v1::MeasurePlan plan = Plan(ByTherapist());
  EXPECT_THAT(plan.not_asked(), ElementsAre(names_.Member(family_, mother_)));
  EXPECT_EQ(plan.source(), v1::MEASURE_PLAN_SOURCE_SHIPPED);
  EXPECT_THAT(
      Raters(Next({mother_, father_})),
      UnorderedElementsAre(names_.Member(family_, father_), names_.Professional(therapist_)));
  plan = Plan(ByTherapist());
  plan.clear_not_asked();
  plan.clear_rules();
  ASSERT_TRUE(Set(ByTherapist(), plan).ok());
  EXPECT_THAT(Raters(Next({mother_, father_})), SizeIs(3));
}

TEST_F(PlanServiceA13, AReminderServiceGetsEachWaitingRequestInOneWindow) {
  const std::int64_t start_us = store_.clock.NowMicros();
  std::vector<std::string> wanted;
  for (int i = 0; i < 4; ++i) {
    const std::string session = Next({mother_, father_});
    if (i == 1) ASSERT_TRUE(Rate(session, mother_, 50, 50).ok());
    if (i == 2) ASSERT_TRUE(Skip(Mothers(session)).ok());
    for (const v1::RatingRequest& one : Requests(ByTherapist())) {
      const bool waits = one.state() == v1::RATING_REQUEST_STATE_DUE;
      if (waits && one.session() == names_.Session(family_, session)) wanted.push_back(one.name());
    }
    std::vector<std::string> found =
        Due(store_.clock.NowMicros() - kDay, store_.clock.NowMicros() + 1);
    EXPECT_EQ(found.size(), i == 1 || i == 2 ? 2u : 3u);
    wanted.erase(std::remove_if(
                     wanted.begin(), wanted.end(),
                     [&](const auto& one) { return std::ranges::find(found, one) != found.end(); }),
                 wanted.end());
  }
  EXPECT_THAT(wanted, IsEmpty());
  // What has expired meanwhile needs no reminder.
  EXPECT_THAT(Due(start_us, store_.clock.NowMicros() + 1, 100), SizeIs(3));
}

// Notes may tell of a session late: windows over the session's end would miss it.
TEST_F(PlanServiceA13, ASessionThatIsToldLateIsStillInOneWindow) {
  internal::v1::SessionHeld held = Held(support::TestId("late"), {mother_});
  store_.clock.Advance(std::chrono::hours(48));
  const std::int64_t told_us = store_.clock.NowMicros();
  ASSERT_TRUE(
      Deliver(Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, 1, held.SerializeAsString()))
          .ok());
  EXPECT_THAT(Due(told_us - 3 * kDay, told_us), IsEmpty());
  EXPECT_THAT(Due(told_us, told_us + 1), SizeIs(2));
}

}  // namespace
}  // namespace rapport::alliance
