#include "platform/schema/errors.h"

#include "platform/base/limits.h"
#include "platform/base/strings.h"
#include "platform/schema/canonical.h"
#include "platform/schema/error_metadata.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <algorithm>
#include <optional>

namespace rapport::schema {
namespace {

constexpr char kTypePrefix[] = "type.googleapis.com/google.rpc.";

// Cord's constructor from a string has another mangled name in clang than in Debian's archive.
absl::Cord AsCord(std::string_view bytes) { return absl::Cord(Absl(bytes)); }

template <typename Detail>
std::string TypeUrl() {
  return kTypePrefix + Detail::descriptor()->name();
}

template <typename Detail>
void Attach(absl::Status& status, const Detail& detail) {
  status.SetPayload(TypeUrl<Detail>(), AsCord(Canonical(detail)));
}

template <typename Detail>
std::optional<Detail> Attached(const absl::Status& status) {
  const auto payload = status.GetPayload(TypeUrl<Detail>());
  Detail detail;
  if (!payload || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

google::rpc::ErrorInfo Info(std::string_view reason) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain("rapport");
  return info;
}

// The reason that all violations have in common.
std::string_view CommonReason(const std::vector<FieldViolation>& violations) {
  const bool common = !violations.empty() && !violations.front().reason.empty() &&
                      std::all_of(violations.begin(), violations.end(), [&](const auto& v) {
                        return v.reason == violations.front().reason;
                      });
  return common ? std::string_view(violations.front().reason) : reasons::kInvalidRequest.name;
}

// Many clients show the message alone, so it names the first field.
std::string Summary(const std::vector<FieldViolation>& violations) {
  if (violations.empty()) return std::string(reasons::kInvalidRequest.message);
  std::string text = Concat({violations.front().field, ": ", violations.front().description});
  if (violations.size() > 1) {
    text += Concat({" (and ", std::to_string(violations.size() - 1), " more)"});
  }
  return text;
}

// The collection a name is in: "members" for "families/x/members/y".
std::string_view CollectionOf(std::string_view name) {
  const std::size_t id = name.rfind('/');
  if (id == std::string_view::npos) return {};
  const std::size_t before = name.substr(0, id).rfind('/');
  return before == std::string_view::npos ? name.substr(0, id)
                                          : name.substr(before + 1, id - before - 1);
}

// At most `limit` bytes of `text`, cut between code points.
std::string Clipped(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
  return std::string(text.substr(0, limit));
}

// Bytes that an embedded message of `size` bytes takes in its parent: tag, length, itself.
std::size_t Embedded(std::size_t size) {
  using google::protobuf::io::CodedOutputStream;
  return 1 + CodedOutputStream::VarintSize32(static_cast<std::uint32_t>(size)) + size;
}

template <typename Detail>
std::size_t DetailBytes(const Detail& detail) {
  return Embedded(Embedded(TypeUrl<Detail>().size()) + Embedded(detail.ByteSizeLong()));
}

// Keeps the longest beginning of `violations` that fits into `room` bytes; returns how many went.
template <typename Violations>
int Shorten(Violations& violations, std::size_t room) {
  int kept = 0;
  for (std::size_t used = 0; kept < violations.size(); ++kept) {
    used += Embedded(violations.Get(kept).ByteSizeLong());
    if (used > room) break;
  }
  const int gone = violations.size() - kept;
  violations.DeleteSubrange(kept, gone);
  return gone;
}

// Builds the wire form within its limit: what can't be shortened first, then violations.
class DetailsBuilder {
 public:
  explicit DetailsBuilder(const absl::Status& status) : status_(status) {
    wire_.set_code(static_cast<int>(status.code()));
    wire_.set_message(Clipped(Std(status.message()), limits::kErrorMessageBytes));
    info_ = Attached<google::rpc::ErrorInfo>(status).value_or(
        Info(absl::StatusCodeToString(status.code())));
  }

  std::string Build() {
    auto bad_request = Attached<google::rpc::BadRequest>(status_);
    auto unmet = Attached<google::rpc::PreconditionFailure>(status_);
    // Metadata that would crowd out everything else is ours to fix; the reason survives it.
    if (DetailBytes(info_) > kMost / 2) info_.clear_metadata();
    used_ = wire_.ByteSizeLong() + DetailBytes(info_) + kCountBytes;
    Keep(Attached<google::rpc::ResourceInfo>(status_));
    Keep(Attached<google::rpc::RetryInfo>(status_));
    if (bad_request) {
      KeepSome(*bad_request, *bad_request->mutable_field_violations());
    }
    if (unmet) KeepSome(*unmet, *unmet->mutable_violations());
    if (left_out_ > 0) {
      (*info_.mutable_metadata())["violations_left_out"] = std::to_string(left_out_);
    }
    Pack(info_, &first_);
    wire_.mutable_details()->Add(std::move(first_));
    for (google::protobuf::Any& other : others_) wire_.mutable_details()->Add(std::move(other));
    return Canonical(wire_);
  }

 private:
  static constexpr std::size_t kMost = limits::kErrorDetailBytes;
  // Room for the entry "violations_left_out" and for lengths that grow by it.
  static constexpr std::size_t kCountBytes = 48;
  // An embedded detail's type URL, tags and lengths.
  static constexpr std::size_t kFrameBytes = 72;

  template <typename Detail>
  static void Pack(const Detail& detail, google::protobuf::Any* any) {
    any->set_type_url(TypeUrl<Detail>());
    any->set_value(Canonical(detail));
  }

  template <typename Detail>
  void Keep(const std::optional<Detail>& detail) {
    if (!detail || used_ + DetailBytes(*detail) > kMost) return;
    used_ += DetailBytes(*detail);
    Pack(*detail, &others_.emplace_back());
  }

  template <typename Detail, typename Violations>
  void KeepSome(Detail& detail, Violations& violations) {
    const std::size_t framed = used_ + kFrameBytes;
    left_out_ += Shorten(violations, framed < kMost ? kMost - framed : 0);
    if (!violations.empty()) Keep(std::optional<Detail>(detail));
  }

  const absl::Status& status_;
  google::rpc::Status wire_;
  google::rpc::ErrorInfo info_;
  google::protobuf::Any first_;
  std::vector<google::protobuf::Any> others_;
  std::size_t used_ = 0;
  int left_out_ = 0;
};

}  // namespace

absl::Status Refused(absl::StatusCode code, std::string_view reason, std::string_view message,
                     const Metadata& metadata) {
  absl::Status status(code, Absl(message));
  google::rpc::ErrorInfo info = Info(reason);
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[key] = value;
  Attach(status, info);
  return status;
}

absl::Status Refused(const Reason& reason, const Metadata& metadata) {
  return Refused(reason.code, reason.name, reason.message, metadata);
}

absl::Status InvalidFields(const std::vector<FieldViolation>& violations, std::string_view reason) {
  absl::Status status =
      Refused(absl::StatusCode::kInvalidArgument,
              reason.empty() ? CommonReason(violations) : reason, Summary(violations));
  google::rpc::BadRequest detail;
  for (const FieldViolation& violation : violations) {
    auto* added = detail.add_field_violations();
    added->set_field(violation.field);
    added->set_description(violation.description);
  }
  Attach(status, detail);
  return status;
}

absl::Status InvalidField(std::string field, std::string description, std::string_view reason) {
  return InvalidFields({{std::move(field), std::move(description), {}}}, reason);
}

absl::Status Unmet(std::string_view reason, std::string_view message,
                   const std::vector<UnmetCondition>& conditions) {
  absl::Status status = Refused(absl::StatusCode::kFailedPrecondition, reason, message);
  google::rpc::PreconditionFailure detail;
  for (const UnmetCondition& condition : conditions) {
    auto* added = detail.add_violations();
    added->set_type(condition.type);
    added->set_subject(condition.subject);
    added->set_description(condition.description);
  }
  Attach(status, detail);
  return status;
}

absl::Status NotFound() { return Refused(reasons::kNotFound); }

absl::Status AlreadyExists(std::string_view name) {
  absl::Status status = Refused(reasons::kAlreadyExists);
  google::rpc::ResourceInfo detail;
  detail.set_resource_type(std::string(CollectionOf(name)));
  detail.set_resource_name(std::string(name));
  Attach(status, detail);
  return status;
}

absl::Status EtagRequired() { return Refused(reasons::kEtagRequired); }

absl::Status EtagMismatch(std::string_view current_etag) {
  Metadata metadata;
  if (!current_etag.empty()) metadata.emplace_back("current_etag", current_etag);
  return Refused(reasons::kEtagMismatch, metadata);
}

absl::Status RequestIdReused() { return Refused(reasons::kRequestIdReused); }

absl::Status MalformedRequest() { return Refused(reasons::kMalformedRequest); }

absl::Status RequestTooLarge(std::size_t max_bytes) {
  return Refused(reasons::kRequestTooLarge, {{"max_bytes", std::to_string(max_bytes)}});
}

absl::Status Unauthenticated() { return Refused(reasons::kUnauthenticated); }

absl::Status PermissionDenied(std::string_view reason) {
  const auto* known = std::find_if(std::begin(reasons::kAll), std::end(reasons::kAll),
                                   [&](const Reason& row) { return row.name == reason; });
  return Refused(absl::StatusCode::kPermissionDenied, reason,
                 known == std::end(reasons::kAll) ? "not permitted" : known->message);
}

absl::Status Overloaded(std::chrono::milliseconds retry_delay) {
  absl::Status status = Refused(reasons::kOverloaded);
  google::rpc::RetryInfo detail;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(retry_delay);
  detail.mutable_retry_delay()->set_seconds(seconds.count());
  detail.mutable_retry_delay()->set_nanos(
      static_cast<std::int32_t>(std::chrono::nanoseconds(retry_delay - seconds).count()));
  Attach(status, detail);
  return status;
}

absl::Status WithMetadata(absl::Status refusal, std::string_view key, std::string_view value) {
  auto info = Attached<google::rpc::ErrorInfo>(refusal).value_or(
      Info(absl::StatusCodeToString(refusal.code())));
  (*info.mutable_metadata())[std::string(key)] = std::string(value);
  Attach(refusal, info);
  return refusal;
}

std::string MetadataOf(const absl::Status& status, std::string_view key) {
  const auto info = Attached<google::rpc::ErrorInfo>(status);
  if (!info) return {};
  const auto found = info->metadata().find(std::string(key));
  return found == info->metadata().end() ? std::string() : found->second;
}

std::string ReasonOf(const absl::Status& status) {
  const auto info = Attached<google::rpc::ErrorInfo>(status);
  return info ? info->reason() : std::string();
}

absl::Status ForClient(const absl::Status& status) {
  absl::Status shown;
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      shown = NotFound();
      break;
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
      shown = Refused(reasons::kInternal);
      break;
    default:
      return status;
  }
  const std::string concern = MetadataOf(status, kConcern);
  return concern.empty() ? shown : WithMetadata(std::move(shown), kConcern, concern);
}

std::string StatusDetails(const absl::Status& status) {
  return status.ok() ? std::string() : DetailsBuilder(status).Build();
}

absl::Status FromDetails(absl::StatusCode code, std::string_view message,
                         std::string_view details) {
  absl::Status status(code, Absl(message));
  google::rpc::Status wire;
  if (details.empty() || !wire.ParseFromArray(details.data(), static_cast<int>(details.size())) ||
      wire.code() != static_cast<int>(code)) {
    return status;
  }
  for (const google::protobuf::Any& detail : wire.details()) {
    if (detail.type_url().rfind(kTypePrefix, 0) == 0) {
      status.SetPayload(detail.type_url(), AsCord(detail.value()));
    }
  }
  return status;
}

}  // namespace rapport::schema
