// rapport insight INSTRUMENT, rapport trajectory INSTRUMENT SCORE FIRST.
#include "cli/commands.h"
#include "cli/json_tree.h"
#include "cli/report_view.h"
#include "cli/table.h"
#include "platform/base/status_macros.h"
#include "platform/schema/times.h"

#include <iostream>
#include <memory>

namespace rapport::cli {
namespace {

namespace av = alliance::v1;

struct Looks {
  bool json = false, csv = false;
};
struct InsightOptions {
  std::string instrument, from, to;
  Looks looks;
};
struct TrajectoryOptions {
  std::string instrument, score;
  double first = 0;
  int ratings = 0;
  Looks looks;
};

void AddLooks(CLI::App& command, Looks& looks) {
  CLI::Option* json = command.add_flag("--json", looks.json, "The answer as JSON");
  command.add_flag("--csv", looks.csv, "The figures as CSV")->excludes(json);
}

absl::Status ShowInsight(Client& client, const Caller& caller, const InsightOptions& options) {
  av::GetAgencyInsightRequest request;
  request.set_instrument(InstrumentNameOf(options.instrument));
  if (!options.from.empty()) {
    ASSIGN_OR_RETURN(const std::int64_t from_us, MonthOf(options.from));
    *request.mutable_from_time() = schema::ToTimestamp(from_us);
  }
  if (!options.to.empty()) {
    ASSIGN_OR_RETURN(const std::int64_t to_us, MonthOf(options.to));
    *request.mutable_to_time() = schema::ToTimestamp(to_us);
  }
  ASSIGN_OR_RETURN(const auto answer,
                   client.Call<av::GetAgencyInsightResponse>(
                       caller, "rapport.alliance.v1.AllianceService/GetAgencyInsight", request));
  if (options.looks.json) {
    std::cout << TreeOf(answer).dump(2) << "\n";
  } else if (options.looks.csv) {
    WriteInsightCsv(answer.insight(), std::cout);
  } else {
    PrintInsight(answer.insight(), TerminalHasColour(), std::cout);
  }
  return absl::OkStatus();
}

absl::Status ShowTrajectory(Client& client, const Caller& caller,
                            const TrajectoryOptions& options) {
  av::GetTrajectoryRequest request;
  request.set_instrument(InstrumentNameOf(options.instrument));
  request.set_score(options.score);
  request.set_first_value(options.first);
  request.set_ratings(options.ratings);
  ASSIGN_OR_RETURN(const auto answer,
                   client.Call<av::GetTrajectoryResponse>(
                       caller, "rapport.alliance.v1.AllianceService/GetTrajectory", request));
  if (options.looks.json) {
    std::cout << TreeOf(answer).dump(2) << "\n";
  } else if (options.looks.csv) {
    WriteTrajectoryCsv(answer.trajectory(), std::cout);
  } else {
    PrintTrajectory(answer.trajectory(), TerminalHasColour(), std::cout);
  }
  return absl::OkStatus();
}

template <typename Options>
void Choose(CLI::App& command, Action& chosen, std::shared_ptr<Options> options,
            absl::Status (*show)(Client&, const Caller&, const Options&)) {
  command.callback([options, show, &chosen] {
    chosen = [options, show](const Common& common) {
      return WithClient(common, [&](Client& client, const Caller& caller) {
        return show(client, caller, *options);
      });
    };
  });
}

}  // namespace

void AddReportCommands(CLI::App& app, Action& chosen) {
  CLI::App& insight = *app.add_subcommand("insight", "How a measure does in the agency's own data");
  auto asked = std::make_shared<InsightOptions>();
  insight.add_option("instrument", asked->instrument, "For example pulse-adult.1")->required();
  insight.add_option("--from", asked->from, "Only what was recorded from this month on: 2026-03");
  insight.add_option("--to", asked->to, "Only what was recorded before this month");
  AddLooks(insight, asked->looks);
  Choose(insight, chosen, asked, ShowInsight);

  CLI::App& trajectory =
      *app.add_subcommand("trajectory", "The course to expect, from the agency's closed cases");
  auto course = std::make_shared<TrajectoryOptions>();
  trajectory.add_option("instrument", course->instrument, "For example pulse-adult.1")->required();
  trajectory.add_option("score", course->score, "For example bond")->required();
  trajectory.add_option("first", course->first, "The first rating's score")->required();
  trajectory.add_option("--ratings", course->ratings, "How many to look ahead; 12 by default");
  AddLooks(trajectory, course->looks);
  Choose(trajectory, chosen, course, ShowTrajectory);
}

}  // namespace rapport::cli
