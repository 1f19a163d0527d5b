#include "notes/search_rules.h"

#include "notes/amendment_rules.h"
#include "notes/part2_rules.h"

#include <algorithm>
#include <set>

namespace rapport::notes {
namespace {

// A word or more of a statement: [first, last] of its words.
struct Found {
  std::size_t first = 0, last = 0;
};

bool StandsAt(const Term& term, const std::vector<Word>& words, std::size_t at) {
  if (words.size() - at < term.words.size()) return false;
  for (std::size_t i = 0; i < term.words.size(); ++i) {
    const std::string& word = words[at + i].folded;
    const bool beginning = term.prefix && i + 1 == term.words.size();
    if (beginning ? !word.starts_with(term.words[i]) : word != term.words[i]) return false;
  }
  return true;
}

// Every place of a term, left to right; terms that overlap become one.
std::vector<Found> Merged(std::vector<Found> found) {
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return a.first != b.first ? a.first < b.first : a.last > b.last;
  });
  std::vector<Found> merged;
  for (const Found& one : found) {
    if (!merged.empty() && one.first <= merged.back().last) {
      merged.back().last = std::max(merged.back().last, one.last);
    } else {
      merged.push_back(one);
    }
  }
  return merged;
}

// Which words of a statement the excerpt shows: those around `found`, as far as they fit.
Found ExcerptAround(const Found& found, const std::string& text, const std::vector<Word>& words) {
  const auto length = [&](std::size_t from, std::size_t to) {
    const std::size_t begin = words[from].offset;
    return CodePoints(
        std::string_view(text).substr(begin, words[to].offset + words[to].size - begin));
  };
  Found shown = found;
  while (shown.first > 0 && length(shown.first - 1, found.first) <= kExcerptBefore) --shown.first;
  while (shown.last + 1 < words.size() && length(shown.first, shown.last + 1) <= kExcerpt) {
    ++shown.last;
  }
  return shown;
}

v1::TextMatch MatchOf(const v1::Statement& statement, const std::vector<Word>& words,
                      const std::vector<Found>& found) {
  const std::string& text = statement.text();
  const auto range = [&](const Found& one) {
    const std::size_t begin = words[one.first].offset;
    return std::pair(begin, words[one.last].offset + words[one.last].size - begin);
  };
  v1::TextMatch match;
  match.set_about_member(statement.about_member());
  match.set_told_in_private_by(statement.told_in_private_by());
  Found shown = ExcerptAround(found.front(), text, words);
  auto [begin, size] = range(shown);
  if (shown.first == 0) {
    size += begin;
    begin = 0;
  }
  if (shown.last + 1 == words.size()) size = text.size() - begin;
  match.set_excerpt(text.substr(begin, size));
  match.set_excerpt_offset(static_cast<std::int32_t>(CodePoints(text.substr(0, begin))));
  for (const Found& one : found) {
    if (match.ranges_size() == kMaxRanges) break;
    const auto [from, bytes] = range(one);
    v1::TextRange& shown_range = *match.add_ranges();
    shown_range.set_offset(static_cast<std::int32_t>(CodePoints(text.substr(0, from))));
    shown_range.set_length(static_cast<std::int32_t>(CodePoints(text.substr(from, bytes))));
  }
  return match;
}

// Collects what one note has of the terms.
class Search {
 public:
  Search(const std::vector<Term>& terms, const std::string& about_member,
         std::set<std::string> treated, const std::set<std::string>& untold)
      : terms_(terms), about_member_(about_member), treated_(std::move(treated)) {
    for (const std::string& member : treated_) {
      if (untold.contains(member)) untold_.insert(member);
    }
  }

  void Look(const v1::Statement& statement, v1::SectionKind section, int addendum, int number) {
    if (!about_member_.empty() && statement.about_member() != about_member_) return;
    if (Concerns(statement, untold_)) return;
    const std::vector<Word> words = WordsOf(statement.text());
    std::vector<Found> found;
    for (std::size_t term = 0; term < terms_.size(); ++term) {
      for (std::size_t at = 0; at < words.size(); ++at) {
        if (!StandsAt(terms_[term], words, at)) continue;
        found.push_back({at, at + terms_[term].words.size() - 1});
        seen_.insert(term);
      }
    }
    if (found.empty()) return;
    if (hit_.matches_size() == kMaxMatches) {
      hit_.set_more_matches(true);
      return;
    }
    v1::TextMatch& match = *hit_.add_matches();
    match = MatchOf(statement, words, Merged(std::move(found)));
    match.set_section(section);
    match.set_addendum(addendum);
    match.set_statement(number);
    match.set_substance_use_treatment(Concerns(statement, treated_));
  }

  std::optional<v1::NoteHit> Hit() && {
    if (seen_.size() < terms_.size()) return std::nullopt;
    return std::move(hit_);
  }

 private:
  const std::vector<Term>& terms_;
  const std::string& about_member_;
  const std::set<std::string> treated_;
  std::set<std::string> untold_;  // of `treated_`
  std::set<std::size_t> seen_;
  v1::NoteHit hit_;
};

// The words of `text` as one term; nothing when it has none.
void AddTerm(std::string_view text, bool prefix, std::vector<Term>& terms) {
  Term term;
  for (Word& word : WordsOf(text)) term.words.push_back(std::move(word.folded));
  term.prefix = prefix;
  if (!term.words.empty()) terms.push_back(std::move(term));
}

}  // namespace

Query ParseQuery(std::string_view text) {
  Query query;
  constexpr std::string_view kSpaces = " \t\n";
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
    if (text.empty()) break;
    const bool quoted = text.front() == '"';
    if (quoted) text.remove_prefix(1);
    const std::size_t end = quoted ? text.find('"') : text.find_first_of(" \t\n\"");
    if (quoted && end == std::string_view::npos) {
      query.expected = "a quote for every quote";
      return query;
    }
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(part.size() + (quoted ? 1 : 0), text.size()));
    AddTerm(part, !quoted && part.ends_with('*'), query.terms);
  }
  if (query.terms.empty()) query.expected = "a word, the beginning of one with *, or \"a phrase\"";
  if (query.terms.size() > kMaxTerms) query.expected = "at most 20 words and phrases";
  return query;
}

std::optional<v1::NoteHit> FindIn(const v1::Note& note, const std::vector<Term>& terms,
                                  const std::string& about_member,
                                  const std::set<std::string>& untold) {
  const v1::Note in_force = InForce(note);
  Search search(terms, about_member, TreatedIn(in_force), untold);
  const std::vector<v1::Correction> corrections = CorrectionsInForce(in_force);
  for (const v1::NoteSection& section : in_force.sections()) {
    for (int i = 0; i < section.statements_size(); ++i) {
      const auto corrected =
          std::find_if(corrections.begin(), corrections.end(), [&](const v1::Correction& one) {
            return one.section() == section.kind() && one.statement() == i + 1;
          });
      search.Look(corrected == corrections.end() ? section.statements(i) : corrected->after(),
                  section.kind(), 0, i + 1);
    }
  }
  for (const v1::Addendum& addendum : in_force.addenda()) {
    for (int i = 0; i < addendum.statements_size(); ++i) {
      search.Look(addendum.statements(i), v1::SECTION_KIND_UNSPECIFIED, addendum.number(), i + 1);
    }
  }
  return std::move(search).Hit();
}

}  // namespace rapport::notes
