#include "platform/cache/redis_loop.h"

#include "platform/base/signals.h"
#include "platform/cache/redis_login.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <utility>

namespace rapport::cache {
namespace {

// Fences that are repeated in one go: few enough that Redis answers them all in time.
constexpr std::size_t kPaidAtOnce = 256;

std::size_t SizeOf(const SharedCache::Command& command) {
  return command.key.size() + command.value.size();
}

}  // namespace

RedisLoop::RedisLoop(RedisCache::Options options, CacheStats& stats)
    : options_(std::move(options)),
      stats_(stats),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      owed_(limits::kRedisFencesOwed),
      connection_(epoll_, *this),
      breaker_(std::random_device{}()) {
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) return;  // No loop: always a miss.
  thread_ = std::thread([this] { Run(); });
}

RedisLoop::~RedisLoop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  Wake();
  if (thread_.joinable()) thread_.join();
  close(wake_);
  close(epoll_);
}

bool RedisLoop::Start(Command& command) {
  const std::size_t size = SizeOf(command);
  bool first;
  {
    std::lock_guard lock(mutex_);
    const bool room = commands_ < options_.most_commands && bytes_ + size <= options_.most_bytes;
    if (!ready_ || !room) {
      if (ready_) ++stats_.dropped;
      if (command.kind == Command::Kind::kGet) ++stats_.misses;
      if (command.kind == Command::Kind::kFence) OweLocked(command);
      return false;
    }
    ++commands_;
    bytes_ += size;
    first = queue_.empty();
    queue_.push_back(&command);
  }
  if (first) Wake();
  return true;
}

void RedisLoop::Distrust() {
  {
    std::lock_guard lock(mutex_);
    if (!ready_) return;
    distrusted_ = true;
  }
  Wake();
}

bool RedisLoop::ready() const {
  std::lock_guard lock(mutex_);
  return ready_;
}

void RedisLoop::Wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_, &one, sizeof one);
}

void RedisLoop::Run() {
  BlockSignals();
  for (bool stopping = false; !stopping || (state_ == State::kReady && !awaited_.empty());) {
    if (state_ == State::kClosed && SteadyClock::now() >= next_connect_ && !stopping) Connect();
    Wait();
    stopping = TakeQueue();
    SendBatch();
    connection_.Flush();
    if (state_ != State::kClosed && IsBad()) Lose();
    ResumeDone();
  }
  Lose();
  ResumeDone();
}

void RedisLoop::ResumeDone() {
  // What start-up resumes here may add to the list.
  std::vector<Continuation> done;
  done.swap(done_);
  PostByHome(done);
}

// Sleeps until something is to be done; reads what came.
void RedisLoop::Wait() {
  int timeout_ms = -1;
  if (state_ == State::kClosed || !awaited_.empty()) {
    const auto until = state_ == State::kClosed ? next_connect_ : awaited_.front().due;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
    timeout_ms = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
  }
  epoll_event events[2];
  const int count = epoll_wait(epoll_, events, 2, timeout_ms);
  readable_ = false;
  for (int i = 0; i < count; ++i) {
    if (events[i].data.ptr == nullptr) {
      std::uint64_t ignored;
      [[maybe_unused]] const auto got = read(wake_, &ignored, sizeof ignored);
    } else if (connection_.is_open()) {
      readable_ = (events[i].events & EPOLLIN) != 0;
      connection_.OnEvents(events[i].events);
    }
  }
}

void RedisLoop::Connect() {
  state_ = State::kGreeting;
  if (!connection_.Open(options_.address) || !Greet()) Lose();
}

bool RedisLoop::Greet() {
  const auto due = SteadyClock::now() + limits::kRedisGreeting;
  const auto login = AuthWords(options_.login);
  if (!login.ok()) return false;
  if (!login->empty()) {
    connection_.Send(std::vector<std::string_view>(login->begin(), login->end()));
    awaited_.push_back({Awaited::What::kAuth, nullptr, due});
  }
  connection_.Send({"SCRIPT", "LOAD", kStoreScript});
  awaited_.push_back({Awaited::What::kScript, nullptr, due});
  return true;
}

// True when nothing more on this connection can be trusted or waited for. A reply that is past its
// time but can be read is late by our own fault, this thread had no processor; up to a point.
bool RedisLoop::IsBad() {
  if (!connection_.is_open() || nonsense_) return true;
  if (awaited_.empty()) return false;
  const auto grace = readable_ ? options_.reply_limit : std::chrono::milliseconds(0);
  if (SteadyClock::now() <= awaited_.front().due + grace) return false;
  ++stats_.timeouts;
  return true;
}

// Gives up the connection: everyone who waits gets a miss, fences are owed.
void RedisLoop::Lose() {
  if (state_ == State::kClosed) return;
  connection_.Close();
  state_ = State::kClosed;
  nonsense_ = false;
  ++stats_.errors;
  {
    std::lock_guard lock(mutex_);
    ready_ = distrusted_ = false;
    batch_.insert(batch_.end(), queue_.begin(), queue_.end());
    queue_.clear();
  }
  for (const Awaited& awaited : awaited_) {
    if (awaited.command) Fail(*awaited.command);
  }
  awaited_.clear();
  for (Command* command : batch_) Fail(*command);
  batch_.clear();
  next_connect_ = SteadyClock::now() + breaker_.OnFailure();
  stats_.breaker_open = breaker_.open();
}

// Fills batch_ with what may be sent now. True: the cache is closing.
bool RedisLoop::TakeQueue() {
  std::lock_guard lock(mutex_);
  commands_ -= std::exchange(done_commands_, 0);
  bytes_ -= std::exchange(done_bytes_, 0);
  nonsense_ |= distrusted_;
  if (state_ == State::kReady) batch_.swap(queue_);
  if (state_ == State::kReady || (state_ == State::kPaying && awaited_.empty())) {
    owed_.Take(kPaidAtOnce, [&](std::string key, const OwedFences::Fence& fence) {
      auto command = std::make_unique<SharedCache::OwnedCommand>(
          Command::Kind::kFence, std::move(key), fence.order, std::string(), fence.ttl);
      ++commands_;
      bytes_ += SizeOf(*command);
      batch_.push_back(command.release());
    });
    if (state_ == State::kPaying && batch_.empty()) {
      state_ = State::kReady;
      ready_ = true;
      stats_.breaker_open = false;
    }
  }
  return stopping_;
}

void RedisLoop::SendBatch() {
  const auto due = SteadyClock::now() + options_.reply_limit;
  for (Command* command : batch_) {
    awaited_.push_back({Awaited::What::kCommand, command, due});
    if (connection_.is_open()) SendCommand(connection_, *command, script_sha_);
  }
  batch_.clear();
}

void RedisLoop::OnReply(RedisReply& reply) {
  if (nonsense_) return;  // The connection ends with this turn, and everyone who waits gets a miss.
  const Awaited awaited = awaited_.front();
  awaited_.pop_front();
  if (awaited.command) {
    OnAnswer(*awaited.command, reply);
  } else {
    OnGreeting(awaited, reply);
  }
}

void RedisLoop::OnGreeting(const Awaited& awaited, RedisReply& reply) {
  constexpr std::size_t kShaDigits = 40;
  const bool is_text = reply.type == RedisReply::Type::kText;
  if (awaited.what == Awaited::What::kAuth) {
    nonsense_ = !is_text || reply.text != "OK";
  } else if (is_text && reply.text.size() == kShaDigits) {
    script_sha_ = std::move(reply.text);
    state_ = State::kPaying;
  } else {
    nonsense_ = true;
  }
}

void RedisLoop::OnAnswer(Command& command, RedisReply& reply) {
  switch (ReadAnswer(reply, command)) {
    case Answer::kNonsense:
      nonsense_ = true;
      Fail(command);
      return;
    case Answer::kNoScript:
      SendCommand(connection_, command, {});
      awaited_.push_back(
          {Awaited::What::kCommand, &command, SteadyClock::now() + options_.reply_limit});
      return;
    case Answer::kError:
      ++stats_.errors;
      // A server that refuses fences may hold what they should have removed.
      if (command.kind == Command::Kind::kFence) nonsense_ = true;
      Fail(command);
      return;
    case Answer::kDone:
      breaker_.OnSuccess();
      if (command.kind == Command::Kind::kGet) ++(command.hit ? stats_.hits : stats_.misses);
      if (command.kind == Command::Kind::kPut && command.stored == SharedCache::Stored::kStale) {
        ++stats_.refused_stale;
      }
      Finish(command);
      return;
  }
}

void RedisLoop::Fail(Command& command) {
  if (command.kind == Command::Kind::kGet) ++stats_.misses;
  if (command.kind == Command::Kind::kFence) {
    std::lock_guard lock(mutex_);
    OweLocked(command);
  }
  Finish(command);
}

void RedisLoop::Finish(Command& command) {
  ++done_commands_;
  done_bytes_ += SizeOf(command);
  if (command.owned) {
    delete static_cast<SharedCache::OwnedCommand*>(&command);
  } else {
    done_.push_back(command.continuation);
  }
}

void RedisLoop::OweLocked(const Command& command) {
  if (!owed_.Add(command.key, command.order, command.ttl)) ++stats_.fences_lost;
}

}  // namespace rapport::cache
