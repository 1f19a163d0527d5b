// Lists of what a family and an agency have, for whom they are.
#include "intake_fixture.h"

namespace rapport::intake {
namespace {

using testing::IsEmpty;

class IntakeListsTest : public IntakeTest {
 protected:
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

}  // namespace
}  // namespace rapport::intake
