// Methods: every method of the suite by a short name. Thread-safe.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

namespace rapport::cli {

// "intake/CreateFamily" -> its descriptor; null: no such method.
const google::protobuf::MethodDescriptor* FindMethod(std::string_view short_name);

// "intake/CreateFamily"; the inverse of FindMethod.
std::string ShortName(const google::protobuf::MethodDescriptor& method);

// A method that every service has for its own data: "ListAuditEvents", or its full name; null:
// there is none.
const google::protobuf::MethodDescriptor* FindShared(std::string_view name);

// The services of such methods: the audit trail and the changes.
std::vector<const google::protobuf::ServiceDescriptor*> SharedServices();

// "rapport.intake.v1.IntakeService/CreateFamily".
std::string FullName(const google::protobuf::MethodDescriptor& method);

// The descriptors of the four services.
std::vector<const google::protobuf::ServiceDescriptor*> PublicServices();

// Only other services may call it.
bool IsForServices(const google::protobuf::MethodDescriptor& method);

}  // namespace rapport::cli
