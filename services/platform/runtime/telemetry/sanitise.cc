#include "platform/runtime/telemetry/sanitise.h"

#include <cxxabi.h>

#include <cctype>
#include <cstdlib>
#include <memory>

namespace rapport::telemetry::internal {
namespace {

constexpr std::string_view kQuotes = "\"'`";
constexpr std::size_t kLongestNumber = 7, kAddressJoints = 3;

bool IsLetter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

// Where the quoted part begins; an apostrophe inside a word ("can't") begins none.
std::size_t FirstQuote(std::string_view text) {
  for (std::size_t at = text.find_first_of(kQuotes); at != std::string_view::npos;
       at = text.find_first_of(kQuotes, at + 1)) {
    const bool inside_word = text[at] == '\'' && at > 0 && at + 1 < text.size() &&
                             IsLetter(text[at - 1]) && IsLetter(text[at + 1]);
    if (!inside_word) return at;
  }
  return std::string_view::npos;
}

std::string WithoutQuoted(std::string_view text) {
  const std::size_t first = FirstQuote(text);
  if (first == std::string_view::npos) return std::string(text);
  const std::size_t last = text.find_last_of(kQuotes);
  std::string kept(text.substr(0, first));
  kept += "...";
  if (last > first) kept += text.substr(last + 1);
  return kept;
}

bool IsHexDigit(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }

// A dot or colon as in 0.25, 10.0.0.1 and 2001:db8::1.
bool JoinsDigits(std::string_view text, std::size_t at) {
  if (text[at] != '.' && text[at] != ':') return false;
  if (at == 0 || at + 1 == text.size()) return false;
  const auto joins = [](char c) { return IsHexDigit(c) || c == ':'; };
  return joins(text[at - 1]) && joins(text[at + 1]);
}

// A word with so many digits is an id, a number of somebody or a token; one of so many parts an
// address.
bool IsNumber(std::string_view word) {
  std::size_t digits = 0, joints = 0;
  for (const char c : word) {
    digits += std::isdigit(static_cast<unsigned char>(c)) != 0 ? 1 : 0;
    joints += c == '.' || c == ':' ? 1 : 0;
  }
  return digits > kLongestNumber || joints >= kAddressJoints || (word.size() >= 16 && digits > 0);
}

}  // namespace

std::string Sanitised(std::string_view text) {
  const std::string kept = WithoutQuoted(text);
  std::string clean, word;
  const auto end_word = [&] {
    clean += IsNumber(word) ? "#" : word;
    word.clear();
  };
  for (std::size_t at = 0; at < kept.size(); ++at) {
    const char c = kept[at];
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || JoinsDigits(kept, at)) {
      word += c;
      continue;
    }
    end_word();
    const bool plain = std::string_view(" .,:;()[]/_-+=<>'").find(c) != std::string_view::npos;
    if (plain) {
      clean += c;
    } else if (clean.empty() || clean.back() != '?') {
      clean += '?';
    }
  }
  end_word();
  if (clean.size() > kMostErrorBytes) clean.resize(kMostErrorBytes);
  return clean;
}

std::string TypeName(const char* mangled) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(mangled, nullptr, nullptr, &status), &std::free);
  return Sanitised(status == 0 ? name.get() : mangled);
}

}  // namespace rapport::telemetry::internal
