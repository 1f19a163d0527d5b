// The genogram: what its lines say, and that Graphviz draws it.
#include "intake/relationship_rules.h"
#include "support/scratch_folder.h"
#include "unit/intake/family_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace rapport::intake {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

v1::Relationship Line(std::string from, std::string to, v1::RelationshipKind kind) {
  v1::Relationship line;
  line.set_name("families/f/relationships/" + from + "-" + to);
  line.set_from_member(std::move(from));
  line.set_to_member(std::move(to));
  line.set_kind(kind);
  return line;
}

// Separated parents in two households, a child with both, a close bond.
CaseFile TwoHouseholds() {
  CaseFile file = ReadyFamily();
  file.members.push_back(MemberBorn("father", 1988, 1, 1));
  file.members[0].set_display_name("Mira Example");
  file.members[0].set_household("Mira's \"new\" flat");
  file.members[1].set_display_name("Tom Example");
  file.members[1].set_household("Mira's \"new\" flat");
  file.members[2].set_display_name("Lia Example");
  file.members[3].set_display_name("Max Example");
  file.members[3].set_household("The old house");
  v1::Relationship couple = Line("mother", "father", v1::RELATIONSHIP_KIND_COUPLE);
  couple.set_couple_status(v1::COUPLE_STATUS_SEPARATED);
  couple.mutable_start_date()->set_year(2029);
  couple.mutable_start_date()->set_month(6);
  couple.mutable_start_date()->set_day(1);
  v1::Relationship parent = Line("father", "teen", v1::RELATIONSHIP_KIND_BIRTH_PARENT);
  parent.set_custody(v1::CUSTODY_JOINT);
  parent.set_custody_document("order 12 of 2029");
  v1::Relationship bond = Line("teen", "mother", v1::RELATIONSHIP_KIND_BOND);
  bond.set_bond_quality(v1::BOND_QUALITY_FUSED_CONFLICTUAL);
  file.relationships = {couple, parent, bond};
  return file;
}

TEST(Genogram, I4_LinesSayKinshipStatusWithYearBondAndCustodyFramesAreHouseholds) {
  const v1::FamilyGraph graph = GraphAt(TwoHouseholds(), kNow);
  ASSERT_EQ(graph.edges_size(), 3);
  EXPECT_EQ(graph.edges(0).start_date().year(), 2029);
  EXPECT_EQ(graph.edges(1).custody(), v1::CUSTODY_JOINT);
  EXPECT_EQ(graph.nodes(3).household(), "The old house");
  EXPECT_THAT(graph.dot(), HasSubstr("label=\"  separated 2029\""));
  EXPECT_THAT(graph.dot(), HasSubstr("label=\"  joint custody\""));
  EXPECT_THAT(graph.dot(), HasSubstr("label=\"  fused conflictual\""));
  EXPECT_THAT(graph.dot(), HasSubstr("label=\"The old house\""));
  EXPECT_THAT(graph.dot(), HasSubstr("label=\"Mira's \\\"new\\\" flat\""));
  EXPECT_THAT(graph.dot(), Not(HasSubstr("order 12"))) << "papers are not drawn";
}

TEST(Genogram, I4_OfKinTheLineSaysWhich) {
  for (const auto& [kind, words] : {std::pair(v1::RELATIONSHIP_KIND_SIBLING, "sibling"),
                                    std::pair(v1::RELATIONSHIP_KIND_HALF_SIBLING, "half sibling"),
                                    std::pair(v1::RELATIONSHIP_KIND_TWIN, "twin"),
                                    std::pair(v1::RELATIONSHIP_KIND_OTHER_KIN, "other kin")}) {
    CaseFile file = TwoHouseholds();
    file.relationships = {Line("teen", "small", kind)};
    EXPECT_THAT(GraphAt(file, kNow).dot(), HasSubstr("label=\"  " + std::string(words) + "\""));
  }
}

TEST(Genogram, I4_CustodyIsOfParentsAndGuardiansOnly) {
  const CaseFile file = TwoHouseholds();
  EXPECT_THAT(FaultsOf(file.relationships[1], file), IsEmpty());
  v1::Relationship couple = file.relationships[0];
  couple.set_custody(v1::CUSTODY_SOLE);
  EXPECT_FALSE(FaultsOf(couple, file).empty());
  v1::Relationship paper = file.relationships[1];
  paper.clear_custody();
  EXPECT_FALSE(FaultsOf(paper, file).empty()) << "a paper about nothing";
}

TEST(Genogram, I4_GraphvizDrawsIt) {
  const ScratchFolder folder;
  const std::string text = folder / "family.dot", picture = folder / "family.png";
  std::ofstream(text) << GraphAt(TwoHouseholds(), kNow).dot();
  const std::string command = "dot -Tpng -o '" + picture + "' '" + text + "' 2>&1";
  ASSERT_EQ(std::system(command.c_str()), 0);
  EXPECT_GT(std::filesystem::file_size(picture), 1'000u);
}

}  // namespace
}  // namespace rapport::intake
