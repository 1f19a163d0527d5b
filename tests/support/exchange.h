// Exchange: one call of any method of any kind with bytes of the test's choice, blocking, and
// everything that came back. For tests that look at services from outside. Thread-safe.
#pragma once

#include <absl/status/status.h>
#include <grpcpp/channel.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rapport::support {

// Sanitizers make everything some times slower, and so does a busy machine.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr int kSlowness = 5;
#else
inline constexpr int kSlowness = 1;
#endif
#else
inline constexpr int kSlowness = 1;
#endif

struct Reply {
  int code = 0;  // grpc::StatusCode
  std::string message, details;
  std::string body;  // of the one answer, when the code is OK
  std::multimap<std::string, std::string> trailers;

  bool ok() const { return code == 0; }
  std::string reason() const;                      // of the ErrorInfo; "" without one
  std::string info(const std::string& key) const;  // of the ErrorInfo's metadata; "" without it
  // The fields that BadRequest names, each with its description.
  std::vector<std::pair<std::string, std::string>> fields() const;
  bool names(const std::string& field) const;
  // What a failing test prints.
  std::string Text() const;
};

struct ExchangeOptions {
  std::vector<std::pair<std::string, std::string>> metadata;
  std::chrono::milliseconds deadline = std::chrono::seconds(20 * kSlowness);
};

// `path`: "/package.Service/Method". `requests`: one for unary methods. A server stream is left
// after its first message, which is then an OK.
Reply Exchange(const std::shared_ptr<grpc::Channel>& channel, const std::string& path,
               const std::vector<std::string>& requests, const ExchangeOptions& options = {});

// A fresh UUID.
std::string NewUuid();

}  // namespace rapport::support
