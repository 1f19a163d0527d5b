#include "platform/crypto/revocations.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <absl/time/time.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>

namespace rapport::crypto {
namespace {

// A hundred bytes an entry: more than any agency has accounts.
constexpr std::size_t kMostBytes = 1u << 20;

std::int64_t Unix(const Clock& clock) { return clock.NowMicros() / 1'000'000; }

absl::Status Error(const std::string& path, const YAML::Mark& mark, std::string_view what) {
  return absl::InvalidArgumentError(Concat({path, ":", std::to_string(mark.line + 1), ": ", what}));
}

std::string TextOf(const YAML::Node& entry, const char* name) {
  const YAML::Node value = entry[name];
  return value.IsDefined() && value.IsScalar() ? value.Scalar() : std::string();
}

absl::Status Add(const YAML::Node& entry, const std::string& path, const Agencies& agencies,
                 Revocations::List& list) {
  const auto wrong = [&](std::string_view what) { return Error(path, entry.Mark(), what); };
  if (!entry.IsMap()) return wrong("expected agency, issued_before and perhaps subject");
  const std::string agency = TextOf(entry, "agency"), subject = TextOf(entry, "subject");
  if (agencies.Find(agency) == nullptr) return wrong("agency: expected one of this installation");
  const bool named = entry["subject"].IsDefined();
  // An empty subject would be everybody.
  if (named && subject.empty()) return wrong("subject: expected one of the agency's tokens");
  if (entry.size() != (named ? 3u : 2u)) {
    return wrong("expected agency, issued_before and perhaps subject, and nothing else");
  }
  absl::Time before;
  std::string problem;
  if (!absl::ParseTime(absl::RFC3339_full, TextOf(entry, "issued_before"), &before, &problem) ||
      absl::ToUnixSeconds(before) <= 0) {
    return wrong(R"(issued_before: expected a time like "2026-11-27T09:30:00Z")");
  }
  std::int64_t& known = list[{agency, subject}];
  known = std::max(known, absl::ToUnixSeconds(before));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Revocations::List> Revocations::Parse(const std::string& text,
                                                     const std::string& path,
                                                     const Agencies& agencies) {
  try {
    const YAML::Node document = YAML::Load(text);
    if (!document.IsMap() || document.size() != 1 || !document["revoked"].IsSequence()) {
      return Error(path, document.Mark(), "expected one list named revoked, and nothing else");
    }
    List list;
    for (const YAML::Node& entry : document["revoked"]) {
      RETURN_IF_ERROR(Add(entry, path, agencies, list));
    }
    return list;
  } catch (const YAML::Exception& error) {
    return Error(path, error.mark, error.msg);
  }
}

absl::StatusOr<std::unique_ptr<Revocations>> Revocations::Open(
    std::string path, std::shared_ptr<const Agencies> agencies, const Clock& machine_clock,
    Hooks hooks) {
  // Not make_unique: the constructor is private.
  std::unique_ptr<Revocations> revocations(
      new Revocations(std::move(path), std::move(agencies), machine_clock, std::move(hooks)));
  std::error_code ignored;
  if (!std::filesystem::exists(revocations->path_, ignored)) return revocations;
  std::lock_guard lock(revocations->mutex_);
  RETURN_IF_ERROR(revocations->Read());
  return revocations;
}

Revocations::Revocations(std::string path, std::shared_ptr<const Agencies> agencies,
                         const Clock& machine_clock, Hooks hooks)
    : path_(std::move(path)),
      agencies_(std::move(agencies)),
      machine_clock_(machine_clock),
      hooks_(std::move(hooks)),
      next_look_(Unix(machine_clock) + kLookSeconds) {}

std::int64_t Revocations::Before(const Principal& principal) {
  Look();
  if (!any_.load(std::memory_order_acquire)) return 0;
  const std::lock_guard lock(mutex_);
  std::int64_t before = 0;
  for (const std::string& subject : {std::string(), principal.subject}) {
    const auto found = list_.find(std::pair(principal.agency, subject));
    if (found != list_.end()) before = std::max(before, found->second);
  }
  return before;
}

void Revocations::Look() {
  const std::int64_t now = Unix(machine_clock_);
  std::int64_t due = next_look_.load(std::memory_order_relaxed);
  // The winner of the exchange looks; the others go on with what there is.
  if (now < due || !next_look_.compare_exchange_strong(due, now + kLookSeconds)) return;
  const std::lock_guard lock(mutex_);
  std::error_code ignored;
  if (!was_there_ && !std::filesystem::exists(path_, ignored)) return;
  const absl::Status before = std::exchange(state_, Read());
  if (!state_.ok() && state_ != before && hooks_.on_problem) hooks_.on_problem(state_);
}

absl::Status Revocations::Read() {
  const absl::StatusOr<FileStamp> stamp = StampOf(path_);
  if (stamp.ok() && *stamp == seen_) return state_;
  was_there_ = true;
  const absl::StatusOr<FileText> file = ReadFile(path_, kMostBytes);
  seen_ = file.ok() ? file->stamp : FileStamp{};
  RETURN_IF_ERROR(file.status());
  ASSIGN_OR_RETURN(list_, Parse(file->text, path_, *agencies_));
  any_.store(!list_.empty(), std::memory_order_release);
  if (hooks_.on_read) hooks_.on_read(list_.size());
  return absl::OkStatus();
}

}  // namespace rapport::crypto
