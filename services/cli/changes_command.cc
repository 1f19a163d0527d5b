// rapport change watch SERVICE: that something changed, as it happens, a line each, until it is
// interrupted. Each line ends with the cursor behind it: `--after` goes on from there.
#include "cli/commands.h"
#include "cli/follow.h"
#include "cli/json_tree.h"
#include "cli/table.h"
#include "cli/times.h"
#include "platform/base/services.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <rapport/changes/v1/changes_service.pb.h>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <memory>

namespace rapport::cli {
namespace {

namespace cv = changes::v1;

struct Options {
  std::string service, after;
  bool all = false, json = false;
  int seconds = 0;
};

// "CHANGE_TYPE_NOTE_SIGNED" -> "note signed".
std::string Word(cv::ChangeType type) {
  std::string word = cv::ChangeType_Name(type).substr(sizeof("CHANGE_TYPE_") - 1);
  std::ranges::transform(word, word.begin(), [](unsigned char c) {
    return c == '_' ? ' ' : static_cast<char>(std::tolower(c));
  });
  return word;
}

void Print(const cv::Change& change, bool json) {
  if (json) {
    std::cout << TreeOf(change).dump() << std::endl;
    return;
  }
  const std::string time = TextAt(TreeOf(change), "time").value_or("");
  const bool colour = TerminalHasColour();
  std::cout << Painted(LocalTime(time).value_or(time), Tone::kDim, colour) << "  "
            << Word(change.type()) << "  " << change.resource() << "  "
            << Painted(change.cursor(), Tone::kDim, colour) << std::endl;
}

absl::Status Watch(Client& client, const Common& common, const Options& options) {
  const std::string service = Concat({options.service, "/rapport.changes.v1.ChangesService/"});
  cv::WatchChangesRequest request;
  request.set_after(options.after);
  if (options.after.empty() && !options.all) {
    ASSIGN_OR_RETURN(const Caller caller, client.As(common.as));
    cv::ListChangesRequest now;
    now.set_from_now(true);
    ASSIGN_OR_RETURN(const auto answer, client.Call<cv::ListChangesResponse>(
                                            caller, Concat({service, "ListChanges"}), now));
    request.set_after(answer.next_cursor());
  }
  const auto show = [&](const Caller&, const cv::WatchChangesResponse& response) {
    for (const cv::Change& change : response.changes()) Print(change, options.json);
  };
  return Follow<cv::WatchChangesRequest, cv::WatchChangesResponse>(
      client, common.as, Concat({service, "WatchChanges"}), std::move(request), options.seconds,
      show);
}

}  // namespace

void AddChangesCommand(CLI::App& app, Action& chosen) {
  CLI::App* noun = app.add_subcommand("change", "");
  noun->fallthrough();
  noun->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* watch = noun->add_subcommand("watch", "What changes, as it happens, until interrupted");
  watch->add_option("service", options->service, "Whose: every service has its own")
      ->required()
      ->check(CLI::IsMember(std::vector<std::string>(kServices.begin(), kServices.end())));
  CLI::Option* after = watch->add_option("--after", options->after,
                                         "Go on behind this cursor. Without: from now on");
  watch->add_flag("--all", options->all, "From the oldest change that is kept (30 days)")
      ->excludes(after);
  watch->add_option("--for", options->seconds, "End after so many seconds");
  watch->add_flag("--json", options->json, "One JSON object a line");
  watch->callback([options, &chosen] {
    chosen = [options](const Common& common) {
      return WithClient(common, [&](Client& client) { return Watch(client, common, *options); });
    };
  });
}

}  // namespace rapport::cli
