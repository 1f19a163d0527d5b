// N4: what an author who left the team may still do, what their supervisor may, and what neither
// may. And that a note takes no end of amendments.
#include "notes_fixture.h"
#include "platform/rpc/authorise.h"

#include <rapport/notes/v1/notes_service.pb.h>

namespace rapport::notes {
namespace {

namespace ov = options::v1;

class LeavingTest : public NotesTest {
 protected:
  void Leave(const std::string& professional) {
    for (auto& helper : facts_.helpers) {
      if (helper.professional == professional) helper.period.to_us = store_.clock.NowMicros();
    }
  }
  // As the pipeline has it for somebody who is there for their own writings alone.
  template <typename Request, typename Response>
  absl::StatusOr<Response> RunAsAuthor(
      const std::string& professional,
      NotesService::Answer<Response> (NotesService::*use_case)(CallContext&, const Request&),
      const Request& request) {
    return RunAs(professional, use_case, request, Viewer::kAuthor);
  }
  template <typename Request>
  static Request About(const v1::Note& note) {
    Request request;
    request.set_name(note.name());
    if constexpr (requires { request.set_etag(""); }) request.set_etag(note.etag());
    return request;
  }
};

TEST_F(LeavingTest, N4AnAuthorWhoLeftChangesSignsAddsToAndAmendsTheirOwn) {
  v1::Note note = Drafted(Held(), author_);
  Leave(author_);
  v1::UpdateNoteRequest update;
  update.mutable_note()->set_name(note.name());
  *update.mutable_note()->mutable_sections() = note.sections();
  update.mutable_note()->mutable_sections(0)->mutable_statements(0)->set_text("said better");
  update.mutable_update_mask()->add_paths("sections");
  update.set_etag(note.etag());
  const auto updated = RunAsAuthor(author_, &NotesService::UpdateNote, update);
  ASSERT_TRUE(updated.ok()) << updated.status();
  const auto signed_note =
      RunAsAuthor(author_, &NotesService::SignNote, About<v1::SignNoteRequest>(updated->note()));
  ASSERT_TRUE(signed_note.ok()) << signed_note.status();
  EXPECT_EQ(signed_note->note().state(), v1::NOTE_STATE_LOCKED);
  auto add = About<v1::AddAddendumRequest>(signed_note->note());
  add.add_statements()->set_text("and one thing more");
  add.set_reason("forgotten");
  const auto added = RunAsAuthor(author_, &NotesService::AddAddendum, add);
  ASSERT_TRUE(added.ok()) << added.status();
  auto amend = About<v1::AmendNoteRequest>(added->note());
  amend.set_reason("misheard");
  amend.add_corrections()->set_section(v1::SECTION_KIND_DATA);
  amend.mutable_corrections(0)->set_statement(1);
  const auto amended = RunAsAuthor(author_, &NotesService::AmendNote, amend);
  ASSERT_TRUE(amended.ok()) << amended.status();
  v1::ListNoteRevisionsRequest revisions;
  revisions.set_name(note.name());
  EXPECT_EQ(RunAsAuthor(author_, &NotesService::ListNoteRevisions, revisions)->revisions_size(), 5);
}

TEST_F(LeavingTest, N4NothingOfOthersIsThereForWhoLeft) {
  const v1::Session session = Held();
  const v1::Note own = Drafted(session, author_);
  const v1::Note others = Drafted(session, second_);
  ASSERT_TRUE(Sign(others, second_).ok());
  ASSERT_TRUE(Get(others, author_).ok()) << "signed, the team sees it";
  Leave(author_);
  v1::GetNoteRequest none;
  none.set_name(names_.Note(family_, support::TestId("none"), support::TestId("none")));
  const auto absent = RunAsAuthor(author_, &NotesService::GetNote, none).status();
  EXPECT_EQ(
      RunAsAuthor(author_, &NotesService::GetNote, About<v1::GetNoteRequest>(others)).status(),
      absent);
  EXPECT_EQ(
      RunAsAuthor(author_, &NotesService::SignNote, About<v1::SignNoteRequest>(others)).status(),
      absent);
  auto add = About<v1::AddAddendumRequest>(others);
  add.add_statements()->set_text("to somebody else's note");
  EXPECT_EQ(RunAsAuthor(author_, &NotesService::AddAddendum, add).status(), absent);
  v1::ListNoteRevisionsRequest revisions;
  revisions.set_name(others.name());
  EXPECT_EQ(RunAsAuthor(author_, &NotesService::ListNoteRevisions, revisions).status(), absent);
  v1::ListNotesRequest list;
  list.set_parent(names_.Family(family_));
  const auto listed = RunAsAuthor(author_, &NotesService::ListNotes, list);
  ASSERT_EQ(listed->notes_size(), 1);
  EXPECT_EQ(listed->notes(0).name(), own.name());
}

TEST_F(LeavingTest, N4WhoLeftAsATraineeIsStillCoSigned) {
  const v1::Session session = Held();
  const v1::Note note = Drafted(session, trainee_);
  const v1::Note others = Drafted(session, second_);
  ASSERT_TRUE(Sign(others, second_).ok());
  Leave(trainee_);
  const auto waiting =
      RunAsAuthor(trainee_, &NotesService::SignNote, About<v1::SignNoteRequest>(note));
  ASSERT_TRUE(waiting.ok()) << waiting.status();
  EXPECT_EQ(waiting->note().state(), v1::NOTE_STATE_AWAITING_COSIGN);
  const auto cosigned = RunAsAuthor(supervisor_, &NotesService::CosignNote,
                                    About<v1::CosignNoteRequest>(waiting->note()));
  ASSERT_TRUE(cosigned.ok()) << cosigned.status();
  EXPECT_EQ(cosigned->note().state(), v1::NOTE_STATE_LOCKED);
  EXPECT_EQ(
      ReasonOf(RunAsAuthor(supervisor_, &NotesService::GetNote, About<v1::GetNoteRequest>(others))
                   .status()),
      "NOT_FOUND");
}

// Who may call what, as the table of the design has it. T: as one of the team; S: as a supervisor;
// A: for what they or their supervisee wrote alone; -: nothing connects them; R: no role.
TEST_F(LeavingTest, N4WhoMayCallWhat) {
  facts_.helpers = {{author_, {"anna"}, 1, true, false, {1, 0}},
                    {second_, {"gone"}, 1, true, false, {1, 5}},
                    {support::TestId("wrong"), {"never"}, 1, true, false, {5, 5}},
                    {support::TestId("school"), {"school"}, 6, false, false, {1, 5}}};
  facts_.supervisors = {{supervisor_, {"sam"}, author_, {1, 0}},
                        {support::TestId("boss"), {"boss"}, second_, {1, 0}},
                        {support::TestId("old"), {"oldboss"}, second_, {1, 4}}};
  facts_.members = {{mother_, {"mum"}, true, 1980, 1, 1, {1, 0}}};
  facts_.break_glass = {{support::TestId("g"), support::TestId("night"), {"night"}, {1, 0}}};
  const std::vector<const char*> methods = {
      "CreateNote", "UpdateNote", "GetNote",     "ListNotes", "ListNoteRevisions",
      "SignNote",   "CosignNote", "AddAddendum", "AmendNote", "MarkEnteredInError"};
  struct Row {
    const char* subject;
    ov::Role role;
    const char* cells;
  };
  const std::vector<Row> rows = {
      {"anna", ov::ROLE_CLINICIAN, "TTTTTTRTTT"},     {"anna", ov::ROLE_TRAINEE, "TTTTTTRTTT"},
      {"night", ov::ROLE_CLINICIAN, "--TTT-R---"},    {"gone", ov::ROLE_CLINICIAN, "-AAAAARAA-"},
      {"gone", ov::ROLE_TRAINEE, "-AAAAARAA-"},       {"never", ov::ROLE_CLINICIAN, "------R---"},
      {"school", ov::ROLE_CLINICIAN, "------R---"},   {"ben", ov::ROLE_CLINICIAN, "------R---"},
      {"sam", ov::ROLE_SUPERVISOR, "RRSSSRSSSS"},     {"boss", ov::ROLE_SUPERVISOR, "RRAAARAA--"},
      {"oldboss", ov::ROLE_SUPERVISOR, "RR---R----"}, {"gone", ov::ROLE_SUPERVISOR, "RR---R----"},
      {"root", ov::ROLE_ADMIN, "RRRRRRRRRR"},         {"mum", ov::ROLE_MEMBER, "RRRRRRRRRR"}};
  const auto* service = v1::GetNoteRequest::descriptor()->file()->pool()->FindServiceByName(
      "rapport.notes.v1.SessionNotesService");
  ASSERT_NE(service, nullptr);
  for (const Row& row : rows) {
    std::string cells;
    for (const char* method : methods) {
      const auto policy = schema::PolicyOf(service->FindMethodByName(method));
      ASSERT_TRUE(policy.ok()) << policy.status();
      Principal principal{.agency = std::string(kAgency), .subject = row.subject};
      principal.roles.Add(row.role);
      const auto decision = rpc::Decide(principal, *policy, {.family = family_}, &facts_, 10);
      cells += decision.denial == rpc::Denial::kRole       ? 'R'
               : decision.denial == rpc::Denial::kRelation ? '-'
               : decision.viewer == Viewer::kCareTeam      ? 'T'
               : decision.viewer == Viewer::kSupervisor    ? 'S'
               : decision.viewer == Viewer::kAuthor        ? 'A'
                                                           : '?';
    }
    EXPECT_EQ(cells, row.cells) << row.subject << " as " << ov::Role_Name(row.role);
  }
}

TEST_F(LeavingTest, N4ANoteTakesAThousandAmendmentsAndNoMore) {
  const auto locked = Sign(Drafted(Held(), author_), author_);
  ASSERT_TRUE(locked.ok()) << locked.status();
  const auto ids = names_.ReadNote(locked->note().name());
  StoredNote stored;
  ASSERT_TRUE(store_
                  .Read([&](db::Tx& tx) -> absl::Status {
                    auto record = store_.records->Get(tx, kAgency, family_, kNote, ids->id);
                    if (!record.ok()) return record.status();
                    auto parsed = records::Parse<v1::Note>(*std::move(record));
                    if (parsed.ok()) stored = *std::move(parsed);
                    return parsed.status();
                  })
                  .ok());
  for (int number = 1; number < 1'000; ++number) {
    stored.message.add_amendments()->set_number(number);
  }
  auto call = CallOf(author_);
  records::Changes changes(call, clock_.NowMicros());
  changes.Update(stored.record, records::With(stored.record, stored.message));
  const v1::GetNoteResponse nothing;
  ASSERT_TRUE(RunSync(store_.records->Commit(call, std::move(changes), nothing)).ok());

  const auto amend = [&](const char* text) {
    auto request = About<v1::AmendNoteRequest>(Get(locked->note(), author_)->note());
    request.set_reason("misheard");
    request.add_corrections()->set_section(v1::SECTION_KIND_DATA);
    request.mutable_corrections(0)->set_statement(1);
    request.mutable_corrections(0)->mutable_after()->set_text(text);
    return RunAs(author_, &NotesService::AmendNote, request);
  };
  const auto last = amend("the thousandth time");
  ASSERT_TRUE(last.ok()) << last.status();
  EXPECT_EQ(last->note().amendments(999).number(), 1'000);
  const auto refused = amend("once too often").status();
  EXPECT_EQ(ReasonOf(refused), "TOO_MANY_AMENDMENTS");
  EXPECT_EQ(Get(locked->note(), author_)->note().amendments_size(), 1'000);
}

}  // namespace
}  // namespace rapport::notes
