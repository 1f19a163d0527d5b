// Invitations: what opens a rating form, and what to tell somebody at one when it does not open or
// is not sent: raters have no use for codes and reasons. Pure.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <string>
#include <string_view>

namespace rapport::cli {

// An invitation's code, or the name of a rating request, for which an account is needed.
struct Invitation {
  std::string rating_request;  // its name; empty: the short code is to be asked for
  std::string token;           // empty: there is none
  std::string short_code;      // empty: it is none
};

// INVALID_ARGUMENT: it is neither, in words for whoever typed it. Spaces and line ends around it
// and in it, as an e-mail may have broken it, are no part of it.
absl::StatusOr<Invitation> ReadInvitation(std::string_view typed);

// A member's code as intake writes it, "ABCD-EFGH-JKMN", however it was typed: in small letters,
// with spaces or without dashes.
std::string MemberCode(std::string_view typed);

// Sends what a form came to until it is known what became of it: a call that ended with its time
// may have been heard. `send` gives the same request with the same id each time, which is taken
// once; `again` is called before each further try. When three tries did not tell, or nobody
// answers, `ask` says whether to go on: what was typed is in this process alone. CANCELLED, in
// words for a rater: they don't, and it is not known.
absl::Status UntilKnown(
    const std::function<absl::Status()>& send, const std::function<void()>& again,
    const std::function<bool()>& ask = [] { return false; });

// Why a form can't be filled in, for a rater; what only a professional could do something about
// stays as Explain says it.
std::string ForRaters(const absl::Status& status);

}  // namespace rapport::cli
