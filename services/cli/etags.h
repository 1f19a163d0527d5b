// Etags: the version that a change means, for a person at a terminal: what is there now. Asked of
// the method that shows the resource, one by one or in a list.
#pragma once

#include "cli/client.h"

#include <absl/status/statusor.h>
#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

namespace rapport::cli {

// A method whose answer shows a resource with its etag: in a message, or in a list of them.
struct Shown {
  const google::protobuf::MethodDescriptor* method = nullptr;
  const google::protobuf::FieldDescriptor* field = nullptr;
};

// The methods that show what `method` changes, single ones first. Pure.
std::vector<Shown> ShownBy(const google::protobuf::MethodDescriptor& method);

// The etag of `subject`, which `method` changes. Empty: nothing shows one to this caller, and the
// service says so if it needs one. An error: it could not be asked, or there is no such thing.
absl::StatusOr<std::string> EtagOf(const google::protobuf::MethodDescriptor& method,
                                   const std::string& subject, Client& client,
                                   const Caller& caller);

}  // namespace rapport::cli
