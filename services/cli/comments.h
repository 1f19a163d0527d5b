// Comments: what the proto files say of methods and fields, for help texts: the command line tells
// what the API reference tells. The files are in the program. Thread-safe.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>

namespace rapport::cli {

// The first sentence of the comment before it; empty: there is none.
std::string SummaryOf(const google::protobuf::MethodDescriptor& method);
std::string SummaryOf(const google::protobuf::FieldDescriptor& field);
// The whole comment, its lines joined to paragraphs.
std::string CommentOf(const google::protobuf::MethodDescriptor& method);
// What a comment says to a person at a terminal: commands for methods, and words for codes.
std::string ForPeople(std::string_view comment);

}  // namespace rapport::cli
