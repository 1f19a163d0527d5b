// Break-glass: what it opens, for how long, and that somebody looks at it afterwards.
#include "intake/break_glass_rules.h"
#include "intake_fixture.h"
#include "platform/rpc/authorise.h"
#include "platform/schema/errors.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <atomic>
#include <thread>

namespace rapport::intake {
namespace {

constexpr std::int64_t kMinuteUs = 60'000'000;
constexpr std::chrono::minutes kMinute{1};

class BreakGlassTest : public IntakeTest {
 protected:
  BreakGlassTest() {
    family_ = NewFamily().name();
    anna_ = NewProfessional("Anna Example", "anna").name();
    Join(family_, anna_);
    ben_ = NewProfessional("Ben Example", "ben").name();
  }

  // A call by somebody with that account; Olga is the privacy officer.
  struct ByCall : Call {
    ByCall(BreakGlassTest& test, const std::string& subject, Viewer viewer)
        : Call(test, subject, test.family_, viewer) {
      auto with_role = std::make_shared<Principal>(*principal);
      with_role->roles = {};
      with_role->roles.Add(subject == "olga" ? options::v1::ROLE_PRIVACY_OFFICER
                                             : options::v1::ROLE_CLINICIAN);
      principal = with_role;
    }
  };
  ByCall By(const std::string& subject, Viewer viewer) { return ByCall(*this, subject, viewer); }
  absl::StatusOr<v1::GrantBreakGlassResponse> TryGrant(const std::string& subject,
                                                       int minutes = 30) {
    v1::GrantBreakGlassRequest request;
    request.set_parent(family_);
    request.set_reason("somebody called the night line");
    request.set_minutes(minutes);
    return Run(By(subject, Viewer::kAgency), &IntakeService::GrantBreakGlass, request);
  }
  v1::BreakGlass GrantTo(const std::string& subject, int minutes = 30) {
    auto granted = TryGrant(subject, minutes);
    EXPECT_TRUE(granted.ok()) << granted.status();
    return granted->break_glass();
  }
  absl::StatusOr<v1::EndBreakGlassResponse> End(Call&& call, const v1::BreakGlass& grant) {
    v1::EndBreakGlassRequest request;
    request.set_name(grant.name());
    request.set_etag(grant.etag());
    return Run(std::move(call), &IntakeService::EndBreakGlass, request);
  }
  absl::StatusOr<v1::ReviewBreakGlassResponse> Review(
      const std::string& subject, const v1::BreakGlass& grant,
      v1::BreakGlassConclusion conclusion = v1::BREAK_GLASS_CONCLUSION_JUSTIFIED,
      const std::string& note = {}) {
    v1::ReviewBreakGlassRequest request;
    request.set_name(grant.name());
    request.set_etag(grant.etag());
    request.set_conclusion(conclusion);
    request.set_note(note);
    return Run(By(subject, Viewer::kAgency), &IntakeService::ReviewBreakGlass, request);
  }
  std::vector<std::string> List(const std::string& filter, const std::string& order_by = {},
                                bool whole_agency = true) {
    v1::ListBreakGlassRequest request;
    request.set_parent(whole_agency ? "families/-" : family_);
    request.set_filter(filter);
    request.set_order_by(order_by);
    request.set_page_size(2);
    std::vector<std::string> names;
    for (;;) {
      const auto page = Do(Call(*this, "olga", whole_agency ? "" : family_, Viewer::kAgency),
                           &IntakeService::ListBreakGlass, request);
      for (const auto& one : page.break_glass()) names.push_back(one.name());
      if (page.next_page_token().empty()) return names;
      request.set_page_token(page.next_page_token());
    }
  }
  // The one there is, as the privacy officer reads it.
  v1::BreakGlass Listed() {
    v1::ListBreakGlassRequest request;
    request.set_parent("families/-");
    const auto page =
        Do(Call(*this, "olga", "", Viewer::kAgency), &IntakeService::ListBreakGlass, request);
    EXPECT_EQ(page.break_glass_size(), 1);
    return page.break_glass_size() == 1 ? page.break_glass(0) : v1::BreakGlass();
  }
  // How the pipeline decides about a method of the care team.
  rpc::Decision Decide(const std::string& subject) {
    schema::MethodPolicy policy;
    policy.family = "name";
    policy.grants.emplace_back();
    policy.grants.back().set_role(options::v1::ROLE_CLINICIAN);
    policy.grants.back().set_relation(options::v1::RELATION_CARE_TEAM);
    Principal principal;
    principal.agency = kAgency;
    principal.subject = subject;
    principal.roles.Add(options::v1::ROLE_CLINICIAN);
    const std::string id = *names_.ReadFamily(family_);
    const auto facts = Facts(family_);
    return rpc::Decide(principal, policy, {.family = id}, facts.get(), store_.clock.NowMicros());
  }

  std::string family_, anna_, ben_;
};

TEST_F(BreakGlassTest, ReplacesTheRelationshipForItsTimeAndNamesItself) {
  EXPECT_FALSE(Decide("ben").allowed());
  const v1::BreakGlass grant = GrantTo("ben", 60);
  EXPECT_EQ(grant.state(), v1::BREAK_GLASS_STATE_IN_FORCE);
  EXPECT_EQ(grant.professional(), ben_);
  EXPECT_EQ(Micros(grant.expire_time()) - Micros(grant.create_time()), 60 * kMinuteUs);
  EXPECT_EQ(Micros(grant.review_due_time()) - Micros(grant.create_time()), kReviewWithinUs);
  const rpc::Decision decision = Decide("ben");
  EXPECT_TRUE(decision.allowed());
  EXPECT_EQ(decision.viewer, Viewer::kCareTeam);
  EXPECT_EQ(names_.BreakGlass(*names_.ReadFamily(family_), decision.break_glass), grant.name());
  EXPECT_EQ(names_.Professional(decision.professional), ben_);
  EXPECT_TRUE(Decide("anna").break_glass.empty())
      << "on the team: her access rests on nothing else";
  EXPECT_FALSE(Decide("carla").allowed()) << "nobody else's";
  store_.clock.Advance(60 * kMinute - std::chrono::microseconds(1));
  EXPECT_TRUE(Decide("ben").allowed());
  store_.clock.Advance(std::chrono::microseconds(1));
  EXPECT_FALSE(Decide("ben").allowed()) << "over, with nobody's help";
}

// At night, with the family's door open: whose it is closes it, whatever the list shows them.
TEST_F(BreakGlassTest, IsEndedByWhoseItIsWithoutAnEtagAndByAnOfficerWithOne) {
  const v1::BreakGlass grant = GrantTo("ben");
  v1::BreakGlass unread = grant;
  unread.clear_etag();
  EXPECT_EQ(ReasonOf(End(By("olga", Viewer::kAgency), unread).status()), "ETAG_REQUIRED");
  EXPECT_TRUE(End(By("ben", Viewer::kAgency), unread).ok());
  EXPECT_FALSE(Decide("ben").allowed());
}

TEST_F(BreakGlassTest, IsForClinicianOfTheDirectoryOnly) {
  EXPECT_EQ(ReasonOf(TryGrant("stranger").status()), "NOT_FOUND");
}

TEST_F(BreakGlassTest, WhoIsOnTheTeamNeedsNone) {
  EXPECT_EQ(ReasonOf(TryGrant("anna").status()), "BREAK_GLASS_NOT_NEEDED");
}

TEST_F(BreakGlassTest, ASecondOneWaitsUntilTheFirstIsOver) {
  const v1::BreakGlass first = GrantTo("ben", 30);
  EXPECT_EQ(ReasonOf(TryGrant("ben").status()), "ALREADY_EXISTS");
  store_.clock.Advance(30 * kMinute);
  EXPECT_NE(GrantTo("ben").name(), first.name());
}

TEST_F(BreakGlassTest, AClinicianHasThreeInTwentyFourHoursOverAllFamilies) {
  const std::string first_family = family_;
  const std::int64_t began_us = store_.clock.NowMicros();
  for (int i = 0; i < kMostADay; ++i) {
    GrantTo("ben", 10);
    family_ = NewFamily().name();
    store_.clock.Advance(60 * kMinute);
  }
  const absl::Status refused = TryGrant("ben").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(refused), "BREAK_GLASS_LIMIT");
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(schema::StatusDetails(refused)));
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_EQ(info.metadata().at("limit"), "3");
  EXPECT_EQ(info.metadata().at("again_time"),
            absl::FormatTime(absl::RFC3339_full, absl::FromUnixMicros(began_us + kDayUs),
                             absl::UTCTimeZone()));
  NewProfessional("Carla Example", "carla");
  GrantTo("carla");
  store_.clock.Advance(std::chrono::microseconds(began_us + kDayUs - 1 - store_.clock.NowMicros()));
  EXPECT_EQ(ReasonOf(TryGrant("ben").status()), "BREAK_GLASS_LIMIT");
  store_.clock.Advance(std::chrono::microseconds(1));
  GrantTo("ben");
}

// Two of a clinician at a time, of different families: each counts the other.
TEST_F(BreakGlassTest, OfSeveralAtATimeNoneIsMissedInTheCount) {
  std::vector<std::string> families;
  for (int i = 0; i < 6; ++i) families.push_back(NewFamily().name());
  std::atomic<int> granted{0}, refused{0};
  std::vector<std::thread> callers;
  for (const std::string& family : families) {
    callers.emplace_back([&, family] {
      v1::GrantBreakGlassRequest request;
      request.set_parent(family);
      request.set_reason("somebody called the night line");
      request.set_minutes(30);
      ByCall call = By("ben", Viewer::kAgency);
      call.access.family = *names_.ReadFamily(family);
      const auto answer = Run(std::move(call), &IntakeService::GrantBreakGlass, request);
      (answer.ok() ? granted : refused) += 1;
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(granted, kMostADay);
  EXPECT_EQ(refused, 6 - kMostADay);
}

TEST_F(BreakGlassTest, ItsProfessionalEndsTheirOwnAndNobodyElses) {
  const v1::BreakGlass grant = GrantTo("ben");
  EXPECT_EQ(ReasonOf(End(By("anna", Viewer::kAgency), grant).status()), "NOT_FOUND");
  v1::BreakGlass stale = grant;
  stale.set_etag("\"AAAAAAAAAAAA\"");
  EXPECT_EQ(ReasonOf(End(By("ben", Viewer::kAgency), stale).status()), "ETAG_MISMATCH");
  store_.clock.Advance(kMinute);
  const auto ended = End(By("ben", Viewer::kAgency), grant);
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(ended->break_glass().state(), v1::BREAK_GLASS_STATE_REVIEW_DUE);
  EXPECT_FALSE(Decide("ben").allowed());
  EXPECT_EQ(ReasonOf(End(By("olga", Viewer::kAgency), ended->break_glass()).status()),
            "ALREADY_ENDED");
}

TEST_F(BreakGlassTest, APrivacyOfficerEndsAnybodys) {
  EXPECT_TRUE(End(By("olga", Viewer::kAgency), GrantTo("ben")).ok());
  EXPECT_FALSE(Decide("ben").allowed());
}

TEST_F(BreakGlassTest, IsReviewedOnceAfterItsEndByAnotherPerson) {
  const v1::BreakGlass grant = GrantTo("ben", 10);
  EXPECT_EQ(ReasonOf(Review("olga", grant).status()), "BREAK_GLASS_IN_FORCE");
  store_.clock.Advance(10 * kMinute);
  EXPECT_EQ(ReasonOf(Review("ben", grant).status()), "OWN_BREAK_GLASS");
  EXPECT_EQ(ReasonOf(Review("olga", grant, v1::BREAK_GLASS_CONCLUSION_NOT_JUSTIFIED).status()),
            "INVALID_REQUEST")
      << "says what was found";
  const auto reviewed =
      Review("olga", grant, v1::BREAK_GLASS_CONCLUSION_EXCESSIVE, "read last year's notes too");
  ASSERT_TRUE(reviewed.ok()) << reviewed.status();
  EXPECT_EQ(reviewed->break_glass().state(), v1::BREAK_GLASS_STATE_REVIEWED);
  EXPECT_EQ(reviewed->break_glass().reviewer(), "olga");
  EXPECT_EQ(ReasonOf(Review("olga", reviewed->break_glass()).status()), "ALREADY_REVIEWED");
}

TEST_F(BreakGlassTest, ThePrivacyOfficerFindsWhatIsToReviewOverAllFamilies) {
  std::vector<v1::BreakGlass> grants;
  NewProfessional("Carla Example", "carla");
  for (int i = 0; i < 5; ++i) {
    family_ = NewFamily().name();
    grants.push_back(GrantTo(i < kMostADay ? "ben" : "carla", 10));
    store_.clock.Advance(kMinute);
  }
  store_.clock.Advance(5 * kMinute);  // The first is over.
  const auto names = [&](std::initializer_list<int> which) {
    std::vector<std::string> all;
    for (const int i : which) all.push_back(grants[static_cast<std::size_t>(i)].name());
    return all;
  };
  EXPECT_EQ(List(""), names({0, 1, 2, 3, 4}));
  EXPECT_EQ(List("", "create_time desc"), names({4, 3, 2, 1, 0}));
  EXPECT_EQ(List("state = REVIEW_DUE"), names({0}));
  EXPECT_EQ(List("state = IN_FORCE"), names({1, 2, 3, 4}));
  EXPECT_EQ(List("", "", false), names({4})) << "of one family";
  family_ = grants[0].name().substr(0, grants[0].name().find("/breakGlass"));
  ASSERT_TRUE(Review("olga", grants[0]).ok());
  EXPECT_EQ(List("state = REVIEW_DUE"), names({}));
  EXPECT_EQ(List("state = REVIEWED"), names({0}));
  EXPECT_EQ(List("professional = \"" + ben_ + "\""), names({0, 1, 2}));
  EXPECT_TRUE(List("professional = \"" + anna_ + "\"").empty());
}

TEST_F(BreakGlassTest, WhoeverReviewsItReadsWhoOpenedWhoseRecord) {
  GrantTo("ben");
  const v1::BreakGlass listed = Listed();
  EXPECT_EQ(listed.professional_display_name(), "Ben Example");
  EXPECT_EQ(listed.family_display_name(), Get(family_).display_name());
}

TEST_F(BreakGlassTest, AReasonThatNobodyCanReviewIsRefused) {
  v1::GrantBreakGlassRequest request;
  for (const char* reason : {"x", ".............", "a b c", "hospital"}) {
    request.set_reason(reason);
    EXPECT_THAT(FaultsOf(request), testing::SizeIs(1)) << reason;
  }
  for (const char* reason : {"the hospital called", "夜间医院来电"}) {
    request.set_reason(reason);
    EXPECT_THAT(FaultsOf(request), testing::IsEmpty()) << reason;
  }
  request.set_parent(family_);
  request.set_reason("x");
  request.set_minutes(10);
  EXPECT_EQ(
      Run(By("ben", Viewer::kAgency), &IntakeService::GrantBreakGlass, request).status().code(),
      absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace rapport::intake
