// rapport NOUN VERB [WHAT] --flags: every method as a command, by verbs.h and fields.h.
#include "cli/commands.h"
#include "cli/comments.h"
#include "cli/conditions.h"
#include "cli/etags.h"
#include "cli/fields.h"
#include "cli/invitations.h"
#include "cli/json_tree.h"
#include "cli/methods.h"
#include "cli/people.h"
#include "cli/table.h"
#include "cli/verbs.h"
#include "cli/views.h"
#include "platform/base/services.h"
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
  std::string service;  // whose, of what every service has
  std::string only;     // path of the one value that is printed
};

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

bool HasField(const Verb& verb, const char* name) {
  return verb.method->input_type()->FindFieldByName(name) != nullptr;
}

// What the command is about: a resource name, or words of a family's.
absl::StatusOr<std::string> Subject(const Command& command, Client& client, const Caller& caller) {
  const Field& subject = command.fields.subject;
  if (subject.path.empty() || command.of.find('/') != std::string::npos) return command.of;
  if (subject.TakesFamily()) {
    const auto found = FindFamily(client, caller, command.of, command.verb.method->name());
    if (command.verb.method->name() != "GrantBreakGlass" || !absl::IsNotFound(found.status())) {
      return found;
    }
    // Whoever opens a record in an emergency mostly does not see the family yet.
    return absl::NotFoundError(
        "nobody can look for a family that is not theirs by its name: that would tell who is a "
        "client.\nAsk its therapist, their supervisor or an administrator on call: `rapport family "
        "list --names` gives them\nthe name families/... to use here");
  }
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

absl::Status PutFlags(const Command& command, const std::string& family, Client& client,
                      const Caller& caller, Json& request) {
  const FindName find = [&](const std::string& text) {
    return FindPerson(client, caller, family, text, command.verb.method->name());
  };
  for (std::size_t i = 0; i < command.values.size(); ++i) {
    const Field& field = command.fields.flags[i];
    for (const std::string& text : command.values[i]) {
      std::string meant = text;
      if (command.verb.method->name() == "RedeemMemberInvite" && field.flag == "code") {
        meant = MemberCode(text);
      }
      auto value = ValueOf(field, meant, find);
      if (!value.ok() && value.status().code() != absl::StatusCode::kInvalidArgument) {
        return value.status();
      }
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
    // A person at a terminal means what they just looked at. --etag says which version was meant.
    ASSIGN_OR_RETURN(json["etag"], EtagOf(*command.verb.method, subject, client, caller));
  }
  auto request = NewMessage(command.verb.method->input_type());
  const auto parsed = google::protobuf::util::JsonStringToMessage(json.dump(), request.get());
  if (!parsed.ok()) return absl::InvalidArgumentError(Absl(parsed.message().ToString()));
  return request;
}

// What to do with an answer that is the key to something; empty: there is nothing to do.
std::string_view NextOf(const google::protobuf::MethodDescriptor& method) {
  if (method.name() == "CreateRatingInvitation") {
    return "\nGive the short code to the rater to type, or the long one to paste: `rapport rate` "
           "asks "
           "for either.\nThey are shown this once, are good for one form, and end the invitation "
           "before.\n";
  }
  if (method.name() == "CreateMemberInvite") {
    return "\nGive the code to the member: `rapport member-invite redeem --code CODE` links their "
           "account. "
           "It is shown this once.\n";
  }
  if (method.name() == "EraseFamily") {
    return "\nNothing is erased yet: another administrator finds it with `rapport erasure list "
           "--names` and agrees\nwith `rapport erasure approve NAME`.\n";
  }
  return {};
}

absl::Status Print(const Command& command, const Message& answer, const People& people) {
  const Json tree = TreeOf(answer);
  if (!command.only.empty()) {
    const auto value = TextAt(tree, command.only);
    // What was written is done: that a value of it is not set is no failure.
    if (!value && !HasField(command.verb, "request_id")) {
      return absl::NotFoundError(Absl(Concat({"the answer has no ", command.only, " set"})));
    }
    std::cout << value.value_or("") << "\n";
    return absl::OkStatus();
  }
  const ViewStyle style{
      // Who has just become a member needs nothing more than who that is.
      .names = command.names || command.verb.method->name() == "RedeemMemberInvite",
      .colour = TerminalHasColour(),
      .width = TerminalWidth()};
  if (command.json) {
    std::cout << tree.dump(2) << "\n";
  } else if (const View* view = ViewOf(ShortName(*command.verb.method))) {
    PrintView(*view, tree, people, style, std::cout);
  } else {
    PrintAnswer(tree, people, style, std::cout, NothingOf(*command.verb.method));
  }
  if (!command.json) std::cout << NextOf(*command.verb.method);
  return absl::OkStatus();
}

absl::Status Run(const Command& command, Client& client, const Caller& caller) {
  // Before the call: what it did would stand, whatever could not be printed of it.
  if (!command.only.empty()) {
    RETURN_IF_ERROR(Leads(*command.verb.method->output_type(), command.only));
  }
  ASSIGN_OR_RETURN(const std::string subject, Subject(command, client, caller));
  ASSIGN_OR_RETURN(const auto request, RequestOf(command, subject, client, caller));
  const auto answer = NewMessage(command.verb.method->output_type());
  const std::string of_service = command.verb.shared ? command.service + "/" : "";
  RETURN_IF_ERROR(
      client.Call(caller, of_service + FullName(*command.verb.method), *request, answer.get()));
  People people;
  if (!command.json && command.fields.subject.path.empty() && !command.verb.shared) {
    // Of the agency: who is meant by a name is in the directory, for whoever may see it.
    const std::string text = TreeOf(*answer).dump();
    if (text.find("professionals/") != std::string::npos) {
      people = DirectoryOf(client, caller).value_or(People());
    }
  } else if (!command.json && subject.starts_with("families/-")) {
    people = OfFamiliesIn(client, caller, TreeOf(*answer).dump());
  } else if (!command.json && subject.starts_with("families/")) {
    people = People::OfFamily(client, caller, FamilyIn(subject), TreeOf(*answer).dump());
  }
  RETURN_IF_ERROR(Print(command, *answer, people));
  for (const std::string& line : ConditionsFor(*answer, client, caller)) std::cerr << line << "\n";
  return absl::OkStatus();
}

std::string HelpOf(const Field& field) {
  std::string help = SummaryOf(*field.leaf());
  std::string choices;
  for (const std::string& one : ChoicesOf(*field.leaf()))
    choices += (choices.empty() ? "" : "|") + one;
  if (!choices.empty()) help += Concat({help.empty() ? "" : " ", choices});
  if (const std::string shape = ShapeOf(*field.leaf()); !shape.empty()) {
    help += Concat({help.empty() ? "" : " ", shape});
  }
  if (TakesPeople(*field.leaf()))
    help += Concat({help.empty() ? "" : " ", "A name as people say it will do."});
  return help;
}

// Only the command that is meant gets its flags, when it is met.
void AddFlags(CLI::App& app, Command& command) {
  if (command.verb.shared) {
    app.add_option("service", command.service, "Whose: every service has its own")
        ->required()
        ->check(CLI::IsMember(std::vector<std::string>(kServices.begin(), kServices.end())));
  }
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
    if (field.required && field.flag != "etag" && !HasField(command.verb, "update_mask")) {
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
    const auto* own = FindMethod(one->get_description());
    const auto* method = own == nullptr ? FindShared(one->get_description()) : own;
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
