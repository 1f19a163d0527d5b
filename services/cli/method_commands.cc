// rapport NOUN VERB [WHAT] --flags: every method as a command (method_command.h), and those that
// show something in a table of their own.
#include "cli/answer_csv.h"
#include "cli/commands.h"
#include "cli/comments.h"
#include "cli/conditions.h"
#include "cli/json_tree.h"
#include "cli/method_command.h"
#include "cli/methods.h"
#include "cli/people.h"
#include "cli/table.h"
#include "cli/views.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <iostream>
#include <memory>

namespace rapport::cli {
namespace {

using google::protobuf::Message;
using Json = nlohmann::json;

// One command, filled in by the parser.
struct Command : MethodCommand {
  bool json = false, csv = false, names = false;
  std::string only;  // path of the one value that is printed
};

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
           "--names` and agrees\nwith `rapport erasure approve NAME`. Until then `rapport erasure "
           "withdraw NAME` takes it back.\n";
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
      .csv = command.csv,
      .width = TerminalWidth()};
  if (command.json) {
    std::cout << tree.dump(2) << "\n";
  } else if (const View* view = ViewOf(ShortName(*command.verb.method))) {
    PrintView(*view, tree, people, style, std::cout);
  } else if (command.csv) {
    WriteAnswerCsv(tree, std::cout);
  } else {
    PrintAnswer(tree, people, style, std::cout, NothingOf(*command.verb.method));
  }
  if (!command.json && !command.csv) std::cout << NextOf(*command.verb.method);
  return absl::OkStatus();
}

absl::Status Run(const Command& command, Client& client, const Caller& caller) {
  // Before the call: what it did would stand, whatever could not be printed of it.
  if (!command.only.empty()) {
    RETURN_IF_ERROR(Leads(*command.verb.method->output_type(), command.only));
  }
  ASSIGN_OR_RETURN(const std::string subject, SubjectOf(command, client, caller));
  People named;
  ASSIGN_OR_RETURN(const auto request, RequestOf(command, subject, client, caller, &named));
  const auto answer = NewMessage(command.verb.method->output_type());
  const std::string of_service = command.verb.shared ? command.service + "/" : "";
  RETURN_IF_ERROR(
      client.Call(caller, of_service + FullName(*command.verb.method), *request, answer.get()));
  People people;
  // Of an account it is said who it is.
  const bool agencys = command.fields.subject.path.empty() && !command.verb.shared &&
                       command.verb.method->name() != "GetAccount";
  if (!command.json && agencys) {
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
  // Who may not see rosters is at least told of whom they asked.
  people.Join(named);
  RETURN_IF_ERROR(Print(command, *answer, people));
  for (const std::string& line : ConditionsFor(*answer, client, caller)) std::cerr << line << "\n";
  return absl::OkStatus();
}

bool Any(const CLI::App*) { return true; }

// The subcommand of that name; null: there is none.
CLI::App* Sub(CLI::App& app, const std::string& name) {
  for (CLI::App* one : app.get_subcommands(Any)) {
    if (one->get_name() == name) return one;
  }
  return nullptr;
}

// "list, show, create".
std::string VerbsOf(const CLI::App& noun) {
  std::string all;
  for (const CLI::App* verb : noun.get_subcommands(Any)) {
    all += Concat({all.empty() ? "" : ", ", verb->get_name()});
  }
  return all;
}

// Summaries need the comments of the proto files: read only when somebody gets this far.
void Describe(CLI::App& noun) {
  for (CLI::App* one : noun.get_subcommands(Any)) {
    const auto* own = FindMethod(one->get_description());
    const auto* method = own == nullptr ? FindShared(one->get_description()) : own;
    if (method != nullptr) one->description(ForPeople(SummaryOf(*method)));
  }
}

// How the answer is printed.
void AddLooks(CLI::App& app, Command& command) {
  CLI::Option* json = app.add_flag("--json", command.json, "The answer as JSON");
  app.add_flag("--csv", command.csv, "The answer as comma-separated values")->excludes(json);
  app.add_option("--only", command.only, "Path of the one value to print, for example dot");
  app.add_flag("--names", command.names, "Show resource names too");
}

// Makes `app` the command. Only the one that is meant gets its flags, when it is met. `help`: what
// it does; empty: what its method says.
void BecomeCommand(CLI::App& app, const Verb& verb, std::string_view help, Action& chosen) {
  auto command = std::make_shared<Command>();
  command->verb = verb;
  app.preparse_callback([&app, command, described = !help.empty()](std::size_t) {
    if (!described) app.description(ForPeople(CommentOf(*command->verb.method)));
    AddFlags(app, *command, true);
    AddLooks(app, *command);
  });
  app.callback([command, &chosen] {
    chosen = [command](const Common& common) {
      return WithClient(common, [&](Client& client, const Caller& caller) {
        return Run(*command, client, caller);
      });
    };
  });
}

// Where a command stands in the list of all.
const char* GroupOf(const google::protobuf::MethodDescriptor& method) {
  const std::string name = ShortName(method);
  if (name.starts_with("intake/")) return "Families, their people and their helpers";
  if (name.starts_with("notes/")) return "Sessions and notes";
  if (name.starts_with("goals/")) return "Goals and homework";
  if (name.starts_with("alliance/")) return "Forms, the alliance, signals";
  return "What was done, and what changed";
}

// The noun of that name, which is followed by verbs; a new one where there is none.
CLI::App& Noun(CLI::App& app, const std::string& name,
               const google::protobuf::MethodDescriptor& method) {
  CLI::App* noun = Sub(app, name);
  if (noun == nullptr) {
    noun = app.add_subcommand(name, "");
    noun->fallthrough();
    noun->require_subcommand(1);
  }
  return *noun->group(GroupOf(method));
}

}  // namespace

void AddViewCommands(CLI::App& app, Action& chosen) {
  for (const View& view : Views()) {
    if (view.noun.empty()) continue;
    const std::string noun(view.noun), verb(view.verb), help(view.help);
    const auto* method = FindMethod(view.method);
    CLI::App* command = verb.empty() ? app.add_subcommand(noun, help)->group(GroupOf(*method))
                                     : Noun(app, noun, *method).add_subcommand(verb, help);
    BecomeCommand(*command, {noun, verb, method}, help, chosen);
  }
}

void AddMethodCommands(CLI::App& app, Action& chosen) {
  for (const Verb& verb : AllVerbs()) {
    CLI::App& noun = Noun(app, verb.noun, *verb.method);
    // `roster` is a view of its own.
    if (noun.get_require_subcommand_min() == 0 || Sub(noun, verb.verb) != nullptr) continue;
    CLI::App* command = noun.add_subcommand(verb.verb, ShortName(*verb.method));
    BecomeCommand(*command, verb, "", chosen);
  }
}

void DescribeNouns(CLI::App& app) {
  for (CLI::App* noun : app.get_subcommands(Any)) {
    if (noun->get_require_subcommand_min() == 0) continue;
    if (noun->get_description().empty()) noun->description(VerbsOf(*noun));
    noun->preparse_callback([noun](std::size_t) { Describe(*noun); });
  }
}

}  // namespace rapport::cli
