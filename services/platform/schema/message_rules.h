// MessageRules: the FieldRules of one message type, compiled once for validate.cc.
//
// Reading a field's options costs a microsecond, so nothing of the descriptor is asked while a
// request is validated. Rules live as long as the process. Thread-safe; on a thread that has asked
// before, without a lock.
#pragma once

#include <google/protobuf/descriptor.h>
#include <rapport/options/v1/options.pb.h>

#include <cstdint>
#include <string>
#include <vector>

namespace rapport::schema {

struct MessageRules;

// What one field must be. Defaults of FieldRule are filled in.
struct FieldCheck {
  const google::protobuf::FieldDescriptor* field = nullptr;
  google::protobuf::FieldDescriptor::CppType type{};
  bool is_bytes = false;
  bool repeated = false;
  bool has_presence = false;
  bool required = false;
  bool immutable = false;
  bool each_by_itself = false;
  bool has_range = false;
  double min = 0, max = 0;
  std::int64_t max_length = 0;  // code points, or bytes where `is_bytes`
  int max_items = 0;
  std::string resource;  // patterns; empty: no name
  options::v1::Format format = options::v1::FORMAT_UNSPECIFIED;
  std::vector<int> enum_numbers;         // that a caller may give, sorted
  const MessageRules* nested = nullptr;  // of a message field; never null there
};

// Messages with a rule of their own besides their fields'.
enum class KnownType : std::uint8_t { kNone, kTimestamp, kDuration, kFieldMask, kDate };

struct MessageRules {
  KnownType known = KnownType::kNone;
  // Fields to look at; output_only ones are not among them.
  std::vector<FieldCheck> checks;
  // An Update request's mask and the resource it is about. Both null elsewhere.
  const google::protobuf::FieldDescriptor* mask = nullptr;
  const google::protobuf::FieldDescriptor* masked = nullptr;
  // What ClearOutputOnly clears, and the message fields it must look into.
  std::vector<const google::protobuf::FieldDescriptor*> output_only;
  struct Inside {
    const google::protobuf::FieldDescriptor* field;
    const MessageRules* rules;
  };
  std::vector<Inside> inside;
};

const MessageRules& RulesOf(const google::protobuf::Descriptor* type);

}  // namespace rapport::schema
