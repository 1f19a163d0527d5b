#include "bench/http2_client.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>

namespace rapport::bench {
namespace {

constexpr std::size_t kPrefix = 5;  // of a gRPC message: compressed or not, length

nghttp2_nv Header(std::string_view name, std::string_view value) {
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
          value.size(), NGHTTP2_NV_FLAG_NONE};
}

Http2Client::Call* CallOf(nghttp2_session* session, std::int32_t stream) {
  return static_cast<Http2Client::Call*>(nghttp2_session_get_stream_user_data(session, stream));
}

}  // namespace

struct Http2Client::Tls {
  SSL_CTX* context = nullptr;
  ~Tls() {
    if (context != nullptr) SSL_CTX_free(context);
  }
};

struct Http2Client::Connection {
  int fd = -1;
  SSL* ssl = nullptr;
  nghttp2_session* session = nullptr;
  std::string out;  // bytes that TLS has not taken yet
  bool writable_wanted = false;

  ~Connection() {
    if (session != nullptr) nghttp2_session_del(session);
    if (ssl != nullptr) SSL_free(ssl);
    if (fd >= 0) close(fd);
  }
};

struct Http2Client::Callbacks {
  static ssize_t ReadBody(nghttp2_session*, std::int32_t, std::uint8_t* out, std::size_t size,
                          std::uint32_t* flags, nghttp2_data_source* source, void*) {
    auto* call = static_cast<Call*>(source->ptr);
    const std::size_t count = std::min(size, call->body_.size() - call->sent_);
    std::memcpy(out, call->body_.data() + call->sent_, count);
    call->sent_ += count;
    if (call->sent_ == call->body_.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(count);
  }

  static int OnHeader(nghttp2_session* session, const nghttp2_frame* frame,
                      const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                      std::size_t value_size, std::uint8_t, void*) {
    Call* call = CallOf(session, frame->hd.stream_id);
    if (call == nullptr) return 0;
    const std::string_view key(reinterpret_cast<const char*>(name), name_size);
    const std::string_view text(reinterpret_cast<const char*>(value), value_size);
    if (key == "grpc-status") call->status_ = std::atoi(std::string(text).c_str());
    if (key == "grpc-message") call->message_ = text;
    return 0;
  }

  static int OnData(nghttp2_session* session, std::uint8_t, std::int32_t stream,
                    const std::uint8_t* data, std::size_t size, void*) {
    Call* call = CallOf(session, stream);
    if (call == nullptr) return 0;
    std::string& received = call->received_;
    received.append(reinterpret_cast<const char*>(data), size);
    std::size_t at = 0;
    while (received.size() - at >= kPrefix) {
      std::uint32_t length = 0;
      std::memcpy(&length, received.data() + at + 1, sizeof length);
      length = ntohl(length);
      if (received.size() - at - kPrefix < length) break;
      call->OnMessage(std::string_view(received).substr(at + kPrefix, length));
      at += kPrefix + length;
    }
    received.erase(0, at);
    return 0;
  }

  static int OnClose(nghttp2_session* session, std::int32_t stream, std::uint32_t, void*) {
    Call* call = CallOf(session, stream);
    if (call != nullptr) call->OnEnd(call->status_, call->message_);
    return 0;
  }

  static nghttp2_session_callbacks* Make() {
    nghttp2_session_callbacks* all = nullptr;
    nghttp2_session_callbacks_new(&all);
    nghttp2_session_callbacks_set_on_header_callback(all, OnHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(all, OnData);
    nghttp2_session_callbacks_set_on_stream_close_callback(all, OnClose);
    return all;
  }
};

absl::StatusOr<std::unique_ptr<Http2Client>> Http2Client::Connect(const std::string& host, int port,
                                                                  const std::string& authority_file,
                                                                  int connections) {
  std::unique_ptr<Http2Client> client(new Http2Client(!authority_file.empty()));
  RETURN_IF_ERROR(client->Open(host, port, authority_file, connections));
  return client;
}

Http2Client::Http2Client(bool tls) : tls_wanted_(tls) {}

Http2Client::~Http2Client() {
  connections_.clear();
  if (epoll_ >= 0) close(epoll_);
}

absl::Status Http2Client::Open(const std::string& host, int port, const std::string& authority_file,
                               int connections) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (tls_wanted_) {
    tls_ = std::make_unique<Tls>();
    tls_->context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(tls_->context, SSL_VERIFY_PEER, nullptr);
    if (SSL_CTX_load_verify_locations(tls_->context, authority_file.c_str(), nullptr) != 1) {
      return absl::InvalidArgumentError(Absl("no authority in " + authority_file));
    }
    static const unsigned char kAlpn[] = "\x02h2";
    SSL_CTX_set_alpn_protos(tls_->context, kAlpn, 3);
  }
  const std::unique_ptr<nghttp2_session_callbacks, void (*)(nghttp2_session_callbacks*)> callbacks(
      Callbacks::Make(), nghttp2_session_callbacks_del);
  for (int i = 0; i < connections; ++i) {
    auto connection = std::make_unique<Connection>();
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    inet_pton(AF_INET, host.c_str(), &address.sin_addr);
    if (connect(connection->fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      return absl::UnavailableError("cannot connect");
    }
    const int one = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (tls_wanted_) {
      connection->ssl = SSL_new(tls_->context);
      SSL_set_fd(connection->ssl, connection->fd);
      if (SSL_connect(connection->ssl) != 1) return absl::UnavailableError("no TLS handshake");
    }
    fcntl(connection->fd, F_SETFL, fcntl(connection->fd, F_GETFL) | O_NONBLOCK);
    nghttp2_session_client_new(&connection->session, callbacks.get(), connection.get());
    nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 24}};
    nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, settings, 1);
    nghttp2_session_set_local_window_size(connection->session, NGHTTP2_FLAG_NONE, 0, 1 << 28);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = connection.get()}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connection->fd, &event);
    connections_.push_back(std::move(connection));
  }
  return absl::OkStatus();
}

void Http2Client::Send(std::size_t connection, std::string_view path, std::string_view request,
                       std::string_view authorization, Call* call, int timeout_ms) {
  const std::uint32_t size = htonl(static_cast<std::uint32_t>(request.size()));
  call->body_.assign(1, '\0');
  call->body_.append(reinterpret_cast<const char*>(&size), sizeof size).append(request);
  const std::string timeout = std::to_string(timeout_ms) + "m";
  std::array<nghttp2_nv, 8> headers = {
      Header(":method", "POST"),         Header(":scheme", tls_wanted_ ? "https" : "http"),
      Header(":authority", "localhost"), Header(":path", path),
      Header("te", "trailers"),          Header("content-type", "application/grpc")};
  std::size_t count = 6;
  if (!authorization.empty()) headers[count++] = Header("authorization", authorization);
  if (timeout_ms > 0) headers[count++] = Header("grpc-timeout", timeout);
  nghttp2_data_provider provider{{.ptr = call}, Callbacks::ReadBody};
  nghttp2_submit_request(connections_[connection]->session, nullptr, headers.data(), count,
                         &provider, call);
}

std::size_t Http2Client::MostCalls(std::size_t connection) const {
  return nghttp2_session_get_remote_settings(connections_[connection]->session,
                                             NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

absl::Status Http2Client::Flush(std::size_t connection) { return Pump(*connections_[connection]); }

// Hands HTTP/2's bytes to TLS, as many as it takes.
void Http2Client::Take(Connection& connection) {
  for (;;) {
    if (connection.out.empty()) {
      const std::uint8_t* data = nullptr;
      while (connection.out.size() < 32 * 1024) {
        const auto count = nghttp2_session_mem_send(connection.session, &data);
        if (count <= 0) break;
        connection.out.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(count));
      }
      if (connection.out.empty()) return;
    }
    const int size = static_cast<int>(connection.out.size());
    const auto sent = connection.ssl != nullptr
                          ? SSL_write(connection.ssl, connection.out.data(), size)
                          : static_cast<int>(send(connection.fd, connection.out.data(),
                                                  connection.out.size(), MSG_NOSIGNAL));
    if (sent <= 0) return;
    connection.out.erase(0, static_cast<std::size_t>(sent));
  }
}

// Takes what arrived, hands it to HTTP/2, sends what HTTP/2 wants to send.
absl::Status Http2Client::Pump(Connection& connection) {
  std::uint8_t buffer[64 * 1024];
  for (;;) {
    const auto count = connection.ssl != nullptr
                           ? SSL_read(connection.ssl, buffer, sizeof buffer)
                           : static_cast<int>(recv(connection.fd, buffer, sizeof buffer, 0));
    if (count == 0) return absl::UnavailableError("the server closed a connection");
    if (count < 0) break;
    if (nghttp2_session_mem_recv(connection.session, buffer, static_cast<std::size_t>(count)) < 0) {
      return absl::InternalError("HTTP/2 error");
    }
  }
  Take(connection);
  const bool wanted = !connection.out.empty();
  if (wanted != connection.writable_wanted) {
    connection.writable_wanted = wanted;
    epoll_event event{.events = EPOLLIN | (wanted ? EPOLLOUT : 0u), .data = {.ptr = &connection}};
    epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd, &event);
  }
  return absl::OkStatus();
}

absl::Status Http2Client::Wait(int timeout_ms) {
  epoll_event events[64];
  const int count = epoll_wait(epoll_, events, std::size(events), timeout_ms);
  for (int i = 0; i < count; ++i) {
    RETURN_IF_ERROR(Pump(*static_cast<Connection*>(events[i].data.ptr)));
  }
  return absl::OkStatus();
}

}  // namespace rapport::bench
