// Texts of exceptions and of failed libraries, made fit for a log line. Internal to telemetry.
//
// Such a text may quote what it failed on. So everything between the first and the last quotation
// mark goes, long numbers, hexadecimal and addresses of machines go, and only plain ASCII words and
// a few signs stay.
#pragma once

#include <string>
#include <string_view>

namespace rapport::telemetry::internal {

inline constexpr std::size_t kMostErrorBytes = 200;

// At most kMostErrorBytes, never a character that JSON would escape.
std::string Sanitised(std::string_view text);

// "nlohmann::detail::parse_error" for the mangled name of a type.
std::string TypeName(const char* mangled);

}  // namespace rapport::telemetry::internal
