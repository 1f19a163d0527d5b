// Verbs: every method of the suite as a command: GoalsService.ProposeGoal is `goal propose`,
// ListFamilies `family list`. Derived from the names of the methods, so that a new method is a
// command without a line here. Thread-safe.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::cli {

struct Verb {
  std::string noun, verb;  // "safety-screen", "record"
  const google::protobuf::MethodDescriptor* method = nullptr;
  // What the command means beyond the method: a field of the request and its value.
  std::vector<std::pair<std::string, std::string>> preset = {};
  // Every service has it, for its own data: the command says of which.
  bool shared = false;
};

// "ListFamilies" -> {"family", "list"}; "BatchSubmitRatings" -> {"rating", "batch-submit"};
// "GetGoal" -> {"goal", "show"}.
std::pair<std::string, std::string> NounAndVerb(std::string_view method);

// "GetAllianceMap" -> "get alliance map".
std::string InWords(std::string_view method);

// Names of methods in a text for people as the commands that they are: "(RecordSafetyScreen)" ->
// "(`rapport safety-screen record`)".
std::string WithCommands(std::string_view text);

// One for each method with one request, and the few that are a method with a value: `family open`.
std::vector<Verb> AllVerbs();

}  // namespace rapport::cli
