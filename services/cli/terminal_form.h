// TerminalForm: a rating form as plain prompts, on a terminal or a pipe.
//
// Used by `rapport rate`. One question after the other, without a way back to what was answered;
// the screen is cleared before and after, so that who comes next sees nothing. It sends nothing
// itself: a concern is handed on the moment it is typed, everything else is the result. Not
// thread-safe.
#pragma once

#include "cli/people.h"

#include <rapport/alliance/v1/rating.pb.h>
#include <rapport/alliance/v1/rating_request.pb.h>

#include <chrono>
#include <functional>
#include <istream>
#include <ostream>
#include <string>

namespace rapport::cli {

class TerminalForm {
 public:
  // What became of the form.
  enum class End {
    kAnswered,
    kSkipped,
    kStopAsking,    // skipped, and the rater does not want to be asked any more
    kSomebodyElse,  // whose form it is is not here: nothing is to be sent
    kBroken,        // the input ended before the form did: nothing is to be sent
  };
  struct Result {
    End end = End::kBroken;
    alliance::v1::Rating rating;  // as it is to be submitted
  };
  // Says what somebody who can help has to know now; the words may be empty. What to tell the
  // rater.
  using Report =
      std::function<std::string(alliance::v1::ConcernKind kind, const std::string& words)>;
  // Called before each question; what it says is told first. Empty: nothing.
  using Meanwhile = std::function<std::string()>;
  using Now = std::function<std::chrono::steady_clock::time_point()>;

  // `clears`: the screen can be cleared. All must outlive it.
  TerminalForm(std::istream& in, std::ostream& out, bool clears, Now now)
      : in_(in), out_(out), clears_(clears), now_(std::move(now)) {}

  Result Fill(const alliance::v1::RatingForm& form, const People& people, const Report& report,
              const Meanwhile& meanwhile = {});
  // The screen and what can be scrolled back to are gone.
  void Clear();

 private:
  struct Filling;
  // One line; false: the input ended.
  bool Ask(const std::string& question, std::string* line);

  std::istream& in_;
  std::ostream& out_;
  const bool clears_;
  const Now now_;
};

// An answer as typed, in steps of the scale; false: it is none of the scale's.
bool ReadAnswer(const alliance::v1::Scale& scale, const std::string& typed, int* steps);
// The answers a scale has, for people: "0 to 10, in steps of 0.1", or "1, 2, 3, 4, 5" of five
// faces.
std::string AnswersOf(const alliance::v1::Scale& scale);

}  // namespace rapport::cli
