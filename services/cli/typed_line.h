// TypedLine: a command as somebody types it, `rapport family create --display-name 'Sample
// family'`, read as the terminal's shell and this program would. For case files. Pure.
#pragma once

#include "cli/method_command.h"

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::cli {

// `line` in words, as a shell parts them: at spaces, but not inside '...' or "...".
// INVALID_ARGUMENT says what is expected.
absl::StatusOr<std::vector<std::string>> WordsTyped(std::string_view line);

// The command that the words are, `rapport` the first of them: one that makes one call, and prints
// what it is answered. INVALID_ARGUMENT says what is expected of them. Values are not looked at.
absl::StatusOr<std::unique_ptr<MethodCommand>> ReadTyped(const std::vector<std::string>& words);

// The words as they would be typed in a shell.
std::string Typed(const std::vector<std::string>& words);

}  // namespace rapport::cli
