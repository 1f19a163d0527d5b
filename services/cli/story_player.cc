#include "cli/alliance_view.h"
#include "cli/fields.h"
#include "cli/files.h"
#include "cli/json_tree.h"
#include "cli/methods.h"
#include "cli/story.h"
#include "cli/story_scope.h"
#include "cli/table.h"
#include "cli/typed_line.h"
#include "cli/verbs.h"
#include "cli/views.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/errors.h"

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <thread>

namespace rapport::cli {
namespace {

using google::protobuf::Message;
using Json = nlohmann::json;
using Saved = std::map<std::string, std::string, std::less<>>;

// How long a step with `until` waits for what another service is told.
constexpr std::chrono::seconds kLongestWait{10};
constexpr std::chrono::milliseconds kBetweenTries{20};
constexpr std::string_view kIndent = "    ";

absl::Status AtLine(int line, std::string_view what) {
  return absl::FailedPreconditionError(Absl(Concat({"line ", std::to_string(line), ": ", what})));
}

// Names replaced by what was saved under them, each as `shown` makes it.
template <typename Show>
std::string Filled(const std::string& text, const Saved& saved, const Show& shown) {
  std::string filled;
  SplitNames(
      text, [&](std::string_view part) { filled += part; },
      [&](std::string_view name) {
        const auto found = saved.find(name);
        if (found != saved.end()) filled += shown(found->second);
      });
  return filled;
}

// An etag has quotes of its own.
std::string InsideJson(const std::string& text) {
  const std::string quoted = Json(text).dump();
  return quoted.substr(1, quoted.size() - 2);
}

std::string AsItIs(const std::string& text) { return text; }

absl::Status MoveClock(const std::string& clock_file, const std::string& time) {
  if (clock_file.empty()) {
    return absl::FailedPreconditionError("the story moves the clock: --clock-file is needed");
  }
  return WriteFile(clock_file, time + "\n");
}

class Player {
 public:
  Player(Client& client, std::string clock_file, bool colour, std::ostream& out,
         const StoryObserver& observer)
      : client_(client),
        clock_file_(std::move(clock_file)),
        colour_(colour),
        out_(out),
        observer_(observer) {}

  absl::Status Play(const StoryStep& step) {
    if (!step.clock.empty()) RETURN_IF_ERROR(MoveClock(clock_file_, step.clock));
    if (step.method == nullptr) {
      if (!step.say.empty()) out_ << Painted(step.say, Tone::kStrong, colour_) << "\n";
      return absl::OkStatus();
    }
    if (!step.invitation.empty()) {
      return Call(step, {"invitation", "Invitation " + Filled(step.invitation, saved_, AsItIs)});
    }
    auto caller = client_.As(step.as);
    if (!caller.ok()) return AtLine(step.line, Std(caller.status().message()));
    return Call(step, *caller);
  }

 private:
  // The words as they are typed, names filled in; in what is written as YAML as its texts.
  std::vector<std::string> WordsOf(const StoryStep& step) const {
    std::vector<std::string> words;
    for (const std::string& word : step.words) {
      const bool yaml = word.starts_with('{') || word.starts_with('[');
      words.push_back(yaml ? Filled(word, saved_, InsideJson) : Filled(word, saved_, AsItIs));
    }
    return words;
  }

  absl::StatusOr<std::unique_ptr<Message>> Request(const StoryStep& step, const Caller& caller) {
    if (!step.words.empty()) {
      ASSIGN_OR_RETURN(const auto command, ReadTyped(WordsOf(step)));
      ASSIGN_OR_RETURN(const std::string subject, SubjectOf(*command, client_, caller));
      return RequestOf(*command, subject, client_, caller);
    }
    auto request = NewMessage(step.method->input_type());
    const std::string json = Filled(step.request, saved_, InsideJson);
    if (!google::protobuf::util::JsonStringToMessage(json, request.get()).ok()) {
      return absl::InvalidArgumentError("the request is no message once names are filled in");
    }
    const auto* id = step.method->input_type()->FindFieldByName("request_id");
    if (id != nullptr && request->GetReflection()->GetString(*request, id).empty()) {
      request->GetReflection()->SetString(request.get(), id, NewRequestId());
    }
    return request;
  }

  absl::Status Call(const StoryStep& step, const Caller& caller) {
    const auto answer = NewMessage(step.method->output_type());
    const auto start = std::chrono::steady_clock::now();
    const auto request = Request(step, caller);
    absl::Status status = request.status();
    const std::string until = Filled(step.until, saved_, AsItIs);
    while (request.ok()) {
      status = client_.Call(caller, FullName(*step.method), **request, answer.get());
      if (!status.ok() || until.empty() || At(TreeOf(*answer), until) != nullptr) break;
      if (std::chrono::steady_clock::now() - start > kLongestWait) {
        return AtLine(step.line, Concat({"the answer still has no ", step.until}));
      }
      std::this_thread::sleep_for(kBetweenTries);
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - start);
    RETURN_IF_ERROR(Judge(step, status));
    Tell(step, caller, took, status);
    if (status.ok() && observer_) observer_(step, caller, **request, *answer);
    return status.ok() ? Keep(step, caller, **request, *answer) : absl::OkStatus();
  }

  void Tell(const StoryStep& step, const Caller& caller, std::chrono::milliseconds took,
            const absl::Status& status) {
    if (step.say.empty()) return;
    const std::string mark = step.refused.empty() ? "✓" : "✗";
    out_ << "  " << Painted(mark, step.refused.empty() ? Tone::kGood : Tone::kWarn, colour_) << " "
         << step.say
         << Painted("  " + caller.name + ", " + std::to_string(took.count()) + " ms", Tone::kDim,
                    colour_)
         << "\n";
    if (step.show && !step.words.empty()) {
      out_ << kIndent << Painted("$ " + Typed(WordsOf(step)), Tone::kDim, colour_) << "\n";
    }
    if (!status.ok()) {
      const std::string why = Explain(status);
      out_ << Painted("    " + Indented(step.words.empty() ? why : WithCommands(why)), Tone::kDim,
                      colour_)
           << "\n";
    }
  }

  static absl::Status Judge(const StoryStep& step, const absl::Status& status) {
    if (step.refused.empty()) {
      return status.ok() ? absl::OkStatus()
                         : AtLine(step.line, Concat({step.method->name(), ": ", Explain(status)}));
    }
    if (status.ok()) {
      return AtLine(step.line,
                    Concat({step.method->name(), " succeeded; expected ", step.refused}));
    }
    const std::string reason = schema::ReasonOf(status);
    return reason == step.refused
               ? absl::OkStatus()
               : AtLine(step.line, Concat({"expected ", step.refused, ", got ", Explain(status)}));
  }

  absl::Status Keep(const StoryStep& step, const Caller& caller, const Message& request,
                    const Message& answer) {
    const Json tree = TreeOf(answer);
    if (step.show) RETURN_IF_ERROR(Show(step, caller, TreeOf(request), tree));
    for (const auto& [path, value] : step.expect) {
      const auto part = TextAt(tree, Filled(path, saved_, AsItIs));
      const std::string expected = Filled(value, saved_, AsItIs);
      if (part != expected) {
        return AtLine(step.line,
                      Concat({path, " is ", part.value_or("absent"), "; expected ", expected}));
      }
    }
    for (const auto& [name, path] : step.save) {
      auto part = TextAt(tree, Filled(path, saved_, AsItIs));
      if (!part) return AtLine(step.line, Concat({"the answer has no ", path}));
      saved_[name] = *std::move(part);
    }
    return absl::OkStatus();
  }

  // As a page where there is one: the map, a table.
  absl::Status Show(const StoryStep& step, const Caller& caller, const Json& request,
                    const Json& answer) {
    const std::string method = ShortName(*step.method);
    if (method == "alliance/GetAllianceMap") {
      ASSIGN_OR_RETURN(const MapFacts facts,
                       FetchMap(client_, caller, TextAt(request, "parent").value_or("")));
      PrintMap(facts, colour_, out_, kIndent);
    } else if (const View* view = ViewOf(method)) {
      const Field of = FieldsOf(*step.method->input_type()).subject;
      const auto subject = of.path.empty() ? std::nullopt : TextAt(request, of.Path());
      const People people =
          subject ? People::OfFamily(client_, caller, FamilyIn(*subject)) : People();
      PrintView(*view, answer, people, {.colour = colour_, .indent = kIndent}, out_);
    } else {
      out_ << kIndent << Indented(answer.dump(2)) << "\n";
    }
    return absl::OkStatus();
  }

  static std::string Indented(const std::string& text) {
    std::string indented;
    for (const char c : text) {
      indented += c;
      if (c == '\n') indented += "    ";
    }
    return indented;
  }

  Client& client_;
  const std::string clock_file_;
  const bool colour_;
  std::ostream& out_;
  const StoryObserver& observer_;
  Saved saved_;
};

}  // namespace

absl::Status PlayStory(const StoryFile& story, Client& client, const std::string& clock_file,
                       bool colour, std::ostream& out, const StoryObserver& observer) {
  Player player(client, clock_file, colour, out, observer);
  for (const StoryStep& step : story.steps) RETURN_IF_ERROR(player.Play(step));
  return absl::OkStatus();
}

}  // namespace rapport::cli
