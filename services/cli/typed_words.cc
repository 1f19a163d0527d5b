#include "cli/typed_words.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <array>

namespace rapport::cli {
namespace {

constexpr std::array<std::string_view, 12> kNotSafe = {
    "unsafe",           "un safe",         "not safe",           "i am not safe",
    "im not safe",      "i am unsafe",     "im unsafe",          "i feel unsafe",
    "i dont feel safe", "i feel not safe", "i do not feel safe", "its not safe"};
constexpr std::array<std::string_view, 7> kTalk = {"talk",
                                                   "talk to me",
                                                   "talk to me soon",
                                                   "somebody should talk to me soon",
                                                   "please talk to me",
                                                   "i want to talk",
                                                   "i need to talk"};

}  // namespace

std::string PlainWords(std::string_view line) {
  std::string plain;
  bool gap = false;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte)) {
      if (gap && !plain.empty()) plain += ' ';
      gap = false;
      plain += absl::ascii_tolower(byte);
    } else if (absl::ascii_isspace(byte) || c == '-') {
      gap = true;
    }
  }
  return plain;
}

alliance::v1::ConcernKind ConcernSaid(std::string_view line) {
  const std::string plain = PlainWords(line);
  if (std::ranges::find(kNotSafe, plain) != kNotSafe.end()) {
    return alliance::v1::CONCERN_KIND_NOT_SAFE;
  }
  if (std::ranges::find(kTalk, plain) != kTalk.end()) {
    return alliance::v1::CONCERN_KIND_TALK_TO_ME_SOON;
  }
  return alliance::v1::CONCERN_KIND_UNSPECIFIED;
}

std::optional<bool> SaidYes(std::string_view line) {
  const std::string plain = PlainWords(line);
  if (plain == "y" || plain == "yes") return true;
  if (plain == "n" || plain == "no") return false;
  return std::nullopt;
}

}  // namespace rapport::cli
