#include "platform/crypto/erasure_list.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/files.h"
#include "platform/crypto/mapped_file.h"
#include "platform/crypto/sealer.h"

#include <absl/cleanup/cleanup.h>
#include <absl/strings/escaping.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <tuple>

namespace rapport::crypto {
namespace {

constexpr mode_t kMode = 0600;
constexpr std::size_t kMostLineBytes = 1'024;

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error) || error;
}

bool AppendAndSync(const std::string& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, kMode);
  if (file < 0) return false;
  const auto closed = absl::MakeCleanup([file] { ::close(file); });
  return ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
         ::fsync(file) == 0;
}

absl::Status Damaged(const std::string& path) {
  return absl::DataLossError(Concat({path, ": a line is damaged or of another suite"}));
}

// The end of `line` that a list does not have yet: a crash may have left a part of it.
absl::StatusOr<std::string_view> RestOf(std::string_view line, const std::string& path,
                                        std::string_view list) {
  const auto last = list.substr(list.size() < 2 ? 0 : list.rfind('\n', list.size() - 2) + 1);
  const bool whole = last.empty() || last.ends_with('\n');
  if (!whole && !line.starts_with(last)) return Damaged(path);
  return line.substr(!whole || last == line ? last.size() : 0);
}

constexpr auto kByFamily = [](const auto& a, const auto& b) { return a.family < b.family; };

// Of a family that is there twice the earlier erasure stays.
template <typename Entries>
void SortOut(Entries& entries) {
  std::ranges::sort(entries, [](const auto& a, const auto& b) {
    return std::tie(a.family, a.erased_us) < std::tie(b.family, b.erased_us);
  });
  const auto same = [](const auto& a, const auto& b) { return a.family == b.family; };
  entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
}

template <typename Family>
bool ToFamily(std::string_view bytes, Family& family) {
  if (bytes.size() != family.size()) return false;
  std::ranges::copy(bytes, family.begin());
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ErasureList>> ErasureList::Open(std::vector<std::string> paths,
                                                               const SuiteSecret& suite) {
  std::unique_ptr<ErasureList> list(new ErasureList(std::move(paths), suite));
  std::vector<Entries> files;
  for (const std::string& path : list->paths_) {
    RETURN_IF_ERROR(list->EndAppend(path));
    Entries& there = files.emplace_back();
    if (Exists(path)) {
      ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
      RETURN_IF_ERROR(list->ReadLines(path, file.bytes(), there));
    }
    for (const auto& [agency, entries] : files.back()) {
      auto& all = list->erased_[agency];
      all.insert(all.end(), entries.begin(), entries.end());
    }
  }
  for (auto& [agency, entries] : list->erased_) SortOut(entries);
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::string lacking;
    for (const auto& [agency, entries] : list->erased_) {
      std::vector<Entry> missing;
      std::ranges::set_difference(entries, files[i][agency], std::back_inserter(missing),
                                  kByFamily);
      for (const Entry& entry : missing) lacking += list->LineOf(agency, entry);
    }
    const std::string& path = list->paths_[i];
    if (lacking.empty()) continue;
    std::string text;
    if (Exists(path)) {
      ASSIGN_OR_RETURN(const MappedFile there, MappedFile::Open(path));
      text = there.bytes();
    }
    RETURN_IF_ERROR(ReplaceFile(path, text + lacking, kMode));
  }
  return list;
}

absl::StatusOr<ErasureList::Entry> ErasureList::ReadLine(std::string_view line,
                                                         std::string& agency) {
  const auto damaged = [] { return absl::DataLossError("a line is damaged or of another suite"); };
  const std::vector<std::string> parts = absl::StrSplit(Absl(line), ' ');
  Entry entry{};
  if (parts.size() != 5 || !absl::SimpleAtoi(parts[3], &entry.erased_us)) return damaged();
  if (!ToFamily(absl::HexStringToBytes(parts[2]), entry.family)) return damaged();
  agency = parts[1];
  if (LineOf(agency, entry) != Concat({line, "\n"})) return damaged();
  return entry;
}

absl::Status ErasureList::ReadLines(const std::string& path, std::string_view lines,
                                    Entries& entries) {
  std::string agency;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const auto entry = ReadLine(lines.substr(0, end), agency);
    if (end == lines.npos || !entry.ok()) return Damaged(path);
    entries[agency].push_back(*entry);
    lines.remove_prefix(end + 1);
  }
  for (auto& [name, of_agency] : entries) SortOut(of_agency);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ErasedFamily>> ErasureList::Read(const std::string& path,
                                                            const SuiteSecret& suite) {
  ErasureList list({path}, suite);
  std::optional<MappedFile> file;
  if (Exists(path)) {
    ASSIGN_OR_RETURN(MappedFile there, MappedFile::Open(path));
    file.emplace(std::move(there));
  }
  std::string_view lines = file ? file->bytes() : std::string_view();
  if (const std::string next = path + ".next"; Exists(next)) {
    ASSIGN_OR_RETURN(const FileText line, ReadFile(next, kMostLineBytes));
    RETURN_IF_ERROR(RestOf(line.text, path, lines).status());
    lines = lines.substr(0, lines.rfind('\n') + 1);
    RETURN_IF_ERROR(list.ReadLines(next, line.text, list.erased_));
  }
  RETURN_IF_ERROR(list.ReadLines(path, lines, list.erased_));
  return list.All();
}

std::string ErasureList::LineOf(const std::string& agency, const Entry& entry) {
  auto key = keys_.find(agency);
  if (key == keys_.end()) {
    // Exported with the checkpoints of the audit chain and of their kind. No service has this name.
    key =
        keys_.emplace(agency, suite_.Key(SuiteKey::kCheckpoint, Concat({"erasure list/", agency})))
            .first;
  }
  const std::string at = std::to_string(entry.erased_us);
  const std::string_view family(entry.family.data(), entry.family.size());
  const std::string mac = HmacSha256(key->second.view(), {Identity({"v1", family, at})});
  return Concat({"1 ", agency, " ", Hex(family), " ", at, " ", Hex(mac), "\n"});
}

absl::Status ErasureList::Add(std::string_view agency, std::string_view family,
                              std::int64_t now_us) {
  const std::string name(agency);
  Entry entry{.erased_us = now_us};
  if (!ToFamily(family, entry.family)) return absl::InvalidArgumentError("not a family's id");
  std::lock_guard writing(writing_);
  if (Contains(agency, family)) return absl::OkStatus();
  const auto begun = begun_.try_emplace({name, entry.family}, Begun{entry}).first;
  entry = begun->second.entry;
  const std::string line = LineOf(name, entry);
  for (std::size_t& done = begun->second.files; done < paths_.size(); ++done) {
    RETURN_IF_ERROR(Append(paths_[done], line));
  }
  begun_.erase(begun);
  std::lock_guard lock(mutex_);
  std::vector<Entry>& entries = erased_[name];
  entries.insert(std::ranges::lower_bound(entries, entry, kByFamily), entry);
  return absl::OkStatus();
}

// A full disk passes, and is no fault of the event that has a family erased.
absl::Status ErasureList::Append(const std::string& path, std::string_view line) {
  absl::Status appended = EndAppend(path);
  if (appended.ok()) appended = ReplaceFile(path + ".next", line, kMode);
  if (appended.ok()) appended = EndAppend(path);
  return absl::IsFailedPrecondition(appended) ? absl::UnavailableError(appended.message())
                                              : appended;
}

// Whatever of the line in PATH.next is in the list already, all of it is now, once.
absl::Status ErasureList::EndAppend(const std::string& path) {
  const std::string next = path + ".next";
  if (!Exists(next)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const FileText line, ReadFile(next, kMostLineBytes));
  std::string_view rest = line.text;
  if (Exists(path)) {
    ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
    ASSIGN_OR_RETURN(rest, RestOf(line.text, path, file.bytes()));
  }
  if (!rest.empty() && !AppendAndSync(path, rest)) {
    return absl::UnavailableError(Concat({path, ": can't be appended to"}));
  }
  if (::unlink(next.c_str()) != 0) return absl::UnavailableError(Concat({next, ": can't go"}));
  return absl::OkStatus();
}

bool ErasureList::Contains(std::string_view agency, std::string_view family) const {
  std::lock_guard lock(mutex_);
  Entry entry{};
  const auto found = erased_.find(agency);
  if (found == erased_.end() || !ToFamily(family, entry.family)) return false;
  return std::ranges::binary_search(found->second, entry, kByFamily);
}

std::vector<ErasedFamily> ErasureList::All() const {
  std::lock_guard lock(mutex_);
  std::vector<ErasedFamily> all;
  for (const auto& [agency, entries] : erased_) {
    for (const Entry& entry : entries) {
      all.push_back({agency, {entry.family.data(), entry.family.size()}, entry.erased_us});
    }
  }
  return all;
}

}  // namespace rapport::crypto
