// What a progress note tells of somebody's treatment for substance use (42 CFR Part 2): whom a
// search and an extract give it to, and what goes with it.
#include "notes/part2_rules.h"

#include "notes_fixture.h"
#include "platform/base/redisclosure.h"

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Part2Test : public NotesTest {
 protected:
  Part2Test() {
    rosters_.called = {{MemberName(son_), "Tom Harbour"},
                       {MemberName(mother_), "Mira Harbour"},
                       {MemberName(uncle_), "Emil Tide"}};
  }

  v1::Statement Saying(const std::string& member, const std::string& text,
                       bool marked = false) const {
    v1::Statement statement;
    if (!member.empty()) statement.set_about_member(MemberName(member));
    statement.set_text(text);
    statement.set_substance_use_treatment(marked);
    return statement;
  }
  absl::StatusOr<v1::CreateNoteResponse> Draft(const std::vector<v1::Statement>& statements,
                                               const std::string& author) {
    v1::CreateNoteRequest request;
    request.set_parent(session_.name());
    request.mutable_note()->set_format(v1::NOTE_FORMAT_FREE);
    auto& section = *request.mutable_note()->add_sections();
    section.set_kind(v1::SECTION_KIND_NARRATIVE);
    for (const v1::Statement& statement : statements) *section.add_statements() = statement;
    return RunAs(author, &NotesService::CreateNote, request);
  }
  v1::Note Written(const std::vector<v1::Statement>& statements) {
    return WrittenBy(author_, statements);
  }
  v1::Note WrittenBy(const std::string& author, const std::vector<v1::Statement>& statements) {
    const auto drafted = Draft(statements, author);
    EXPECT_TRUE(drafted.ok()) << drafted.status();
    const auto locked = Sign(drafted->note(), author);
    EXPECT_TRUE(locked.ok()) << locked.status();
    return locked->note();
  }
  v1::GetMemberExtractResponse Extract(const std::string& member, bool with_treatment) {
    v1::GetMemberExtractRequest request;
    request.set_name(MemberName(member));
    request.set_include_substance_use_treatment(with_treatment);
    auto response = RunAs(author_, &NotesService::GetMemberExtract, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::GetMemberExtractResponse();
  }
  static std::vector<std::string> TextsIn(const v1::GetMemberExtractResponse& extract) {
    std::vector<std::string> texts;
    for (const auto& session : extract.sessions()) {
      for (const auto& note : session.notes()) {
        for (const auto& statement : note.statements()) texts.push_back(statement.text());
      }
    }
    return texts;
  }
  v1::SearchNotesResponse Search(const std::string& query, CallContext& call) {
    v1::SearchNotesRequest request;
    request.set_parent(names_.Family(family_));
    request.set_query(query);
    auto response = Run(call, &NotesService::SearchNotes, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::SearchNotesResponse();
  }
  v1::SearchNotesResponse Search(const std::string& query, const std::string& professional) {
    auto call = CallOf(professional);
    return Search(query, call);
  }

  const v1::Session session_ = Held();
};

TEST_F(Part2Test, N3_TheWriterMarksItOfAMemberWhoIsNamed) {
  const auto refused = Draft({Saying("", "the clinic says that it goes well", true)}, author_);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << refused.status();
  const v1::Note note = Written({Saying(mother_, "goes to the clinic every Monday", true)});
  EXPECT_TRUE(note.sections(0).statements(0).substance_use_treatment());
  EXPECT_EQ(note.redisclosure_notice(), kRedisclosureNotice);
  EXPECT_EQ(WrittenBy(second_, {Saying(mother_, "sleeps better")}).redisclosure_notice(), "");
}

TEST_F(Part2Test, N3_EverythingInTheNoteAboutThatMemberIsTakenForIt) {
  const v1::Note note =
      Written({Saying(mother_, "goes to the clinic every Monday", true),
               Saying(mother_, "is proud of it"), Saying(son_, "plays football")});
  const std::set<std::string> treated = TreatedIn(note);
  EXPECT_THAT(treated, ElementsAre(MemberName(mother_)));
  const auto& statements = note.sections(0).statements();
  EXPECT_TRUE(TellsOfTreatment(statements[1], treated));
  EXPECT_FALSE(TellsOfTreatment(statements[2], treated));
  v1::Statement quoting = Saying(son_, "heard it from her");
  quoting.add_quoted_members(MemberName(mother_));
  EXPECT_TRUE(TellsOfTreatment(quoting, treated));
}

TEST_F(Part2Test, N3_AnExtractHasItOnlyWhenAskedForAndSaysWhatGoesWithIt) {
  Written({Saying(mother_, "goes to the clinic every Monday", true),
           Saying(mother_, "is proud of it")});
  WrittenBy(second_, {Saying(mother_, "sleeps better")});
  const auto without = Extract(mother_, false);
  EXPECT_THAT(TextsIn(without), ElementsAre("sleeps better"));
  EXPECT_EQ(without.redisclosure_notice(), "");
  const auto with = Extract(mother_, true);
  EXPECT_THAT(TextsIn(with), SizeIs(3));
  EXPECT_EQ(with.redisclosure_notice(), kRedisclosureNotice);
  EXPECT_THAT(TextsIn(Extract(son_, true)), IsEmpty());
}

TEST_F(Part2Test, N3_WhatIsMarkedLaterIsLeftOutAsItWasSignedToo) {
  const v1::Note note = Written({Saying(mother_, "goes to the clinic every Monday")});
  EXPECT_THAT(TextsIn(Extract(mother_, false)), SizeIs(1));
  v1::AmendNoteRequest request;
  request.set_name(note.name());
  request.set_etag(note.etag());
  request.set_reason("it is a clinic for substance use");
  v1::Correction& correction = *request.add_corrections();
  correction.set_section(v1::SECTION_KIND_NARRATIVE);
  correction.set_statement(1);
  *correction.mutable_after() = Saying(mother_, "goes to the clinic every Monday", true);
  const auto amended = RunAs(author_, &NotesService::AmendNote, request);
  ASSERT_TRUE(amended.ok()) << amended.status();
  EXPECT_THAT(TextsIn(Extract(mother_, false)), IsEmpty());
  EXPECT_THAT(Search("clinic", author_).hits(), SizeIs(1));
}

TEST_F(Part2Test, N9_ASearchFindsItForTheTeamWhileTheMemberConsentsAndNeverByBreakGlass) {
  Written({Saying(mother_, "goes to the clinic every Monday", true),
           Saying(son_, "asks about the clinic")});
  const auto found = Search("clinic", second_);
  ASSERT_THAT(found.hits(), SizeIs(1));
  ASSERT_THAT(found.hits(0).matches(), SizeIs(2));
  EXPECT_TRUE(found.hits(0).matches(0).substance_use_treatment());
  EXPECT_FALSE(found.hits(0).matches(1).substance_use_treatment());
  EXPECT_EQ(found.redisclosure_notice(), kRedisclosureNotice);

  auto in_emergency = CallOf(second_);
  in_emergency.access.break_glass = support::TestId("grant");
  const auto broken = Search("clinic", in_emergency);
  ASSERT_THAT(broken.hits(), SizeIs(1));
  EXPECT_THAT(broken.hits(0).matches(), SizeIs(1)) << "the son's alone";
  EXPECT_EQ(broken.redisclosure_notice(), "");
  auto again = CallOf(second_);
  again.access.break_glass = support::TestId("grant");
  EXPECT_THAT(Search("Monday", again).hits(), IsEmpty());

  std::erase_if(facts_.consents, [&](const auto& consent) { return consent.member == mother_; });
  EXPECT_THAT(Search("Monday", second_).hits(), IsEmpty());
  EXPECT_THAT(Search("Monday", author_).hits(), SizeIs(1)) << "who wrote it knows it";
}

}  // namespace
}  // namespace rapport::notes
