#include "bench/load.h"

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
#include <chrono>
#include <cmath>
#include <cstring>
#include <deque>
#include <memory>
#include <random>

namespace rapport::bench {
namespace {

using Time = std::chrono::steady_clock;

struct Generator;

// One call under way.
struct Stream {
  std::string body;
  std::size_t sent = 0;
  Time::time_point intended;
  int status = -1;
  std::string message;
};

struct Connection {
  Generator* owner = nullptr;
  int fd = -1;
  SSL* ssl = nullptr;
  nghttp2_session* session = nullptr;
  std::string out;  // bytes that TLS has not taken yet
  int open = 0;
  bool writable_wanted = false;
};

struct Generator {
  explicit Generator(const LoadOptions& o) : options(o), random(o.seed) {}
  ~Generator();
  absl::Status Connect();
  absl::Status Run(const std::function<void(bool)>& on_window);
  void Submit(Connection& connection, Time::time_point intended);
  void SubmitNext(Connection& connection);
  void OnStreamClosed(Connection& connection, Stream& stream);
  absl::Status Pump(Connection& connection);

  const LoadOptions& options;
  std::mt19937_64 random;
  std::vector<std::unique_ptr<Connection>> connections;
  SSL_CTX* tls = nullptr;
  int epoll = -1;
  std::uint64_t next_call = 0, answered = 0;
  bool measuring = false, stopping = false;
  LoadResult result;
  std::vector<float> latencies_us;
};

ssize_t ReadBody(nghttp2_session*, std::int32_t, std::uint8_t* out, std::size_t size,
                 std::uint32_t* flags, nghttp2_data_source* source, void*) {
  auto* stream = static_cast<Stream*>(source->ptr);
  const std::size_t count = std::min(size, stream->body.size() - stream->sent);
  std::memcpy(out, stream->body.data() + stream->sent, count);
  stream->sent += count;
  if (stream->sent == stream->body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(count);
}

int OnHeader(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
             std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
             void*) {
  auto* stream =
      static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, frame->hd.stream_id));
  if (stream == nullptr) return 0;
  const std::string_view key(reinterpret_cast<const char*>(name), name_size);
  const std::string_view text(reinterpret_cast<const char*>(value), value_size);
  if (key == "grpc-status") stream->status = std::atoi(std::string(text).c_str());
  if (key == "grpc-message") stream->message = text;
  return 0;
}

int OnStreamClose(nghttp2_session* session, std::int32_t id, std::uint32_t, void* user) {
  auto* connection = static_cast<Connection*>(user);
  auto* stream = static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id));
  if (stream == nullptr) return 0;
  connection->owner->OnStreamClosed(*connection, *stream);
  delete stream;
  return 0;
}

Generator::~Generator() {
  for (auto& connection : connections) {
    if (connection->session) nghttp2_session_del(connection->session);
    if (connection->ssl) SSL_free(connection->ssl);
    if (connection->fd >= 0) close(connection->fd);
  }
  if (tls) SSL_CTX_free(tls);
  if (epoll >= 0) close(epoll);
}

absl::Status Generator::Connect() {
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (!options.authority_file.empty()) {
    tls = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, nullptr);
    if (SSL_CTX_load_verify_locations(tls, options.authority_file.c_str(), nullptr) != 1) {
      return absl::InvalidArgumentError(Absl("no authority in " + options.authority_file));
    }
    static const unsigned char kAlpn[] = "\x02h2";
    SSL_CTX_set_alpn_protos(tls, kAlpn, 3);
  }
  nghttp2_session_callbacks* callbacks;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnStreamClose);
  for (int i = 0; i < options.connections; ++i) {
    auto connection = std::make_unique<Connection>();
    connection->owner = this;
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(options.port));
    inet_pton(AF_INET, options.host.c_str(), &address.sin_addr);
    if (connect(connection->fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      return absl::UnavailableError("cannot connect");
    }
    const int one = 1;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (tls) {
      connection->ssl = SSL_new(tls);
      SSL_set_fd(connection->ssl, connection->fd);
      if (SSL_connect(connection->ssl) != 1) return absl::UnavailableError("no TLS handshake");
    }
    fcntl(connection->fd, F_SETFL, fcntl(connection->fd, F_GETFL) | O_NONBLOCK);
    nghttp2_session_client_new(&connection->session, callbacks, connection.get());
    nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 24}};
    nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, settings, 1);
    nghttp2_session_set_local_window_size(connection->session, NGHTTP2_FLAG_NONE, 0, 1 << 28);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = connection.get()}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, connection->fd, &event);
    connections.push_back(std::move(connection));
  }
  nghttp2_session_callbacks_del(callbacks);
  return absl::OkStatus();
}

nghttp2_nv Header(std::string_view name, std::string_view value, bool index = true) {
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
          value.size(),
          static_cast<std::uint8_t>(index ? NGHTTP2_NV_FLAG_NONE : NGHTTP2_NV_FLAG_NO_INDEX)};
}

void Generator::Submit(Connection& connection, Time::time_point intended) {
  auto* stream = new Stream;
  const std::uint64_t n = next_call++;
  const std::string message = options.body(n);
  const std::uint32_t size = htonl(static_cast<std::uint32_t>(message.size()));
  stream->body.assign(1, '\0');
  stream->body.append(reinterpret_cast<const char*>(&size), 4).append(message);
  stream->intended = intended;
  const std::string token = options.authorization ? options.authorization(n) : "";
  nghttp2_nv headers[] = {
      Header(":method", "POST"),         Header(":scheme", tls ? "https" : "http"),
      Header(":authority", "localhost"), Header(":path", options.path),
      Header("te", "trailers"),          Header("content-type", "application/grpc"),
      Header("authorization", token)};
  nghttp2_data_provider provider{{.ptr = stream}, ReadBody};
  const std::size_t count = std::size(headers) - (token.empty() ? 1 : 0);
  nghttp2_submit_request(connection.session, nullptr, headers, count, &provider, stream);
  ++connection.open;
}

// Closed loop: the next call, unless all that were asked for are made.
void Generator::SubmitNext(Connection& connection) {
  if (options.calls > 0 && next_call >= options.warm_up_calls + options.calls) return;
  Submit(connection, Time::now());
}

void Generator::OnStreamClosed(Connection& connection, Stream& stream) {
  --connection.open;
  ++answered;
  if (measuring) {
    ++result.calls;
    latencies_us.push_back(
        std::chrono::duration<float, std::micro>(Time::now() - stream.intended).count());
    if (stream.status != 0) {
      if (result.failed++ == 0) {
        result.first_failure = std::to_string(stream.status) + " " + stream.message;
      }
    }
  }
  if (!stopping && options.calls_per_second == 0) SubmitNext(connection);
}

// Takes what arrived, hands it to HTTP/2, sends what HTTP/2 wants to send.
absl::Status Generator::Pump(Connection& connection) {
  std::uint8_t buffer[64 * 1024];
  for (;;) {
    const auto count = connection.ssl
                           ? SSL_read(connection.ssl, buffer, sizeof buffer)
                           : static_cast<int>(recv(connection.fd, buffer, sizeof buffer, 0));
    if (count == 0) return absl::UnavailableError("the server closed a connection");
    if (count < 0) break;
    if (nghttp2_session_mem_recv(connection.session, buffer, static_cast<std::size_t>(count)) < 0) {
      return absl::InternalError("HTTP/2 error");
    }
  }
  for (;;) {
    if (connection.out.empty()) {
      const std::uint8_t* data;
      while (connection.out.size() < 32 * 1024) {
        const auto count = nghttp2_session_mem_send(connection.session, &data);
        if (count <= 0) break;
        connection.out.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(count));
      }
      if (connection.out.empty()) break;
    }
    const int size = static_cast<int>(connection.out.size());
    const auto sent = connection.ssl ? SSL_write(connection.ssl, connection.out.data(), size)
                                     : static_cast<int>(send(connection.fd, connection.out.data(),
                                                             connection.out.size(), MSG_NOSIGNAL));
    if (sent <= 0) break;
    connection.out.erase(0, static_cast<std::size_t>(sent));
  }
  const bool wanted = !connection.out.empty();
  if (wanted != connection.writable_wanted) {
    connection.writable_wanted = wanted;
    epoll_event event{.events = EPOLLIN | (wanted ? EPOLLOUT : 0u), .data = {.ptr = &connection}};
    epoll_ctl(epoll, EPOLL_CTL_MOD, connection.fd, &event);
  }
  return absl::OkStatus();
}

absl::Status Generator::Run(const std::function<void(bool)>& on_window) {
  const auto seconds = [](double s) {
    return std::chrono::duration_cast<Time::duration>(std::chrono::duration<double>(s));
  };
  const auto start = Time::now();
  const auto begin = start + seconds(options.warm_up_seconds);
  auto end = Time::time_point::max();
  auto arrival = start;
  std::exponential_distribution<double> gap(std::max(options.calls_per_second, 1e-9));
  if (options.calls_per_second == 0) {
    for (auto& connection : connections) {
      for (int i = 0; i < options.in_flight; ++i) SubmitNext(*connection);
    }
  }
  for (auto& connection : connections) {
    if (auto status = Pump(*connection); !status.ok()) return status;
  }
  std::size_t turn = 0;
  std::vector<epoll_event> events(connections.size());
  auto measured_from = begin;
  for (;;) {
    const auto now = Time::now();
    if (!measuring && now >= begin && answered >= options.warm_up_calls) {
      measuring = true;
      measured_from = now;
      if (options.calls == 0) end = now + seconds(options.seconds);
      on_window(true);
    }
    const bool all = options.calls > 0 && result.calls >= options.calls;
    if (measuring && (all || now >= end)) {
      measuring = false;
      stopping = true;
      result.seconds = std::chrono::duration<double>(now - measured_from).count();
      on_window(false);
      return absl::OkStatus();
    }
    int timeout_ms = 10;
    if (options.calls_per_second > 0) {
      while (arrival <= now) {
        Connection& connection = *connections[turn++ % connections.size()];
        Submit(connection, arrival);
        if (auto status = Pump(connection); !status.ok()) return status;
        arrival += seconds(gap(random));
      }
      timeout_ms = arrival - now > std::chrono::milliseconds(1) ? 1 : 0;
    }
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), timeout_ms);
    for (int i = 0; i < count; ++i) {
      auto status = Pump(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
      if (!status.ok()) return status;
    }
  }
}

double Quantile(std::vector<float>& values, double q) {
  if (values.empty()) return 0;
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options,
                                   const std::function<void(bool begins)>& on_window) {
  Generator generator(options);
  if (auto status = generator.Connect(); !status.ok()) return status;
  if (auto status = generator.Run(on_window); !status.ok()) return status;
  LoadResult result = generator.result;
  result.calls_per_second = static_cast<double>(result.calls) / result.seconds;
  result.p50_us = Quantile(generator.latencies_us, 0.50);
  result.p99_us = Quantile(generator.latencies_us, 0.99);
  return result;
}

}  // namespace rapport::bench
