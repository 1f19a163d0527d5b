// N5: psychotherapy notes and substance-use counselling notes. Each test holds for both classes.
#include "notes_fixture.h"
#include "platform/base/redisclosure.h"
#include "platform/rpc/authorise.h"
#include "support/in_pages.h"

#include <rapport/notes/v1/notes_service.pb.h>

namespace rapport::notes {
namespace {

namespace ov = options::v1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Psychotherapy {
  using CreateRequest = v1::CreatePsychotherapyNoteRequest;
  using GetRequest = v1::GetPsychotherapyNoteRequest;
  using ListRequest = v1::ListPsychotherapyNotesRequest;
  static constexpr auto kCreate = &NotesService::CreatePsychotherapyNote;
  static constexpr auto kGet = &NotesService::GetPsychotherapyNote;
  static constexpr auto kList = &NotesService::ListPsychotherapyNotes;
  static constexpr const char* kMethods[] = {"CreatePsychotherapyNote", "GetPsychotherapyNote",
                                             "ListPsychotherapyNotes"};
  static constexpr const char* kScope = "psychotherapy_notes";
  static constexpr const char* kOtherScope = "sud_counseling_notes";
  static constexpr const char* kRows = "SELECT COUNT(*) FROM record_psychotherapy";
  static constexpr auto kKeyClass = crypto::KeyClass::kPsychotherapy;
  static constexpr std::string_view kPattern = schema::patterns::kPsychotherapyNote;
};

struct SubstanceUse {
  using CreateRequest = v1::CreateSudCounselingNoteRequest;
  using GetRequest = v1::GetSudCounselingNoteRequest;
  using ListRequest = v1::ListSudCounselingNotesRequest;
  static constexpr auto kCreate = &NotesService::CreateSudCounselingNote;
  static constexpr auto kGet = &NotesService::GetSudCounselingNote;
  static constexpr auto kList = &NotesService::ListSudCounselingNotes;
  static constexpr const char* kMethods[] = {"CreateSudCounselingNote", "GetSudCounselingNote",
                                             "ListSudCounselingNotes"};
  static constexpr const char* kScope = "sud_counseling_notes";
  static constexpr const char* kOtherScope = "psychotherapy_notes";
  static constexpr const char* kRows = "SELECT COUNT(*) FROM record_substance_use";
  static constexpr auto kKeyClass = crypto::KeyClass::kSubstanceUse;
  static constexpr std::string_view kPattern = schema::patterns::kSudCounselingNote;
};

template <typename Class>
class N5KeptApart : public NotesTest {
 protected:
  using Note = std::decay_t<decltype(std::declval<typename Class::CreateRequest>().note())>;

  typename Class::CreateRequest Words(const v1::Session& session, const std::string& text) const {
    typename Class::CreateRequest request;
    request.set_parent(session.name());
    request.mutable_note()->set_text(text);
    if constexpr (requires { request.mutable_note()->set_member(""); }) {
      request.mutable_note()->set_member(MemberName(mother_));
    }
    return request;
  }
  Note Written(const v1::Session& session, const std::string& author, const std::string& text) {
    auto created = RunAs(author, Class::kCreate, Words(session, text));
    EXPECT_TRUE(created.ok()) << created.status();
    return created->note();
  }
  auto GetBy(const std::string& professional, const std::string& name,
             Viewer viewer = Viewer::kAuthor) {
    typename Class::GetRequest request;
    request.set_name(name);
    return RunAs(professional, Class::kGet, request, viewer);
  }
  auto ListBy(const std::string& professional, const std::string& parent, int page_size = 0,
              const std::string& token = "") {
    typename Class::ListRequest request;
    request.set_parent(parent);
    request.set_page_size(page_size);
    request.set_page_token(token);
    return RunAs(professional, Class::kList, request, Viewer::kAuthor);
  }
  std::string Absent(const v1::Session& session) const {
    const auto in = names_.Read(schema::patterns::kSession, session.name());
    return names_.Note(family_, in->id, support::TestId("none"), Class::kPattern);
  }
};
using Classes = testing::Types<Psychotherapy, SubstanceUse>;
TYPED_TEST_SUITE(N5KeptApart, Classes);

TYPED_TEST(N5KeptApart, IsTheCallersAndReadAsWritten) {
  const v1::Session session = this->Started();
  auto request = this->Words(session, "He has never told anybody.");
  request.mutable_note()->set_author(this->names_.Professional(this->second_));
  const auto created = this->RunAs(this->author_, TypeParam::kCreate, request);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->note().author(), this->names_.Professional(this->author_));
  EXPECT_EQ(created->note().text(), "He has never told anybody.");
  const auto read = this->GetBy(this->author_, created->note().name());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->note().SerializeAsString(), created->note().SerializeAsString());
}

// Another therapist of the team, the author's supervisor, a trainee, somebody by an emergency
// opening: each gets to the byte what they would get if there were no such note.
TYPED_TEST(N5KeptApart, DoesNotExistForAnybodyElse) {
  this->facts_.supervisors.push_back(
      {.professional = this->supervisor_, .supervisee = this->author_, .period = {1, 0}});
  const v1::Session session = this->Held();
  const std::string none = this->Absent(session);
  const std::string family = this->names_.Family(this->family_);
  std::vector<std::string> before;
  const std::vector<std::string> others = {this->second_, this->supervisor_, this->trainee_};
  for (const std::string& other : others) {
    before.push_back(this->ListBy(other, family)->SerializeAsString());
  }
  const auto note = this->Written(session, this->author_, "what only the author may know");
  for (std::size_t i = 0; i < others.size(); ++i) {
    for (const Viewer viewer : {Viewer::kAuthor, Viewer::kCareTeam, Viewer::kSupervisor}) {
      const auto hidden = this->GetBy(others[i], note.name(), viewer).status();
      EXPECT_EQ(hidden, this->GetBy(others[i], none, viewer).status());
      EXPECT_EQ(ReasonOf(hidden), "NOT_FOUND");
    }
    for (const std::string& parent : {family, session.name()}) {
      EXPECT_EQ(this->ListBy(others[i], parent)->SerializeAsString(), before[i]);
    }
  }
  EXPECT_EQ(ReasonOf(this->GetBy(this->author_, none).status()), "NOT_FOUND");
}

// Names are checked whole: an own note under another session's name is no note.
TYPED_TEST(N5KeptApart, ANameOfAnotherSessionOrClassIsNone) {
  const auto note = this->Written(this->Started(), this->author_, "under its own session");
  const auto ids = this->names_.ReadNote(note.name(), TypeParam::kPattern);
  EXPECT_EQ(
      ReasonOf(this->GetBy(this->author_, this->names_.Note(this->family_, support::TestId("other"),
                                                            ids->id, TypeParam::kPattern))
                   .status()),
      "NOT_FOUND");
  v1::GetNoteRequest as_progress;
  as_progress.set_name(this->names_.Note(this->family_, ids->session, ids->id));
  EXPECT_EQ(ReasonOf(this->RunAs(this->author_, &NotesService::GetNote, as_progress).status()),
            "NOT_FOUND");
}

TYPED_TEST(N5KeptApart, StaysItsAuthorsAfterTheyLeftTheTeam) {
  const v1::Session session = this->Started();
  const auto note = this->Written(session, this->author_, "still mine");
  for (auto& helper : this->facts_.helpers) {
    if (helper.professional == this->author_) {
      helper.period.to_us = this->store_.clock.NowMicros();
    }
  }
  EXPECT_TRUE(this->GetBy(this->author_, note.name()).ok());
  EXPECT_EQ(this->ListBy(this->author_, session.name())->notes_size(), 1);
}

TYPED_TEST(N5KeptApart, ListsTheCallersOwnPageByPageAmongOthers) {
  const v1::Session session = this->Started();
  for (const char* text : {"first words", "second words", "third words"}) {
    this->Written(session, this->second_, "of somebody else");
    this->Written(session, this->author_, text);
    this->store_.clock.Advance(std::chrono::seconds(1));
  }
  const std::string family = this->names_.Family(this->family_);
  const auto first = this->ListBy(this->author_, family, 2);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->notes_size(), 2);
  EXPECT_EQ(first->notes(0).text(), "third words");
  EXPECT_EQ(first->notes(1).text(), "second words");
  const auto second = this->ListBy(this->author_, family, 2, first->next_page_token());
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_EQ(second->notes_size(), 1);
  EXPECT_EQ(second->notes(0).text(), "first words");
  EXPECT_EQ(second->next_page_token(), "");
  EXPECT_EQ(this->ListBy(this->author_, this->Absent(session)).status().code(),
            absl::StatusCode::kNotFound);
}

TYPED_TEST(N5KeptApart, AreListedByTimeAndNoFilterTellsOfAnothers) {
  const v1::Session session = this->Started();
  const auto first = this->Written(session, this->author_, "first words");
  this->store_.clock.Advance(std::chrono::hours(1));
  const auto others = this->Written(session, this->second_, "of somebody else");
  this->store_.clock.Advance(std::chrono::hours(1));
  const auto last = this->Written(session, this->author_, "last words");
  typename TypeParam::ListRequest request;
  request.set_parent(session.name());
  const auto listed = [&](const std::string& filter, const std::string& order = {}) {
    return support::InPages(
        request, filter, order,
        [&](const auto& asked) {
          return this->RunAs(this->author_, TypeParam::kList, asked, Viewer::kAuthor);
        },
        [](const auto& page) {
          std::vector<std::string> names;
          for (const auto& one : page.notes()) names.push_back(one.name());
          return names;
        });
  };
  const std::string since =
      "create_time >= \"" + support::TimeText(schema::ToMicros(others.create_time())) + "\"";
  EXPECT_THAT(listed(""), ElementsAre(last.name(), first.name()));
  EXPECT_THAT(listed("", "create_time"), ElementsAre(first.name(), last.name()));
  EXPECT_THAT(listed(since, "create_time"), ElementsAre(last.name()));
  request.set_filter("text = words");
  EXPECT_EQ(
      ReasonOf(this->RunAs(this->author_, TypeParam::kList, request, Viewer::kAuthor).status()),
      "FILTER_INVALID");
}

TYPED_TEST(N5KeptApart, NeedsASessionThatStarted) {
  EXPECT_EQ(ReasonOf(this->RunAs(this->author_, TypeParam::kCreate,
                                 this->Words(this->Scheduled(), "too early"))
                         .status()),
            "SESSION_NOT_STARTED");
  auto nowhere = this->Words(this->Started(), "nowhere");
  nowhere.set_parent(this->names_.Session(this->family_, support::TestId("none")));
  EXPECT_EQ(ReasonOf(this->RunAs(this->author_, TypeParam::kCreate, nowhere).status()),
            "NOT_FOUND");
}

// Everything else that the service shows, tells and counts is the same with and without them.
TYPED_TEST(N5KeptApart, ChangesNothingThatAnybodyCanSee) {
  const v1::Session session = this->Held();
  const auto progress = this->Drafted(session, this->author_);
  ASSERT_TRUE(this->Sign(progress, this->author_).ok());
  const auto seen = [&] {
    v1::ListNotesRequest notes;
    v1::ListSessionsRequest sessions;
    v1::GetEngagementRequest engagement;
    notes.set_parent(this->names_.Family(this->family_));
    sessions.set_parent(notes.parent());
    engagement.set_name(notes.parent());
    const auto list = this->RunAs(this->second_, &NotesService::ListNotes, notes);
    const auto held = this->RunAs(this->second_, &NotesService::ListSessions, sessions);
    const auto parts = this->RunAs(this->second_, &NotesService::GetEngagement, engagement);
    EXPECT_TRUE(list.ok() && held.ok() && parts.ok());
    return std::tuple(list->SerializeAsString(), held->SerializeAsString(),
                      parts->SerializeAsString(), this->Events(),
                      this->store_.Number("SELECT revision FROM family_revision"),
                      this->store_.Number("SELECT COUNT(*) FROM record"),
                      this->store_.Number("SELECT COUNT(*) FROM record_history"));
  };
  const auto before = seen();
  this->Written(session, this->author_, "seen by nobody");
  EXPECT_EQ(seen(), before);
}

TYPED_TEST(N5KeptApart, HasATableAndAKeyOfItsOwnAndSoHasItsStoredAnswer) {
  const v1::Session session = this->Started();
  EXPECT_TRUE(absl::IsNotFound(
      this->store_.keys->Find(kAgency, this->family_, TypeParam::kKeyClass).status()));
  auto call = this->CallOf(this->author_);
  const auto created = this->Run(call, TypeParam::kCreate, this->Words(session, "apart"));
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(this->store_.Number(TypeParam::kRows), 1);
  EXPECT_TRUE(this->store_.keys->Find(kAgency, this->family_, TypeParam::kKeyClass).ok());
  EXPECT_EQ(
      this->store_.Number("SELECT key_class FROM answer WHERE request_id = $1", {call.request_id}),
      static_cast<int>(TypeParam::kKeyClass));
  const auto again = RunSync(this->store_.answers->Find(call));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(**again, created->SerializeAsString());
}

struct WhoAsks {
  const char* name;
  const char* subject;
  int role;
  bool scoped;
  rpc::Denial create, read;
};

// Who may call the three methods at all. Break-glass replaces no relationship here.
TYPED_TEST(N5KeptApart, IsOpenedByNoRelationButTheAuthors) {
  using rpc::Denial;
  AccessFacts facts;
  facts.family = this->family_;
  facts.helpers = {{this->author_, {"anna"}, 1, true, false, {1, 0}},
                   {this->trainee_, {"tess"}, 1, true, true, {1, 0}},
                   {this->second_, {"gone"}, 1, true, false, {1, 5}},
                   {support::TestId("wrong"), {"never"}, 1, true, false, {5, 5}},
                   {support::TestId("school"), {"school"}, 6, false, false, {1, 0}}};
  facts.supervisors = {{this->supervisor_, {"sam"}, this->author_, {1, 0}}};
  facts.members = {{this->mother_, {"mum"}, true, 1980, 1, 1, {1, 0}}};
  facts.break_glass = {{support::TestId("g"), support::TestId("night"), {"night"}, {1, 0}}};
  const std::vector<WhoAsks> cases = {
      {"therapist on the team", "anna", ov::ROLE_CLINICIAN, true, Denial::kNone, Denial::kNone},
      {"trainee on the team", "tess", ov::ROLE_TRAINEE, true, Denial::kNone, Denial::kNone},
      {"author who left", "gone", ov::ROLE_CLINICIAN, true, Denial::kRelation, Denial::kNone},
      {"whose entry was wrong", "never", ov::ROLE_CLINICIAN, true, Denial::kRelation,
       Denial::kRelation},
      {"without the scope", "anna", ov::ROLE_CLINICIAN, false, Denial::kScope, Denial::kScope},
      {"emergency opening", "night", ov::ROLE_CLINICIAN, true, Denial::kRelation,
       Denial::kRelation},
      {"clinician elsewhere", "ben", ov::ROLE_CLINICIAN, true, Denial::kRelation,
       Denial::kRelation},
      {"indirect helper", "school", ov::ROLE_CLINICIAN, true, Denial::kRelation, Denial::kRelation},
      {"supervisor", "sam", ov::ROLE_SUPERVISOR, true, Denial::kRole, Denial::kRole},
      {"supervisor with a clinician's role", "sam", ov::ROLE_CLINICIAN, true, Denial::kRelation,
       Denial::kRelation},
      {"admin", "root", ov::ROLE_ADMIN, true, Denial::kRole, Denial::kRole},
      {"director", "dora", ov::ROLE_DIRECTOR, true, Denial::kRole, Denial::kRole},
      {"privacy officer", "olga", ov::ROLE_PRIVACY_OFFICER, true, Denial::kRole, Denial::kRole},
      {"auditor", "axel", ov::ROLE_AUDITOR, true, Denial::kRole, Denial::kRole},
      {"another service", "desk", ov::ROLE_SERVICE, true, Denial::kRole, Denial::kRole},
      {"member", "mum", ov::ROLE_MEMBER, true, Denial::kRole, Denial::kRole},
  };
  const auto* service =
      v1::CreatePsychotherapyNoteRequest::descriptor()->file()->pool()->FindServiceByName(
          "rapport.notes.v1.SessionNotesService");
  ASSERT_NE(service, nullptr);
  for (const char* method : TypeParam::kMethods) {
    const auto policy = schema::PolicyOf(service->FindMethodByName(method));
    ASSERT_TRUE(policy.ok()) << policy.status();
    EXPECT_EQ(policy->freshness, ov::FRESHNESS_NOW) << "never by a copy of the facts";
    EXPECT_THAT(policy->peers, IsEmpty()) << "no other service is told";
    for (const WhoAsks& who : cases) {
      Principal principal{.agency = std::string(kAgency), .subject = who.subject};
      principal.roles.Add(who.role);
      principal.scopes = {who.scoped ? TypeParam::kScope : TypeParam::kOtherScope};
      const auto denial =
          rpc::Decide(principal, *policy, {.family = this->family_}, &facts, 10).denial;
      const Denial expected = method == TypeParam::kMethods[0] ? who.create : who.read;
      EXPECT_EQ(rpc::NameOf(denial), rpc::NameOf(expected)) << method << " by " << who.name;
    }
  }
}

using N5SubstanceUse = NotesTest;

TEST_F(N5SubstanceUse, ANoteIsAboutAMemberOfTheFamily) {
  v1::CreateSudCounselingNoteRequest request;
  request.set_parent(Started().name());
  request.mutable_note()->set_text("about a stranger");
  request.mutable_note()->set_member(MemberName(support::TestId("stranger")));
  const auto refused = RunAs(author_, &NotesService::CreateSudCounselingNote, request);
  EXPECT_TRUE(absl::IsInvalidArgument(refused.status()));
  EXPECT_THAT(schema::StatusDetails(refused.status()), HasSubstr("note.member"));
}

// 42 CFR 2.32: the notice goes with the record wherever it goes; of no other class.
TEST_F(N5SubstanceUse, EveryAnswerHasTheRedisclosureNotice) {
  v1::CreateSudCounselingNoteRequest request;
  request.set_parent(Started().name());
  request.mutable_note()->set_text("two glasses");
  request.mutable_note()->set_member(MemberName(mother_));
  const auto created = RunAs(author_, &NotesService::CreateSudCounselingNote, request);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->note().redisclosure_notice(), kRedisclosureNotice);
  v1::GetSudCounselingNoteRequest get;
  get.set_name(created->note().name());
  const auto read = RunAs(author_, &NotesService::GetSudCounselingNote, get, Viewer::kAuthor);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->note().redisclosure_notice(), kRedisclosureNotice);
  v1::ListSudCounselingNotesRequest list;
  list.set_parent(request.parent());
  const auto all = RunAs(author_, &NotesService::ListSudCounselingNotes, list, Viewer::kAuthor);
  ASSERT_TRUE(all.ok() && all->notes_size() == 1) << all.status();
  EXPECT_EQ(all->notes(0).redisclosure_notice(), kRedisclosureNotice);
}

TEST_F(N5SubstanceUse, NotesAreListedByMember) {
  const v1::Session session = Started();
  for (const std::string& member : {mother_, son_, mother_}) {
    v1::CreateSudCounselingNoteRequest request;
    request.set_parent(session.name());
    request.mutable_note()->set_text("two glasses");
    request.mutable_note()->set_member(MemberName(member));
    ASSERT_TRUE(RunAs(author_, &NotesService::CreateSudCounselingNote, request).ok());
    store_.clock.Advance(std::chrono::seconds(1));
  }
  v1::ListSudCounselingNotesRequest list;
  list.set_parent(session.name());
  const auto of = [&](const std::string& member) {
    list.set_filter("member = " + MemberName(member));
    const auto page = RunAs(author_, &NotesService::ListSudCounselingNotes, list, Viewer::kAuthor);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? page->notes_size() : -1;
  };
  EXPECT_EQ(of(mother_), 2);
  EXPECT_EQ(of(son_), 1);
}

}  // namespace
}  // namespace rapport::notes
