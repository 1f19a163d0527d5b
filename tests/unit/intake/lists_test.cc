// Lists of what a family and an agency have, for whom they are.
#include "intake_fixture.h"
#include "platform/schema/list_filter.h"
#include "support/in_pages.h"

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class IntakeListsTest : public IntakeTest {
 protected:
  // At intake, and a day later.
  void AssessTwice() {
    AssessLevel(family_, v1::ASSESSMENT_OCCASION_INTAKE, v1::LEVEL_OF_NEED_SPACE);
    store_.clock.Advance(std::chrono::hours(24));
    AssessLevel(family_, v1::ASSESSMENT_OCCASION_REGULAR, v1::LEVEL_OF_NEED_GROWTH);
  }

  const std::string family_ = NewFamily().name();
  const v1::Member mother_ = NewMember(family_, "Mira Sample", 1985);
  const v1::Member father_ = NewMember(family_, "Max Sample", 1983);
};

TEST_F(IntakeListsTest, I5AMemberListsTheirOwnProblems) {
  Resolve(family_, NewProblem(family_, mother_.name()));
  NewProblem(family_, father_.name());
  v1::ListPresentingProblemsRequest request;
  request.set_parent(family_);
  request.set_member(mother_.name());
  const auto own =
      Do(Member(family_, mother_.name()), &IntakeService::ListPresentingProblems, request);
  ASSERT_EQ(own.problems_size(), 1);
  EXPECT_EQ(own.problems(0).member(), mother_.name());
  EXPECT_THAT(own.problems(0).resolution_note(), IsEmpty());
  EXPECT_EQ(Do(Staff(family_), &IntakeService::ListPresentingProblems, request)
                .problems(0)
                .resolution_note(),
            "they take turns");
}

TEST_F(IntakeListsTest, I4RelationshipsAreListedWithThoseThatEnded) {
  v1::SetRelationshipRequest bond;
  bond.set_parent(family_);
  bond.mutable_relationship()->set_from_member(mother_.name());
  bond.mutable_relationship()->set_to_member(father_.name());
  bond.mutable_relationship()->set_kind(v1::RELATIONSHIP_KIND_BOND);
  bond.mutable_relationship()->set_bond_quality(v1::BOND_QUALITY_CLOSE);
  Do(Staff(family_), &IntakeService::SetRelationship, bond);
  store_.clock.Advance(std::chrono::hours(24));
  bond.mutable_relationship()->set_bond_quality(v1::BOND_QUALITY_DISTANT);
  Do(Staff(family_), &IntakeService::SetRelationship, bond);
  v1::ListRelationshipsRequest request;
  request.set_parent(family_);
  const auto all = Do(Staff(family_), &IntakeService::ListRelationships, request);
  ASSERT_EQ(all.relationships_size(), 2);
  EXPECT_TRUE(all.relationships(0).has_end_date());
  EXPECT_EQ(all.relationships(1).bond_quality(), v1::BOND_QUALITY_DISTANT);
  request.set_filter("ended = false");
  EXPECT_EQ(Do(Staff(family_), &IntakeService::ListRelationships, request).relationships_size(), 1);
  request.set_filter("member = \"" + father_.name() + "\" AND kind = BOND");
  EXPECT_EQ(Do(Staff(family_), &IntakeService::ListRelationships, request).relationships_size(), 2);
  request.set_filter("kind = COUPLE");
  EXPECT_EQ(Do(Staff(family_), &IntakeService::ListRelationships, request).relationships_size(), 0);
}

TEST_F(IntakeListsTest, I4HistoryMayBeEnteredInAnyOrder) {
  const auto couple = [&](v1::CoupleStatus status, int year) {
    v1::SetRelationshipRequest request;
    request.set_parent(family_);
    v1::Relationship& line = *request.mutable_relationship();
    line.set_from_member(mother_.name());
    line.set_to_member(father_.name());
    line.set_kind(v1::RELATIONSHIP_KIND_COUPLE);
    line.set_couple_status(status);
    line.mutable_start_date()->set_year(year);
    line.mutable_start_date()->set_month(6);
    line.mutable_start_date()->set_day(1);
    return Run(Staff(family_), &IntakeService::SetRelationship, request);
  };
  ASSERT_TRUE(couple(v1::COUPLE_STATUS_DIVORCED, 2015).ok());
  const auto married = couple(v1::COUPLE_STATUS_MARRIED, 2005);
  ASSERT_TRUE(married.ok());
  EXPECT_EQ(married->relationship().end_date().year(), 2015);
  ASSERT_TRUE(couple(v1::COUPLE_STATUS_SEPARATED, 2012).ok()) << "between the two";
  v1::ListRelationshipsRequest list;
  list.set_parent(family_);
  const auto lines = Do(Staff(family_), &IntakeService::ListRelationships, list);
  ASSERT_EQ(lines.relationships_size(), 3);
  EXPECT_FALSE(lines.relationships(0).has_end_date()) << "divorced to this day";
  EXPECT_EQ(lines.relationships(1).end_date().year(), 2012);
  EXPECT_EQ(lines.relationships(2).end_date().year(), 2015);
  v1::GetFamilyGraphRequest graph;
  graph.set_name(family_);
  EXPECT_THAT(Do(Staff(family_), &IntakeService::GetFamilyGraph, graph).graph().dot(),
              testing::HasSubstr("divorced 2015"));
  EXPECT_EQ(ReasonOf(couple(v1::COUPLE_STATUS_MARRIED, 2100).status()), "INVALID_REQUEST");
}

TEST_F(IntakeListsTest, I4ALineEndsNotBeforeItsStartNorInTheFuture) {
  v1::SetRelationshipRequest bond;
  bond.set_parent(family_);
  v1::Relationship& line = *bond.mutable_relationship();
  line.set_from_member(mother_.name());
  line.set_to_member(father_.name());
  line.set_kind(v1::RELATIONSHIP_KIND_BOND);
  line.set_bond_quality(v1::BOND_QUALITY_CLOSE);
  line.mutable_start_date()->set_year(2015);
  line.mutable_start_date()->set_month(6);
  line.mutable_start_date()->set_day(1);
  const auto made = Do(Staff(family_), &IntakeService::SetRelationship, bond).relationship();
  v1::EndRelationshipRequest end;
  end.set_name(made.name());
  end.set_etag(made.etag());
  *end.mutable_end_date() = line.start_date();
  for (const int year : {2014, 2100}) {
    end.mutable_end_date()->set_year(year);
    EXPECT_EQ(ReasonOf(Run(Staff(family_), &IntakeService::EndRelationship, end).status()),
              "INVALID_REQUEST")
        << year;
  }
  end.mutable_end_date()->set_year(2016);
  EXPECT_TRUE(Run(Staff(family_), &IntakeService::EndRelationship, end).ok());
}

TEST_F(IntakeListsTest, I4AGraphHasTheRelationshipsOfItsTime) {
  v1::SetRelationshipRequest bond;
  bond.set_parent(family_);
  bond.mutable_relationship()->set_from_member(mother_.name());
  bond.mutable_relationship()->set_to_member(father_.name());
  bond.mutable_relationship()->set_kind(v1::RELATIONSHIP_KIND_BOND);
  bond.mutable_relationship()->set_bond_quality(v1::BOND_QUALITY_CLOSE);
  const v1::Relationship made =
      Do(Staff(family_), &IntakeService::SetRelationship, bond).relationship();
  v1::GetFamilyGraphRequest request;
  request.set_name(family_);
  const auto before = Do(Staff(family_), &IntakeService::GetFamilyGraph, request).graph();
  EXPECT_EQ(before.nodes_size(), 2);
  ASSERT_EQ(before.edges_size(), 1);
  EXPECT_THAT(before.dot(), testing::HasSubstr("Mira Sample"));
  store_.clock.Advance(std::chrono::hours(48));
  v1::EndRelationshipRequest end;
  end.set_name(made.name());
  end.set_etag(made.etag());
  EXPECT_TRUE(
      Do(Staff(family_), &IntakeService::EndRelationship, end).relationship().has_end_date());
  store_.clock.Advance(std::chrono::hours(48));
  EXPECT_EQ(Do(Staff(family_), &IntakeService::GetFamilyGraph, request).graph().edges_size(), 0);
}

TEST_F(IntakeListsTest, I6AssessmentsAreListedWithTheirReasons) {
  AssessTwice();
  v1::ListAssessmentsRequest request;
  request.set_parent(family_);
  const auto all = Do(Staff(family_), &IntakeService::ListAssessments, request);
  ASSERT_EQ(all.assessments_size(), 2);
  for (const v1::LevelAssessment& one : all.assessments()) EXPECT_EQ(one.reason(), "seen at home");
  EXPECT_NE(all.assessments(0).occasion(), all.assessments(1).occasion());
}

TEST_F(IntakeListsTest, I6AssessmentsAreListedByOccasionLevelAndTime) {
  AssessTwice();
  v1::ListAssessmentsRequest request;
  request.set_parent(family_);
  const auto listed = [&](const std::string& filter, const std::string& order = {}) {
    return support::InPages(
        request, filter, order,
        [&](const auto& asked) {
          return Run(Staff(family_), &IntakeService::ListAssessments, asked);
        },
        [](const auto& page) {
          std::vector<std::string> levels;
          for (const v1::LevelAssessment& one : page.assessments()) {
            levels.push_back(v1::LevelOfNeed_Name(one.confirmed_level()));
          }
          return levels;
        });
  };
  const char *space = "LEVEL_OF_NEED_SPACE", *growth = "LEVEL_OF_NEED_GROWTH";
  EXPECT_THAT(listed(""), ElementsAre(growth, space));
  EXPECT_THAT(listed("", "create_time"), ElementsAre(space, growth));
  EXPECT_THAT(listed("occasion = INTAKE"), ElementsAre(space));
  EXPECT_THAT(listed("confirmed_level = GROWTH"), ElementsAre(growth));
  EXPECT_THAT(listed("occasion = INTAKE AND confirmed_level = GROWTH"), IsEmpty());
  const auto first = Do(Staff(family_), &IntakeService::ListAssessments, request).assessments(0);
  const std::string suggested = v1::LevelOfNeed_Name(first.suggested_level());
  EXPECT_THAT(listed("suggested_level = " + suggested, "create_time desc"),
              testing::Contains(growth));
  const std::string stranger = NewProfessional("Sam Sample").name();
  EXPECT_THAT(listed("assessor = " + stranger), IsEmpty());
  if (!first.assessor().empty()) {
    EXPECT_THAT(listed("assessor = " + first.assessor()), ElementsAre(growth, space));
  }
}

TEST_F(IntakeListsTest, I8ThePolicyIsPendingUntilEveryAdultSigned) {
  v1::SetSecretsPolicyRequest set;
  set.set_parent(family_);
  set.mutable_policy()->set_choice(v1::SECRETS_POLICY_OPTION_NO_SECRETS);
  v1::SignSecretsPolicyRequest sign;
  sign.set_name(Do(Staff(family_), &IntakeService::SetSecretsPolicy, set).policy().name());
  v1::GetSecretsPolicyRequest get;
  get.set_parent(family_);
  for (const v1::Member& member : {mother_, father_}) {
    const auto shown = Do(Staff(family_), &IntakeService::GetSecretsPolicy, get);
    EXPECT_FALSE(shown.has_in_force());
    EXPECT_TRUE(shown.has_pending());
    sign.set_member(member.name());
    Do(Staff(family_), &IntakeService::SignSecretsPolicy, sign);
  }
  const auto shown = Do(Staff(family_), &IntakeService::GetSecretsPolicy, get);
  EXPECT_EQ(shown.in_force().choice(), v1::SECRETS_POLICY_OPTION_NO_SECRETS);
  EXPECT_FALSE(shown.has_pending());
}

TEST_F(IntakeListsTest, I3TheDirectoryIsListedByKind) {
  NewProfessional("Anna Sample");
  v1::ListProfessionalsRequest request;
  request.set_filter("kind = STAFF");
  EXPECT_EQ(Do(Staff(), &IntakeService::ListProfessionals, request).professionals_size(), 1);
  request.set_filter("kind = TRAINEE");
  EXPECT_EQ(Do(Staff(), &IntakeService::ListProfessionals, request).professionals_size(), 0);
}

TEST_F(IntakeListsTest, I3SupervisionsAreListedWithThoseThatEnded) {
  const v1::Professional sam = NewProfessional("Sam Sample"), tess = NewProfessional("Tess Sample");
  v1::AssignSupervisorRequest assign;
  assign.mutable_supervision()->set_supervisor(sam.name());
  assign.mutable_supervision()->set_supervisee(tess.name());
  const auto first = Do(Staff(), &IntakeService::AssignSupervisor, assign).supervision();
  v1::EndSupervisionRequest end;
  end.set_name(first.name());
  end.set_etag(first.etag());
  store_.clock.Advance(std::chrono::hours(1));
  Do(Staff(), &IntakeService::EndSupervision, end);
  store_.clock.Advance(std::chrono::hours(1));
  const auto second = Do(Staff(), &IntakeService::AssignSupervisor, assign).supervision();
  v1::ListSupervisionsRequest request;
  const auto all = Do(Staff(), &IntakeService::ListSupervisions, request);
  ASSERT_EQ(all.supervisions_size(), 2);
  EXPECT_EQ(all.supervisions(0).name(), second.name());
  request.set_filter("ended = true AND supervisee = \"" + tess.name() + "\"");
  const auto ended = Do(Staff(), &IntakeService::ListSupervisions, request);
  ASSERT_EQ(ended.supervisions_size(), 1);
  EXPECT_EQ(ended.supervisions(0).name(), first.name());
  request.set_filter("supervisor = \"" + tess.name() + "\"");
  EXPECT_EQ(Do(Staff(), &IntakeService::ListSupervisions, request).supervisions_size(), 0);
}

TEST_F(IntakeListsTest, X13AnotherSystemReadsExternalIdsAndNotHowSomebodyLives) {
  v1::UpdateMemberRequest update;
  update.mutable_member()->set_name(mother_.name());
  update.mutable_member()->set_household("the flat by the harbour");
  update.mutable_member()->set_availability(v1::MEMBER_AVAILABILITY_PRESSED);
  auto* id = update.mutable_member()->add_external_ids();
  id->set_system("ehr");
  id->set_value("4711");
  for (const char* path : {"household", "availability", "external_ids"}) {
    update.mutable_update_mask()->add_paths(path);
  }
  update.set_etag(mother_.etag());
  Do(Staff(family_), &IntakeService::UpdateMember, update);
  v1::ListMembersRequest request;
  request.set_parent(family_);
  request.set_filter("external_ids:\"ehr=4711\"");
  const auto shown =
      Do(Call(*this, "scheduler", family_, Viewer::kAgency), &IntakeService::ListMembers, request);
  ASSERT_EQ(shown.members_size(), 1);
  EXPECT_EQ(shown.members(0).display_name(), "Mira Sample");
  EXPECT_EQ(shown.members(0).external_ids(0).value(), "4711");
  EXPECT_THAT(shown.members(0).household(), IsEmpty());
  EXPECT_EQ(shown.members(0).availability(), v1::MEMBER_AVAILABILITY_UNSPECIFIED);
}

TEST(ListFilters, AreOfFieldsThatThereAre) {
  EXPECT_EQ(schema::CheckListFilters(), absl::OkStatus());
}

}  // namespace
}  // namespace rapport::intake
