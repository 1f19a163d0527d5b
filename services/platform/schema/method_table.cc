#include "platform/schema/method_table.h"

#include "platform/base/limits.h"
#include "platform/base/strings.h"

#include <algorithm>

namespace rapport::schema {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

// Collects what is wrong with one method's policy.
class PolicyReader {
 public:
  explicit PolicyReader(const MethodDescriptor* method)
      : method_(method), option_(method->options().GetExtension(options::v1::policy)) {}

  absl::StatusOr<MethodPolicy> Read() {
    if (!method_->options().HasExtension(options::v1::policy)) {
      Wrong("has no policy");
      return Refusal();
    }
    Copy();
    ReadWho();
    ReadPaths();
    ReadRequestId();
    ReadRest();
    if (!wrong_.empty()) return Refusal();
    return std::move(policy_);
  }

 private:
  void Wrong(std::string_view what) {
    if (!wrong_.empty()) wrong_ += "; ";
    wrong_ += what;
  }

  absl::Status Refusal() const {
    return absl::FailedPreconditionError(Absl(Concat({method_->full_name(), ": ", wrong_})));
  }

  void Copy() {
    policy_.grants.assign(option_.grants().begin(), option_.grants().end());
    policy_.family = option_.family();
    policy_.self = option_.self();
    policy_.effect = option_.effect();
    policy_.deadline = std::chrono::milliseconds(option_.deadline_ms());
    policy_.freshness = option_.freshness();
    policy_.discloses = option_.discloses();
    policy_.priority = option_.priority();
    policy_.peers.assign(option_.peers().begin(), option_.peers().end());
    policy_.internal = option_.internal();
    policy_.open = option_.open();
    policy_.consent = option_.consent();
    policy_.scope = option_.scope();
  }

  void ReadWho() {
    const int ways = (policy_.grants.empty() ? 0 : 1) + policy_.internal + policy_.open;
    if (ways != 1) Wrong("must have grants, or be `internal`, or be `open`, and only one of these");
    if (policy_.internal && policy_.peers.empty()) Wrong("is `internal` without peers");
    for (const options::v1::Grant& grant : policy_.grants) {
      if (grant.role() == options::v1::ROLE_UNSPECIFIED ||
          grant.relation() == options::v1::RELATION_UNSPECIFIED) {
        Wrong("has a grant without role or relation");
      } else if (grant.relation() != options::v1::RELATION_AGENCY && policy_.family.empty()) {
        Wrong("has a grant by a relation to a family, but no `family`");
      }
    }
  }

  void ReadPaths() {
    policy_.family_path = Path("family", policy_.family);
    policy_.self_path = Path("self", policy_.self);
    if (!policy_.family.empty()) {
      if (method_->client_streaming())
        Wrong("is streamed by the client, so `family` has no message");
      if (policy_.freshness == options::v1::FRESHNESS_UNSPECIFIED) Wrong("has no freshness");
      return;
    }
    if (!policy_.self.empty()) Wrong("has `self`, but no `family`");
    if (policy_.consent != 0) Wrong("has `consent`, but no `family`");
  }

  FieldPath Path(std::string_view option, const std::string& path) {
    if (path.empty()) return {};
    auto compiled = FieldPath::Compile(method_->input_type(), path);
    if (compiled.ok()) return *std::move(compiled);
    Wrong(Concat({"`", option, "`: ", Std(compiled.status().message())}));
    return {};
  }

  void ReadRequestId() {
    const FieldDescriptor* field = method_->input_type()->FindFieldByName("request_id");
    if (policy_.effect != options::v1::EFFECT_WRITE) {
      if (field != nullptr) Wrong("has a `request_id`, but is no EFFECT_WRITE");
      return;
    }
    if (policy_.internal || method_->client_streaming()) return;
    if (field == nullptr) {
      Wrong("is an EFFECT_WRITE without `request_id`");
      return;
    }
    const auto& rule = field->options().GetExtension(options::v1::rule);
    if (!rule.required() || rule.format() != options::v1::FORMAT_UUID) {
      Wrong("has a `request_id` that is not a required FORMAT_UUID");
    }
    policy_.request_id_path = Path("request_id", "request_id");
    policy_.has_request_id = true;
  }

  void ReadRest() {
    if (policy_.effect == options::v1::EFFECT_UNSPECIFIED) Wrong("has no effect");
    if (policy_.priority == options::v1::PRIORITY_UNSPECIFIED) Wrong("has no priority");
    if (policy_.deadline.count() <= 0) Wrong("has no deadline");
    const int bytes = option_.max_request_bytes();
    policy_.max_request_bytes =
        bytes == 0 ? limits::kRequestBytes : static_cast<std::size_t>(bytes);
    if (bytes < 0 || policy_.max_request_bytes > limits::kMessageBytes) {
      Wrong("has a `max_request_bytes` that the transport does not carry");
    }
  }

  const MethodDescriptor* method_;
  const options::v1::MethodPolicy& option_;
  MethodPolicy policy_;
  std::string wrong_;
};

}  // namespace

bool MethodPolicy::AllowsPeer(std::string_view peer) const {
  return std::find(peers.begin(), peers.end(), peer) != peers.end();
}

absl::StatusOr<MethodPolicy> PolicyOf(const MethodDescriptor* method) {
  return PolicyReader(method).Read();
}

}  // namespace rapport::schema
