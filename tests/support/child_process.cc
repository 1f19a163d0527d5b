#include "support/child_process.h"

#include "support/scratch_folder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

extern char** environ;

namespace rapport::support {
namespace {

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  return pointers;
}

int CodeOf(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

pid_t Start(const ChildProcess::Options& options) {
  // Everything that allocates happens before the fork: other threads may hold the heap's lock.
  std::vector<std::string> arguments = options.arguments, variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (!options.environment.contains(text.substr(0, text.find('=')))) variables.push_back(text);
  }
  for (const auto& [name, value] : options.environment) variables.push_back(name + "=" + value);
  const std::vector<char*> argv = Pointers(arguments), envp = Pointers(variables);
  const int output = ::open(options.output.empty() ? "/dev/null" : options.output.c_str(),
                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (output < 0) throw std::runtime_error("can't write " + options.output);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    if (::getppid() == parent) ::execvpe(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  ::close(output);
  if (pid < 0) throw std::runtime_error("can't fork");
  return pid;
}

}  // namespace

ChildProcess::ChildProcess(const Options& options) : pid_(Start(options)) {}

ChildProcess::~ChildProcess() {
  if (ended_) return;
  ::kill(pid_, SIGKILL);
  Wait();
}

bool ChildProcess::Running() {
  if (ended_) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) != pid_) return true;
  ended_ = true;
  code_ = CodeOf(status);
  return false;
}

void ChildProcess::Signal(int signal) {
  if (!ended_) ::kill(pid_, signal);
}

int ChildProcess::Wait() {
  if (ended_) return code_;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  ended_ = true;
  return code_ = CodeOf(status);
}

std::string RunProgram(std::vector<std::string> arguments) {
  const ScratchFolder folder;
  const std::string output = folder / "output";
  const std::string name = arguments.front();
  const int code = ChildProcess({std::move(arguments), {}, output}).Wait();
  const std::string text = ReadText(output);
  if (code != 0)
    throw std::runtime_error(name + " ended with " + std::to_string(code) + ": " + text);
  return text;
}

}  // namespace rapport::support
