// Field paths: `note.name`, as policies and update masks write them. Thread-safe once made.
#pragma once

#include <absl/status/statusor.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

namespace rapport::schema {

// The fields that `path` leads through, from `type` on; empty when there is no such path. All but
// the last are single messages.
std::vector<const google::protobuf::FieldDescriptor*> FieldsAlong(
    const google::protobuf::Descriptor* type, std::string_view path);

// The way to one string field.
class FieldPath {
 public:
  // Leads nowhere: Get gives an empty string.
  FieldPath() = default;
  // INVALID_ARGUMENT when there is no such path or it ends in anything but a single string.
  static absl::StatusOr<FieldPath> Compile(const google::protobuf::Descriptor* type,
                                           std::string_view path);

  // The field's value; empty when it or a message on the way is absent. `message` must be of the
  // type it was compiled for, and owns the answer.
  const std::string& Get(const google::protobuf::Message& message) const;

 private:
  std::vector<const google::protobuf::FieldDescriptor*> fields_;
};

}  // namespace rapport::schema
