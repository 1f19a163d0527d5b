// The commands that show something: one for each view, and the map.
#include "cli/alliance_view.h"
#include "cli/commands.h"
#include "cli/json_tree.h"
#include "cli/map_figures.h"
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

struct Looks {
  bool names = false, json = false, csv = false;
};

absl::Status Show(const View& view, Client& client, const Caller& caller, const std::string& of,
                  const Looks& looks) {
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
  std::string subject;
  if (!view.subject.empty()) {
    ASSIGN_OR_RETURN(subject, FindFamily(client, caller, of, method->name()));
    reflection->SetString(request.get(), field(view.subject), subject);
  }
  RETURN_IF_ERROR(client.Call(caller, FullName(*method), *request, answer.get()));
  if (looks.json) {
    std::cout << TreeOf(*answer).dump(2) << "\n";
    return absl::OkStatus();
  }
  const auto tree = TreeOf(*answer);
  const People people =
      subject.empty() ? People() : People::OfFamily(client, caller, FamilyIn(subject), tree.dump());
  PrintView(view, tree, people,
            {.names = looks.names,
             .colour = TerminalHasColour(),
             .csv = looks.csv,
             .width = TerminalWidth()},
            std::cout);
  return absl::OkStatus();
}

struct Options {
  std::string of;
  Looks looks;
};
using Showing =
    std::function<absl::Status(Client&, const Caller&, const std::string& of, const Looks&)>;

// `subject`: what the command's argument is; empty: it has none.
void Bind(CLI::App& command, const std::string& subject, Action& chosen, const Showing& show) {
  auto options = std::make_shared<Options>();
  if (!subject.empty()) command.add_option("of", options->of, subject)->required();
  command.add_flag("--names", options->looks.names, "Show resource names too");
  CLI::Option* json = command.add_flag("--json", options->looks.json, "The answer as JSON");
  command.add_flag("--csv", options->looks.csv, "The tables as comma-separated values")
      ->excludes(json);
  command.callback([options, show, &chosen] {
    chosen = [options, show](const Common& common) {
      return WithClient(common, [&](Client& client, const Caller& caller) {
        return show(client, caller, options->of, options->looks);
      });
    };
  });
}

constexpr const char* kFamily = "families/..., or words of the family's name";

}  // namespace

void AddViewCommands(CLI::App& app, Action& chosen) {
  Bind(*app.add_subcommand("map", "The alliance map"), kFamily, chosen,
       [](Client& client, const Caller& caller, const std::string& of,
          const Looks& looks) -> absl::Status {
         ASSIGN_OR_RETURN(const std::string family, FindFamily(client, caller, of));
         if (looks.json) {
           alliance::v1::GetAllianceMapRequest request;
           request.set_parent(family);
           ASSIGN_OR_RETURN(
               const auto answer,
               client.Call<alliance::v1::GetAllianceMapResponse>(
                   caller, "rapport.alliance.v1.AllianceService/GetAllianceMap", request));
           std::cout << TreeOf(answer).dump(2) << "\n";
           return absl::OkStatus();
         }
         ASSIGN_OR_RETURN(const MapFacts facts, FetchMap(client, caller, family));
         if (looks.csv) {
           MapFigures(facts).PrintCsv(std::cout);
         } else {
           PrintMap(facts, TerminalHasColour(), std::cout);
         }
         return absl::OkStatus();
       });
  std::map<std::string, CLI::App*> nouns;
  for (const View& view : Views()) {
    if (view.noun.empty()) continue;
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
         [&view](Client& client, const Caller& caller, const std::string& of, const Looks& looks) {
           return Show(view, client, caller, of, looks);
         });
  }
}

}  // namespace rapport::cli
