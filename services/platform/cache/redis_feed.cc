#include "platform/cache/redis_feed.h"

#include "platform/base/clock.h"
#include "platform/base/signals.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rapport::cache {
namespace {

using std::chrono_literals::operator""ms;

constexpr char kChannel[] = "__redis__:invalidate";
constexpr auto kPingEvery = 250ms;
constexpr auto kPause = 1'000ms;
// For the answers before the messages come, and for a ping's.
constexpr timeval kAnswer{.tv_sec = 1, .tv_usec = 0};
// Of messages that came and were not understood yet: a flood is as good as no message.
constexpr std::size_t kMostUnread = 16u << 20;

using Connection = std::unique_ptr<redisContext, decltype(&redisFree)>;
using Reply = std::unique_ptr<redisReply, decltype(&freeReplyObject)>;

std::string_view TextOf(const redisReply* reply) {
  return reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS
             ? std::string_view(reply->str, static_cast<std::size_t>(reply->len))
             : std::string_view();
}

bool Append(redisContext& connection, const std::vector<std::string>& words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  return redisAppendCommandArgv(&connection, static_cast<int>(words.size()), texts.data(),
                                sizes.data()) == REDIS_OK;
}

// Sends a command and waits for its answer; null when there is none.
Reply Ask(redisContext& connection, const std::vector<std::string>& words) {
  void* answer = nullptr;
  if (Append(connection, words)) redisGetReply(&connection, &answer);
  return {static_cast<redisReply*>(answer), &freeReplyObject};
}

bool IsOk(const Reply& reply) { return reply && TextOf(reply.get()) == "OK"; }

}  // namespace

RedisFeed::RedisFeed(RedisAddress address, RedisLogin login, Coherence& coherence)
    : address_(std::move(address)),
      login_(std::move(login)),
      coherence_(coherence),
      stop_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (stop_ < 0) return;  // No feed: nothing is believed.
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "redis-feed");
}

RedisFeed::~RedisFeed() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(stop_, &one, sizeof one);
  if (thread_.joinable()) thread_.join();
  if (stop_ >= 0) close(stop_);
}

void RedisFeed::Run() {
  BlockSignals();
  for (;;) {
    const Connection connection(
        address_.unix_socket.empty()
            ? redisConnectWithTimeout(address_.host.c_str(), address_.port, kAnswer)
            : redisConnectUnixWithTimeout(address_.unix_socket.c_str(), kAnswer),
        &redisFree);
    if (connection && connection->err == 0) Follow(*connection);
    coherence_.End();
    if (pollfd stop{.fd = stop_, .events = POLLIN, .revents = 0};
        poll(&stop, 1, static_cast<int>(kPause.count())) != 0) {
      return;
    }
  }
}

bool RedisFeed::Subscribe(redisContext& connection) {
  if (redisSetTimeout(&connection, kAnswer) != REDIS_OK) return false;
  const auto login = AuthWords(login_);
  if (!login.ok() || (!login->empty() && !IsOk(Ask(connection, *login)))) return false;
  const Reply id = Ask(connection, {"CLIENT", "ID"});
  if (!id || id->type != REDIS_REPLY_INTEGER) return false;
  if (!IsOk(Ask(connection, {"CLIENT", "TRACKING", "ON", "REDIRECT", std::to_string(id->integer),
                             "BCAST", "PREFIX", "rapport/"}))) {
    return false;
  }
  const Reply subscribed = Ask(connection, {"SUBSCRIBE", kChannel});
  return subscribed && subscribed->type == REDIS_REPLY_ARRAY && subscribed->elements == 3 &&
         TextOf(subscribed->element[0]) == "subscribe";
}

void RedisFeed::Follow(redisContext& connection) {
  const TimePoint asked = SteadyClock::now();
  if (!Subscribe(connection)) return;
  pinged_ = {};
  coherence_.Begin(asked);
  for (TimePoint next = asked;;) {
    const TimePoint now = SteadyClock::now();
    if (now >= next) {
      if (pinged_ != TimePoint() && now - pinged_ >= Coherence::kBelief) return;
      if (pinged_ == TimePoint()) {
        pinged_ = now;
        int sent = 0;
        if (!Append(connection, {"PING"})) return;
        while (sent == 0) {
          if (redisBufferWrite(&connection, &sent) != REDIS_OK) return;
        }
      }
      next = now + kPingEvery;
    }
    std::array<pollfd, 2> polled{{{.fd = stop_, .events = POLLIN, .revents = 0},
                                  {.fd = connection.fd, .events = POLLIN, .revents = 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - SteadyClock::now());
    poll(polled.data(), polled.size(), static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (polled[0].revents != 0) return;
    if (polled[1].revents != 0 && !Hear(connection)) return;
  }
}

bool RedisFeed::Hear(redisContext& connection) {
  if (redisBufferRead(&connection) != REDIS_OK) return false;
  for (;;) {
    void* next = nullptr;
    if (redisReaderGetReply(connection.reader, &next) != REDIS_OK) return false;
    if (next == nullptr) break;
    const Reply message(static_cast<redisReply*>(next), &freeReplyObject);
    if (!Understand(*message)) return false;
  }
  return connection.reader->len - connection.reader->pos <= kMostUnread;
}

bool RedisFeed::Understand(const redisReply& message) {
  if (message.type != REDIS_REPLY_ARRAY || message.elements < 2) return false;
  const std::string_view what = TextOf(message.element[0]);
  if (what == "pong") {
    coherence_.Confirm(std::exchange(pinged_, TimePoint()));
    return true;
  }
  if (what != "message" || message.elements != 3 || TextOf(message.element[1]) != kChannel) {
    return false;
  }
  const redisReply& keys = *message.element[2];
  if (keys.type == REDIS_REPLY_NIL) {  // Redis was emptied.
    coherence_.Forget();
    return true;
  }
  if (keys.type != REDIS_REPLY_ARRAY) return false;
  for (std::size_t i = 0; i < keys.elements; ++i) coherence_.Changed(TextOf(keys.element[i]));
  return true;
}

}  // namespace rapport::cache
