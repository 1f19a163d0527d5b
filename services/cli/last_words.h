// LastWords: what is said when somebody ends a long job in the middle (Ctrl-C, SIGTERM): how far it
// came, and how it goes on. The signal then ends the program as it would have. A signal that was
// ignored before (nohup) stays so. One at a time.
#pragma once

#include <array>
#include <csignal>
#include <string_view>

namespace rapport::cli {

class LastWords {
 public:
  // `out`: a file descriptor.
  explicit LastWords(int out);
  ~LastWords();
  // From now on these; at most 500 bytes of them.
  static void Are(std::string_view words);
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;

 private:
  static constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};

  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace rapport::cli
