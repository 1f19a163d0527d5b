#include "notes/search_rules.h"
#include "notes_fixture.h"

#include <algorithm>
#include <random>

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(N9Query, IsWordsBeginningsAndPhrases) {
  struct Case {
    const char* text;
    std::vector<Term> terms;
  };
  const Case cases[] = {
      {"Goldfish", {{{"goldfish"}}}},
      {"  gold*\tFÜNF\n", {{{"gold"}, true}, {{"funf"}}}},
      {"\"two goldfish\" laughed", {{{"two", "goldfish"}}, {{"laughed"}}}},
      {"co-sign*", {{{"co", "sign"}, true}}},
      {"\"all*\"", {{{"all"}}}},
      {"say\"no more\"", {{{"say"}}, {{"no", "more"}}}},
      {"a — b", {{{"a"}}, {{"b"}}}},
      {"\"\" a", {{{"a"}}}},
  };
  for (const Case& one : cases) {
    const Query query = ParseQuery(one.text);
    EXPECT_EQ(query.terms, one.terms) << one.text;
    EXPECT_EQ(query.expected, "") << one.text;
  }
}

TEST(N9Query, ThatAsksForNothingSaysWhatWasExpected) {
  for (const char* nothing : {"", "  ", "*", "\"\"", "…", "\"—\""}) {
    EXPECT_THAT(std::string(ParseQuery(nothing).expected), HasSubstr("a word")) << nothing;
  }
  EXPECT_EQ(ParseQuery("\"two goldfish").expected, "a quote for every quote");
  std::string many = "w";
  for (std::size_t i = 1; i < kMaxTerms; ++i) many += " w";
  EXPECT_EQ(ParseQuery(many).expected, "");
  EXPECT_EQ(ParseQuery(many + " w").expected, "at most 20 words and phrases");
}

v1::Note NoteOf(const std::vector<std::string>& statements) {
  v1::Note note;
  v1::NoteSection& section = *note.add_sections();
  section.set_kind(v1::SECTION_KIND_NARRATIVE);
  for (const std::string& text : statements) section.add_statements()->set_text(text);
  return note;
}

std::optional<v1::NoteHit> Find(const v1::Note& note, const std::string& query,
                                const std::string& member = {}) {
  return FindIn(note, ParseQuery(query).terms, member);
}

// What was found, as it is written in the statement.
std::vector<std::string> Ranges(const v1::Note& note, const v1::TextMatch& match) {
  const std::string& text = note.sections(0).statements(match.statement() - 1).text();
  std::vector<std::size_t> starts;  // of each code point
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) starts.push_back(i);
  }
  starts.push_back(text.size());
  std::vector<std::string> found;
  for (const v1::TextRange& range : match.ranges()) {
    const auto from = static_cast<std::size_t>(range.offset());
    const std::size_t begin = starts[from];
    found.push_back(
        text.substr(begin, starts[from + static_cast<std::size_t>(range.length())] - begin));
  }
  return found;
}

TEST(N9Search, FindsWordsWhateverTheirCaseAndDiacritics) {
  const v1::Note note = NoteOf({"Die GRÖSSE des Cafés", "naïve Größe, größer"});
  const auto hit = Find(note, "grosse");
  ASSERT_TRUE(hit);
  ASSERT_THAT(hit->matches(), SizeIs(2));
  EXPECT_THAT(Ranges(note, hit->matches(0)), ElementsAre("GRÖSSE"));
  EXPECT_THAT(Ranges(note, hit->matches(1)), ElementsAre("Größe"));
  EXPECT_EQ(hit->matches(1).section(), v1::SECTION_KIND_NARRATIVE);
  EXPECT_EQ(hit->matches(1).statement(), 2);
  EXPECT_EQ(hit->matches(1).addendum(), 0);
  EXPECT_THAT(Ranges(note, Find(note, "größ*")->matches(1)), ElementsAre("Größe", "größer"));
  EXPECT_FALSE(Find(note, "größ")) << "the beginning of a word is no word";
}

TEST(N9Search, AllTermsMustBeInTheNote) {
  const v1::Note note = NoteOf({"two goldfish laughed", "goldfish sleep, two by two"});
  EXPECT_TRUE(Find(note, "laughed sleep"));
  EXPECT_FALSE(Find(note, "laughed cats"));
  const auto phrase = Find(note, "\"two goldfish\"");
  ASSERT_TRUE(phrase);
  EXPECT_THAT(phrase->matches(), SizeIs(1));
  EXPECT_FALSE(Find(note, "\"laughed goldfish\"")) << "a phrase is not across statements";
  EXPECT_FALSE(Find(note, "\"goldfish two\""));
  EXPECT_TRUE(Find(note, "\"Goldfish: sleep\"")) << "signs between words don't count";
}

TEST(N9Search, WhatOverlapsIsOneRange) {
  const v1::Note note = NoteOf({"one two three two three four"});
  const auto hit = Find(note, "\"two three\" \"three two\" thr*");
  ASSERT_TRUE(hit);
  EXPECT_THAT(Ranges(note, hit->matches(0)), ElementsAre("two three two three"));
}

TEST(N9Search, OfAMemberOnlyStatementsAboutThem) {
  v1::Note note = NoteOf({"two goldfish", "one cat"});
  note.mutable_sections(0)->mutable_statements(0)->set_about_member("mira");
  EXPECT_TRUE(Find(note, "goldfish", "mira"));
  EXPECT_EQ(Find(note, "goldfish", "mira")->matches(0).about_member(), "mira");
  EXPECT_FALSE(Find(note, "goldfish", "tom"));
  EXPECT_FALSE(Find(note, "cat", "mira"));
  EXPECT_FALSE(Find(note, "goldfish cat", "mira")) << "all of it about the member";
}

TEST(N9Search, FindsWhatStandsNow) {
  v1::Note note = NoteOf({"two goldfish", "one cat", "a dog"});
  v1::Amendment& amendment = *note.add_amendments();
  for (int i = 1; i <= 2; ++i) {
    v1::Correction& correction = *amendment.add_corrections();
    correction.set_section(v1::SECTION_KIND_NARRATIVE);
    correction.set_statement(i);
    *correction.mutable_before() = note.sections(0).statements(i - 1);
    if (i == 1) correction.mutable_after()->set_text("three goldfish");
  }
  v1::Addendum& addendum = *note.add_addenda();
  addendum.set_number(1);
  addendum.add_statements()->set_text("and a hamster");
  EXPECT_FALSE(Find(note, "two")) << "corrected";
  EXPECT_EQ(Find(note, "three")->matches(0).excerpt(), "three goldfish");
  EXPECT_FALSE(Find(note, "cat")) << "struck out";
  const auto added = Find(note, "hamster");
  ASSERT_TRUE(added);
  EXPECT_EQ(added->matches(0).addendum(), 1);
  EXPECT_EQ(added->matches(0).statement(), 1);
  EXPECT_EQ(added->matches(0).section(), v1::SECTION_KIND_UNSPECIFIED);
}

TEST(N9Search, AnExcerptIsWholeWordsAroundTheFirstPlace) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "größer ";
  text += "Goldfish";
  for (int i = 0; i < 100; ++i) text += " kleiner";
  text += " goldfish.";
  const v1::Note note = NoteOf({text, "„Goldfish!“"});
  const auto hit = Find(note, "goldfish");
  const v1::TextMatch& match = hit->matches(0);
  EXPECT_LE(CodePoints(match.excerpt()), kExcerpt);
  EXPECT_GT(CodePoints(match.excerpt()), kExcerpt / 2);
  EXPECT_TRUE(match.excerpt().starts_with("größer ")) << match.excerpt();
  EXPECT_TRUE(match.excerpt().ends_with(" kleiner")) << match.excerpt();
  EXPECT_THAT(match.excerpt(), HasSubstr("größer Goldfish kleiner"));
  EXPECT_EQ(match.ranges(0).offset(), 700);
  EXPECT_EQ(match.excerpt_offset() % 7, 0) << "where a word begins";
  EXPECT_EQ(text.find(match.excerpt()), static_cast<std::size_t>(match.excerpt_offset()) / 7 * 9)
      << "of 7 code points in 9 bytes each";
  EXPECT_THAT(match.ranges(), SizeIs(2));
  EXPECT_EQ(hit->matches(1).excerpt(), "„Goldfish!“") << "a short one as a whole";
  EXPECT_EQ(hit->matches(1).excerpt_offset(), 0);
  EXPECT_EQ(hit->matches(1).ranges(0).offset(), 1);
}

TEST(N9Search, ShowsAHundredPlacesAndSaysThatThereAreMore) {
  std::string text = "fish";
  for (int i = 1; i < 150; ++i) text += " fish";
  std::vector<std::string> statements(100, "one fish");
  statements[0] = text;
  EXPECT_THAT(Find(NoteOf(statements), "fish")->matches(0).ranges(), SizeIs(kMaxRanges));
  EXPECT_FALSE(Find(NoteOf(statements), "fish")->more_matches());
  statements.push_back("last fish of all");
  const auto hit = Find(NoteOf(statements), "fish all");
  ASSERT_TRUE(hit) << "what is not shown counts";
  EXPECT_THAT(hit->matches(), SizeIs(kMaxMatches));
  EXPECT_TRUE(hit->more_matches());
}

// Against the plainest way to say it: every term at every place, on random small texts.
TEST(N9Search, IsWhatAPlainReadingFinds) {
  const unsigned seed = 20'310'304;
  std::mt19937 rng(seed);
  const auto pick = [&](int below) {
    return static_cast<std::size_t>(std::uniform_int_distribution<int>(0, below - 1)(rng));
  };
  const std::vector<std::string> words = {"a", "ab", "abc", "b"};
  int hits = 0;
  for (int world = 0; world < 20'000; ++world) {
    std::vector<std::string> text(1 + pick(6));
    for (std::string& word : text) word = words[pick(4)];
    Term term;
    for (std::size_t i = 0; i <= pick(2); ++i) term.words.push_back(words[pick(4)]);
    term.prefix = pick(2) == 0;
    std::string joined = " ", looked_for = " ";
    for (const std::string& word : text) joined += word + " ";
    for (const std::string& word : term.words) looked_for += word + " ";
    if (term.prefix) looked_for.pop_back();
    const bool expected = joined.find(looked_for) != std::string::npos;
    EXPECT_EQ(FindIn(NoteOf({joined}), {term}, "").has_value(), expected)
        << "seed " << seed << ": '" << looked_for << "' in '" << joined << "'";
    hits += expected;
  }
  EXPECT_GT(hits, 4'000);
  EXPECT_LT(hits, 16'000);
}

class SearchTest : public NotesTest {
 protected:
  v1::SearchNotesRequest For(const std::string& query) const {
    v1::SearchNotesRequest request;
    request.set_parent(names_.Family(family_));
    request.set_query(query);
    return request;
  }
  std::vector<std::string> Found(const v1::SearchNotesRequest& request, const std::string& by) {
    std::vector<std::string> notes;
    const auto response = RunAs(by, &NotesService::SearchNotes, request);
    EXPECT_TRUE(response.ok()) << response.status();
    if (!response.ok()) return notes;
    for (const v1::NoteHit& hit : response->hits()) notes.push_back(hit.note());
    return notes;
  }
};

TEST_F(SearchTest, N9SaysInWhichNoteAndWhereItIs) {
  const v1::Session session = Held();
  const v1::Note note = Sign(Drafted(session, author_), author_)->note();
  const auto response = RunAs(author_, &NotesService::SearchNotes, For("\"was SAID\""));
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_THAT(response->hits(), SizeIs(1));
  const v1::NoteHit& hit = response->hits(0);
  EXPECT_EQ(hit.note(), note.name());
  EXPECT_EQ(hit.author(), note.author());
  EXPECT_EQ(hit.state(), v1::NOTE_STATE_LOCKED);
  EXPECT_EQ(schema::ToMicros(hit.session_start_time()), schema::ToMicros(session.start_time()));
  EXPECT_THAT(hit.matches(), SizeIs(3));
  EXPECT_EQ(hit.matches(2).section(), v1::SECTION_KIND_PLAN);
  EXPECT_THAT(Found(For("unsaid"), author_), IsEmpty());
}

TEST_F(SearchTest, N9ADraftIsFoundByWhoMayReadIt) {
  const v1::Note note = Drafted(Held(), trainee_);
  EXPECT_THAT(Found(For("said"), trainee_), ElementsAre(note.name()));
  EXPECT_THAT(Found(For("said"), supervisor_), ElementsAre(note.name()));
  EXPECT_THAT(Found(For("said"), author_), IsEmpty());
  ASSERT_TRUE(Sign(note, trainee_).ok());
  EXPECT_THAT(Found(For("said"), author_), ElementsAre(note.name()));
}

TEST_F(SearchTest, N9OfAMemberAndOfATime) {
  const v1::Session first = Held();
  const v1::Note early = Sign(Drafted(first, author_), author_)->note();
  const v1::Session second = Held();
  const v1::Note late = Sign(Drafted(second, author_), author_)->note();
  v1::SearchNotesRequest request = For("said");
  EXPECT_THAT(Found(request, author_), ElementsAre(late.name(), early.name()));
  request.set_about_member(MemberName(mother_));
  EXPECT_THAT(Found(request, author_), SizeIs(2));
  request.set_about_member(MemberName(son_));
  EXPECT_THAT(Found(request, author_), IsEmpty());
  request.set_about_member(MemberName(support::TestId("stranger")));
  EXPECT_THAT(schema::StatusDetails(RunAs(author_, &NotesService::SearchNotes, request).status()),
              HasSubstr("about_member"));
  request.clear_about_member();
  *request.mutable_from_time() = second.start_time();
  EXPECT_THAT(Found(request, author_), ElementsAre(late.name()));
  request.clear_from_time();
  *request.mutable_to_time() = second.start_time();
  EXPECT_THAT(Found(request, author_), ElementsAre(early.name()));
  *request.mutable_from_time() = second.end_time();
  EXPECT_THAT(schema::StatusDetails(RunAs(author_, &NotesService::SearchNotes, request).status()),
              HasSubstr("to_time"));
}

TEST_F(SearchTest, N9PagesAreOfOneQuery) {
  std::vector<std::string> expected;
  for (int i = 0; i < 3; ++i) {
    const v1::Session session = Held();
    expected.insert(expected.begin(), Sign(Drafted(session, author_), author_)->note().name());
  }
  v1::SearchNotesRequest request = For("said");
  request.set_page_size(2);
  const auto first = RunAs(author_, &NotesService::SearchNotes, request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_THAT(first->hits(), SizeIs(2));
  request.set_page_token(first->next_page_token());
  const auto second = RunAs(author_, &NotesService::SearchNotes, request);
  ASSERT_TRUE(second.ok()) << second.status();
  ASSERT_THAT(second->hits(), SizeIs(1));
  EXPECT_EQ(second->next_page_token(), "");
  EXPECT_THAT((std::vector{first->hits(0).note(), first->hits(1).note(), second->hits(0).note()}),
              ::testing::ElementsAreArray(expected));
  request.set_query("what");
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::SearchNotes, request).status()),
            "PAGE_TOKEN_INVALID");
}

TEST_F(SearchTest, N9AQueryThatAsksForNothingIsRefused) {
  for (const char* query : {"***", "\"open"}) {
    const auto refused = RunAs(author_, &NotesService::SearchNotes, For(query));
    EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << query;
    EXPECT_THAT(schema::StatusDetails(refused.status()), HasSubstr("query"));
  }
}

}  // namespace
}  // namespace rapport::notes
