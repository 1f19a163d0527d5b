#include "cli/files.h"

#include "platform/base/strings.h"

#include <cstdio>
#include <fstream>
#include <iterator>

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

absl::Status WriteFile(const std::string& path, std::string_view text) {
  const std::string next = path + ".next";
  std::ofstream out(next, std::ios::binary);
  out << text;
  out.close();
  if (!out || std::rename(next.c_str(), path.c_str()) != 0) {
    return absl::UnavailableError(Absl(Concat({"cannot write ", path})));
  }
  return absl::OkStatus();
}

void PrintFaults(const std::string& file, const std::vector<RowFault>& faults, std::ostream& out) {
  for (const RowFault& fault : faults) {
    out << "  " << file << ":" << fault.line << ": " << fault.what << "\n";
  }
}

}  // namespace rapport::cli
