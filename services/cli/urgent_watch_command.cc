// rapport urgent-task watch: the open urgent tasks that are on the caller's list, for somebody on
// duty who has nothing else to wake them. Asks every few seconds and rings for what is new or was
// put before more people.
#include "cli/commands.h"
#include "cli/json_tree.h"
#include "cli/people.h"
#include "cli/table.h"
#include "cli/times.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <rapport/alliance/v1/concern.pb.h>

#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <thread>

namespace rapport::cli {
namespace {

namespace av = alliance::v1;
using Clock = std::chrono::steady_clock;

constexpr int kPage = 1000;

struct UrgentWatchOptions {
  int every = 5;    // seconds
  int seconds = 0;  // 0: until interrupted
  bool json = false;
};

class UrgentPrinter {
 public:
  explicit UrgentPrinter(bool json) : json_(json), colour_(TerminalHasColour()) {}

  // One answer: what is new in it, and what is no more.
  void Show(Client& client, const Caller& caller, const av::ListUrgentTasksResponse& answer) {
    std::map<std::string, std::string> open;
    for (const av::UrgentTask& task : answer.urgent_tasks()) {
      // Every alert moves the next one's time on.
      std::string& mark = open[task.name()];
      mark = Concat({std::to_string(task.kind()), "/", task.next_alert_time().SerializeAsString()});
      const auto known = known_.find(task.name());
      if (known == known_.end() || known->second != mark) Print(client, caller, task);
    }
    for (const auto& [name, mark] : known_) {
      if (!json_ && !open.contains(name)) std::cout << "    somebody sees to " << name << std::endl;
    }
    known_ = std::move(open);
  }

 private:
  void Print(Client& client, const Caller& caller, const av::UrgentTask& task) {
    if (json_) {
      std::cout << TreeOf(task).dump() << std::endl;
      return;
    }
    const bool not_safe = task.kind() == av::CONCERN_KIND_NOT_SAFE;
    const std::string since = TextAt(TreeOf(task), "create_time").value_or("");
    std::cout << "\a"
              << Painted(not_safe ? "Somebody is not safe" : "Somebody asks for a talk soon",
                         Tone::kWarn, colour_);
    if (!task.member().empty()) {
      const People people = People::OfFamily(client, caller, FamilyIn(task.name()));
      std::cout << ": " << Painted(people.Show(task.member()), Tone::kStrong, colour_);
    }
    std::cout << ", since " << LocalTime(since).value_or(since) << "\n";
    for (const av::ConcernReport& report : task.reports()) {
      if (!report.concern().words().empty())
        std::cout << "    " << report.concern().words() << "\n";
    }
    std::cout << Painted(Concat({"    rapport urgent-task acknowledge ", task.name()}), Tone::kDim,
                         colour_)
              << std::endl;
  }

  const bool json_, colour_;
  std::map<std::string, std::string> known_;  // by name, what was printed last
};

absl::Status Watch(Client& client, const Common& common, const UrgentWatchOptions& options) {
  const auto until = options.seconds > 0 ? Clock::now() + std::chrono::seconds(options.seconds)
                                         : Clock::time_point::max();
  UrgentPrinter printer(options.json);
  for (bool answered = false;;) {
    // Tokens are short-lived, and a new one may lie there.
    ASSIGN_OR_RETURN(const Caller caller, client.As(common.as));
    av::ListUrgentTasksRequest request;
    request.set_parent("families/-");
    request.set_page_size(kPage);
    const auto answer = client.Call<av::ListUrgentTasksResponse>(
        caller, "rapport.alliance.v1.AllianceService/ListUrgentTasks", request);
    if (answer.ok()) {
      answered = true;
      printer.Show(client, caller, *answer);
    } else if (!answered || !absl::IsUnavailable(answer.status())) {
      return answer.status();
    } else {
      std::cerr << "\a" << "can't be reached; trying again" << std::endl;
    }
    const auto next = Clock::now() + std::chrono::seconds(options.every);
    if (next >= until) return absl::OkStatus();
    std::this_thread::sleep_until(next);
  }
}

}  // namespace

void AddUrgentWatchCommand(CLI::App& app, Action& chosen) {
  CLI::App* noun = app.get_subcommand("urgent-task");
  auto options = std::make_shared<UrgentWatchOptions>();
  CLI::App* watch = noun->add_subcommand(
      "watch", "Open urgent tasks as they come, with a bell, until interrupted");
  watch->add_option("--every", options->every, "Ask every so many seconds")
      ->check(CLI::Range(1, 300));
  watch->add_option("--for", options->seconds, "End after so many seconds");
  watch->add_flag("--json", options->json, "One JSON object a line");
  watch->callback([options, &chosen] {
    chosen = [options](const Common& common) {
      return WithClient(common, [&](Client& client) { return Watch(client, common, *options); });
    };
  });
}

}  // namespace rapport::cli
