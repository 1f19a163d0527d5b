// rapport signals watch: signals as they change, a line or two each, until it is interrupted. Goes
// on where it was whenever the stream ends: nothing is lost or comes twice.
#include "cli/commands.h"
#include "cli/csv.h"
#include "cli/follow.h"
#include "cli/json_tree.h"
#include "cli/people.h"
#include "cli/table.h"
#include "cli/times.h"
#include "platform/base/strings.h"

#include <rapport/alliance/v1/signal_watch.pb.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>

namespace rapport::cli {
namespace {

namespace av = alliance::v1;

struct WatchOptions {
  std::string after;
  int seconds = 0;
  bool json = false, csv = false;
};

// "SIGNAL_STATE_OPEN" without its prefix, in words.
std::string Word(const std::string& value, std::size_t prefix) {
  std::string word = value.substr(prefix);
  std::ranges::transform(word, word.begin(), [](unsigned char c) {
    return c == '_' ? ' ' : static_cast<char>(std::tolower(c));
  });
  return word;
}

class SignalPrinter {
 public:
  SignalPrinter(Client& client, const Caller& caller, const WatchOptions& options)
      : client_(client), caller_(caller), options_(options), colour_(TerminalHasColour()) {}

  void Print(const av::Signal& signal) {
    if (options_.json) {
      std::cout << TreeOf(signal).dump() << std::endl;
      return;
    }
    const std::string state =
        Word(av::SignalState_Name(signal.state()), sizeof("SIGNAL_STATE_") - 1);
    const std::string kind = Word(av::SignalKind_Name(signal.kind()), sizeof("SIGNAL_KIND_") - 1);
    if (options_.csv) {
      PrintRow(signal, kind, state);
      return;
    }
    const bool open = signal.state() == av::SIGNAL_STATE_OPEN;
    std::cout << Painted(TimeOf(signal), Tone::kDim, colour_) << "  "
              << Painted(Concat({kind, ", ", state}), open ? Tone::kWarn : Tone::kPlain, colour_);
    if (!signal.member().empty()) {
      std::cout << "  "
                << Painted(PeopleOf(signal.name()).Show(signal.member()), Tone::kStrong, colour_);
    }
    std::cout << "\n";
    if (!signal.summary().empty()) std::cout << "    " << signal.summary() << "\n";
    if (open && !signal.next_step().empty()) std::cout << "    " << signal.next_step() << "\n";
    std::cout << Painted(Concat({"    ", signal.name()}), Tone::kDim, colour_) << std::endl;
  }

 private:
  void PrintRow(const av::Signal& signal, const std::string& kind, const std::string& state) {
    const std::string member =
        signal.member().empty() ? "" : PeopleOf(signal.name()).Show(signal.member());
    std::string row = TextAt(TreeOf(signal), "update_time").value_or("");
    for (const std::string& cell :
         {kind, state, member, signal.summary(), signal.next_step(), signal.name()}) {
      row += "," + CsvCell(cell);
    }
    std::cout << row << std::endl;
  }
  static std::string TimeOf(const av::Signal& signal) {
    const std::string time = TextAt(TreeOf(signal), "update_time").value_or("");
    return LocalTime(time).value_or(time);
  }
  const People& PeopleOf(const std::string& signal) {
    const std::string family = FamilyIn(signal);
    const auto found = people_.find(family);
    if (found != people_.end()) return found->second;
    return people_.emplace(family, People::OfFamily(client_, caller_, family)).first->second;
  }

  Client& client_;
  const Caller& caller_;
  const WatchOptions& options_;
  const bool colour_;
  std::map<std::string, People> people_;
};

absl::Status Watch(Client& client, const Common& common, const WatchOptions& options) {
  av::WatchSignalsRequest request;
  request.set_after(options.after);
  if (options.csv) std::cout << "time,kind,state,member,summary,next step,name" << std::endl;
  const auto show = [&](const Caller& caller, const av::WatchSignalsResponse& response) {
    SignalPrinter printer(client, caller, options);
    for (const av::Signal& signal : response.signals()) printer.Print(signal);
  };
  return Follow<av::WatchSignalsRequest, av::WatchSignalsResponse>(
      client, common.as, "rapport.alliance.v1.AllianceService/WatchSignals", std::move(request),
      options.seconds, show);
}

}  // namespace

void AddWatchCommand(CLI::App& app, Action& chosen) {
  CLI::App* noun = app.get_subcommand("signal");
  noun->alias("signals");
  auto options = std::make_shared<WatchOptions>();
  CLI::App* watch = noun->add_subcommand("watch", "Signals as they change, until interrupted");
  watch->add_option("--after", options->after, "Go on after this cursor");
  watch->add_option("--for", options->seconds, "End after so many seconds");
  CLI::Option* json = watch->add_flag("--json", options->json, "One JSON object a line");
  watch->add_flag("--csv", options->csv, "Comma-separated values, a line each")->excludes(json);
  watch->callback([options, &chosen] {
    chosen = [options](const Common& common) {
      return WithClient(common, [&](Client& client) { return Watch(client, common, *options); });
    };
  });
}

}  // namespace rapport::cli
