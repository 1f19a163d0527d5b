#include "notes/extract_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kMe[] = "me";

v1::Statement About(const std::string& member, const std::string& text) {
  v1::Statement statement;
  statement.set_about_member(member);
  statement.set_text(text);
  return statement;
}

v1::Session HeldWith(const std::vector<std::string>& members) {
  v1::Session session;
  session.set_state(v1::SESSION_STATE_HELD);
  session.set_name("families/f/sessions/s");
  session.mutable_scheduled_start_time()->set_seconds(1'000);
  session.mutable_start_time()->set_seconds(1'001);
  session.mutable_end_time()->set_seconds(4'601);
  for (const std::string& member : members) {
    session.add_invited_members(member);
    v1::Attendance& entry = *session.add_attendance();
    entry.set_person(member);
    entry.set_presence(v1::PRESENCE_PRESENT);
  }
  return session;
}

v1::Note SignedNote(const std::vector<v1::Statement>& statements) {
  v1::Note note;
  note.set_author("professionals/p");
  note.set_state(v1::NOTE_STATE_LOCKED);
  note.add_signatures()->mutable_sign_time()->set_seconds(5'000);
  v1::NoteSection& section = *note.add_sections();
  section.set_kind(v1::SECTION_KIND_NARRATIVE);
  for (const v1::Statement& statement : statements) *section.add_statements() = statement;
  return note;
}

const OtherNames& Others() {
  static const OtherNames names("Tom Harbour-Sample",
                                {"Mira Harbour-Sample", "Ada de la Tide", "X Æon"});
  return names;
}

v1::ExtractedSession Extracted(const v1::Session& session, const v1::Note& note) {
  const v1::Note* const notes[] = {&note};
  return ExtractOf(session, notes, kMe, Others());
}

std::vector<std::string> Texts(const v1::Note& note) {
  std::vector<std::string> texts;
  const v1::ExtractedSession session = Extracted(HeldWith({kMe, "other"}), note);
  for (const v1::ExtractedNote& one : session.notes()) {
    for (const auto& statement : one.statements()) texts.push_back(statement.text());
  }
  return texts;
}

TEST(N3Extract, HasWhatIsSaidOfTheMemberAlone) {
  v1::Statement quoting = About(kMe, "his sister says that he hums");
  quoting.add_quoted_members("other");
  v1::Statement quoting_himself = About(kMe, "says that he hums");
  quoting_himself.add_quoted_members(kMe);
  EXPECT_THAT(Texts(SignedNote({About(kMe, "slept well"), About("other", "slept badly"),
                                About("", "they laughed"), quoting, quoting_himself,
                                About(kMe, "was called names by MIRA")})),
              ElementsAre("slept well", "says that he hums"));
}

TEST(N3Extract, DraftsAndErrorsAreNotInIt) {
  for (const auto state : {v1::NOTE_STATE_DRAFT, v1::NOTE_STATE_ENTERED_IN_ERROR}) {
    v1::Note note = SignedNote({About(kMe, "slept well")});
    note.set_state(state);
    EXPECT_THAT(Texts(note), IsEmpty());
  }
}

TEST(N3Extract, OfASessionTheMemberWasNotInOnlyThat) {
  const v1::Note note = SignedNote({About(kMe, "is said to be tired")});
  v1::Session session = HeldWith({kMe, "other"});
  session.mutable_attendance(0)->set_presence(v1::PRESENCE_ABSENT);
  const v1::ExtractedSession absent = Extracted(session, note);
  EXPECT_THAT(absent.notes(), IsEmpty());
  EXPECT_FALSE(absent.has_start_time());
  EXPECT_EQ(absent.attendance().presence(), v1::PRESENCE_ABSENT);
  session.mutable_attendance()->DeleteSubrange(0, 1);
  EXPECT_FALSE(Extracted(session, note).has_attendance());
  EXPECT_TRUE(InExtract(session, kMe));
  session.set_state(v1::SESSION_STATE_NO_SHOW);
  EXPECT_TRUE(InExtract(session, kMe)) << "one who was absent can't tell whether others came";
  session.set_state(v1::SESSION_STATE_CANCELLED);
  EXPECT_FALSE(InExtract(session, kMe));
  EXPECT_FALSE(InExtract(HeldWith({"other"}), kMe)) << "not invited";
}

TEST(N3Extract, StandsAsCorrectedBesideWhatWasSigned) {
  v1::Note note = SignedNote({About(kMe, "was late"), About("other", "was ill"),
                              About(kMe, "was sad"), About(kMe, "was loud")});
  v1::Amendment& amendment = *note.add_amendments();
  const auto correct = [&](int statement, const v1::Statement& before, const v1::Statement* after) {
    v1::Correction& correction = *amendment.add_corrections();
    correction.set_section(v1::SECTION_KIND_NARRATIVE);
    correction.set_statement(statement);
    *correction.mutable_before() = before;
    if (after != nullptr) *correction.mutable_after() = *after;
  };
  const v1::Statement on_time = About(kMe, "was on time"), ill = About(kMe, "was ill");
  const v1::Statement others = About("other", "was sad");
  correct(1, About(kMe, "was late"), &on_time);
  correct(2, About("other", "was ill"), &ill);
  correct(3, About(kMe, "was sad"), &others);
  correct(4, About(kMe, "was loud"), nullptr);
  const v1::ExtractedSession session = Extracted(HeldWith({kMe, "other"}), note);
  ASSERT_EQ(session.notes_size(), 1);
  ASSERT_EQ(session.notes(0).statements_size(), 2);
  EXPECT_EQ(session.notes(0).statements(0).text(), "was on time");
  EXPECT_EQ(session.notes(0).statements(0).signed_text(), "was late");
  EXPECT_EQ(session.notes(0).statements(1).text(), "was ill");
  EXPECT_EQ(session.notes(0).statements(1).signed_text(), "") << "it was said of somebody else";
}

TEST(N3Extract, AddendaSayWhoseTheyAre) {
  v1::Note note = SignedNote({About("other", "was ill")});
  v1::Addendum& addendum = *note.add_addenda();
  addendum.set_author("professionals/q");
  addendum.set_reason("Mira told it");
  addendum.mutable_add_time()->set_seconds(6'000);
  *addendum.add_statements() = About(kMe, "forgot to say that he sleeps");
  *addendum.add_statements() = About("", "they all sleep");
  const v1::ExtractedSession session = Extracted(HeldWith({kMe, "other"}), note);
  ASSERT_EQ(session.notes_size(), 1);
  ASSERT_EQ(session.notes(0).statements_size(), 1);
  const v1::ExtractedStatement& statement = session.notes(0).statements(0);
  EXPECT_EQ(statement.section(), v1::SECTION_KIND_UNSPECIFIED);
  EXPECT_EQ(statement.added_by(), "professionals/q");
  EXPECT_EQ(statement.add_time().seconds(), 6'000);
}

TEST(N3Extract, NamesAreFoundInEveryForm) {
  for (const char* text : {"mira said so", "with MIRA.", "Mira's book", "Miras Buch", "(Míra)",
                           "Ada was there", "the Tides", "æon", "ÆON?"}) {
    EXPECT_TRUE(Others().NamedIn(text)) << text;
  }
  for (const char* text : {"Harbour-Sample", "Tom", "a miracle", "de la mer", "x", "", "admiral"}) {
    EXPECT_FALSE(Others().NamedIn(text)) << text;
  }
  EXPECT_TRUE(OtherNames("", {"Al"}).NamedIn("Als Hut"));
  EXPECT_FALSE(OtherNames("", {"Al"}).NamedIn("all of us also"));
  EXPECT_TRUE(OtherNames("", {"la"}).NamedIn("la")) << "when there is nothing else of a name";
  EXPECT_TRUE(OtherNames("", {"ed x"}).NamedIn("Ed")) << "the first word of a name is one";
  EXPECT_FALSE(OtherNames("Ed", {"Ed"}).NamedIn("Ed")) << "it tells nobody apart";
}

TEST(N3Extract, WhoIsKnownByKinshipIsNotInItEither) {
  for (const char* text :
       {"said that his mother hits him", "his mum's friend", "Sein Vater schlägt ihn",
        "spoke of the Brüder", "misses Grandma", "is afraid of his stepfather", "Omas Haus",
        "fights with her husband", "says that seine Frau left", "die Schwiegermutter", "the Exmann",
        "his half-brother", "her parents", "hat ein Kind", "their kids", "mother-in-law"}) {
    EXPECT_THAT(Texts(SignedNote({About(kMe, text)})), IsEmpty()) << text;
  }
  for (const char* text : {"sang a song for a reason", "was kind", "is a good person",
                           "a sunny day", "a man of few words", "Ein Mann von Wort", "kidney pain",
                           "a nanny", "a grand plan", "momentum", "an example", "stepped back"}) {
    EXPECT_THAT(Texts(SignedNote({About(kMe, text)})), ElementsAre(text));
  }
}

// One family's record as far as the extract of `kMe` reads it. What is the member's comes from one
// generator, everything else from another.
class WorldMaker {
 public:
  WorldMaker(unsigned mine, unsigned others) : mine_(mine), others_(others) {
    for (int i = Pick(others_, 4); i >= 0; --i) {
      other_ids_.push_back("other-" + std::to_string(Pick(others_, 100)));
      other_names_.push_back(Any(others_, kFirst) + (Pick(others_, 2) ? " Harbour" : " Tide"));
    }
  }

  // The bytes of the member's whole extract.
  std::string Extract() {
    const OtherNames names("Tom Harbour", other_names_);
    std::string bytes;
    for (int i = Pick(mine_, 4); i >= 0; --i) {
      for (int j = Pick(others_, 3); j > 0; --j) Show(Session(false), names, bytes);
      Show(Session(true), names, bytes);
    }
    return bytes;
  }

 private:
  using Rng = std::mt19937;
  static constexpr const char* kFirst[] = {"Mira", "Ada", "Zoë", "Bo", "Émile", "李", "Ann-Kay"};
  static constexpr const char* kKin[] = {
      "his mother", "Dad",      "her stepson's wife", "seine Mutter",
      "die Brüder", "ihr Mann", "a cousin",           "both his grandparents"};
  static constexpr const char* kMine[] = {"slept well", "hums", "was tired at school", "laughed",
                                          "wants a dog"};

  static int Pick(Rng& rng, int below) {
    return std::uniform_int_distribution<int>(0, below - 1)(rng);
  }
  template <typename Texts>
  static std::string Any(Rng& rng, const Texts& texts) {
    return texts[Pick(rng, static_cast<int>(std::size(texts)))];
  }
  std::string Other() { return Any(others_, other_ids_); }

  // What must not be seen: of another, of all, of the member with another in it.
  v1::Statement OthersStatement() {
    const std::string called = Any(others_, other_names_);
    const std::string name = called.substr(0, called.find(' '));
    switch (Pick(others_, 6)) {
      case 0:
        return About(Other(), Any(others_, kMine));
      case 1:
        return About("", Any(others_, kMine));
      case 2:
        return About(kMe, "shouted at " + name + ".");
      case 3:
        return About(kMe, name + "s word: he " + Any(others_, kMine));
      case 4:
        return About(kMe, "says that " + Any(others_, kKin) + " " + Any(others_, kMine));
      default: {
        v1::Statement quoting = About(kMe, Any(others_, kMine));
        quoting.add_quoted_members(Other());
        return quoting;
      }
    }
  }
  v1::Statement MyStatement() { return About(kMe, Any(mine_, kMine)); }

  v1::Attendance Entry(Rng& rng, const std::string& person, v1::Presence presence) {
    v1::Attendance entry;
    entry.set_person(person);
    entry.set_presence(presence);
    entry.set_participation(static_cast<v1::Participation>(Pick(rng, 5)));
    return entry;
  }

  // A section with both kinds of statements mixed, some of them corrected since.
  void Fill(bool mine, v1::Note& note) {
    v1::NoteSection& section = *note.add_sections();
    section.set_kind(v1::SECTION_KIND_NARRATIVE);
    v1::Amendment& amendment = *note.add_amendments();
    const auto correct = [&](const v1::Statement& after) {
      v1::Correction& correction = *amendment.add_corrections();
      correction.set_section(section.kind());
      correction.set_statement(section.statements_size());
      *correction.mutable_before() = section.statements(section.statements_size() - 1);
      *correction.mutable_after() = after;
    };
    for (int i = mine ? Pick(mine_, 4) : 0; i > 0; --i) {
      for (int j = Pick(others_, 3); j > 0; --j) {
        *section.add_statements() = OthersStatement();
        if (Pick(others_, 3) == 0) correct(OthersStatement());
      }
      // Said of another first, and found to be the member's.
      const bool was_others = Pick(mine_, 4) == 0;
      *section.add_statements() = was_others ? OthersStatement() : MyStatement();
      if (was_others || Pick(mine_, 3) == 0) correct(MyStatement());
    }
    for (int j = Pick(others_, 3); j > 0; --j) *section.add_statements() = OthersStatement();
  }

  v1::Note Note(bool mine) {
    v1::Note note;
    note.set_author(mine ? "professionals/p" : "professionals/q");
    note.set_state(static_cast<v1::NoteState>(1 + Pick(mine ? mine_ : others_, 5)));
    note.add_signatures()->mutable_sign_time()->set_seconds(Pick(mine ? mine_ : others_, 99));
    Fill(mine, note);
    for (int i = mine ? Pick(mine_, 2) : Pick(others_, 2); i > 0; --i) {
      v1::Addendum& addendum = *note.add_addenda();
      for (int j = Pick(others_, 2); j > 0; --j) *addendum.add_statements() = OthersStatement();
      if (mine) *addendum.add_statements() = MyStatement();
      addendum.set_reason(Any(others_, other_names_));
    }
    return note;
  }

  // One that the member was invited to, or one of the others alone.
  v1::Session Session(bool mine) {
    v1::Session session = HeldWith({});
    session.set_name("families/f/sessions/" + std::to_string(Pick(mine ? mine_ : others_, 1'000)));
    session.set_format(static_cast<v1::SessionFormat>(Pick(others_, 5)));
    for (const std::string& other : other_ids_) {
      if (Pick(others_, 3) == 0) continue;
      session.add_invited_members(other);
      *session.add_attendance() =
          Entry(others_, other, static_cast<v1::Presence>(1 + Pick(others_, 4)));
    }
    if (!mine) return session;
    session.add_invited_members(kMe);
    const auto presence = static_cast<v1::Presence>(Pick(mine_, 5));
    if (presence != v1::PRESENCE_UNSPECIFIED) {
      *session.add_attendance() = Entry(mine_, kMe, presence);
    }
    const bool came = presence != v1::PRESENCE_UNSPECIFIED && presence != v1::PRESENCE_ABSENT;
    if (!came && Pick(others_, 2) == 0) session.set_state(v1::SESSION_STATE_NO_SHOW);
    return session;
  }

  void Show(const v1::Session& session, const OtherNames& names, std::string& bytes) {
    const auto& invited = session.invited_members();
    const bool mine = std::find(invited.begin(), invited.end(), kMe) != invited.end();
    std::vector<v1::Note> notes;
    for (int i = Pick(others_, 2); i > 0; --i) notes.push_back(Note(false));
    for (int i = mine ? Pick(mine_, 3) : 0; i > 0; --i) notes.push_back(Note(true));
    for (int i = Pick(others_, 2); i > 0; --i) notes.push_back(Note(false));
    if (!InExtract(session, kMe)) return;
    std::vector<const v1::Note*> pointers;
    for (const v1::Note& note : notes) pointers.push_back(&note);
    bytes += ExtractOf(session, pointers, kMe, names).SerializeAsString() + "|";
  }

  Rng mine_, others_;
  std::vector<std::string> other_ids_, other_names_;
};

TEST(N3Extract, NothingOfOthersChangesAByteOfItIn10000Worlds) {
  int asked = 0, different = 0;
  for (unsigned seed = 1; seed <= 10'000; ++seed) {
    const std::string extract = WorldMaker(seed, 2 * seed).Extract();
    ASSERT_EQ(extract, WorldMaker(seed, 2 * seed + 1).Extract()) << "seed " << seed;
    if (seed % 20 != 0) continue;
    ++asked;
    different += extract != WorldMaker(seed + 1, 2 * seed).Extract();
  }
  EXPECT_GE(different, asked - 5) << "what is the member's own does change it";
}

}  // namespace
}  // namespace rapport::notes
