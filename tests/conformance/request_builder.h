// Requests by descriptor: every field filled with what its rule allows, names from what exists.
#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rapport::conformance {

// Names of resources by their shape: "families/*/members/*".
using Names = std::map<std::string, std::string>;

// "families/0a..1f/members/22..03" -> "families/*/members/*"; also of patterns.
std::string ShapeOf(const std::string& name);

// Adds every resource name in `message` whose shape is not there yet.
void CollectNames(const google::protobuf::Message& message, Names& names);

// A request of `type` with every field filled (one of each oneof, two levels of recursion).
std::unique_ptr<google::protobuf::Message> FilledRequest(const google::protobuf::Descriptor* type,
                                                         const Names& names);

// One place of a message that a test changes: where, and as errors name it.
struct Place {
  google::protobuf::Message* message;
  const google::protobuf::FieldDescriptor* field;
  int index;         // of a repeated field; -1: not repeated, or the field as a whole
  std::string path;  // `member.birth_date.year`, `items[3].value`
};

// Every field that is set in `message` and what it holds, in order; output-only ones left out. The
// places are valid until the message is changed.
std::vector<Place> PlacesOf(google::protobuf::Message& message);

}  // namespace rapport::conformance
