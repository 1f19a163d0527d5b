#include "cli/files.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace rapport::cli {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return absl::NotFoundError(Absl(Concat({"cannot read ", path})));
  try {  // A folder opens like a file; only reading it fails, whatever in.exceptions() says.
    return std::string(std::istreambuf_iterator<char>(in), {});
  } catch (const std::ios_base::failure&) {
    return absl::NotFoundError(Absl(Concat({"cannot read ", path})));
  }
}

namespace {

namespace fs = std::filesystem;

// The file that `path` leads to, which need not be there yet.
absl::StatusOr<std::string> RegularFile(const std::string& path) {
  std::error_code error;
  if (!fs::exists(fs::symlink_status(path, error))) return path;
  const fs::path real = fs::canonical(path, error);
  if (error || !fs::is_regular_file(real, error)) {
    return absl::InvalidArgumentError(Absl(Concat({path, " is no regular file: not written"})));
  }
  return real.string();
}

}  // namespace

absl::Status WriteFile(const std::string& path, std::string_view text) {
  ASSIGN_OR_RETURN(const std::string file, RegularFile(path));
  const std::string next = file + ".next";
  ASSIGN_OR_RETURN(const std::string beside, RegularFile(next));
  std::ofstream out(beside, std::ios::binary);
  out << text;
  out.close();
  if (!out || std::rename(beside.c_str(), file.c_str()) != 0) {
    if (!out) std::remove(beside.c_str());
    return absl::UnavailableError(Absl(Concat({"cannot write ", path})));
  }
  return absl::OkStatus();
}

absl::Status Printed(std::ostream& out) {
  errno = 0;
  out.flush();
  if (out) return absl::OkStatus();
  const int why = errno;
  return absl::UnavailableError(
      Absl(Concat({"not everything could be written", why == 0 ? "" : ": ",
                   why == 0 ? std::string() : std::generic_category().message(why)})));
}

void PrintFaults(const std::string& file, const std::vector<RowFault>& faults, std::ostream& out) {
  for (const RowFault& fault : faults) {
    out << "  " << file << ":" << fault.line << ": " << fault.what << "\n";
  }
}

}  // namespace rapport::cli
