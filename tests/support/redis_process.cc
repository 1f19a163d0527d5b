#include "support/redis_process.h"

#include "support/eventually.h"

#include <hiredis/hiredis.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>

namespace rapport::support {
namespace {

using Context = std::unique_ptr<redisContext, void (*)(redisContext*)>;

std::string TextOf(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      return std::to_string(reply.integer);
    case REDIS_REPLY_NIL:
      return {};
    case REDIS_REPLY_ERROR:
      return "(error) " + std::string(reply.str, reply.len);
    case REDIS_REPLY_ARRAY: {
      std::string all;
      for (std::size_t i = 0; i < reply.elements; ++i) {
        if (i > 0) all += '\n';
        all += TextOf(*reply.element[i]);
      }
      return all;
    }
    default:
      return std::string(reply.str, reply.len);
  }
}

std::string Ask(redisContext& context, const std::vector<std::string>& words) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  const std::unique_ptr<redisReply, void (*)(void*)> reply(
      static_cast<redisReply*>(
          redisCommandArgv(&context, static_cast<int>(words.size()), texts.data(), sizes.data())),
      freeReplyObject);
  return reply ? TextOf(*reply) : "(no reply)";
}

std::string Contents(const std::string& path) {
  std::ostringstream all;
  all << std::ifstream(path).rdbuf();
  return all.str();
}

}  // namespace

RedisProcess::RedisProcess(Options options) : options_(std::move(options)) {
  if (options_.start) Start();
}

void RedisProcess::Start() {
  // Everything that allocates happens before the fork: other threads may hold the heap's lock.
  std::vector<std::string> words = {"redis-server",
                                    "--bind",
                                    "127.0.0.1",
                                    "--port",
                                    std::to_string(port()),
                                    "--unixsocket",
                                    socket(),
                                    "--unixsocketperm",
                                    "700",
                                    "--dir",
                                    folder_.path(),
                                    "--logfile",
                                    folder_ / "redis.log",
                                    "--save",
                                    "",
                                    "--appendonly",
                                    "no",
                                    "--enable-debug-command",
                                    "local"};
  words.insert(words.end(), options_.arguments.begin(), options_.arguments.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == parent) execvp(arguments[0], arguments.data());
    _exit(127);
  }
  if (pid_ < 0) throw std::runtime_error("can't fork");
  const bool answers = Eventually([&] {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = -1;
      throw std::runtime_error("redis-server ended at once (is it installed?): " +
                               Contents(folder_ / "redis.log"));
    }
    return Answers();
  });
  if (!answers) throw std::runtime_error("redis-server does not answer");
}

void RedisProcess::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void RedisProcess::Suspend() { kill(pid_, SIGSTOP); }
void RedisProcess::Resume() { kill(pid_, SIGCONT); }

bool RedisProcess::Answers() const {
  const Context context(redisConnectUnix(socket().c_str()), redisFree);
  if (!context || context->err != 0) return false;
  const std::string reply = Ask(*context, {"PING"});
  return reply == "PONG" || reply.find("NOAUTH") != std::string::npos;
}

std::string RedisProcess::Run(const std::vector<std::string>& words) const {
  const Context context(redisConnectUnix(socket().c_str()), redisFree);
  if (!context || context->err != 0) throw std::runtime_error("no connection to redis-server");
  if (!options_.password.empty()) Ask(*context, {"AUTH", options_.password});
  return Ask(*context, words);
}

}  // namespace rapport::support
