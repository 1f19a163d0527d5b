#include "cli/methods.h"

#include "platform/base/services.h"
#include "platform/base/strings.h"

#include <rapport/options/v1/options.pb.h>

#include <algorithm>

namespace rapport::cli {
namespace {

// Whose API a name on the command line means.
struct Service {
  const char* short_name;
  const char* full_name;
};
constexpr Service kServices[] = {
    {"intake", "rapport.intake.v1.IntakeService"},
    {"notes", "rapport.notes.v1.SessionNotesService"},
    {"goals", "rapport.goals.v1.GoalsService"},
    {"alliance", "rapport.alliance.v1.AllianceService"},
};
static_assert(std::ranges::equal(kServices, rapport::kServices,
                                 [](const Service& one, std::string_view name) {
                                   return name == one.short_name;
                                 }));

}  // namespace

const google::protobuf::MethodDescriptor* FindMethod(std::string_view short_name) {
  const std::size_t slash = short_name.find('/');
  if (slash == std::string_view::npos) return nullptr;
  for (const Service& service : kServices) {
    if (short_name.substr(0, slash) != service.short_name &&
        short_name.substr(0, slash) != service.full_name) {
      continue;
    }
    const auto* descriptor =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service.full_name);
    return descriptor == nullptr
               ? nullptr
               : descriptor->FindMethodByName(std::string(short_name.substr(slash + 1)));
  }
  return nullptr;
}

std::string ShortName(const google::protobuf::MethodDescriptor& method) {
  for (const Service& service : kServices) {
    if (method.service()->full_name() == service.full_name) {
      return Concat({service.short_name, "/", method.name()});
    }
  }
  return FullName(method);
}

std::vector<const google::protobuf::ServiceDescriptor*> PublicServices() {
  std::vector<const google::protobuf::ServiceDescriptor*> found;
  for (const Service& service : kServices) {
    found.push_back(
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service.full_name));
  }
  return found;
}

std::vector<const google::protobuf::ServiceDescriptor*> SharedServices() {
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  return {pool->FindServiceByName("rapport.audit.v1.AuditService"),
          pool->FindServiceByName("rapport.changes.v1.ChangesService")};
}

const google::protobuf::MethodDescriptor* FindShared(std::string_view name) {
  for (const auto* service : SharedServices()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      if (name == method->name() || name == FullName(*method)) return method;
    }
  }
  return nullptr;
}

bool IsForServices(const google::protobuf::MethodDescriptor& method) {
  return method.options().GetExtension(options::v1::policy).internal();
}

std::string FullName(const google::protobuf::MethodDescriptor& method) {
  return Concat({method.service()->full_name(), "/", method.name()});
}

}  // namespace rapport::cli
