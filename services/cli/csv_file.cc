#include "cli/csv_file.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/digest.h"

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace rapport::cli {
namespace {

constexpr std::size_t kBlock = 1 << 16;

absl::Status Unreadable(const std::string& path) {
  return absl::NotFoundError(Absl(Concat({"cannot read ", path})));
}

// Block by block, each over the one before.
std::string DigestOf(std::filebuf& file) {
  std::vector<char> block(kBlock);
  std::string digest;
  for (std::streamsize size = 0; (size = file.sgetn(block.data(), kBlock)) > 0;) {
    digest = crypto::Sha256({digest, {block.data(), static_cast<std::size_t>(size)}});
  }
  return digest;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CsvFile>> CsvFile::Open(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return Unreadable(path);
  if (!std::filesystem::is_regular_file(path, error)) {
    return absl::InvalidArgumentError(
        Absl(Concat({path, " is no regular file: it is read more than once, so save it first"})));
  }
  std::unique_ptr<CsvFile> opened(new CsvFile());
  std::filebuf& file = opened->file_;
  if (file.open(path, std::ios::in | std::ios::binary) == nullptr) return Unreadable(path);
  opened->digest_ = DigestOf(file);
  file.pubseekpos(0, std::ios::in);
  CsvReader survey(file);
  for (CsvRow row; survey.Next(row);) ++opened->rows_;
  const Csv surveyed{.header = {}, .rows = {}, .unclosed_line = survey.unclosed_line()};
  RETURN_IF_ERROR(Whole(surveyed));
  file.pubseekpos(0, std::ios::in);
  opened->reader_ = std::make_unique<CsvReader>(file);
  return opened;
}

Csv CsvFile::Next(std::size_t most) {
  Csv part;
  part.header = reader_->header();
  for (CsvRow row; part.rows.size() < most && reader_->Next(row);) {
    part.rows.push_back(std::move(row));
  }
  return part;
}

}  // namespace rapport::cli
