// Story: a case file (YAML) that is played through the public APIs, step by step, each as the
// person who would do it: as the command that they would type, or where there is none as a call.
//
//   - say: The school refers the family.
//     as: ida                                  # tokens/ida.jwt of the state folder
//     run: rapport family create --display-name "Example family" --referral-source school
//     save: {family: family.name}              # names for parts of the answer
//   - say: It can't open yet.
//     as: anna
//     run: rapport family open ${family}       # ${name}: a saved value, one word
//     refused: {reason: CONDITIONS_UNMET}      # the step succeeds only if it is refused so
//   - say: Her form is due.                    # what another service is told arrives a moment
//   later
//     as: anna
//     run: rapport request list ${family}
//     until: "rating_requests.rater=${mira}"   # repeated until the answer has it, at most 10 s
//     expect: {rating_requests.0.state: RATING_REQUEST_STATE_DUE}   # then parts of it must be so
//   - say: She answers without an account.
//     invitation: "${token}"                   # in place of `as`: a rating invitation
//     call: alliance/SubmitRating              # service and method
//     request: {parent: "${family}", ...}      # the request as JSON or YAML
//   - clock: 2031-03-03T16:00:00Z              # moves the demo clock
//   - for: [{day: 2031-03-03, who: mira}, {day: 2031-03-10, who: max}]
//     steps: [{clock: "${day}T09:00:00Z"}]     # the steps, once for each entry, which ${day} is of
//
// The file has these under `steps`, and may have a map of values for the whole file under `given`.
// A step without `say` prints nothing; one with `show: true` prints its command, and the answer: as
// a table where there is one, otherwise as JSON. A command is read as a shell and `rapport` would
// (typed_line.h), and as there names of people and the newest version need not be looked up. The
// whole file is checked before the first call: every mistake with its line and what was expected.
#pragma once

#include "cli/client.h"

#include <absl/status/statusor.h>
#include <google/protobuf/descriptor.h>

#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <vector>

namespace rapport::cli {

struct StoryStep {
  int line = 0;  // in the file, from 1
  std::string say, as;
  std::string invitation;  // a token; in place of `as`
  std::string clock;       // RFC 3339; such a step has nothing else but `say`
  const google::protobuf::MethodDescriptor* method = nullptr;
  std::vector<std::string> words;             // of the command; none: it is a call
  std::string request;                        // of a call: JSON with ${...} in it
  std::map<std::string, std::string> save;    // name -> path in the answer
  std::map<std::string, std::string> expect;  // path in the answer -> what must be there
  std::string refused;                        // reason; empty: must succeed
  bool show = false;                          // print the answer
  std::string until;                          // the call is repeated until the answer has this path
  std::vector<std::string> named;  // people and families, as a command says them: "Max Example"
  std::vector<std::string> makes;  // what those are called whom the step enters
};

struct StoryMistake {
  int line = 0;
  std::string expected;
  auto operator<=>(const StoryMistake&) const = default;
};

struct StoryFile {
  std::vector<StoryStep> steps;        // with every `for` written out
  std::vector<StoryMistake> mistakes;  // each once, by line; empty: it can be played
};

// Reads and checks `text`. Never fails: what is wrong is in `mistakes`, by line.
StoryFile ParseStory(const std::string& text);

// The people whose token is not in `tokens`, by the first line that needs it. None when there is no
// such folder: what is not started yet has no people.
std::vector<StoryMistake> MissingPeople(const StoryFile& story, const std::string& tokens);

// Those who are none of `people`, who will have tokens once what is not started yet is.
std::vector<StoryMistake> UnknownPeople(const StoryFile& story,
                                        const std::vector<std::string>& people);

// Who and what commands name, "Max", that nobody is called whom an earlier step entered: where
// nothing is started yet, there is nobody else.
std::vector<StoryMistake> UnknownNames(const StoryFile& story);

// Told each call that succeeded, before the next is made: who called, what was asked and answered.
using StoryObserver = std::function<void(const StoryStep& step, const Caller& caller,
                                         const google::protobuf::Message& request,
                                         const google::protobuf::Message& answer)>;

// Plays it. The first step that goes otherwise than written ends it, with its line. `clock_file` is
// replaced by each `clock` step; empty: such steps are an error.
absl::Status PlayStory(const StoryFile& story, Client& client, const std::string& clock_file,
                       bool colour, std::ostream& out, const StoryObserver& observer = {});

}  // namespace rapport::cli
