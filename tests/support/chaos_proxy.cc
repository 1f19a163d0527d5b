#include "support/chaos_proxy.h"

#include "support/resp.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace rapport::support {
namespace {

constexpr std::size_t kMostHeld = 256;  // chunks a way; more stay in the sender's socket

// Closing it sends a reset instead of an orderly end.
void ResetOnClose(const Socket& socket) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket.fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace

ChaosProxy::ChaosProxy(SocketAddress listen, SocketAddress upstream)
    : upstream_(std::move(upstream)),
      listener_(Listen(listen)),
      port_(listen.unix_socket.empty() ? PortOf(listener_) : 0),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      thread_([this] { Run(); }) {}

ChaosProxy::~ChaosProxy() {
  Change([&](Faults&) { stopping_ = true; });
  thread_.join();
  close(wake_);
}

template <typename Set>
void ChaosProxy::Change(Set&& set) {
  {
    std::lock_guard lock(mutex_);
    set(faults_);
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_, &one, sizeof one);
}

void ChaosProxy::Refuse(bool on) {
  Change([&](Faults& f) { f.refuse = on; });
}
void ChaosProxy::StallRequests(bool on) {
  Change([&](Faults& f) { f.stall_requests = on; });
}
void ChaosProxy::StallReplies(bool on) {
  Change([&](Faults& f) { f.stall_replies = on; });
}
void ChaosProxy::Delay(std::chrono::milliseconds time) {
  Change([&](Faults& f) { f.delay = time; });
}
void ChaosProxy::Cut() {
  Change([&](Faults& f) { f.cut = true; });
}
void ChaosProxy::CutAfter(std::size_t reply_bytes) {
  Change([&](Faults& f) { f.cut_after = reply_bytes; });
}
void ChaosProxy::ShuffleReplies(bool on, std::uint32_t seed) {
  Change([&](Faults& f) {
    f.shuffle = on;
    f.seed = seed;
  });
}
void ChaosProxy::LoseOneReply() {
  Change([&](Faults& f) { ++f.lose; });
}
void ChaosProxy::LoseCommits(double share, std::uint32_t seed) {
  Change([&](Faults& f) {
    f.lose_commits = share;
    f.seed = seed;
  });
}
void ChaosProxy::Inject(const std::string& reply) {
  Change([&](Faults& f) { f.inject += reply; });
}

// What holds from now on, and what is to happen once.
ChaosProxy::Faults ChaosProxy::TakeFaults() {
  std::lock_guard lock(mutex_);
  Faults now = faults_;
  faults_.cut = false;
  faults_.inject.clear();
  if (faults_.seed) random_.seed(*std::exchange(faults_.seed, std::nullopt));
  lose_ += std::exchange(faults_.lose, 0);
  if (faults_.cut_after > 0) cut_after_ = std::exchange(faults_.cut_after, 0);
  return now;
}

void ChaosProxy::Run() {
  for (;;) {
    const Faults faults = TakeFaults();
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    Accept(faults);
    for (Pipe& pipe : pipes_) {
      if (!faults.inject.empty()) pipe.replies.held.push_back({Time{}, faults.inject});
      const bool whole = Read(pipe.requests, faults, false) && Read(pipe.replies, faults, true) &&
                         (faults.stall_requests || Write(pipe.requests, false)) &&
                         (faults.stall_replies || Write(pipe.replies, true));
      pipe.over = !whole || faults.cut || (pipe.requests.closed && pipe.replies.closed);
      if (!whole || faults.cut) {
        ResetOnClose(pipe.client);
        ResetOnClose(pipe.server);
      }
    }
    pipes_.remove_if([](const Pipe& pipe) { return pipe.over; });
    Wait(faults);
  }
}

void ChaosProxy::Accept(const Faults& faults) {
  for (;;) {
    Socket client(accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!client) return;
    if (faults.refuse) continue;
    Socket server = ConnectTo(upstream_);
    if (!server) continue;
    ++connections_;
    pipes_.emplace_back(std::move(client), std::move(server));
  }
}

// False: the connection broke.
bool ChaosProxy::Read(Way& way, const Faults& faults, bool is_reply) {
  char bytes[16'384];
  while (way.held.size() < kMostHeld && !way.ended) {
    const ssize_t got = recv(way.from.fd(), bytes, sizeof bytes, 0);
    way.ended = got == 0;
    if (way.ended) break;
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    const std::string_view part(bytes, static_cast<std::size_t>(got));
    if (is_reply && Loses(part, faults)) return false;
    const Time due = std::chrono::steady_clock::now() + faults.delay;
    if (is_reply && (faults.shuffle || lose_ > 0 || !way.partial.empty())) {
      way.partial += part;
      way.held.push_back({due, Tamper(way, faults)});
    } else {
      way.held.push_back({due, std::string(part)});
    }
  }
  return true;
}

// The server sends a transaction's last answer in one piece, when it has committed.
bool ChaosProxy::Loses(std::string_view replies, const Faults& faults) {
  using std::string_view_literals::operator""sv;
  if (faults.lose_commits <= 0 || replies.find("C\0\0\0\x0b"
                                               "COMMIT\0"sv) == replies.npos)
    return false;
  if (std::uniform_real_distribution<double>(0, 1)(random_) >= faults.lose_commits) return false;
  ++lost_commits_;
  return true;
}

// The complete replies in `way.partial`, fewer or in another order.
std::string ChaosProxy::Tamper(Way& way, const Faults& faults) {
  std::vector<std::string> replies;
  std::size_t at = 0;
  while (const std::size_t size = ReplyLength(std::string_view(way.partial).substr(at))) {
    if (lose_ > 0) {
      --lose_;
    } else {
      replies.push_back(way.partial.substr(at, size));
    }
    at += size;
  }
  way.partial.erase(0, at);
  if (faults.shuffle) std::shuffle(replies.begin(), replies.end(), random_);
  std::string all;
  for (const std::string& reply : replies) all += reply;
  return all;
}

bool ChaosProxy::Write(Way& way, bool is_reply) {
  while (!way.held.empty() && way.held.front().due <= std::chrono::steady_clock::now()) {
    std::string& bytes = way.held.front().bytes;
    std::size_t size = bytes.size();
    const bool cuts = is_reply && cut_after_ > 0 && size >= cut_after_;
    if (cuts) size = cut_after_;
    const ssize_t sent = send(way.to.fd(), bytes.data(), size, MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    if (is_reply && cut_after_ > 0) cut_after_ -= static_cast<std::size_t>(sent);
    if (cuts && cut_after_ == 0) return false;
    bytes.erase(0, static_cast<std::size_t>(sent));
    if (bytes.empty()) way.held.pop_front();
  }
  if (way.ended && way.held.empty() && !way.closed) {
    shutdown(way.to.fd(), SHUT_WR);
    way.closed = true;
  }
  return true;
}

// Until bytes come, can go or are due, or faults change.
void ChaosProxy::Wait(const Faults& faults) {
  std::vector<pollfd> fds = {{wake_, POLLIN, 0}, {listener_.fd(), POLLIN, 0}};
  int timeout_ms = -1;
  const auto watch = [&](const Way& way, bool stalled) {
    if (way.held.size() < kMostHeld && !way.ended) fds.push_back({way.from.fd(), POLLIN, 0});
    if (stalled || way.held.empty()) return;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        way.held.front().due - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      fds.push_back({way.to.fd(), POLLOUT, 0});
    } else {
      const int ms = static_cast<int>(left.count());
      timeout_ms = timeout_ms < 0 ? ms : std::min(timeout_ms, ms);
    }
  };
  for (const Pipe& pipe : pipes_) {
    watch(pipe.requests, faults.stall_requests);
    watch(pipe.replies, faults.stall_replies);
  }
  poll(fds.data(), fds.size(), timeout_ms);
  std::uint64_t ignored;
  [[maybe_unused]] const auto got = read(wake_, &ignored, sizeof ignored);
}

}  // namespace rapport::support
