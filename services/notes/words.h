// Words of a text as they are compared: without case and diacritics. Used by the search and by the
// extract, which looks for names. Nothing is kept or written anywhere. Pure, thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::notes {

// One word and where it stands.
struct Word {
  std::string folded;      // "Größe" is "grosse", "Café" is "cafe"
  std::size_t offset = 0;  // bytes, in the text
  std::size_t size = 0;
  friend bool operator==(const Word&, const Word&) = default;
};

// The words of valid UTF-8, in order: runs of letters, digits and their marks. Of scripts that put
// no space between words (Chinese, Japanese, also Hangul) each character is one. Text that is not
// valid UTF-8 ends where it is not.
std::vector<Word> WordsOf(std::string_view text);

// Code points in valid UTF-8.
std::size_t CodePoints(std::string_view text);

}  // namespace rapport::notes
