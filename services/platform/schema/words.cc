#include "platform/schema/words.h"

#include "platform/schema/fold.h"

#include <utf8proc.h>

#include <algorithm>

namespace rapport::schema {

std::vector<std::string> WordsOf(std::string_view text) {
  const std::string folded = Fold(text);
  std::vector<std::string> words;
  bool within = false;
  for (std::size_t at = 0; at < folded.size();) {
    utf8proc_int32_t point = 0;
    const auto size =
        utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(folded.data()) + at,
                         static_cast<utf8proc_ssize_t>(folded.size() - at), &point);
    const std::size_t bytes = size > 0 ? static_cast<std::size_t>(size) : 1;
    const auto category = size > 0 ? utf8proc_category(point) : UTF8PROC_CATEGORY_LO;
    const bool letter = category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
    if (letter && !within) words.emplace_back();
    if (letter) words.back().append(folded, at, bytes);
    within = letter;
    at += bytes;
  }
  return words;
}

bool HasAll(const std::vector<std::string>& words, const std::vector<std::string>& wanted) {
  return std::ranges::all_of(wanted, [&](const std::string& word) {
    return std::ranges::find(words, word) != words.end();
  });
}

}  // namespace rapport::schema
