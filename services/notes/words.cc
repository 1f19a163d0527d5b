#include "notes/words.h"

#include "platform/schema/fold.h"

#include <utf8proc.h>

#include <algorithm>

namespace rapport::notes {
namespace {

// How a character takes part in words.
enum class Part { kNone, kInside, kWord, kAlone };

Part PartOf(utf8proc_int32_t point) {
  switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return utf8proc_charwidth(point) == 2 ? Part::kAlone : Part::kWord;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:  // soft hyphens and joiners
      return Part::kInside;
    default:
      return Part::kNone;
  }
}

}  // namespace

std::vector<Word> WordsOf(std::string_view text) {
  std::vector<Word> words;
  std::size_t begin = 0, at = 0;
  bool inside = false;
  const auto close = [&] {
    if (inside) words.push_back({schema::Fold(text.substr(begin, at - begin)), begin, at - begin});
    inside = false;
  };
  while (at < text.size()) {
    utf8proc_int32_t point = -1;
    const auto taken = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                        static_cast<utf8proc_ssize_t>(text.size() - at), &point);
    if (taken <= 0) break;
    const Part part = PartOf(point);
    if (part == Part::kNone || part == Part::kAlone) close();
    if (!inside && (part == Part::kWord || part == Part::kAlone)) {
      begin = at;
      inside = true;
    }
    at += static_cast<std::size_t>(taken);
    if (part == Part::kAlone) close();
  }
  close();
  return words;
}

std::size_t CodePoints(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace rapport::notes
