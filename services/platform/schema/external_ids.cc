#include "platform/schema/external_ids.h"

#include "platform/schema/text.h"

namespace rapport::schema {

std::string_view FaultOfExternalValue(std::string_view value) {
  if (value.empty()) return "";
  if (value.find_first_of("\t\n") != std::string_view::npos) return "one line, without tabs";
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
  std::size_t first = 1, last = value.size() - 1;
  while (first < value.size() && continues(value[first])) ++first;
  while (last > 0 && continues(value[last])) --last;
  const bool blank_ends = IsBlank(value.substr(0, first)) || IsBlank(value.substr(last));
  return blank_ends ? "no blanks before or after it" : "";
}

}  // namespace rapport::schema
