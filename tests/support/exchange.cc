#include "support/exchange.h"

#include "platform/base/strings.h"
#include "platform/schema/errors.h"

#include <google/protobuf/descriptor.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <algorithm>
#include <random>
#include <string_view>

namespace rapport::support {
namespace {

// One event of the call at a time, so no tags are needed.
bool Await(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  return queue.Next(&tag, &ok) && ok;
}

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  if (!buffer.Dump(&slices).ok()) return {};
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// Whether the method at `path` ("/package.Service/Method") answers with more than one message.
bool Streams(std::string_view path) {
  std::string name(path.substr(1));
  std::replace(name.begin(), name.end(), '/', '.');
  const auto* method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
  return method != nullptr && method->server_streaming();
}

}  // namespace

std::string Reply::reason() const {
  if (ok()) return {};
  return schema::ReasonOf(
      schema::FromDetails(static_cast<absl::StatusCode>(code), message, details));
}

std::string Reply::info(const std::string& key) const {
  google::rpc::Status status;
  if (!status.ParseFromString(details)) return {};
  for (const auto& any : status.details()) {
    google::rpc::ErrorInfo info;
    if (!any.UnpackTo(&info)) continue;
    const auto found = info.metadata().find(key);
    if (found != info.metadata().end()) return found->second;
  }
  return {};
}

std::vector<std::pair<std::string, std::string>> Reply::fields() const {
  std::vector<std::pair<std::string, std::string>> found;
  google::rpc::Status status;
  if (!status.ParseFromString(details)) return found;
  for (const auto& any : status.details()) {
    google::rpc::BadRequest bad;
    if (!any.UnpackTo(&bad)) continue;
    for (const auto& violation : bad.field_violations()) {
      found.emplace_back(violation.field(), violation.description());
    }
  }
  return found;
}

bool Reply::names(const std::string& field) const {
  for (const auto& [name, description] : fields()) {
    if (name == field) return true;
  }
  return false;
}

std::string Reply::Text() const {
  std::string text = Concat({std::to_string(code), " ", reason(), ": ", message});
  for (const auto& [field, description] : fields()) {
    text += Concat({"; ", field, ": ", description});
  }
  return text;
}

Reply Exchange(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
               const std::vector<std::string>& requests, const ExchangeOptions& options) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + options.deadline);
  for (const auto& [key, value] : options.metadata) context.AddMetadata(key, value);
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(channel);
  const auto call = stub.PrepareCall(&context, path, &queue);
  call->StartCall(nullptr);
  bool open = Await(queue);
  for (std::size_t i = 0; i < requests.size() && open; ++i) {
    const grpc::Slice slice(requests[i]);
    call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
    open = Await(queue);
  }
  if (open) {
    call->WritesDone(nullptr);
    Await(queue);
  }
  Reply reply;
  grpc::ByteBuffer answer;
  call->Read(&answer, nullptr);
  const bool answered = Await(queue);
  if (answered) reply.body = BytesOf(answer);
  const bool first_of_many = answered && Streams(path);
  if (first_of_many) context.TryCancel();
  grpc::Status status;
  call->Finish(&status, nullptr);
  Await(queue);
  if (first_of_many) status = grpc::Status::OK;
  reply.code = status.error_code();
  reply.message = status.error_message();
  reply.details = status.error_details();
  for (const auto& [key, value] : context.GetServerTrailingMetadata()) {
    reply.trailers.emplace(std::string(key.data(), key.size()),
                           std::string(value.data(), value.size()));
  }
  queue.Shutdown();
  while (Await(queue)) {
  }
  return reply;
}

std::string NewUuid() {
  thread_local std::random_device random;
  std::string bytes;
  for (int i = 0; i < 16; ++i) bytes += static_cast<char>(random());
  std::string hex = Hex(bytes);
  for (const std::size_t at : {20u, 16u, 12u, 8u}) hex.insert(at, 1, '-');
  return hex;
}

}  // namespace rapport::support
