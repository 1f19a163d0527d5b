// The commands that show something: one for each view, and the map.
#include "cli/alliance_view.h"
#include "cli/commands.h"
#include "cli/json_tree.h"
#include "cli/methods.h"
#include "cli/table.h"
#include "cli/views.h"
#include "platform/base/status_macros.h"

#include <google/protobuf/dynamic_message.h>

#include <iostream>
#include <map>
#include <memory>

namespace rapport::cli {
namespace {

constexpr int kRows = 1000;

absl::Status Show(const View& view, Client& client, const Caller& caller, const std::string& of,
                  bool names) {
  const auto* method = FindMethod(view.method);
  google::protobuf::DynamicMessageFactory factory;
  std::unique_ptr<google::protobuf::Message> request(
      factory.GetPrototype(method->input_type())->New());
  std::unique_ptr<google::protobuf::Message> answer(
      factory.GetPrototype(method->output_type())->New());
  const auto field = [&](std::string_view name) {
    return method->input_type()->FindFieldByName(std::string(name));
  };
  const auto* reflection = request->GetReflection();
  if (const auto* size = field("page_size")) reflection->SetInt32(request.get(), size, kRows);
  People people;
  if (!view.subject.empty()) {
    ASSIGN_OR_RETURN(const std::string subject, FindFamily(client, caller, of));
    reflection->SetString(request.get(), field(view.subject), subject);
    people = People::OfFamily(client, caller, FamilyIn(subject));
  }
  RETURN_IF_ERROR(client.Call(caller, FullName(*method), *request, answer.get()));
  PrintView(view, TreeOf(*answer), people, {.names = names, .colour = TerminalHasColour()},
            std::cout);
  return absl::OkStatus();
}

struct Options {
  std::string of;
  bool names = false;
};
using Showing =
    std::function<absl::Status(Client&, const Caller&, const std::string& of, bool names)>;

// `subject`: what the command's argument is; empty: it has none.
void Bind(CLI::App& command, const std::string& subject, Action& chosen, const Showing& show) {
  auto options = std::make_shared<Options>();
  if (!subject.empty()) command.add_option("of", options->of, subject)->required();
  command.add_flag("--names", options->names, "Show resource names too");
  command.callback([options, show, &chosen] {
    chosen = [options, show](const Common& common) {
      return WithClient(common, [&](Client& client, const Caller& caller) {
        return show(client, caller, options->of, options->names);
      });
    };
  });
}

constexpr const char* kFamily = "families/..., or words of the family's name";

}  // namespace

void AddViewCommands(CLI::App& app, Action& chosen) {
  Bind(*app.add_subcommand("map", "The alliance map"), kFamily, chosen,
       [](Client& client, const Caller& caller, const std::string& of, bool) -> absl::Status {
         ASSIGN_OR_RETURN(const std::string family, FindFamily(client, caller, of));
         ASSIGN_OR_RETURN(const MapFacts facts, FetchMap(client, caller, family));
         PrintMap(facts, TerminalHasColour(), std::cout);
         return absl::OkStatus();
       });
  std::map<std::string, CLI::App*> nouns;
  for (const View& view : Views()) {
    const std::string noun(view.noun);
    CLI::App*& parent = nouns[noun];
    if (parent == nullptr) {
      parent = app.add_subcommand(noun, std::string(view.help));
      parent->fallthrough();
      if (!view.verb.empty()) parent->require_subcommand(1);
    }
    CLI::App* command =
        view.verb.empty() ? parent
                          : parent->add_subcommand(std::string(view.verb), std::string(view.help));
    Bind(*command, view.subject.empty() ? "" : kFamily, chosen,
         [&view](Client& client, const Caller& caller, const std::string& of, bool names) {
           return Show(view, client, caller, of, names);
         });
  }
}

}  // namespace rapport::cli
