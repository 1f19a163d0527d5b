// Text: what is wrong with a string from outside, whatever field it is in.
//
// Validation asks it for every string; importers ask it for theirs. It looks at code points, never
// at meaning, and keeps nothing. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace rapport::schema {

struct TextFaults {
  // Invalid, overlong or truncated UTF-8, or a lone surrogate. Nothing else is known then.
  bool not_utf8 = false;
  // A control character (C0, DEL, C1) other than newline and tab.
  bool control = false;
  // A character that only steers the direction of others (Unicode property Bidi_Control): it can
  // make text read as something else than it says.
  bool bidi = false;
  // Not in Unicode normalisation form C: the same words could be stored in several ways.
  bool not_nfc = false;
  std::size_t code_points = 0;

  bool any() const { return not_utf8 || control || bidi || not_nfc; }
};

TextFaults FaultsOf(std::string_view text);

// Nothing that anybody sees: spaces, line breaks, marks of no width, letters that are drawn empty.
// An empty text is blank; one that is not UTF-8 is not.
bool IsBlank(std::string_view text);

}  // namespace rapport::schema
