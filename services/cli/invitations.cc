#include "cli/invitations.h"

#include "cli/client.h"
#include "platform/crypto/invitation_code.h"
#include "platform/schema/errors.h"

#include <absl/strings/ascii.h>

#include <algorithm>

namespace rapport::cli {
namespace {

constexpr int kMostTries = 3;

}  // namespace

absl::StatusOr<Invitation> ReadInvitation(std::string_view typed) {
  std::string code(typed);
  code.erase(
      std::remove_if(code.begin(), code.end(),
                     [](char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); }),
      code.end());
  // "harbour-7KQF-2MTX-9B3D", as it may be typed.
  const bool is_short = code.find_first_of("/#") == std::string::npos;
  if (is_short && !crypto::LettersOfCode(code).empty()) return Invitation{"", "", std::move(code)};
  const std::size_t mark = code.find('#');
  Invitation read{code.substr(0, mark),
                  mark == std::string::npos ? std::string() : code.substr(mark + 1)};
  const bool named = read.rating_request.starts_with("families/") &&
                     read.rating_request.find("/ratingRequests/") != std::string::npos;
  if (!named || (mark != std::string::npos && read.token.empty())) {
    return absl::InvalidArgumentError(
        "this is no whole code: one to be typed has a name and three groups of four letters, like "
        "harbour-7KQF-2MTX-9B3D; one to be pasted begins with families/ and has a # in it. Paste "
        "all of it.");
  }
  return read;
}

std::string MemberCode(std::string_view typed) {
  std::string code;
  for (const char c : typed) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) continue;
    if (code.size() % 5 == 4) code += '-';
    code += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  return code;
}

absl::Status UntilKnown(const std::function<absl::Status()>& send,
                        const std::function<void()>& again, const std::function<bool()>& ask) {
  absl::Status status;
  do {
    status = send();
    for (int tries = 1; absl::IsDeadlineExceeded(status) && tries < kMostTries; ++tries) {
      again();
      status = send();
    }
  } while ((absl::IsDeadlineExceeded(status) || absl::IsUnavailable(status)) && ask());
  // What a service says of itself has a reason; then it refused, and nothing is on its way.
  const bool lost = absl::IsUnavailable(status) && schema::ReasonOf(status).empty();
  if (!absl::IsDeadlineExceeded(status) && !lost) return status;
  return absl::CancelledError(
      "It is not known whether what you sent arrived. Please try again in a few minutes, with the "
      "same code: it counts once, and you are told if it was sent already.");
}

std::string ForRaters(const absl::Status& status) {
  if (schema::ReasonOf(status) == "INVITATION_USED") {
    return "This form was sent already, or there is a newer code for it. Ask for another if you "
           "have "
           "something to add.";
  }
  switch (status.code()) {
    case absl::StatusCode::kUnauthenticated:
      return "This code is wrong, or its time is over. Ask for a new one.";
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return "The service can't be reached just now. Please try again in a few minutes, with the "
             "same "
             "code.";
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kCancelled:
      if (schema::ReasonOf(status).empty()) return std::string(status.message());
      return Explain(status);
    default:
      return Explain(status);
  }
}

}  // namespace rapport::cli
