// The shape of Redis replies (RESP 2), for tests that tamper with them.
#pragma once

#include <charconv>
#include <cstddef>
#include <string_view>

namespace rapport::support {

// Length of the first complete reply in `bytes`; 0 when it is not all there.
inline std::size_t ReplyLength(std::string_view bytes) {
  const std::size_t line = bytes.find("\r\n");
  if (line == std::string_view::npos) return 0;
  std::size_t at = line + 2;
  if (bytes[0] != '$' && bytes[0] != '*') return at;
  long count = 0;
  std::from_chars(bytes.data() + 1, bytes.data() + line, count);
  if (bytes[0] == '$') {
    if (count >= 0) at += static_cast<std::size_t>(count) + 2;
    return at <= bytes.size() ? at : 0;
  }
  for (; count > 0; --count) {
    const std::size_t element = ReplyLength(bytes.substr(at));
    if (element == 0) return 0;
    at += element;
  }
  return at;
}

}  // namespace rapport::support
