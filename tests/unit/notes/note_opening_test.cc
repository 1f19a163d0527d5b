// N5: a custodian and the privacy officer together open notes that are kept apart, on a legal
// basis.
#include "notes_fixture.h"

#include "notes/note_opening_rules.h"
#include "notes/notes_history.h"
#include "platform/base/redisclosure.h"
#include "support/in_pages.h"

#include <rapport/notes/v1/notes_service.pb.h>

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kDay = std::chrono::hours(24);

class N5Opening : public NotesTest {
 protected:
  // Of an agency-wide role: `subject` is who the token says, no professional of the family.
  template <typename Request, typename Response>
  absl::StatusOr<Response> As(
      const std::string& subject,
      NotesService::Answer<Response> (NotesService::*use_case)(CallContext&, const Request&),
      const Request& request) {
    auto call = CallOf(subject, Viewer::kAgency);
    call.access.professional.clear();
    return Run(call, use_case, request);
  }
  v1::PsychotherapyNote Written(const v1::Session& session, const std::string& author,
                                const std::string& text) {
    v1::CreatePsychotherapyNoteRequest request;
    request.set_parent(session.name());
    request.mutable_note()->set_text(text);
    const auto created = RunAs(author, &NotesService::CreatePsychotherapyNote, request);
    EXPECT_TRUE(created.ok()) << created.status();
    return created->note();
  }
  v1::ProposeNoteOpeningRequest Proposal(v1::OpeningBasis basis = v1::OPENING_BASIS_AUTHOR_DIED) {
    v1::ProposeNoteOpeningRequest request;
    request.set_parent(names_.Family(family_));
    v1::NoteOpening& opening = *request.mutable_note_opening();
    opening.set_author(names_.Professional(author_));
    opening.set_note_class(v1::KEPT_APART_CLASS_PSYCHOTHERAPY);
    opening.set_basis(basis);
    opening.set_document("certificate 0-0");
    opening.set_reason("somebody has to go on with the family");
    return request;
  }
  v1::NoteOpening Proposed() {
    const auto proposed = As("custodian", &NotesService::ProposeNoteOpening, Proposal());
    EXPECT_TRUE(proposed.ok()) << proposed.status();
    return proposed->note_opening();
  }
  absl::StatusOr<v1::ApproveNoteOpeningResponse> Approve(const std::string& subject,
                                                         const v1::NoteOpening& opening) {
    v1::ApproveNoteOpeningRequest request;
    request.set_name(opening.name());
    request.set_etag(opening.etag());
    return As(subject, &NotesService::ApproveNoteOpening, request);
  }
  absl::StatusOr<v1::GetOpenedNotesResponse> Read(const std::string& subject,
                                                  const v1::NoteOpening& opening) {
    v1::GetOpenedNotesRequest request;
    request.set_name(opening.name());
    return As(subject, &NotesService::GetOpenedNotes, request);
  }
};

TEST_F(N5Opening, OpensTheAuthorsNotesToTheTwoWhoAgreed) {
  const v1::Session session = Started();
  Written(session, author_, "older");
  Written(session, second_, "somebody else's");
  Written(session, author_, "newer");
  const v1::NoteOpening opening = Proposed();
  EXPECT_EQ(opening.state(), v1::OPENING_STATE_PROPOSED);
  EXPECT_EQ(ReasonOf(Read("custodian", opening).status()), "OPENING_NOT_APPROVED");
  const auto approved = Approve("officer", opening);
  ASSERT_TRUE(approved.ok()) << approved.status();
  EXPECT_EQ(approved->note_opening().state(), v1::OPENING_STATE_OPEN);
  for (const char* who : {"custodian", "officer"}) {
    const auto read = Read(who, opening);
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_EQ(read->psychotherapy_notes_size(), 2);
    EXPECT_EQ(read->psychotherapy_notes(0).text(), "newer");
    EXPECT_EQ(read->psychotherapy_notes(1).text(), "older");
    EXPECT_EQ(read->sud_counseling_notes_size(), 0);
  }
  EXPECT_TRUE(absl::IsNotFound(Read("another administrator", opening).status()));
}

TEST_F(N5Opening, IsOfOneClass) {
  const v1::Session session = Started();
  v1::CreateSudCounselingNoteRequest note;
  note.set_parent(session.name());
  note.mutable_note()->set_text("two glasses");
  note.mutable_note()->set_member(MemberName(mother_));
  ASSERT_TRUE(RunAs(author_, &NotesService::CreateSudCounselingNote, note).ok());
  Written(session, author_, "of the other class");
  auto proposal = Proposal();
  proposal.mutable_note_opening()->set_note_class(v1::KEPT_APART_CLASS_SUD_COUNSELING);
  const auto proposed = As("custodian", &NotesService::ProposeNoteOpening, proposal);
  ASSERT_TRUE(proposed.ok()) << proposed.status();
  ASSERT_TRUE(Approve("officer", proposed->note_opening()).ok());
  const auto read = Read("custodian", proposed->note_opening());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->psychotherapy_notes_size(), 0);
  ASSERT_EQ(read->sud_counseling_notes_size(), 1);
  EXPECT_EQ(read->sud_counseling_notes(0).text(), "two glasses");
  EXPECT_EQ(read->sud_counseling_notes(0).redisclosure_notice(), kRedisclosureNotice);
}

TEST_F(N5Opening, NobodyAgreesWithThemselves) {
  const v1::NoteOpening opening = Proposed();
  EXPECT_EQ(ReasonOf(Approve("custodian", opening).status()), "OWN_PROPOSAL");
  EXPECT_EQ(ReasonOf(Read("custodian", opening).status()), "OPENING_NOT_APPROVED");
}

TEST_F(N5Opening, IsApprovedOnceAndWithItsEtag) {
  v1::NoteOpening opening = Proposed();
  const std::string etag = opening.etag();
  opening.set_etag("stale");
  EXPECT_EQ(ReasonOf(Approve("officer", opening).status()), "ETAG_MISMATCH");
  opening.set_etag(etag);
  const auto approved = Approve("officer", opening);
  ASSERT_TRUE(approved.ok()) << approved.status();
  EXPECT_EQ(ReasonOf(Approve("officer", approved->note_opening()).status()), "OPENING_APPROVED");
}

TEST_F(N5Opening, EndsAfterSevenDaysAndAProposalAfterThirty) {
  const v1::NoteOpening opening = Proposed();
  ASSERT_TRUE(Approve("officer", opening).ok());
  store_.clock.Advance(7 * kDay - std::chrono::seconds(1));
  EXPECT_TRUE(Read("custodian", opening).ok());
  store_.clock.Advance(std::chrono::seconds(1));
  EXPECT_EQ(ReasonOf(Read("custodian", opening).status()), "OPENING_OVER");
  const v1::NoteOpening late = Proposed();
  store_.clock.Advance(30 * kDay);
  EXPECT_EQ(ReasonOf(Approve("officer", late).status()), "OPENING_OVER");
}

TEST_F(N5Opening, WhoIsStillThereHasNotLeftAndWhoNeverWasWroteNothing) {
  const auto refused =
      As("custodian", &NotesService::ProposeNoteOpening, Proposal(v1::OPENING_BASIS_AUTHOR_LEFT));
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << refused.status();
  const Faults here = FaultsOfOpening(Proposal(v1::OPENING_BASIS_AUTHOR_LEFT).note_opening(),
                                      author_, facts_, store_.clock.NowMicros());
  ASSERT_EQ(here.size(), 1u);
  EXPECT_EQ(here[0].field, "basis");
  facts_.helpers[0].period.to_us = store_.clock.NowMicros();
  EXPECT_TRUE(FaultsOfOpening(Proposal(v1::OPENING_BASIS_AUTHOR_LEFT).note_opening(), author_,
                              facts_, store_.clock.NowMicros())
                  .empty());
  const Faults stranger = FaultsOfOpening(Proposal().note_opening(), support::TestId("stranger"),
                                          facts_, store_.clock.NowMicros());
  ASSERT_EQ(stranger.size(), 1u);
  EXPECT_EQ(stranger[0].field, "author");
}

TEST_F(N5Opening, CoversTheDaysItNamesBothIncluded) {
  v1::NoteOpening opening = Proposal().note_opening();
  opening.mutable_first_day()->set_year(2031);
  opening.mutable_first_day()->set_month(3);
  opening.mutable_first_day()->set_day(1);
  *opening.mutable_last_day() = opening.first_day();
  const auto at = [](int day, int hour) {
    return std::chrono::sys_time<std::chrono::microseconds>(
               std::chrono::sys_days(std::chrono::year(2031) / 2 / 28) + std::chrono::days(day) +
               std::chrono::hours(hour))
        .time_since_epoch()
        .count();
  };
  EXPECT_FALSE(Covers(opening, opening.author(), at(0, 23)));
  EXPECT_TRUE(Covers(opening, opening.author(), at(1, 0)));
  EXPECT_TRUE(Covers(opening, opening.author(), at(1, 23)));
  EXPECT_FALSE(Covers(opening, opening.author(), at(2, 0)));
  EXPECT_FALSE(Covers(opening, "professionals/another", at(1, 12)));
}

TEST_F(N5Opening, SaysNothingToAnyOtherService) {
  const auto before = Events().size();
  ASSERT_TRUE(Approve("officer", Proposed()).ok());
  EXPECT_EQ(Events().size(), before);
}

TEST_F(N5Opening, IsListedOfTheFamilyAndOfTheAgency) {
  const v1::NoteOpening opening = Proposed();
  for (const std::string& parent : {names_.Family(family_), std::string("families/-")}) {
    v1::ListNoteOpeningsRequest request;
    request.set_parent(parent);
    auto call = CallOf("officer", Viewer::kAgency);
    if (parent == "families/-") call.access.family.clear();
    const auto page = Run(call, &NotesService::ListNoteOpenings, request);
    ASSERT_TRUE(page.ok()) << page.status();
    ASSERT_EQ(page->note_openings_size(), 1) << parent;
    EXPECT_EQ(page->note_openings(0).name(), opening.name());
    EXPECT_EQ(call.disclosed_members.size(), parent == "families/-" ? 1u : 0u);
  }
}

TEST_F(N5Opening, AreListedByStateClassBasisAndAuthor) {
  const v1::NoteOpening first = Proposed();
  ASSERT_TRUE(Approve("officer", first).ok());
  store_.clock.Advance(std::chrono::hours(1));
  auto proposal = Proposal(v1::OPENING_BASIS_LEGAL_DUTY);
  proposal.mutable_note_opening()->set_note_class(v1::KEPT_APART_CLASS_SUD_COUNSELING);
  const auto second = As("custodian", &NotesService::ProposeNoteOpening, proposal);
  ASSERT_TRUE(second.ok()) << second.status();
  const std::string earlier = first.name(), later = second->note_opening().name();
  for (const std::string& parent : {names_.Family(family_), std::string("families/-")}) {
    v1::ListNoteOpeningsRequest request;
    request.set_parent(parent);
    const auto listed = [&](const std::string& filter, const std::string& order = {}) {
      return support::InPages(
          request, filter, order,
          [&](const auto& asked) {
            auto call = CallOf("officer", Viewer::kAgency);
            if (parent == "families/-") call.access.family.clear();
            return Run(call, &NotesService::ListNoteOpenings, asked);
          },
          [](const auto& page) {
            std::vector<std::string> names;
            for (const v1::NoteOpening& one : page.note_openings()) names.push_back(one.name());
            return names;
          });
    };
    const std::string by_author = "author = " + names_.Professional(author_);
    EXPECT_THAT(listed(""), ElementsAre(later, earlier));
    EXPECT_THAT(listed(by_author, "create_time"), ElementsAre(earlier, later));
    EXPECT_THAT(listed("state = OPEN"), ElementsAre(earlier));
    EXPECT_THAT(listed("note_class = SUD_COUNSELING"), ElementsAre(later));
    EXPECT_THAT(listed("basis = AUTHOR_DIED AND state = OPEN"), ElementsAre(earlier));
    EXPECT_THAT(listed("author = " + names_.Professional(second_)), IsEmpty());
  }
}

TEST_F(N5Opening, IsReadableInEveryVersionWithWhoWhenAndOnWhatBasis) {
  const v1::NoteOpening opening = Proposed();
  store_.clock.Advance(kDay);
  ASSERT_TRUE(Approve("officer", opening).ok());
  store_.clock.Advance(kDay * 30);
  access_.allowed = {family_};
  NotesHistory history(deps_, *store_.keys);
  v1::ListSessionRevisionsRequest request;
  request.set_name(opening.name());
  auto call = CallOf("officer", Viewer::kAgency);
  call.method = "rapport.notes.v1.SessionNotesService/ListSessionRevisions";
  const auto versions = RunSync(history.ListSessionRevisions(call, request));
  ASSERT_TRUE(versions.ok()) << versions.status();
  ASSERT_EQ(versions->revisions_size(), 2);
  EXPECT_EQ(versions->revisions(0).revision().action(), "note_opening.propose");
  EXPECT_EQ(versions->revisions(0).revision().account(), "subject-custodian");
  EXPECT_EQ(versions->revisions(0).note_opening().state(), v1::OPENING_STATE_PROPOSED);
  EXPECT_EQ(versions->revisions(1).revision().account(), "subject-officer");
  EXPECT_EQ(versions->revisions(1).revision().reason_code(), "OPENING_BASIS_AUTHOR_DIED");
  EXPECT_EQ(versions->revisions(1).note_opening().state(), v1::OPENING_STATE_OPEN) << "then";
}

}  // namespace
}  // namespace rapport::notes
