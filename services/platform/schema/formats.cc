#include "platform/schema/formats.h"

#include <algorithm>
#include <cstddef>

namespace rapport::schema {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

}  // namespace

bool IsUuid(std::string_view text) {
  constexpr std::string_view kShape = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
  if (text.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kShape[i] == '-' ? text[i] != '-' : !IsHexDigit(text[i])) return false;
  }
  return true;
}

bool IsLanguageTag(std::string_view text) {
  constexpr std::size_t kLongest = 35;
  if (text.size() > kLongest) return false;
  std::size_t last = 0;
  for (bool first = true;; first = false) {
    const std::string_view subtag = text.substr(0, text.find('-'));
    last = subtag.size();
    const bool well_formed = first
                                 ? last >= 2 && std::all_of(subtag.begin(), subtag.end(), IsLetter)
                                 : std::all_of(subtag.begin(), subtag.end(),
                                               [](char c) { return IsLetter(c) || IsDigit(c); });
    if (!well_formed || last == 0 || last > 8) return false;
    if (last == text.size()) break;
    text.remove_prefix(last + 1);
  }
  return last > 1;
}

}  // namespace rapport::schema
