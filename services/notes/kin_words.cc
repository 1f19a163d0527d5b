#include "notes/kin_words.h"

#include "notes/words.h"

#include <algorithm>
#include <string>

namespace rapport::notes {
namespace {

// As WordsOf folds them: "Brüder" begins with "bruder".
constexpr std::string_view kKin[] = {
    // English
    "mother", "mom", "mum", "mommy", "mummy", "mama", "father", "dad", "daddy", "papa", "parent",
    "wife", "wives", "husband", "spouse", "partner", "fiance", "fiancee", "boyfriend", "girlfriend",
    "ex", "brother", "sister", "sibling", "twin", "son", "daughter", "child", "children", "kid",
    "baby", "babies", "granny", "gran", "nan", "nana", "grandad", "aunt", "auntie", "aunty",
    "uncle", "cousin", "niece", "nephew", "relatives", "laws",
    // German
    "mutter", "mami", "mutti", "vater", "papi", "vati", "eltern", "elternteil", "bruder",
    "schwester", "geschwister", "sohn", "tochter", "zwilling", "kinder", "oma", "opa", "omi", "opi",
    "enkel", "tante", "onkel", "cousine", "kusine", "neffe", "nichte", "gatte", "gattin",
    "verlobte", "lebensgefahrte", "schwager"};
// Kin only behind one of the prefixes: "grandma", "Exmann".
constexpr std::string_view kKinBehindPrefix[] = {"ma", "pa", "mann", "frau"};
constexpr std::string_view kPrefixes[] = {
    "step",  "grand", "great", "god",    "foster", "half",    "ex",  "stief",
    "gross", "ur",    "paten", "pflege", "halb",   "adoptiv", "ehe", "schwieger"};
constexpr std::string_view kEndings[] = {"s",  "es",  "n",  "en",    "e",
                                         "er", "ern", "in", "innen", "chen"};
// "seine Frau", "ihrem Mann".
constexpr std::string_view kPossessives[] = {"mein", "dein", "sein", "ihr", "unser", "euer", "eur"};
constexpr std::string_view kOnlyPossessed[] = {"mann", "mannes", "frau", "freund", "freundin"};
// Shorter words are others' beginnings too ("song", "dadaist"): of them only "-s" is an ending.
constexpr std::size_t kLongEnough = 4;

template <typename Words>
bool Among(const Words& words, std::string_view word) {
  return std::ranges::find(words, word) != std::end(words);
}

// Equal, or with an ending behind it.
bool IsForm(std::string_view word, std::string_view of) {
  if (!word.starts_with(of)) return false;
  const std::string_view ending = word.substr(of.size());
  if (ending.empty() || ending == "s") return true;
  return of.size() >= kLongEnough && Among(kEndings, ending);
}

template <typename Words>
bool IsFormOfOne(std::string_view word, const Words& words) {
  return std::ranges::any_of(words, [&](std::string_view one) { return IsForm(word, one); });
}

bool IsKin(std::string_view word) {
  if (IsFormOfOne(word, kKin)) return true;
  return std::ranges::any_of(kPrefixes, [&](std::string_view prefix) {
    if (!word.starts_with(prefix)) return false;
    const std::string_view rest = word.substr(prefix.size());
    return IsFormOfOne(rest, kKinBehindPrefix) || (!rest.empty() && IsKin(rest));
  });
}

}  // namespace

bool KinIn(std::string_view text) {
  std::string before;
  for (const Word& word : WordsOf(text)) {
    if (IsKin(word.folded)) return true;
    // German for child; in small letters it is an English adjective.
    if (word.folded == "kind" && text[word.offset] == 'K') return true;
    if (IsFormOfOne(before, kPossessives) && Among(kOnlyPossessed, word.folded)) return true;
    before = word.folded;
  }
  return false;
}

}  // namespace rapport::notes
