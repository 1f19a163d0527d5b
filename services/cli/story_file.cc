#include "cli/accounts.h"
#include "cli/methods.h"
#include "cli/people.h"
#include "cli/story.h"
#include "cli/story_scope.h"
#include "cli/typed_line.h"
#include "platform/base/strings.h"

#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <set>

namespace rapport::cli {
namespace {

constexpr std::array<std::string_view, 14> kKeys = {
    "say",  "as",     "run",     "invitation", "clock", "call", "request",
    "save", "expect", "refused", "show",       "until", "for",  "steps"};
// A file that writes itself out to more steps than this is a mistake.
constexpr std::size_t kMostSteps = 10'000;

// What those are called whom a request enters or renames.
constexpr std::string_view kCalled = "display_name";

void AddCalled(const nlohmann::json& request, std::vector<std::string>& called) {
  for (const auto& [key, value] : request.items()) {
    if (request.is_object() && key == kCalled && value.is_string()) {
      called.push_back(value.get<std::string>());
    }
    if (value.is_structured()) AddCalled(value, called);
  }
}

// By line; a mistake inside `for`, which was met once for each entry, once.
std::vector<StoryMistake> Sorted(std::vector<StoryMistake> mistakes) {
  std::sort(mistakes.begin(), mistakes.end());
  mistakes.erase(std::unique(mistakes.begin(), mistakes.end()), mistakes.end());
  return mistakes;
}

// An empty document has no place of its own: it is the first line's.
int LineOf(const YAML::Mark& mark) { return std::max(1, mark.line + 1); }
int LineOf(const YAML::Node& node) { return LineOf(node.Mark()); }

class Reader {
 public:
  StoryFile Read(const std::string& text) {
    YAML::Node root;
    try {
      root = YAML::Load(text);
      CheckKeysOnce(root);
      ReadFile(root);
    } catch (const YAML::Exception& e) {
      file_.mistakes.push_back({LineOf(e.mark), Concat({"YAML: ", e.msg})});
    }
    file_.mistakes = Sorted(std::move(file_.mistakes));
    return std::move(file_);
  }

 private:
  // Of a key that stands twice in a map one would be read, and nobody told which.
  void CheckKeysOnce(const YAML::Node& node) {
    std::set<std::string> keys;
    for (const auto& entry : node) {
      if (!node.IsMap()) {
        CheckKeysOnce(entry);
        continue;
      }
      const std::string key = entry.first.as<std::string>("");
      if (entry.first.IsScalar() && !keys.insert(key).second) {
        Expect(entry.first, Concat({"`", key, "` only once in its map"}));
      }
      CheckKeysOnce(entry.second);
    }
  }

  void ReadFile(const YAML::Node& root) {
    const YAML::Node steps = root.IsMap() ? root["steps"] : YAML::Node();
    if (!steps || !steps.IsSequence()) return Expect(root, "a list of steps under `steps`");
    for (const auto& entry : root) {
      const std::string key = entry.first.as<std::string>("");
      if (key != "steps" && key != "given") Expect(entry.first, "`given` or `steps`");
    }
    const YAML::Node given = root["given"];
    if (!given) return ReadSteps(steps, nullptr);
    if (!given.IsMap()) return Expect(given, "`given: {name: value, ...}`");
    const StoryScope scope(nullptr, given);
    ReadSteps(steps, &scope);
  }

  void Expect(const YAML::Node& node, std::string what) {
    file_.mistakes.push_back({LineOf(node), std::move(what)});
  }

  std::string Text(const YAML::Node& step, const char* key, const StoryScope* scope) {
    const YAML::Node node = step[key];
    if (!node) return {};
    if (!node.IsScalar()) Expect(node, Concat({"text after `", key, "`"}));
    return node.IsScalar() ? StoryScope::Text(node, scope) : std::string();
  }

  void ReadSteps(const YAML::Node& steps, const StoryScope* scope) {
    for (const auto& step : steps) {
      if (!step.IsMap()) {
        Expect(step, "a step: say, as, run, call, request, save, refused, clock or for");
        continue;
      }
      CheckKeys(step);
      if (step["for"]) {
        ReadFor(step, scope);
      } else {
        ReadStep(step, scope);
      }
      if (file_.steps.size() > kMostSteps) return Expect(step, "at most 10,000 steps");
    }
  }

  void CheckKeys(const YAML::Node& step) {
    for (const auto& entry : step) {
      const std::string key = entry.first.as<std::string>("");
      if (std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end()) continue;
      std::string all;
      for (const std::string_view one : kKeys) all += Concat({all.empty() ? "" : ", ", one});
      Expect(entry.first, Concat({"one of ", all, "; not `", key, "`"}));
    }
  }

  void ReadFor(const YAML::Node& node, const StoryScope* scope) {
    const YAML::Node entries = node["for"], steps = node["steps"];
    if (!entries.IsSequence()) return Expect(entries, "`for: [{name: value, ...}, ...]`");
    if (!steps || !steps.IsSequence()) return Expect(node, "`steps`: what is done for each entry");
    for (const auto& entry : entries) {
      if (!entry.IsMap()) {
        Expect(entry, "`{name: value, ...}`");
        continue;
      }
      CheckNames(entry, StoryScope::Filled(entry, scope).dump());
      const StoryScope inner(scope, entry);
      ReadSteps(steps, &inner);
      if (file_.steps.size() > kMostSteps) return;
    }
  }

  void ReadStep(const YAML::Node& node, const StoryScope* scope) {
    StoryStep step;
    step.line = LineOf(node);
    step.say = Text(node, "say", scope);
    step.as = Text(node, "as", scope);
    step.invitation = Text(node, "invitation", scope);
    step.clock = Text(node, "clock", scope);
    step.until = Text(node, "until", scope);
    if (!NamesIn(step.say + step.as + step.clock).empty()) {
      Expect(node, "names in `say`, `as` and `clock` to be given by a `for`");
    }
    step.show = node["show"] && node["show"].as<bool>(false);
    const bool runs = static_cast<bool>(node["run"]), calls = static_cast<bool>(node["call"]);
    if (!step.clock.empty()) {
      if (runs || calls) Expect(node, "no `run` or `call` in a step that moves the clock");
    } else if (runs) {
      ReadRun(node, scope, step);
    } else if (calls) {
      ReadCall(node, Text(node, "call", scope), scope, step);
    } else if (step.say.empty()) {
      Expect(node, "`run`, `call`, `clock` or `for`, or at least `say`");
    }
    file_.steps.push_back(std::move(step));
  }

  // A command as it is typed. What a name stands for is one word of it, whatever it has in it.
  void ReadRun(const YAML::Node& node, const StoryScope* scope, StoryStep& step) {
    const YAML::Node run = node["run"];
    if (node["call"] || node["request"]) Expect(node, "`run` without `call` and `request`");
    if (step.as.empty() || !step.invitation.empty()) Expect(node, "`as`: who types the command");
    auto words = WordsTyped(run.IsScalar() ? run.Scalar() : "");
    if (!words.ok()) return Expect(run, std::string(words.status().message()));
    for (std::string& word : *words) {
      word = StoryScope::Text(word, scope);
      CheckNames(run, word);
    }
    const auto command = ReadTyped(*words);
    const absl::Status right =
        command.ok() ? CheckValues(**command, &step.named) : command.status();
    if (!right.ok()) return Expect(run, std::string(right.message()));
    for (std::size_t i = 0; i < (*command)->values.size(); ++i) {
      if ((*command)->fields.flags[i].leaf()->name() != kCalled) continue;
      const auto& called = (*command)->values[i];
      step.makes.insert(step.makes.end(), called.begin(), called.end());
    }
    step.method = (*command)->verb.method;
    step.words = *std::move(words);
    CheckNames(node, step.until);
    ReadOutcome(node, scope, step);
  }

  void ReadCall(const YAML::Node& node, const std::string& call, const StoryScope* scope,
                StoryStep& step) {
    step.method = FindMethod(call);
    if (step.method == nullptr) {
      return Expect(node["call"], "a method like intake/CreateFamily");
    }
    if (step.as.empty() == step.invitation.empty()) {
      Expect(node, "`as`: whose token makes the call; or `invitation`");
    }
    CheckNames(node, step.invitation + step.until);
    step.request = "{}";
    if (const YAML::Node request = node["request"]) {
      const nlohmann::json filled = StoryScope::Filled(request, scope);
      AddCalled(filled, step.makes);
      step.request = filled.dump();
      CheckRequest(request, step);
    }
    ReadOutcome(node, scope, step);
  }

  // What has to come of it.
  void ReadOutcome(const YAML::Node& node, const StoryScope* scope, StoryStep& step) {
    if (const YAML::Node refused = node["refused"]) {
      if (refused.IsMap()) step.refused = Text(refused, "reason", scope);
      if (step.refused.empty()) Expect(refused, "`refused: {reason: SOME_REASON}`");
    }
    step.expect = Pairs(node, "expect", "`expect: {path.in.the.answer: value}`", scope);
    for (const auto& [path, value] : step.expect) CheckNames(node["expect"], path + value);
    step.save = Pairs(node, "save", "`save: {name: path.in.the.answer}`", scope);
    for (const auto& [name, path] : step.save) {
      CheckNames(node["save"], path);
      if (StoryScope::Knows(scope, name)) {
        Expect(node["save"], Concat({"another name than ", name, ", which `for` gives"}));
      }
      known_.insert(name);
    }
  }

  std::map<std::string, std::string> Pairs(const YAML::Node& step, const char* key,
                                           std::string_view expected, const StoryScope* scope) {
    std::map<std::string, std::string> pairs;
    const YAML::Node node = step[key];
    if (!node) return pairs;
    if (!node.IsMap()) {
      Expect(node, std::string(expected));
      return pairs;
    }
    for (const auto& entry : node) {
      pairs[StoryScope::Text(entry.first, scope)] = StoryScope::Text(entry.second, scope);
    }
    return pairs;
  }

  // Names that neither an earlier step saved nor a `for` around it gives.
  void CheckNames(const YAML::Node& node, const std::string& text) {
    for (const std::string& name : NamesIn(text)) {
      if (known_.contains(name)) continue;
      Expect(node, Concat({"${", name, "} to be saved by an earlier step"}));
    }
  }

  // Fields that the request's message doesn't have, and unknown names.
  void CheckRequest(const YAML::Node& node, const StoryStep& step) {
    CheckNames(node, step.request);
    google::protobuf::DynamicMessageFactory factory;
    std::unique_ptr<google::protobuf::Message> message(
        factory.GetPrototype(step.method->input_type())->New());
    const auto parsed = google::protobuf::util::JsonStringToMessage(step.request, message.get());
    if (!parsed.ok()) {
      Expect(node, Concat({"a ", step.method->input_type()->name(), ": ",
                           std::string_view(parsed.message().data(), parsed.message().size())}));
    }
  }

  StoryFile file_;
  std::set<std::string> known_;
};

// Each of whom `knows` is false, by the first line that needs them; `expected`: who would do.
template <typename Knows>
std::vector<StoryMistake> Unknown(const StoryFile& story, std::string_view expected,
                                  const Knows& knows) {
  std::vector<StoryMistake> unknown;
  std::set<std::string> seen;
  for (const StoryStep& step : story.steps) {
    if (step.as.empty() || !seen.insert(step.as).second || knows(step.as)) continue;
    unknown.push_back({step.line, Concat({expected, "; not `", step.as, "`"})});
  }
  return unknown;
}

}  // namespace

std::vector<StoryMistake> MissingPeople(const StoryFile& story, const std::string& tokens) {
  if (!std::filesystem::is_directory(tokens)) return {};
  return Unknown(story, Concat({"a person with a token in ", tokens}), [&](const std::string& who) {
    return std::filesystem::exists(tokens + "/" + who + ".jwt");
  });
}

std::vector<StoryMistake> UnknownPeople(const StoryFile& story,
                                        const std::vector<std::string>& people) {
  std::string all;
  for (const std::string& one : people) all += Concat({all.empty() ? "" : ", ", one});
  return Unknown(story, Concat({"one of ", all}), [&](const std::string& who) {
    return std::find(people.begin(), people.end(), who) != people.end();
  });
}

std::vector<StoryMistake> UnknownNames(const StoryFile& story) {
  std::vector<StoryMistake> unknown;
  People known;
  for (const StoryStep& step : story.steps) {
    // What is refused enters nobody, and may be refused for what it names.
    if (!step.refused.empty()) continue;
    for (const std::string& name : step.named) {
      if (name == kMe || !NamesIn(name).empty() || !known.Named(name).empty()) continue;
      unknown.push_back(
          {step.line, Concat({"somebody or a family that an earlier step calls `", name, "`"})});
    }
    for (const std::string& name : step.makes) {
      if (!NamesIn(name).empty()) return Sorted(std::move(unknown));  // known when it is played
      known.Add(name, name);
    }
  }
  return Sorted(std::move(unknown));
}

StoryFile ParseStory(const std::string& text) { return Reader().Read(text); }

}  // namespace rapport::cli
