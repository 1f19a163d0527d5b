// Redact: a message as text for a log or a debugger, without anything about a person.
//
// Only fields that say SENSITIVITY_NONE show their value. Everything else, also what somebody
// forgot to mark, shows what kind of thing it is and how much of it: `title: <personal:len=11>`,
// `attendance: <clinical:n=3>`, `born: <unmarked>`. Pure.
#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace rapport::schema {

// One line: `name: "families/..." inner { level: <unmarked> }`. Absent fields are left out.
// Messages without a rule of their own are entered, google.protobuf ones count as values. Text that
// is shown is escaped and cut after 256 bytes.
std::string Redact(const google::protobuf::Message& message);

}  // namespace rapport::schema
