// Validation: a request against the FieldRules of its fields, before any use case sees it.
//
// The pipeline calls it for every call, importers for every row. It knows the wire contract only:
// what depends on anything stored is the use case's to check. It never puts a value into a message.
// Pure; under a microsecond for a small request (rules are compiled once, see message_rules.h).
#pragma once

#include "platform/schema/errors.h"

#include <google/protobuf/message.h>

#include <cstddef>
#include <vector>

namespace rapport::schema {

// More violations than this are not looked for: an answer has room for a few dozen.
inline constexpr std::size_t kMostViolations = 1'000;

// Every violation, in the order of the fields; empty: the request is fine. Paths are relative to
// `request`: `member.birth_date.year`, `items[3].value`; `[*]` stands for a map key, which is data.
// Always checked, whatever the rule: known enum numbers, finite numbers, text (see text.h), real
// dates and times from 1900 to 9999. output_only fields are not looked at. In an Update request (a
// resource and an `update_mask`) only masked fields can be missing, and the mask's paths must name
// fields that clients may set. A missing FORMAT_ETAG has the reason ETAG_REQUIRED, a wrong mask
// UPDATE_MASK_INVALID: InvalidFields() answers them where nothing else is wrong.
std::vector<FieldViolation> Validate(const google::protobuf::Message& request);

// Clears every output_only field, at any depth: clients may send back what they were given.
void ClearOutputOnly(google::protobuf::Message* request);

}  // namespace rapport::schema
