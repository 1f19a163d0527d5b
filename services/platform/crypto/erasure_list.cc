#include "platform/crypto/erasure_list.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/files.h"
#include "platform/crypto/sealer.h"

#include <absl/strings/escaping.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>

#include <filesystem>

namespace rapport::crypto {
namespace {

// Half a million families.
constexpr std::size_t kMostBytes = 64u << 20;
constexpr mode_t kMode = 0600;

}  // namespace

absl::StatusOr<std::unique_ptr<ErasureList>> ErasureList::Open(std::vector<std::string> paths,
                                                               const SuiteSecret& suite) {
  std::unique_ptr<ErasureList> list(new ErasureList(std::move(paths), suite));
  std::vector<std::string> texts(list->paths_.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    RETURN_IF_ERROR(list->Read(list->paths_[i], &texts[i]));
  }
  const std::string all = list->Text();
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i] != all) RETURN_IF_ERROR(ReplaceFile(list->paths_[i], all, kMode));
  }
  return list;
}

absl::Status ErasureList::Read(const std::string& path, std::string* text) {
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return absl::OkStatus();
  ASSIGN_OR_RETURN(FileText file, ReadFile(path, kMostBytes));
  std::string_view rest = file.text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    const std::vector<std::string> parts = absl::StrSplit(Absl(line), ' ');
    std::int64_t at_us = 0;
    const bool shaped = end != rest.npos && parts.size() == 5 && absl::SimpleAtoi(parts[3], &at_us);
    const std::string family = shaped ? absl::HexStringToBytes(parts[2]) : "";
    if (!shaped || LineOf(parts[1], family, at_us) != Concat({line, "\n"})) {
      return absl::DataLossError(Concat({path, ": a line is damaged or of another suite"}));
    }
    erased_.try_emplace({parts[1], family}, at_us);
    rest.remove_prefix(end + 1);
  }
  *text = std::move(file.text);
  return absl::OkStatus();
}

std::string ErasureList::Text() const {
  std::string text;
  for (const auto& [name, at_us] : erased_) text += LineOf(name.first, name.second, at_us);
  return text;
}

std::string ErasureList::LineOf(std::string_view agency, std::string_view family,
                                std::int64_t at_us) const {
  const std::string at = std::to_string(at_us);
  // Exported with the checkpoints of the audit chain and of their kind. No service has this name.
  const Secret key = suite_.Key(SuiteKey::kCheckpoint, Concat({"erasure list/", agency}));
  const std::string mac = HmacSha256(key.view(), {Identity({"v1", family, at})});
  return Concat({"1 ", agency, " ", Hex(family), " ", at, " ", Hex(mac), "\n"});
}

absl::Status ErasureList::Add(std::string_view agency, std::string_view family,
                              std::int64_t now_us) {
  std::lock_guard lock(mutex_);
  Name name{std::string(agency), std::string(family)};
  if (erased_.contains(name)) return absl::OkStatus();
  const std::string text = Concat({Text(), LineOf(agency, family, now_us)});
  for (const std::string& path : paths_) RETURN_IF_ERROR(ReplaceFile(path, text, kMode));
  erased_.emplace(std::move(name), now_us);
  return absl::OkStatus();
}

bool ErasureList::Contains(std::string_view agency, std::string_view family) const {
  std::lock_guard lock(mutex_);
  return erased_.contains(Name(agency, family));
}

std::vector<ErasedFamily> ErasureList::All() const {
  std::lock_guard lock(mutex_);
  std::vector<ErasedFamily> all;
  all.reserve(erased_.size());
  for (const auto& [name, at_us] : erased_) all.push_back({name.first, name.second, at_us});
  return all;
}

}  // namespace rapport::crypto
