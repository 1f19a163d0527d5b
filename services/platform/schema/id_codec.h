// IdCodec: inner ids to the ids people see, and back. names.h turns names into ids through it;
// crypto::PublicIds is behind it in a process, a plain one in tests. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rapport::schema {

class IdCodec {
 public:
  virtual ~IdCodec() = default;
  // 16 bytes to 32 lower-case hex digits. Another agency sees another text for the same id.
  virtual std::string Show(std::string_view agency, std::string_view id16) const = 0;
  // And back. Nullopt when the text is not 32 lower-case hex digits; whether the id exists is for
  // the store to say.
  virtual std::optional<std::string> Read(std::string_view agency,
                                          std::string_view hex32) const = 0;
};

}  // namespace rapport::schema
