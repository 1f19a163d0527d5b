#include "platform/schema/text.h"

#include <utf8proc.h>

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace rapport::schema {
namespace {

// Below this code point everything is in form C (NFC_Quick_Check=Yes), so most text needs no
// library.
constexpr std::uint32_t kFirstCombining = 0x300;

// True for printable ASCII, newlines and tabs. Without early exit, so that it is vectorised.
bool IsPlain(std::string_view text) {
  bool plain = true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    plain &= (byte >= 0x20 && byte < 0x7F) || byte == '\n' || byte == '\t';
  }
  return plain;
}

bool IsControl(std::uint32_t c) {
  return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0);
}

bool IsBidiControl(std::uint32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

bool IsNfc(std::string_view text) {
  utf8proc_uint8_t* composed = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &composed,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(composed, &std::free);
  return size >= 0 && text == std::string_view(reinterpret_cast<const char*>(composed),
                                               static_cast<std::size_t>(size));
}

// Letters and symbols by category that are drawn as nothing: Hangul fillers and an empty Braille
// cell.
bool IsDrawnEmpty(utf8proc_int32_t c) {
  return c == 0x115F || c == 0x1160 || c == 0x2800 || c == 0x3164 || c == 0xFFA0;
}

bool IsInvisible(utf8proc_int32_t c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CF:
      return true;
    case UTF8PROC_CATEGORY_CC:
      return c == '\n' || c == '\t';  // the others are a fault of their own
    default:
      // Variation selectors, which say how to draw what stands before them.
      return IsDrawnEmpty(c) || (c >= 0xFE00 && c <= 0xFE0F) || c == 0x034F;
  }
}

}  // namespace

bool IsBlank(std::string_view text) {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t decoded = -1;
    const utf8proc_ssize_t taken = utf8proc_iterate(at, left, &decoded);
    if (taken <= 0 || !IsInvisible(decoded)) return false;
    at += taken;
    left -= taken;
  }
  return true;
}

TextFaults FaultsOf(std::string_view text) {
  TextFaults faults;
  if (IsPlain(text)) {
    faults.code_points = text.size();
    return faults;
  }
  bool may_compose = false;
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  auto left = static_cast<utf8proc_ssize_t>(text.size());
  while (left > 0) {
    utf8proc_int32_t decoded = -1;
    const utf8proc_ssize_t taken = utf8proc_iterate(at, left, &decoded);
    if (taken <= 0) {
      faults = {};
      faults.not_utf8 = true;
      return faults;
    }
    at += taken;
    left -= taken;
    const auto code_point = static_cast<std::uint32_t>(decoded);
    ++faults.code_points;
    faults.control |= IsControl(code_point);
    faults.bidi |= IsBidiControl(code_point);
    may_compose |= code_point >= kFirstCombining;
  }
  faults.not_nfc = may_compose && !IsNfc(text);
  return faults;
}

}  // namespace rapport::schema
