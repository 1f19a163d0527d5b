// Where the parts of a text-format instrument stand in its text.
//
// Called where a fault is given its place. Pure.
#pragma once

#include "rapport/alliance/v1/instrument.pb.h"

#include <google/protobuf/text_format.h>

#include <cstddef>
#include <string_view>

namespace rapport::alliance {

// The part of a text that a path of the instrument names.
struct TextPlace {
  int line = 0;  // from 0, as the parser counts
  int column = 0;
  int end_line = 0;
  int end_column = 0;
  bool found = false;  // something of the path
  bool exact = false;  // the path itself; otherwise what should hold it
  // Of a list written as [1, 2], of which the parser knows only the whole: which entry. -1: none.
  int entry = -1;
};

// The deepest part of `path` that the text has; the beginning when it has none of it.
TextPlace FindPlace(const google::protobuf::TextFormat::ParseInfoTree& tree, std::string_view path);

// Offset in `text` of a place as the parser counts: lines and columns from 0, a tab reaching to the
// next multiple of 8. The end of the line when the column is behind it.
std::size_t OffsetOf(std::string_view text, int line, int column);

// A letter, digit or underscore.
bool IsWord(char c);
// Of a code point, not its first byte.
bool IsContinuation(char c);
// What a terminal would not show; a tab is none.
bool IsControl(char c);
int CodePoints(std::string_view text);

// From `offset` to the end of the word, number, string or sign there.
std::size_t TokenEnd(std::string_view text, std::size_t offset);

}  // namespace rapport::alliance
