#include "cli/last_words.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>

namespace rapport::cli {
namespace {

struct Words {
  std::array<char, 500> text{};
  std::size_t size = 0;
};

// The handler reads one while the other is written.
std::array<Words, 2> words;
std::atomic<int> current = 0;
std::atomic<int> where = -1;
static_assert(std::atomic<int>::is_always_lock_free);

// Only what a signal handler may do.
extern "C" void SayAndObey(int signal) {
  const Words& last = words[static_cast<std::size_t>(current.load())];
  if (write(where.load(), last.text.data(), last.size) < 0) _exit(128 + signal);
  struct sigaction obeys{};
  obeys.sa_handler = SIG_DFL;
  sigaction(signal, &obeys, nullptr);
  raise(signal);
}

}  // namespace

LastWords::LastWords(int out) {
  where = out;
  struct sigaction says{};
  says.sa_handler = SayAndObey;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) sigaction(kSignals[i], &says, nullptr);
  }
}

void LastWords::Are(std::string_view said) {
  const int next = 1 - current.load();
  Words& last = words[static_cast<std::size_t>(next)];
  last.size = std::min(said.size(), last.text.size());
  std::copy_n(said.begin(), last.size, last.text.begin());
  current = next;
}

LastWords::~LastWords() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    sigaction(kSignals[i], &before_[i], nullptr);
  }
  Are({});
}

}  // namespace rapport::cli
