#include "alliance/instruments/diagnosis_notes.h"

#include "alliance/scoring/score.h"
#include "platform/base/strings.h"
#include "rapport/options/v1/options.pb.h"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace rapport::alliance {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;

// Levenshtein's distance: letters added, left out or changed.
std::size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
    }
  }
  return row.back();
}

// `a`, `b` and `c`.
std::string Listed(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " and " : ", ";
    text += Concat({"`", words[i], "`"});
  }
  return text;
}

// Of `scores[2].items[1]`: "scores", 2, "items", 1; an index is -1 where there is none.
struct PathParts {
  std::string_view outer, inner;
  int outer_index = -1, inner_index = -1;
};
std::string_view TakeIndex(std::string_view step, int& index) {
  const std::size_t bracket = step.find('[');
  if (bracket == std::string_view::npos) return step;
  std::from_chars(step.data() + bracket + 1, step.data() + step.size() - 1, index);
  return step.substr(0, bracket);
}
PathParts Part(std::string_view path) {
  PathParts parts;
  const std::size_t dot = path.find('.');
  parts.outer = TakeIndex(path.substr(0, dot), parts.outer_index);
  if (dot != std::string_view::npos) {
    parts.inner = TakeIndex(path.substr(dot + 1), parts.inner_index);
  }
  return parts;
}

std::vector<std::string> Codes(const v1::Instrument& instrument, int before) {
  std::vector<std::string> codes;
  for (int i = 0; i < std::min(before, instrument.scores_size()); ++i) {
    codes.push_back(instrument.scores(i).code());
  }
  return codes;
}

std::string ItemNumberNote(const v1::Instrument& instrument, int index) {
  const int number = instrument.items(index).number();
  for (int i = 0; i < index; ++i) {
    if (instrument.items(i).number() != number) continue;
    return Concat({"items[", std::to_string(i), "] has number ", std::to_string(number), " too"});
  }
  return "";
}

// An item of a score: unknown, or named before.
std::string ScoreItemNote(const v1::Instrument& instrument, const v1::ScoreDefinition& score,
                          int index) {
  const int number = score.items(index);
  if (FindItem(instrument, number) != nullptr) {
    return Concat({"item ", std::to_string(number), " counts once in a score"});
  }
  if (instrument.items().empty()) return "";
  int least = instrument.items(0).number();
  int most = least;
  for (const v1::Item& item : instrument.items()) {
    least = std::min(least, item.number());
    most = std::max(most, item.number());
  }
  return Concat({"the instrument's items have numbers from ", std::to_string(least), " to ",
                 std::to_string(most)});
}

std::string ScoreNote(const v1::Instrument& instrument, const PathParts& parts) {
  const v1::ScoreDefinition& score = instrument.scores(parts.outer_index);
  if (parts.inner == "items" && parts.inner_index >= 0) {
    return ScoreItemNote(instrument, score, parts.inner_index);
  }
  if (parts.inner == "items") {
    return score.items().empty() ? "add `items: [1, 2]`, or `components` for a score of scores"
                                 : "make a score of its own for the items, and name both";
  }
  if (parts.inner == "components" && parts.inner_index >= 0) {
    return SuggestionOf(score.components(parts.inner_index), Codes(instrument, parts.outer_index));
  }
  return "";
}

}  // namespace

std::string Nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string nearest;
  std::size_t least = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = Distance(word, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

std::vector<std::string> FieldNames(const Descriptor& message) {
  std::vector<std::string> names;
  for (int i = 0; i < message.field_count(); ++i) {
    const auto* field = message.field(i);
    if (field->options().GetExtension(options::v1::rule).output_only()) continue;
    names.push_back(field->name());
  }
  return names;
}

std::vector<std::string> ValueNames(const EnumDescriptor& values) {
  std::vector<std::string> names;
  for (int i = 0; i < values.value_count(); ++i) {
    if (values.value(i)->number() != 0) names.push_back(values.value(i)->name());
  }
  return names;
}

std::string SuggestionOf(std::string_view word, const std::vector<std::string>& candidates) {
  if (const std::string nearest = Nearest(word, candidates); !nearest.empty()) {
    return Concat({"did you mean `", nearest, "`?"});
  }
  return candidates.empty() ? "" : Concat({"there is ", Listed(candidates)});
}

std::string NoteOf(const v1::Instrument& instrument, std::string_view path) {
  const PathParts parts = Part(path);
  if (parts.outer == "items" && parts.outer_index >= 0) {
    if (parts.inner == "number") return ItemNumberNote(instrument, parts.outer_index);
    if (parts.inner == "wording") {
      return "licensed wording is imported apart from the key, with SetInstrumentLicence; wording "
             "that is free needs `licence { ship_text: true }`";
    }
  }
  if (parts.outer == "scores" && parts.outer_index >= 0) return ScoreNote(instrument, parts);
  if (parts.inner == "score") {
    const std::string& code = parts.outer == "cutoffs"
                                  ? instrument.cutoffs(parts.outer_index).score()
                                  : instrument.reliabilities(parts.outer_index).score();
    return SuggestionOf(code, Codes(instrument, instrument.scores_size()));
  }
  if (path == "language" && instrument.language().empty()) return "add `language: \"en\"`";
  if (path == "key_from_licence") return "fill in every item and score, and leave this out";
  if (path == "direction") return "add `direction: DIRECTION_HIGHER_BETTER`";
  return "";
}

}  // namespace rapport::alliance
