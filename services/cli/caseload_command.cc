// rapport caseload: the caller's families in the order in which they need attention, why, and what
// could be done next.
#include "cli/commands.h"
#include "cli/json_tree.h"
#include "cli/people.h"
#include "cli/table.h"
#include "cli/times.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <rapport/alliance/v1/caseload.pb.h>

#include <iostream>
#include <memory>

namespace rapport::cli {
namespace {

namespace av = alliance::v1;

constexpr int kPage = 1000;
// What `routine` says already.
constexpr std::string_view kNothing = "Nothing stands out.";

struct CaseloadOptions {
  bool json = false, csv = false;
};

struct Pressing {
  std::string_view words;
  Tone tone = Tone::kPlain;
};

Pressing PressingOf(av::Attention attention) {
  switch (attention) {
    case av::ATTENTION_URGENT:
      return {"urgent", Tone::kBad};
    case av::ATTENTION_ALERT:
      return {"alert", Tone::kBad};
    case av::ATTENTION_ALERT_IN_HAND:
      return {"in hand", Tone::kWarn};
    case av::ATTENTION_WATCH:
      return {"watch", Tone::kWarn};
    default:
      return {"routine", Tone::kDim};
  }
}

absl::StatusOr<av::GetCaseloadResponse> Fetch(Client& client, const Caller& caller) {
  av::GetCaseloadResponse whole;
  av::GetCaseloadRequest request;
  request.set_page_size(kPage);
  do {
    ASSIGN_OR_RETURN(auto page,
                     client.Call<av::GetCaseloadResponse>(
                         caller, "rapport.alliance.v1.AllianceService/GetCaseload", request));
    request.set_page_token(page.next_page_token());
    whole.set_incomplete(page.incomplete());
    for (auto& entry : *page.mutable_entries()) *whole.add_entries() = std::move(entry);
  } while (!request.page_token().empty());
  return whole;
}

std::string FormsOf(const av::CaseloadEntry& entry) {
  if (entry.forms_due() == 0) return "";
  return Concat({std::to_string(entry.forms_given()), " of ", std::to_string(entry.forms_due())});
}

std::string LastSession(const av::CaseloadEntry& entry) {
  return LocalDay(TextAt(TreeOf(entry), "last_session_time").value_or(""));
}

Table TableOf(const av::GetCaseloadResponse& caseload, const People& people) {
  Table table({"family", "attention", "last session", "forms given", "why", "next"});
  for (const av::CaseloadEntry& entry : caseload.entries()) {
    std::string why;
    for (const std::string& reason : entry.reasons()) why += (why.empty() ? "" : " ") + reason;
    table.Add({{people.Show(entry.family())},
               {std::string(PressingOf(entry.attention()).words)},
               {LastSession(entry)},
               {FormsOf(entry)},
               {std::move(why)},
               {entry.next_step()}});
  }
  return table;
}

void PrintPage(const av::GetCaseloadResponse& caseload, const People& people, bool colour) {
  if (caseload.entries().empty()) std::cout << "no family\n";
  for (const av::CaseloadEntry& entry : caseload.entries()) {
    const Pressing pressing = PressingOf(entry.attention());
    std::cout << Painted(people.Show(entry.family()), Tone::kStrong, colour) << "  "
              << Painted(pressing.words, pressing.tone, colour);
    std::string aside;
    if (entry.has_last_session_time()) aside += "  last session " + LastSession(entry);
    if (entry.forms_due() > 0) aside += Concat({"  ", FormsOf(entry), " forms given"});
    std::cout << Painted(aside, Tone::kDim, colour) << "\n";
    for (const std::string& reason : entry.reasons()) {
      if (reason != kNothing) std::cout << "    " << reason << "\n";
    }
    if (!entry.next_step().empty()) {
      std::cout << Painted(Concat({"    Next: ", entry.next_step()}), Tone::kDim, colour) << "\n";
    }
  }
  if (caseload.incomplete()) std::cout << "There are more families than are looked at together.\n";
}

absl::Status Show(Client& client, const Caller& caller, const CaseloadOptions& options) {
  ASSIGN_OR_RETURN(const av::GetCaseloadResponse caseload, Fetch(client, caller));
  if (options.json) {
    std::cout << TreeOf(caseload).dump(2) << "\n";
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const People people, FamiliesOf(client, caller));
  if (options.csv) {
    TableOf(caseload, people).PrintCsv(std::cout);
  } else {
    PrintPage(caseload, people, TerminalHasColour());
  }
  return absl::OkStatus();
}

}  // namespace

void AddCaseloadCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<CaseloadOptions>();
  CLI::App* caseload =
      app.add_subcommand("caseload", "Your families in the order in which they need attention");
  CLI::Option* json = caseload->add_flag("--json", options->json, "The answer as JSON");
  caseload->add_flag("--csv", options->csv, "Comma-separated values")->excludes(json);
  caseload->callback([options, &chosen] {
    chosen = [options](const Common& common) {
      return WithClient(common, [&](Client& client, const Caller& caller) {
        return Show(client, caller, *options);
      });
    };
  });
}

}  // namespace rapport::cli
