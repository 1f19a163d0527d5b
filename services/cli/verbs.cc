#include "cli/verbs.h"

#include "cli/methods.h"
#include "platform/base/strings.h"

#include <cctype>
#include <map>

namespace rapport::cli {
namespace {

struct Special {
  std::string_view noun, verb, method, field, value;
};
constexpr Special kSpecials[] = {
    {"family", "open", "intake/TransitionFamily", "to_state", "FAMILY_STATE_OPEN"},
    {"family", "hold", "intake/TransitionFamily", "to_state", "FAMILY_STATE_ON_HOLD"},
    {"family", "close", "intake/TransitionFamily", "to_state", "FAMILY_STATE_CLOSED"},
};

// "BatchSubmitRatings" -> {"batch", "submit", "ratings"}.
std::vector<std::string> WordsOf(std::string_view method) {
  std::vector<std::string> words;
  for (const char c : method) {
    if (words.empty() || std::isupper(static_cast<unsigned char>(c))) words.emplace_back();
    words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return words;
}

std::string Singular(std::string word) {
  if (word.ends_with("ies")) return word.replace(word.size() - 3, 3, "y");
  if (word.ends_with("s") && !word.ends_with("ss") && !word.ends_with("us")) word.pop_back();
  return word;
}

}  // namespace

std::string InWords(std::string_view method) {
  std::string all;
  for (const std::string& word : WordsOf(method)) all += (all.empty() ? "" : " ") + word;
  return all;
}

std::pair<std::string, std::string> NounAndVerb(std::string_view method) {
  std::vector<std::string> words = WordsOf(method);
  std::string verb = words.front();
  words.erase(words.begin());
  if (verb == "batch" && words.size() > 1) {
    verb += "-" + words.front();
    words.erase(words.begin());
  }
  if (verb == "get") verb = "show";
  if (words.size() > 1 && words.front() == "to") words.erase(words.begin());
  if (!words.empty()) words.back() = Singular(std::move(words.back()));
  std::string noun;
  for (const std::string& word : words) noun += (noun.empty() ? "" : "-") + word;
  return {noun, verb};
}

std::string WithCommands(std::string_view text) {
  static const std::map<std::string, std::string>* const commands = [] {
    auto* all = new std::map<std::string, std::string>;
    for (const Verb& verb : AllVerbs()) {
      if (verb.preset.empty()) {
        all->emplace(verb.method->name(), Concat({"`rapport ", verb.noun, " ", verb.verb, "`"}));
      }
    }
    return all;
  }();
  std::string with;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && std::isalnum(static_cast<unsigned char>(text[end])) != 0) ++end;
    const std::string word(text.substr(at, end - at));
    const auto found = commands->find(word);
    with += found == commands->end() ? word : found->second;
    if (end < text.size()) with += text[end++];
    at = end;
  }
  return with;
}

std::vector<Verb> AllVerbs() {
  std::vector<Verb> verbs;
  for (const auto* service : PublicServices()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      if (method->client_streaming() || IsForServices(*method)) continue;
      auto [noun, verb] = NounAndVerb(method->name());
      verbs.push_back({std::move(noun), std::move(verb), method});
    }
  }
  for (const auto* service : SharedServices()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      if (method->client_streaming() || method->server_streaming()) continue;
      auto [noun, verb] = NounAndVerb(method->name());
      verbs.push_back({std::move(noun), std::move(verb), method, {}, true});
    }
  }
  for (const Special& special : kSpecials) {
    const auto* method = FindMethod(special.method);
    if (method == nullptr) continue;
    verbs.push_back({std::string(special.noun),
                     std::string(special.verb),
                     method,
                     {{std::string(special.field), std::string(special.value)}}});
  }
  return verbs;
}

}  // namespace rapport::cli
