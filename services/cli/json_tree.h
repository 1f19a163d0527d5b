// JsonTree: answers as trees of names and values, so that tables and case files can point into any
// message by a path like `members.0.name`. Pure.
#pragma once

#include <absl/status/status.h>
#include <google/protobuf/message.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace rapport::cli {

// The message as JSON, fields named as in the proto file; unset ones are absent. An empty object
// when it can't be shown (a time out of range).
nlohmann::json TreeOf(const google::protobuf::Message& message);

// What a path leads to; null: nothing. Its parts, separated by points, name fields; in a list an
// index, or `field=value` for the first entry that has it. Valid as long as `tree`.
const nlohmann::json* At(const nlohmann::json& tree, std::string_view path);

// The same as text: strings as they are, everything else as JSON.
std::optional<std::string> TextAt(const nlohmann::json& tree, std::string_view path);

// OK when a path leads to something that an answer of this type may have; otherwise
// INVALID_ARGUMENT names the fields that there are instead.
absl::Status Leads(const google::protobuf::Descriptor& answer, std::string_view path);

}  // namespace rapport::cli
