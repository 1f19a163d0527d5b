// Http2Client: gRPC calls, unary or with a stream of answers, over many connections on one thread
// (nghttp2, OpenSSL): cheap enough not to be what is measured. For the programs of the bench.
//
// The caller sends and waits in turn; a call's methods are called from within Wait and Send.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::bench {

class Http2Client {
 public:
  // One call under way. Belongs to the caller, and must live until OnEnd or until the client ends.
  class Call {
   public:
    virtual ~Call() = default;
    // One message of the answer, without its gRPC prefix.
    virtual void OnMessage(std::string_view) {}
    // The last that happens; it may delete the call. `status` is -1 when none came.
    virtual void OnEnd(int status, const std::string& message) = 0;

   private:
    friend Http2Client;
    std::string body_;
    std::size_t sent_ = 0;
    std::string received_;  // of a message that has not ended
    int status_ = -1;
    std::string message_;
  };

  // `authority_file`: PEM; empty: plaintext.
  static absl::StatusOr<std::unique_ptr<Http2Client>> Connect(const std::string& host, int port,
                                                              const std::string& authority_file,
                                                              int connections);
  ~Http2Client();
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  // Begins a call on the connection of this number. The request leaves with the next Flush or Wait.
  // `timeout_ms`: what the server is told; 0: nothing. The client waits for ever.
  void Send(std::size_t connection, std::string_view path, std::string_view request,
            std::string_view authorization, Call* call, int timeout_ms = 0);
  absl::Status Flush(std::size_t connection);
  // How many calls the server takes at a time on this connection; more wait here.
  std::size_t MostCalls(std::size_t connection) const;
  // Moves what there is to move, after at most `timeout_ms` without any.
  absl::Status Wait(int timeout_ms);

 private:
  struct Connection;
  struct Tls;
  struct Callbacks;
  explicit Http2Client(bool tls);
  absl::Status Open(const std::string& host, int port, const std::string& authority_file,
                    int connections);
  absl::Status Pump(Connection& connection);
  static void Take(Connection& connection);

  const bool tls_wanted_;
  std::unique_ptr<Tls> tls_;
  int epoll_ = -1;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace rapport::bench
