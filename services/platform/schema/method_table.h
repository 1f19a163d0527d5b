// Method table: the `policy` option of an RPC as a plain struct.
//
// The server reads each method's policy once, at start-up, and does not start when one is wrong;
// the pipeline then goes by the struct. Nothing here decides anything. Values; safe to share once
// made.
#pragma once

#include "platform/schema/field_path.h"

#include <absl/status/statusor.h>
#include <google/protobuf/descriptor.h>
#include <rapport/options/v1/options.pb.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::schema {

// See rapport.options.v1.MethodPolicy, whose fields these are.
struct MethodPolicy {
  std::vector<options::v1::Grant> grants;
  std::string family, self;  // as written; empty: none
  FieldPath family_path, self_path;
  options::v1::Effect effect = options::v1::EFFECT_UNSPECIFIED;
  std::chrono::milliseconds deadline{0};
  options::v1::Freshness freshness = options::v1::FRESHNESS_UNSPECIFIED;
  bool discloses = false;
  options::v1::Priority priority = options::v1::PRIORITY_UNSPECIFIED;
  std::vector<std::string> peers;
  bool internal = false;
  bool open = false;
  std::size_t max_request_bytes = 0;  // never 0 once read
  int consent = 0;
  std::string scope;  // empty: none
  // Writes that are answered the same when repeated: all but internal and streamed ones.
  bool has_request_id = false;
  FieldPath request_id_path;

  // Whether the service `peer` ("notes") may call the method on the mesh listener.
  bool AllowsPeer(std::string_view peer) const;
};

// FAILED_PRECONDITION with everything that is wrong, naming the method.
absl::StatusOr<MethodPolicy> PolicyOf(const google::protobuf::MethodDescriptor* method);

}  // namespace rapport::schema
