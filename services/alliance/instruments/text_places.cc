#include "alliance/instruments/text_places.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

namespace rapport::alliance {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

// `items[3]` to the name and the index; -1 for a field that is not repeated.
std::pair<std::string_view, int> Step(std::string_view step) {
  const std::size_t bracket = step.find('[');
  if (bracket == std::string_view::npos) return {step, -1};
  int index = 0;
  std::from_chars(step.data() + bracket + 1, step.data() + step.size() - 1, index);
  return {step.substr(0, bracket), index};
}

}  // namespace

TextPlace FindPlace(const TextFormat::ParseInfoTree& root, std::string_view path) {
  const TextFormat::ParseInfoTree* tree = &root;
  const Descriptor* descriptor = v1::Instrument::descriptor();
  TextPlace place;
  while (tree != nullptr && descriptor != nullptr && !path.empty()) {
    const std::size_t dot = path.find('.');
    const auto [name, index] = Step(path.substr(0, dot));
    path = dot == std::string_view::npos ? "" : path.substr(dot + 1);
    const FieldDescriptor* field = descriptor->FindFieldByName(std::string(name));
    if (field == nullptr) return place;
    const int at = field->is_repeated() ? std::max(index, 0) : -1;
    const bool scalar = field->message_type() == nullptr;
    TextFormat::ParseLocationRange range = tree->GetLocationRange(field, at);
    // The parser knows only where a list written as [1, 2] begins.
    if (range.start.line < 0 && at > 0 && scalar) range = tree->GetLocationRange(field, 0);
    if (range.start.line < 0) return place;
    const bool last = path.empty();
    place = {.line = range.start.line,
             .column = range.start.column,
             .end_line = range.end.line,
             .end_column = range.end.column,
             .found = true,
             .exact = last,
             .entry = last && scalar ? index : -1};
    descriptor = field->message_type();
    tree = descriptor == nullptr ? nullptr : tree->GetTreeForNested(field, at);
  }
  return place;
}

std::size_t OffsetOf(std::string_view text, int line, int column) {
  constexpr int kTab = 8;
  std::size_t at = 0;
  for (int i = 0; i < line; ++i) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return text.size();
    at = end + 1;
  }
  for (int reached = 0; at < text.size() && text[at] != '\n' && reached < column; ++at) {
    reached += text[at] == '\t' ? kTab - reached % kTab : 1;
  }
  return at;
}

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }
int CodePoints(std::string_view text) {
  return static_cast<int>(std::ranges::count_if(text, [](char c) { return !IsContinuation(c); }));
}

std::size_t TokenEnd(std::string_view text, std::size_t offset) {
  if (offset >= text.size()) return text.size();
  const char first = text[offset];
  std::size_t at = offset + 1;
  if (first == '"' || first == '\'') {
    while (at < text.size() && text[at] != '\n' && text[at] != first) {
      at += text[at] == '\\' ? 2 : 1;
    }
    return std::min(at + 1, text.size());
  }
  const auto goes_on = [&](char c) { return IsWord(c) || c == '.' || c == '-' || c == '+'; };
  if (goes_on(first)) {
    while (at < text.size() && goes_on(text[at])) ++at;
  }
  while (at < text.size() && IsContinuation(text[at])) ++at;
  return at;
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

}  // namespace rapport::alliance
