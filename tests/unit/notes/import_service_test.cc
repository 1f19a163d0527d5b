#include "notes_fixture.h"

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

type::v1::ExternalId Ehr(const std::string& value) {
  type::v1::ExternalId id;
  id.set_system("ehr");
  id.set_value(value);
  return id;
}

class ImportServiceTest : public NotesTest {
 protected:
  ImportServiceTest() {
    rosters_.families["f-1"] = names_.Family(family_);
    auto& roster = rosters_.rosters[names_.Family(family_)];
    for (const auto& [id, member] : {std::pair("m-1", mother_), std::pair("m-2", son_)}) {
      auto& entry = *roster.add_members();
      entry.set_member(MemberName(member));
      *entry.add_external_ids() = Ehr(id);
    }
    auto& helper = *roster.add_helpers();
    helper.set_professional(names_.Professional(author_));
    helper.set_involvement(intake::v1::INVOLVEMENT_DIRECT);
    rosters_.families["f-2"] = names_.Family(support::TestId("another"));
    rosters_.rosters[rosters_.families["f-2"]] = roster;
  }

  v1::SessionImport Row(const std::string& id, int days_ago) const {
    v1::SessionImport row;
    *row.mutable_external_id() = Ehr(id);
    *row.mutable_family() = Ehr("f-1");
    const std::int64_t start_us = store_.clock.NowMicros() - days_ago * 24 * kHour;
    *row.mutable_start_time() = schema::ToTimestamp(start_us);
    *row.mutable_end_time() = schema::ToTimestamp(start_us + kHour);
    row.set_format(v1::SESSION_FORMAT_WHOLE_FAMILY);
    for (const char* member : {"m-1", "m-2"}) {
      auto& entry = *row.add_members();
      *entry.mutable_member() = Ehr(member);
      entry.set_presence(v1::PRESENCE_PRESENT);
    }
    return row;
  }

  absl::StatusOr<v1::BatchImportSessionsResponse> Import(
      const std::vector<v1::SessionImport>& rows) {
    v1::BatchImportSessionsRequest request;
    for (const auto& row : rows) *request.add_sessions() = row;
    auto call = CallOf("", Viewer::kAgency);
    call.access.family.clear();
    call.access.facts.reset();
    return Run(call, &NotesService::BatchImportSessions, request);
  }
  static std::vector<int> Statuses(const v1::BatchImportSessionsResponse& response) {
    std::vector<int> statuses;
    for (const auto& outcome : response.outcomes()) statuses.push_back(outcome.status());
    return statuses;
  }
};

TEST_F(ImportServiceTest, RowsBecomeHeldSessionsInTheirOrderOfStart) {
  const auto imported = Import({Row("s-2", 7), Row("s-1", 14)});
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_THAT(Statuses(*imported),
              ElementsAre(v1::IMPORT_STATUS_CREATED, v1::IMPORT_STATUS_CREATED));
  v1::GetSessionRequest get;
  get.set_name(imported->outcomes(1).session());
  const auto first = RunAs(author_, &NotesService::GetSession, get);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_TRUE(first->session().imported());
  EXPECT_EQ(first->session().held_number(), 1);
  EXPECT_EQ(first->session().attendance_size(), 3);
  EXPECT_EQ(Held().held_number(), 3);
}

TEST_F(ImportServiceTest, AKnownRowChangesNothing) {
  const auto first = Import({Row("s-1", 7)});
  ASSERT_TRUE(first.ok()) << first.status();
  const std::size_t events = Events().size();
  const auto again = Import({Row("s-1", 7)});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_THAT(Statuses(*again), ElementsAre(v1::IMPORT_STATUS_KNOWN));
  EXPECT_EQ(again->outcomes(0).session(), first->outcomes(0).session());
  EXPECT_EQ(Events().size(), events);
}

TEST_F(ImportServiceTest, AKnownIdOfAnotherFamilyOrStartIsAConflict) {
  ASSERT_TRUE(Import({Row("s-1", 7)}).ok());
  v1::SessionImport elsewhere = Row("s-1", 7);
  *elsewhere.mutable_family() = Ehr("f-2");
  const auto conflicts = Import({Row("s-1", 8), elsewhere});
  ASSERT_TRUE(conflicts.ok()) << conflicts.status();
  for (const auto& outcome : conflicts->outcomes()) {
    EXPECT_EQ(outcome.status(), v1::IMPORT_STATUS_REJECTED);
    ASSERT_EQ(outcome.errors_size(), 1);
    EXPECT_EQ(outcome.errors(0).reason(), "IMPORT_CONFLICT");
    EXPECT_EQ(outcome.session(), "");
  }
}

TEST_F(ImportServiceTest, RowsFailByThemselvesWithEverythingThatIsWrong) {
  v1::SessionImport unknown = Row("s-2", 7);
  *unknown.mutable_family() = Ehr("f-9");
  v1::SessionImport wrong = Row("s-3", 7);
  *wrong.mutable_end_time() = wrong.start_time();
  *wrong.mutable_members(0)->mutable_member() = Ehr("m-9");
  const auto imported = Import({Row("s-1", 7), unknown, wrong, Row("s-1", 7), Row("s-1", 9)});
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_THAT(
      Statuses(*imported),
      ElementsAre(v1::IMPORT_STATUS_CREATED, v1::IMPORT_STATUS_REJECTED, v1::IMPORT_STATUS_REJECTED,
                  v1::IMPORT_STATUS_KNOWN, v1::IMPORT_STATUS_REJECTED));
  EXPECT_EQ(imported->outcomes(1).errors(0).reason(), "FAMILY_UNKNOWN");
  ASSERT_EQ(imported->outcomes(2).errors_size(), 2);
  EXPECT_EQ(imported->outcomes(2).errors(1).reason(), "NOT_ON_ROSTER");
  EXPECT_EQ(imported->outcomes(2).errors(1).field(), "members[0].member");
  EXPECT_EQ(imported->outcomes(3).session(), imported->outcomes(0).session());
  for (int i = 0; i < imported->outcomes_size(); ++i) EXPECT_EQ(imported->outcomes(i).index(), i);
}

TEST_F(ImportServiceTest, FamiliesOfOneBatchAreImportedTogether) {
  v1::SessionImport other = Row("s-2", 7);
  *other.mutable_family() = Ehr("f-2");
  const auto imported = Import({Row("s-1", 7), other});
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_THAT(Statuses(*imported),
              ElementsAre(v1::IMPORT_STATUS_CREATED, v1::IMPORT_STATUS_CREATED));
  v1::ListSessionsRequest list;
  list.set_parent(names_.Family(family_));
  EXPECT_EQ(RunAs(author_, &NotesService::ListSessions, list)->sessions_size(), 1);
}

}  // namespace
}  // namespace rapport::notes
