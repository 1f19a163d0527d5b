#include "platform/runtime/span_exporter.h"

#include "platform/runtime/telemetry/metrics.h"
#include "platform/runtime/telemetry/spans.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/async_unary_call.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

namespace rapport::runtime {
namespace {

using telemetry::Metric;
using telemetry::Span;

constexpr char kExport[] = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
// 4,096 spans are less than 1 MiB here, and more than a second of what one in a hundred calls adds.
constexpr std::size_t kMostKept = 4'096;
constexpr std::chrono::milliseconds kEvery{1'000}, kPatience{2'000}, kLastPatience{500};

std::string BigEndian(std::uint64_t number) {
  std::string bytes(8, '\0');
  for (int i = 7; i >= 0; --i, number >>= 8) {
    bytes[static_cast<std::size_t>(i)] = static_cast<char>(number & 0xff);
  }
  return bytes;
}

template <typename Message>
void AddText(Message& message, std::string_view key, std::string_view text) {
  auto& attribute = *message.add_attributes();
  attribute.set_key(std::string(key));
  attribute.mutable_value()->set_string_value(std::string(text));
}
void AddNumber(internal::v1::TraceSpan& span, std::string_view key, std::int64_t number) {
  auto& attribute = *span.add_attributes();
  attribute.set_key(std::string(key));
  attribute.mutable_value()->set_int_value(number);
}

// By the conventions of OpenTelemetry a server's span failed when the server did.
bool Failed(const Span& span) {
  if (span.kind != telemetry::SpanKind::kServer) return span.code != 0;
  switch (span.code) {
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::UNIMPLEMENTED:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DATA_LOSS:
      return true;
    default:
      return false;
  }
}

void Write(const Span& span, internal::v1::TraceSpan& out) {
  out.set_trace_id(BigEndian(span.trace_high) + BigEndian(span.trace_low));
  out.set_span_id(BigEndian(span.id));
  if (span.parent != 0) out.set_parent_span_id(BigEndian(span.parent));
  out.set_name(std::string(span.name));
  out.set_kind(static_cast<internal::v1::TraceSpanKind>(span.kind));
  out.set_start_time_unix_nano(static_cast<std::uint64_t>(span.start_ns));
  out.set_end_time_unix_nano(static_cast<std::uint64_t>(span.end_ns));
  const std::size_t slash = span.name.find('/');
  if (slash != std::string_view::npos) {
    AddText(out, "rpc.system", "grpc");
    AddText(out, "rpc.service", span.name.substr(0, slash));
    AddText(out, "rpc.method", span.name.substr(slash + 1));
    AddNumber(out, "rpc.grpc.status_code", span.code);
  }
  if (span.request_bytes >= 0) AddNumber(out, "request.bytes", span.request_bytes);
  if (span.reply_bytes >= 0) AddNumber(out, "reply.bytes", span.reply_bytes);
  out.mutable_status()->set_code(Failed(span) ? internal::v1::TRACE_STATUS_CODE_ERROR
                                              : internal::v1::TRACE_STATUS_CODE_UNSPECIFIED);
}

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(const std::string& authority) {
  if (authority.empty()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = authority;
  return grpc::SslCredentials(options);
}

}  // namespace

internal::v1::TraceExport ExportOf(const std::string& service, const std::string& version,
                                   const std::vector<Span>& spans) {
  internal::v1::TraceExport message;
  auto& resource = *message.add_resource_spans();
  AddText(*resource.mutable_resource(), "service.name", service);
  AddText(*resource.mutable_resource(), "service.version", version);
  auto& scope = *resource.add_scope_spans();
  for (const Span& span : spans) Write(span, *scope.add_spans());
  return message;
}

SpanExporter::SpanExporter(Options options)
    : options_(std::move(options)),
      channel_(grpc::CreateChannel(options_.endpoint, CredentialsOf(options_.authority))) {
  telemetry::StartSpans(kMostKept);
  thread_ = std::thread(&SpanExporter::Run, this);
}

SpanExporter::~SpanExporter() {
  telemetry::StartSpans(0);
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void SpanExporter::Run() {
  std::unique_lock lock(mutex_);
  for (bool last = false; !last;) {
    last = wake_.wait_for(lock, kEvery, [&] { return stopping_; });
    lock.unlock();
    const std::vector<Span> spans = telemetry::TakeSpans();
    if (!spans.empty()) Send(spans, last);
    lock.lock();
  }
}

void SpanExporter::Send(const std::vector<Span>& spans, bool last) {
  const internal::v1::TraceExport message = ExportOf(options_.service, options_.version, spans);
  const grpc::Slice bytes(message.SerializeAsString());
  const grpc::ByteBuffer request(&bytes, 1);
  grpc::ByteBuffer reply;
  grpc::Status status;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + (last ? kLastPatience : kPatience));
  grpc::CompletionQueue queue;
  grpc::GenericStub stub(channel_);
  const auto call = stub.PrepareUnaryCall(&context, kExport, request, &queue);
  call->StartCall();
  call->Finish(&reply, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  std::uint64_t lost = spans.size();
  if (status.ok()) {
    internal::v1::TraceExportAnswer answer;
    grpc::Slice one;
    const bool read = reply.DumpToSingleSlice(&one).ok() &&
                      answer.ParseFromArray(one.begin(), static_cast<int>(one.size()));
    const std::int64_t rejected = read ? answer.partial_success().rejected_spans() : 0;
    lost = std::min(lost, static_cast<std::uint64_t>(std::max<std::int64_t>(rejected, 0)));
  }
  telemetry::CountSeries(Metric::kSpans, "sent", spans.size() - lost);
  telemetry::CountSeries(Metric::kSpans, "lost", lost);
}

}  // namespace rapport::runtime
