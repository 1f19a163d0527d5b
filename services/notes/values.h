// Plain values of the rules: Fault and Unmet say what is wrong (notes_errors turns them into
// refusals), Micros reads a time.
#pragma once

#include <google/protobuf/timestamp.pb.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rapport::notes {

// A wrong field of a request.
struct Fault {
  std::string field;     // path within the resource: `invited_members[1]`
  std::string expected;  // never the value
  friend bool operator==(const Fault&, const Fault&) = default;
};
using Faults = std::vector<Fault>;

// A condition that is not met, in the terms of google.rpc.PreconditionFailure.
struct Unmet {
  std::string type;
  std::string subject;      // resource name, or empty where it must not be told
  std::string description;  // what would meet it
  friend bool operator==(const Unmet&, const Unmet&) = default;
};

// Microseconds since 1970 UTC.
inline std::int64_t Micros(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1'000'000 + time.nanos() / 1'000;
}

}  // namespace rapport::notes
