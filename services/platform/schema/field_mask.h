// Field masks: which fields of a resource an update changes.
//
// Validation asks whether a mask is right, Update use cases apply it to what is stored. An absent
// or empty mask means the fields that the request fills in, `*` every field a client may set.
// Fields that are output_only or immutable are never touched, not even inside a message that is
// replaced. Pure.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>

namespace rapport::schema {

// What is wrong with one path of a mask over `resource`, as text for a violation; empty: nothing.
std::string_view MaskPathFault(const google::protobuf::Descriptor* resource,
                               const std::string& path);

// True when a change of `path` is asked for: some path of the mask is `*`, `path` itself, or what
// it lies in. An empty mask covers nothing.
bool MaskCovers(const google::protobuf::FieldMask& mask, std::string_view path);

// Changes `resource` to what `update` says, as far as `mask` goes. Both are of one type. What is
// masked but absent in `update` is cleared; lists are replaced as a whole. INVALID_ARGUMENT with
// reason UPDATE_MASK_INVALID and every wrong path, before anything is changed; validation has
// answered it for requests from outside.
absl::Status ApplyUpdate(const google::protobuf::Message& update,
                         const google::protobuf::FieldMask& mask,
                         google::protobuf::Message* resource);

}  // namespace rapport::schema
