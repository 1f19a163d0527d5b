#include "cli/story.h"

#include "platform/base/strings.h"

#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <yaml-cpp/yaml.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <set>

namespace rapport::cli {
namespace {

using Json = nlohmann::json;

struct Service {
  const char* short_name;
  const char* full_name;
};
constexpr Service kServices[] = {
    {"intake", "rapport.intake.v1.IntakeService"},
    {"notes", "rapport.notes.v1.SessionNotesService"},
    {"goals", "rapport.goals.v1.GoalsService"},
    {"alliance", "rapport.alliance.v1.AllianceService"},
};

int LineOf(const YAML::Node& node) { return node.Mark().line + 1; }

// YAML scalars that look like JSON literals are those, everything else is text.
Json ToJson(const YAML::Node& node) {
  if (node.IsMap()) {
    Json object = Json::object();
    for (const auto& entry : node) object[entry.first.as<std::string>()] = ToJson(entry.second);
    return object;
  }
  if (node.IsSequence()) {
    Json array = Json::array();
    for (const auto& entry : node) array.push_back(ToJson(entry));
    return array;
  }
  const std::string text = node.IsScalar() ? node.Scalar() : "";
  if (node.Tag() == "!") return text;  // It was quoted.
  if (text == "true" || text == "false") return text == "true";
  if (!text.empty() && text.find_first_not_of("-0123456789.") == std::string::npos &&
      Json::accept(text)) {
    return Json::parse(text);
  }
  return text;
}

// The names used as ${name} in `text`.
std::set<std::string> NamesIn(const std::string& text) {
  std::set<std::string> names;
  for (std::size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at + 2)) {
    const std::size_t end = text.find('}', at);
    if (end != std::string::npos) names.insert(text.substr(at + 2, end - at - 2));
  }
  return names;
}

class Reader {
 public:
  StoryFile Read(const std::string& text) {
    YAML::Node root;
    try {
      root = YAML::Load(text);
    } catch (const YAML::ParserException& e) {
      file_.mistakes.push_back({e.mark.line + 1, Concat({"YAML: ", e.msg})});
      return std::move(file_);
    }
    const YAML::Node steps = root.IsMap() ? root["steps"] : root;
    if (!steps || !steps.IsSequence()) {
      Expect(root, "a list of steps under `steps`");
      return std::move(file_);
    }
    for (const auto& step : steps) ReadStep(step);
    return std::move(file_);
  }

 private:
  void Expect(const YAML::Node& node, std::string what) {
    file_.mistakes.push_back({LineOf(node), std::move(what)});
  }

  std::string Text(const YAML::Node& step, const char* key) {
    const YAML::Node node = step[key];
    if (!node) return {};
    if (!node.IsScalar()) Expect(node, Concat({"text after `", key, "`"}));
    return node.IsScalar() ? node.Scalar() : std::string();
  }

  void ReadStep(const YAML::Node& node) {
    static const std::set<std::string> kKeys = {"say",  "as",      "clock", "call", "request",
                                                "save", "refused", "show",  "until"};
    if (!node.IsMap())
      return Expect(node, "a step: say, as, call, request, save, refused or clock");
    for (const auto& entry : node) {
      const std::string key = entry.first.as<std::string>("");
      if (!kKeys.contains(key)) {
        Expect(entry.first,
               Concat({"one of say, as, call, request, save, refused, show, until, clock; not `",
                       key, "`"}));
      }
    }
    StoryStep step;
    step.line = LineOf(node);
    step.say = Text(node, "say");
    step.as = Text(node, "as");
    step.clock = Text(node, "clock");
    step.until = Text(node, "until");
    step.show = node["show"] && node["show"].as<bool>(false);
    const std::string call = Text(node, "call");
    if (!step.clock.empty()) {
      if (!call.empty()) Expect(node["call"], "no call in a step that moves the clock");
    } else if (call.empty()) {
      if (step.say.empty()) Expect(node, "`call` or `clock`, or at least `say`");
    } else {
      ReadCall(node, call, step);
    }
    file_.steps.push_back(std::move(step));
  }

  void ReadCall(const YAML::Node& node, const std::string& call, StoryStep& step) {
    step.method = FindMethod(call);
    if (step.method == nullptr) {
      return Expect(node["call"], "a method like intake/CreateFamily");
    }
    if (step.as.empty()) Expect(node, "`as`: whose token makes the call");
    const YAML::Node request = node["request"];
    if (request) {
      step.request = ToJson(request).dump();
      CheckRequest(request, step);
    } else {
      step.request = "{}";
    }
    if (const YAML::Node refused = node["refused"]) {
      step.refused = refused.IsMap() && refused["reason"] ? refused["reason"].as<std::string>("")
                                                          : std::string();
      if (step.refused.empty()) Expect(refused, "`refused: {reason: SOME_REASON}`");
    }
    if (const YAML::Node save = node["save"]) {
      if (!save.IsMap()) return Expect(save, "`save: {name: path.in.the.answer}`");
      for (const auto& entry : save) {
        const std::string name = entry.first.as<std::string>("");
        step.save[name] = entry.second.as<std::string>("");
        known_.insert(name);
      }
    }
  }

  // Fields that the request's message doesn't have, and names that no earlier step saved.
  void CheckRequest(const YAML::Node& node, const StoryStep& step) {
    for (const std::string& name : NamesIn(step.request)) {
      if (!known_.contains(name))
        Expect(node, Concat({"${", name, "} to be saved by an earlier step"}));
    }
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

}  // namespace

const google::protobuf::MethodDescriptor* FindMethod(std::string_view short_name) {
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  const std::size_t slash = short_name.find('/');
  if (slash == std::string_view::npos) return nullptr;
  for (const Service& service : kServices) {
    if (short_name.substr(0, slash) != service.short_name &&
        short_name.substr(0, slash) != service.full_name) {
      continue;
    }
    const auto* descriptor = pool->FindServiceByName(service.full_name);
    return descriptor == nullptr
               ? nullptr
               : descriptor->FindMethodByName(std::string(short_name.substr(slash + 1)));
  }
  return nullptr;
}

std::string FullName(const google::protobuf::MethodDescriptor& method) {
  return Concat({method.service()->full_name(), "/", method.name()});
}

StoryFile ParseStory(const std::string& text) { return Reader().Read(text); }

}  // namespace rapport::cli
