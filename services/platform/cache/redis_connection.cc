#include "platform/cache/redis_connection.h"

#include "platform/base/limits.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <sys/epoll.h>

#include <array>
#include <utility>

namespace rapport::cache {
namespace {

// A reply of the longest value, with room for what belongs to it.
constexpr std::size_t kMostUnparsed = limits::kCacheValueBytes + 4'096;
constexpr std::size_t kMostWords = 8;

}  // namespace

// What hiredis calls back. Replies are built in the connection's one RedisReply instead of on the
// heap. A null reply object makes hiredis close the connection; that is how arrays are refused, and
// replies that no command asked for, on which hiredis 0.14 would end the process with an assert.
struct RedisConnection::Hooks {
  static RedisReply* Reply(const redisReadTask* task, RedisReply::Type type) {
    auto& self = *static_cast<RedisConnection*>(task->privdata);
    if (self.unanswered_ == 0) return nullptr;
    self.reply_.type = type;
    return &self.reply_;
  }
  static void* CreateString(const redisReadTask* task, char* text, std::size_t size) {
    RedisReply* reply = Reply(
        task, task->type == REDIS_REPLY_ERROR ? RedisReply::Type::kError : RedisReply::Type::kText);
    if (reply) reply->text.assign(text, size);
    return reply;
  }
  static void* CreateArray(const redisReadTask*, int) { return nullptr; }
  static void* CreateInteger(const redisReadTask* task, long long value) {
    RedisReply* reply = Reply(task, RedisReply::Type::kInteger);
    if (reply) reply->integer = value;
    return reply;
  }
  static void* CreateNil(const redisReadTask* task) { return Reply(task, RedisReply::Type::kNil); }
  static void FreeObject(void*) {}

  static void OnReply(redisAsyncContext* context, void* reply, void*) {
    if (reply == nullptr) return;  // The connection is going; its owner asks is_open().
    auto& self = *static_cast<RedisConnection*>(context->data);
    --self.unanswered_;
    self.listener_.OnReply(*static_cast<RedisReply*>(reply));
  }

  static void AddRead(void* self) { static_cast<RedisConnection*>(self)->want_read_ = true; }
  static void DelRead(void* self) { static_cast<RedisConnection*>(self)->want_read_ = false; }
  // Never written from here: Flush writes everything at once.
  static void AddWrite(void* self) { static_cast<RedisConnection*>(self)->want_write_ = true; }
  static void DelWrite(void* self) { static_cast<RedisConnection*>(self)->want_write_ = false; }
  static void Cleanup(void* pointer) {
    auto& self = *static_cast<RedisConnection*>(pointer);
    epoll_ctl(self.epoll_, EPOLL_CTL_DEL, self.context_->c.fd, nullptr);
    self.context_ = nullptr;
  }
};

bool RedisConnection::Open(const RedisAddress& address) {
  static redisReplyObjectFunctions functions = {Hooks::CreateString, Hooks::CreateArray,
                                                Hooks::CreateInteger, Hooks::CreateNil,
                                                Hooks::FreeObject};
  redisAsyncContext* context = address.unix_socket.empty()
                                   ? redisAsyncConnect(address.host.c_str(), address.port)
                                   : redisAsyncConnectUnix(address.unix_socket.c_str());
  if (context == nullptr) return false;
  if (context->err != 0) {
    redisAsyncFree(context);
    return false;
  }
  context->c.reader->fn = &functions;
  context->c.reader->privdata = this;
  context->data = this;
  context->ev = {.data = this,
                 .addRead = Hooks::AddRead,
                 .delRead = Hooks::DelRead,
                 .addWrite = Hooks::AddWrite,
                 .delWrite = Hooks::DelWrite,
                 .cleanup = Hooks::Cleanup};
  context_ = context;
  connected_ = false;
  want_read_ = false;
  want_write_ = true;  // The first chance to write says that the connection is made.
  unanswered_ = 0;
  armed_ = EPOLLOUT;
  epoll_event event{.events = armed_, .data = {.ptr = this}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, context_->c.fd, &event);
  return true;
}

void RedisConnection::Close() {
  if (context_) redisAsyncFree(context_);
}

void RedisConnection::Send(std::span<const std::string_view> words) {
  std::array<const char*, kMostWords> texts;
  std::array<std::size_t, kMostWords> sizes;
  int count = 0;
  for (std::string_view word : words) {
    // hiredis copies nothing from a null pointer, but memcpy may not be given one.
    texts[count] = word.data() ? word.data() : "";
    sizes[count++] = word.size();
  }
  if (redisAsyncCommandArgv(context_, Hooks::OnReply, nullptr, count, texts.data(), sizes.data()) ==
      REDIS_OK) {
    ++unanswered_;
  }
}

void RedisConnection::OnEvents(std::uint32_t events) {
  if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0 && !connected_) {
    redisAsyncHandleWrite(context_);  // Settles whether the connection was made.
    connected_ = is_open();
  }
  if (is_open() && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) {
    redisAsyncHandleRead(context_);
    if (is_open() && context_->c.reader->len - context_->c.reader->pos > kMostUnparsed) Close();
  }
}

void RedisConnection::Flush() {
  if (context_ && connected_ && want_write_) redisAsyncHandleWrite(context_);
  if (context_ == nullptr) return;
  // What stays armed without need makes the loop spin, above all EPOLLOUT after a partial write.
  const std::uint32_t wanted = (want_read_ ? EPOLLIN : 0u) | (want_write_ ? EPOLLOUT : 0u);
  if (wanted == armed_) return;
  armed_ = wanted;
  epoll_event event{.events = armed_, .data = {.ptr = this}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, context_->c.fd, &event);
}

}  // namespace rapport::cache
