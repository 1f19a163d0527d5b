// SpanExporter: sends the spans that telemetry keeps to a collector of traces, as OTLP over gRPC.
//
// One thread of its own, once a second. A collector that is away, slow or refuses loses spans,
// which a metric counts, and nothing else: no call ever waits for it. Spans are kept from its
// making to its end.
#pragma once

#include <rapport/internal/v1/trace_export.pb.h>

#include <grpcpp/channel.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace rapport::telemetry {
struct Span;
}

namespace rapport::runtime {

class SpanExporter {
 public:
  struct Options {
    std::string endpoint;   // HOST:PORT
    std::string authority;  // PEM; empty: plaintext
    std::string service, version;
  };
  explicit SpanExporter(Options options);
  // Sends what is left, for half a second at most.
  ~SpanExporter();

 private:
  void Run();
  void Send(const std::vector<telemetry::Span>& spans, bool last);

  const Options options_;
  const std::shared_ptr<grpc::Channel> channel_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

// What is sent of `spans`. For tests, too.
internal::v1::TraceExport ExportOf(const std::string& service, const std::string& version,
                                   const std::vector<telemetry::Span>& spans);

}  // namespace rapport::runtime
