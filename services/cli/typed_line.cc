#include "cli/typed_line.h"

#include "cli/methods.h"
#include "platform/base/strings.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <map>
#include <utility>

namespace rapport::cli {
namespace {

// The map is a page of its own, of its family alone.
constexpr std::string_view kMap = "map";

using NounVerb = std::pair<std::string, std::string>;

// As main adds them: what shows something in a form of its own comes first.
const std::map<NounVerb, Verb>& Commands() {
  static const std::map<NounVerb, Verb>* const commands = [] {
    auto* all = new std::map<NounVerb, Verb>;
    const auto add = [&](const Verb& verb) { all->emplace(NounVerb(verb.noun, verb.verb), verb); };
    add({std::string(kMap), "", FindMethod("alliance/GetAllianceMap")});
    for (const Verb& verb : ViewVerbs()) add(verb);
    for (const Verb& verb : AllVerbs()) {
      if (!verb.shared && !verb.method->server_streaming()) add(verb);
    }
    return all;
  }();
  return *commands;
}

// The command that the words begin with; null: there is none.
const Verb* CommandOf(const std::vector<std::string>& words) {
  if (words.size() < 2 || words[0] != "rapport") return nullptr;
  const auto alone = Commands().find(NounVerb(words[1], ""));
  if (alone != Commands().end()) return &alone->second;
  const auto found = Commands().find(NounVerb(words[1], words.size() < 3 ? "" : words[2]));
  return found == Commands().end() ? nullptr : &found->second;
}

bool NeedsNoQuotes(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("_./:,=@%+-").find(c) != std::string_view::npos;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> WordsTyped(std::string_view line) {
  std::vector<std::string> words;
  bool inside = false;  // of a word, which may be an empty one in quotes
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (absl::ascii_isspace(static_cast<unsigned char>(c))) {
      inside = false;
      continue;
    }
    if (!std::exchange(inside, true)) words.emplace_back();
    if (c != '\'' && c != '"') {
      words.back() += c;
      continue;
    }
    const std::size_t end = line.find(c, at + 1);
    if (end == std::string_view::npos) {
      return absl::InvalidArgumentError(Absl(Concat({"a closing ", std::string(1, c)})));
    }
    words.back() += line.substr(at + 1, end - at - 1);
    at = end;
  }
  return words;
}

absl::StatusOr<std::unique_ptr<MethodCommand>> ReadTyped(const std::vector<std::string>& words) {
  const Verb* verb = CommandOf(words);
  if (verb == nullptr) {
    return absl::InvalidArgumentError(
        "a command that makes one call, like `rapport family show`; `rapport --help` lists them");
  }
  if (verb->noun == kMap && words.size() != 3) {
    return absl::InvalidArgumentError("`rapport map` and a family");
  }
  auto command = std::make_unique<MethodCommand>();
  command->verb = *verb;
  CLI::App app;
  app.set_help_flag();
  AddFlags(app, *command, false);
  // The parser takes them from the back.
  std::vector<std::string> rest(words.rbegin(), words.rend() - (verb->verb.empty() ? 2 : 3));
  try {
    app.parse(std::move(rest));
  } catch (const CLI::ParseError& e) {
    return absl::InvalidArgumentError(
        Absl(Concat({"what `rapport ", verb->noun, verb->verb.empty() ? "" : " ", verb->verb,
                     "` takes: ", e.what()})));
  }
  return command;
}

std::string Typed(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    const bool plain = !word.empty() && std::ranges::all_of(word, NeedsNoQuotes);
    const std::string_view quote = plain ? "" : word.find('\'') == std::string::npos ? "'" : "\"";
    line += Concat({line.empty() ? "" : " ", quote, word, quote});
  }
  return line;
}

}  // namespace rapport::cli
