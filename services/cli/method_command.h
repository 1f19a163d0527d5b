// MethodCommand: a method as a command, `rapport NOUN VERB [WHAT] --flags`: what it takes, by
// verbs.h and fields.h, and the request that it comes to.
#pragma once

#include "cli/client.h"
#include "cli/fields.h"
#include "cli/people.h"
#include "cli/verbs.h"
#include "cli/views.h"

#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

#include <CLI/CLI.hpp>

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace rapport::cli {

struct MethodCommand {
  Verb verb;
  // Empty until AddFlags.
  Fields fields;
  // What was typed; the parser keeps the addresses of these.
  std::string of;
  std::deque<std::vector<std::string>> values;  // of each flag
  std::string service;                          // whose, of what every service has
};

// The commands that show something, `goal list`, of views that have a noun of their own.
std::vector<Verb> ViewVerbs();

// Gives `app` what the command takes of its method; `help`: with what each flag means. `command`
// outlives `app`'s parsing.
void AddFlags(CLI::App& app, MethodCommand& command, bool help);

// What the command is about: a resource name, or what words of a family's name or of that of a
// person in the directory mean.
absl::StatusOr<std::string> SubjectOf(const MethodCommand& command, Client& client,
                                      const Caller& caller);

// The request for `subject`: people by their names, the newest version where none is said.
// INVALID_ARGUMENT names the flag and what it takes. `named`: gets whom the flags name, as they
// were typed; null: nobody wants to know.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> RequestOf(const MethodCommand& command,
                                                                     const std::string& subject,
                                                                     Client& client,
                                                                     const Caller& caller,
                                                                     People* named = nullptr);

// Whether every flag's value is one that it takes, as far as that is known without asking anybody:
// ${name} in it may be anything. `named`: gets whom and what the command names as people say it;
// null: nobody wants to know.
absl::Status CheckValues(const MethodCommand& command, std::vector<std::string>* named = nullptr);

// An empty message of `type`, which is one of this program's.
std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor* type);

bool HasField(const Verb& verb, const char* name);

}  // namespace rapport::cli
