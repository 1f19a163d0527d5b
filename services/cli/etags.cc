#include "cli/etags.h"

#include "cli/fields.h"
#include "cli/json_tree.h"
#include "cli/methods.h"
#include "cli/people.h"
#include "platform/base/status_macros.h"

#include <absl/strings/str_split.h>
#include <google/protobuf/message.h>

#include <cctype>
#include <memory>

namespace rapport::cli {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr int kRows = 1000;

// "families/{family}/urgentTasks/{urgent_task}" -> "urgent_tasks", as lists name their entries.
std::string ListNameOf(const std::string& pattern) {
  const std::vector<std::string> parts = absl::StrSplit(pattern, '/');
  std::string name;
  for (const char c : parts.size() < 2 ? std::string() : parts[parts.size() - 2]) {
    if (std::isupper(static_cast<unsigned char>(c))) name += '_';
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

// `get` shows one resource of the pattern.
bool ShowsOne(const MethodDescriptor& get, const std::string& pattern) {
  if (!get.name().starts_with("Get") || get.output_type()->field_count() == 0) return false;
  const Field of = FieldsOf(*get.input_type()).subject;
  const auto* type = get.output_type()->field(0)->message_type();
  return !of.path.empty() && of.resource() == pattern && type != nullptr &&
         !get.output_type()->field(0)->is_repeated() && type->FindFieldByName("etag") != nullptr;
}

// What shows the only one that an agency has of something: GetDuty, for SetDuty. Null: nothing
// does.
const MethodDescriptor* ShowsTheOnly(const MethodDescriptor& set) {
  constexpr std::string_view kSet = "Set";
  if (!set.name().starts_with(kSet)) return nullptr;
  const auto* get = set.service()->FindMethodByName("Get" + set.name().substr(kSet.size()));
  if (get == nullptr || get->input_type()->field_count() != 0) return nullptr;
  const auto* shown = get->output_type()->field(0)->message_type();
  return shown != nullptr && shown->FindFieldByName("etag") != nullptr ? get : nullptr;
}

// The list of `list`'s answer that has resources of the pattern; null: none has.
const google::protobuf::FieldDescriptor* ListIn(const MethodDescriptor& list,
                                                const std::string& pattern) {
  if (!list.name().starts_with("List")) return nullptr;
  const Field of = FieldsOf(*list.input_type()).subject;
  if (!of.path.empty() && !of.TakesFamily()) return nullptr;
  const auto* field = list.output_type()->FindFieldByName(ListNameOf(pattern));
  if (field == nullptr || !field->is_repeated() || field->message_type() == nullptr) return nullptr;
  const auto& type = *field->message_type();
  const bool named =
      type.FindFieldByName("name") != nullptr && type.FindFieldByName("etag") != nullptr;
  return named ? field : nullptr;
}

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

// Page by page, until it is met; empty: it is not there.
absl::StatusOr<std::string> EtagIn(const Shown& shown, const std::string& subject, Client& client,
                                   const Caller& caller) {
  const auto& type = *shown.method->input_type();
  const auto request = NewMessage(&type);
  const auto& reflection = *request->GetReflection();
  const bool list = shown.field->is_repeated();
  const Field of = FieldsOf(type).subject;
  if (!of.path.empty()) {
    reflection.SetString(request.get(), of.leaf(), list ? FamilyIn(subject) : subject);
  }
  const auto* size = type.FindFieldByName("page_size");
  if (size != nullptr) reflection.SetInt32(request.get(), size, kRows);
  const auto* ended = type.FindFieldByName("include_ended");
  if (ended != nullptr) reflection.SetBool(request.get(), ended, true);
  const auto* page = type.FindFieldByName("page_token");
  const std::string path = list ? shown.field->name() + ".name=" + subject : shown.field->name();
  for (;;) {
    const auto answer = NewMessage(shown.method->output_type());
    RETURN_IF_ERROR(client.Call(caller, FullName(*shown.method), *request, answer.get()));
    const auto tree = TreeOf(*answer);
    if (const auto* found = At(tree, path)) return TextAt(*found, "etag").value_or("");
    const auto next = TextAt(tree, "next_page_token");
    if (page == nullptr || !next || next->empty()) return std::string();
    reflection.SetString(request.get(), page, *next);
  }
}

}  // namespace

std::vector<Shown> ShownBy(const MethodDescriptor& method) {
  std::vector<Shown> one, lists;
  const Field subject = FieldsOf(*method.input_type()).subject;
  const auto& service = *method.service();
  if (subject.path.empty()) {
    if (const auto* get = ShowsTheOnly(method)) one.push_back({get, get->output_type()->field(0)});
    return one;
  }
  for (int i = 0; i < service.method_count(); ++i) {
    const auto& reads = *service.method(i);
    if (IsForServices(reads)) continue;
    if (ShowsOne(reads, subject.resource())) one.push_back({&reads, reads.output_type()->field(0)});
    if (const auto* list = ListIn(reads, subject.resource())) lists.push_back({&reads, list});
  }
  one.insert(one.end(), lists.begin(), lists.end());
  return one;
}

absl::StatusOr<std::string> EtagOf(const MethodDescriptor& method, const std::string& subject,
                                   Client& client, const Caller& caller) {
  for (const Shown& shown : ShownBy(method)) {
    const auto etag = EtagIn(shown, subject, client, caller);
    // A list that the caller may not see, or only a part of that they would have to name: the
    // service says whether it needs an etag of them.
    const bool hidden = absl::IsPermissionDenied(etag.status()) ||
                        (absl::IsNotFound(etag.status()) && shown.field->is_repeated());
    if (hidden) continue;
    if (!etag.ok()) return etag.status();
    if (!etag->empty()) return etag;
  }
  return std::string();
}

}  // namespace rapport::cli
