#include "notes/import_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kNowS = 1'900'000'000;
constexpr std::int64_t kNowUs = kNowS * 1'000'000;

type::v1::ExternalId Ehr(const std::string& value) {
  type::v1::ExternalId id;
  id.set_system("ehr");
  id.set_value(value);
  return id;
}

v1::SessionImport Row() {
  v1::SessionImport row;
  *row.mutable_external_id() = Ehr("s-1");
  *row.mutable_family() = Ehr("f-1");
  row.mutable_start_time()->set_seconds(kNowS - 7'200);
  row.mutable_end_time()->set_seconds(kNowS - 3'600);
  row.set_format(v1::SESSION_FORMAT_WHOLE_FAMILY);
  auto* came = row.add_members();
  *came->mutable_member() = Ehr("m-1");
  came->set_presence(v1::PRESENCE_PRESENT);
  came->set_participation(v1::PARTICIPATION_LED);
  auto* missed = row.add_members();
  *missed->mutable_member() = Ehr("m-2");
  missed->set_presence(v1::PRESENCE_ABSENT);
  return row;
}

intake::v1::Roster Roster() {
  intake::v1::Roster roster;
  for (const char* id : {"1", "2"}) {
    auto* member = roster.add_members();
    member->set_member(std::string("families/f/members/") + id);
    *member->add_external_ids() = Ehr(std::string("m-") + id);
    auto* helper = roster.add_helpers();
    helper->set_professional(std::string("professionals/") + id);
    *helper->add_external_ids() = Ehr(std::string("p-") + id);
  }
  roster.mutable_helpers(0)->set_involvement(intake::v1::INVOLVEMENT_DIRECT);
  roster.mutable_helpers(1)->set_involvement(intake::v1::INVOLVEMENT_INDIRECT);
  return roster;
}

std::vector<std::string> Fields(const RowErrors& errors) {
  std::vector<std::string> fields;
  for (const auto& error : errors) fields.push_back(error.field());
  return fields;
}

TEST(ImportRow, ThatIsRightHasNoFault) { EXPECT_THAT(FaultsOfRow(Row(), kNowUs), IsEmpty()); }

TEST(ImportRow, FaultsAreFoundEach) {
  struct {
    const char* field;
    std::function<void(v1::SessionImport&)> spoil;
  } const cases[] = {
      {"start_time",
       [](auto& row) {
         row.mutable_start_time()->set_seconds(kNowS + 1);
         row.mutable_end_time()->set_seconds(kNowS + 2);
       }},
      {"end_time", [](auto& row) { *row.mutable_end_time() = row.start_time(); }},
      {"end_time",
       [](auto& row) {
         row.mutable_start_time()->set_seconds(kNowS - 13 * 3'600);
         row.mutable_end_time()->set_seconds(kNowS);
       }},
      {"members", [](auto& row) { row.set_format(v1::SESSION_FORMAT_INDIVIDUAL); }},
      {"members",
       [](auto& row) {
         row.mutable_members(0)->set_presence(v1::PRESENCE_ABSENT);
         row.mutable_members(0)->clear_participation();
       }},
      {"members[1].member",
       [](auto& row) { *row.mutable_members(1)->mutable_member() = Ehr("m-1"); }},
      {"members[0].absence_reason",
       [](auto& row) { row.mutable_members(0)->set_absence_reason(v1::ABSENCE_REASON_FORGOT); }},
      {"members[1].participation",
       [](auto& row) { row.mutable_members(1)->set_participation(v1::PARTICIPATION_LED); }},
  };
  for (const auto& [field, spoil] : cases) {
    v1::SessionImport row = Row();
    spoil(row);
    EXPECT_THAT(Fields(FaultsOfRow(row, kNowUs)), ElementsAre(field));
  }
}

TEST(ImportRow, BecomesAHeldSessionOfPeopleOnTheRoster) {
  RowErrors errors;
  const v1::Session session = SessionOf(Row(), Roster(), errors);
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_EQ(session.state(), v1::SESSION_STATE_HELD);
  EXPECT_TRUE(session.imported());
  EXPECT_EQ(session.mode(), v1::SESSION_MODE_OFFICE);
  EXPECT_EQ(session.start_time().seconds(), kNowS - 7'200);
  EXPECT_EQ(session.scheduled_end_time().seconds(), kNowS - 3'600);
  EXPECT_THAT(session.invited_members(),
              ElementsAre("families/f/members/1", "families/f/members/2"));
  EXPECT_THAT(session.invited_professionals(), ElementsAre("professionals/1"))
      << "unnamed professionals are the direct helpers";
  ASSERT_EQ(session.attendance_size(), 3);
  EXPECT_EQ(session.attendance(0).participation(), v1::PARTICIPATION_LED);
  EXPECT_EQ(session.attendance(1).absence_reason(), v1::ABSENCE_REASON_UNKNOWN);
  EXPECT_EQ(session.attendance(2).person(), "professionals/1") << "who held it was there";
  EXPECT_EQ(session.attendance(2).presence(), v1::PRESENCE_PRESENT);
  EXPECT_EQ(session.external_ids(0).value(), "s-1");
}

TEST(ImportRow, PlannedAbsenceIsByPlan) {
  v1::SessionImport row = Row();
  row.mutable_members(1)->set_absence_reason(v1::ABSENCE_REASON_PLANNED);
  RowErrors errors;
  EXPECT_TRUE(SessionOf(row, Roster(), errors).attendance(1).by_plan());
}

TEST(ImportRow, NamesEveryoneWhoIsNotOnTheRoster) {
  v1::SessionImport row = Row();
  *row.mutable_members(1)->mutable_member() = Ehr("m-9");
  *row.add_professionals() = Ehr("p-2");
  *row.add_professionals() = Ehr("p-9");
  RowErrors errors;
  const v1::Session session = SessionOf(row, Roster(), errors);
  EXPECT_THAT(Fields(errors), ElementsAre("members[1].member", "professionals[1]"));
  for (const auto& error : errors) EXPECT_EQ(error.reason(), "NOT_ON_ROSTER");
  EXPECT_THAT(session.invited_professionals(), ElementsAre("professionals/2"));
}

TEST(ImportRow, IsKnownByItsStart) {
  v1::Session known;
  *known.mutable_start_time() = Row().start_time();
  EXPECT_TRUE(SameStart(Row(), known));
  known.mutable_start_time()->set_seconds(1);
  EXPECT_FALSE(SameStart(Row(), known));
}

}  // namespace
}  // namespace rapport::notes
