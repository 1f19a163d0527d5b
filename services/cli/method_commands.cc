// rapport NOUN VERB [WHAT] --flags: every method as a command, by verbs.h and fields.h.
#include "cli/commands.h"
#include "cli/comments.h"
#include "cli/fields.h"
#include "cli/json_tree.h"
#include "cli/methods.h"
#include "cli/people.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/views.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <deque>
#include <iostream>
#include <memory>

namespace rapport::cli {
namespace {

using google::protobuf::Message;
using Json = nlohmann::json;

constexpr int kRows = 1000;

// One command: what it takes, filled in by the parser.
struct Command {
  Verb verb;
  Fields fields;
  std::string of;
  std::deque<std::vector<std::string>> values;  // of each flag; the parser keeps their addresses
  bool json = false, names = false;
  std::string only;  // path of the one value that is printed
};

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

bool TakesPeople(const Field& field) {
  return field.resource().find("members/{member}") != std::string::npos ||
         field.resource().find("professionals/{professional}") != std::string::npos;
}

bool HasField(const Verb& verb, const char* name) {
  return verb.method->input_type()->FindFieldByName(name) != nullptr;
}

// What the command is about: a resource name, or words of a family's.
absl::StatusOr<std::string> Subject(const Command& command, Client& client, const Caller& caller) {
  const Field& subject = command.fields.subject;
  if (subject.path.empty() || command.of.find('/') != std::string::npos) return command.of;
  if (subject.TakesFamily()) return FindFamily(client, caller, command.of);
  return absl::InvalidArgumentError(Absl(
      Concat({"a name like ", subject.resource(), " is expected; lists show them with --names"})));
}

// The fields of an Update that flags gave.
std::string MaskOf(const Command& command) {
  std::string mask;
  for (std::size_t i = 0; i < command.values.size(); ++i) {
    const Field& field = command.fields.flags[i];
    if (command.values[i].empty() || field.path.size() < 2) continue;
    const std::string path = field.Path();
    mask += Concat({mask.empty() ? "" : ",", std::string_view(path).substr(path.find('.') + 1)});
  }
  return mask;
}

// The etag of what is there now, where the service has a Get method for it: a person at a terminal
// means what they just looked at. --etag says which version was meant. Empty: no method shows one to
// this caller, and the service says so if it needs one.
absl::StatusOr<std::string> EtagOf(const Command& command, const std::string& subject,
                                   Client& client, const Caller& caller) {
  const auto& service = *command.verb.method->service();
  for (int i = 0; i < service.method_count(); ++i) {
    const auto& get = *service.method(i);
    if (get.name().rfind("Get", 0) != 0 || IsForServices(get)) continue;
    const Field of = FieldsOf(*get.input_type()).subject;
    const auto* shown =
        get.output_type()->field_count() == 0 ? nullptr : get.output_type()->field(0);
    if (of.path.empty() || of.resource() != command.fields.subject.resource()) continue;
    if (shown->message_type() == nullptr || shown->is_repeated() ||
        shown->message_type()->FindFieldByName("etag") == nullptr) {
      continue;
    }
    const auto request = NewMessage(get.input_type());
    const auto answer = NewMessage(get.output_type());
    request->GetReflection()->SetString(request.get(), of.leaf(), subject);
    const absl::Status got = client.Call(caller, FullName(get), *request, answer.get());
    if (absl::IsPermissionDenied(got)) continue;
    RETURN_IF_ERROR(got);
    if (const auto etag = TextAt(TreeOf(*answer), shown->name() + ".etag")) return *etag;
  }
  return std::string();
}

absl::Status PutFlags(const Command& command, const std::string& family, Client& client,
                      const Caller& caller, Json& request) {
  for (std::size_t i = 0; i < command.values.size(); ++i) {
    const Field& field = command.fields.flags[i];
    for (const std::string& text : command.values[i]) {
      std::string meant = text;
      if (TakesPeople(field) && text.find('/') == std::string::npos) {
        ASSIGN_OR_RETURN(meant, FindPerson(client, caller, family, text));
      }
      auto value = ValueOf(field, meant);
      if (!value.ok()) {
        return absl::InvalidArgumentError(
            Absl(Concat({"--", field.flag, ": ", Std(value.status().message()), " is expected"})));
      }
      Put(field, *std::move(value), request);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Message>> RequestOf(const Command& command,
                                                   const std::string& subject, Client& client,
                                                   const Caller& caller) {
  Json json = Json::object();
  if (!command.fields.subject.path.empty()) Put(command.fields.subject, subject, json);
  for (const auto& [field, value] : command.verb.preset) json[field] = value;
  RETURN_IF_ERROR(PutFlags(command, FamilyIn(subject), client, caller, json));
  if (HasField(command.verb, "request_id")) json["request_id"] = NewRequestId();
  if (HasField(command.verb, "update_mask")) json["update_mask"] = MaskOf(command);
  if (HasField(command.verb, "page_size") && !json.contains("page_size")) json["page_size"] = kRows;
  if (HasField(command.verb, "etag") && !json.contains("etag")) {
    ASSIGN_OR_RETURN(json["etag"], EtagOf(command, subject, client, caller));
  }
  auto request = NewMessage(command.verb.method->input_type());
  const auto parsed = google::protobuf::util::JsonStringToMessage(json.dump(), request.get());
  if (!parsed.ok()) return absl::InvalidArgumentError(Absl(parsed.message().ToString()));
  return request;
}

absl::Status Print(const Command& command, const Message& answer, const People& people) {
  const Json tree = TreeOf(answer);
  if (!command.only.empty()) {
    const auto value = TextAt(tree, command.only);
    if (!value) {
      return absl::NotFoundError(Absl(Concat({"no ", command.only, " in the answer; see --json"})));
    }
    std::cout << *value << "\n";
    return absl::OkStatus();
  }
  if (command.json) {
    std::cout << tree.dump(2) << "\n";
  } else if (const View* view = ViewOf(ShortName(*command.verb.method))) {
    PrintView(*view, tree, people, {.names = command.names, .colour = TerminalHasColour()},
              std::cout);
  } else {
    PrintAnswer(tree, people, {.names = command.names, .colour = TerminalHasColour()}, std::cout);
  }
  return absl::OkStatus();
}

absl::Status Run(const Command& command, Client& client, const Caller& caller) {
  ASSIGN_OR_RETURN(const std::string subject, Subject(command, client, caller));
  ASSIGN_OR_RETURN(const auto request, RequestOf(command, subject, client, caller));
  const auto answer = NewMessage(command.verb.method->output_type());
  RETURN_IF_ERROR(client.Call(caller, FullName(*command.verb.method), *request, answer.get()));
  const bool of_family = subject.starts_with("families/") && !command.json;
  return Print(command, *answer,
               of_family ? People::OfFamily(client, caller, FamilyIn(subject)) : People());
}

std::string HelpOf(const Field& field) {
  std::string help = SummaryOf(*field.leaf());
  std::string choices;
  for (const std::string& one : ChoicesOf(*field.leaf()))
    choices += (choices.empty() ? "" : "|") + one;
  if (!choices.empty()) help += Concat({help.empty() ? "" : " ", choices});
  if (TakesPeople(field))
    help += Concat({help.empty() ? "" : " ", "A name as people say it will do."});
  return help;
}

// Only the command that is meant gets its flags, when it is met.
void AddFlags(CLI::App& app, Command& command) {
  if (!command.fields.subject.path.empty()) {
    const Field& subject = command.fields.subject;
    app.add_option("what", command.of,
                   Concat({subject.resource(),
                           subject.TakesFamily() ? ", or words of the family's name" : ""}))
        ->required();
  }
  for (const Field& field : command.fields.flags) {
    command.values.emplace_back();
    const bool preset = std::any_of(command.verb.preset.begin(), command.verb.preset.end(),
                                    [&](const auto& one) { return one.first == field.Path(); });
    if (preset) continue;
    const std::string flag = "--" + field.flag;
    CLI::Option* option =
        field.leaf()->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_BOOL
            ? app.add_flag(flag + "{true}", command.values.back(), HelpOf(field))
            : app.add_option(flag, command.values.back(), HelpOf(field))->allow_extra_args(false);
    if (field.required && field.path.size() <= 2 && field.flag != "etag" &&
        !HasField(command.verb, "update_mask")) {
      option->required();
    }
  }
  app.add_flag("--json", command.json, "The answer as JSON");
  app.add_option("--only", command.only, "Path of the one value to print, for example dot");
  app.add_flag("--names", command.names, "Show resource names too");
}

bool Any(const CLI::App*) { return true; }

// The subcommand of that name; null: there is none.
CLI::App* Sub(CLI::App& app, const std::string& name) {
  for (CLI::App* one : app.get_subcommands(Any)) {
    if (one->get_name() == name) return one;
  }
  return nullptr;
}

// Summaries need the comments of the proto files: read only when somebody gets this far.
void Describe(CLI::App& noun) {
  for (CLI::App* one : noun.get_subcommands(Any)) {
    const auto* method = FindMethod(one->get_description());
    if (method != nullptr) one->description(SummaryOf(*method));
  }
}

void AddMethodCommand(CLI::App& parent, const Verb& verb, Action& chosen) {
  auto command = std::make_shared<Command>();
  command->verb = verb;
  CLI::App* app = parent.add_subcommand(verb.verb, ShortName(*verb.method));
  app->preparse_callback([app, command](std::size_t) {
    command->fields = FieldsOf(*command->verb.method->input_type());
    app->description(CommentOf(*command->verb.method));
    AddFlags(*app, *command);
  });
  app->callback([command, &chosen] {
    chosen = [command](const Common& common) {
      return WithClient(common, [&](Client& client, const Caller& caller) {
        return Run(*command, client, caller);
      });
    };
  });
}

}  // namespace

void AddMethodCommands(CLI::App& app, Action& chosen) {
  for (const Verb& verb : AllVerbs()) {
    CLI::App* noun = Sub(app, verb.noun);
    if (noun == nullptr) {
      noun = app.add_subcommand(verb.noun, "");
      noun->fallthrough();
      noun->require_subcommand(1);
    }
    // `roster` is a view of its own.
    if (noun->get_require_subcommand_min() == 0 || Sub(*noun, verb.verb) != nullptr) continue;
    AddMethodCommand(*noun, verb, chosen);
    if (noun->get_description().empty() || noun->get_description().back() == ' ') {
      noun->description(Concat({noun->get_description(), verb.verb, ", "}));
    }
  }
  for (CLI::App* noun : app.get_subcommands(Any)) {
    if (noun->get_description().ends_with(", ")) {
      noun->description(noun->get_description().substr(0, noun->get_description().size() - 2));
    }
    noun->preparse_callback([noun](std::size_t) { Describe(*noun); });
  }
}

}  // namespace rapport::cli
