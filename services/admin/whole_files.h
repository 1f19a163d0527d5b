// What commands that copy whole databases do with files. Thread-safe.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>
#include <string_view>

namespace rapport::admin {

// FAILED_PRECONDITION: "WHERE: why".
absl::Status Refuse(std::string_view where, std::string_view why);

// In hex, however large it is. FAILED_PRECONDITION: it can't be read.
absl::StatusOr<std::string> Sha256OfFile(const std::string& path);

// Makes a file, or the names in a folder, durable. An empty path is the working folder.
absl::Status SyncPath(const std::string& path);

}  // namespace rapport::admin
