// Standard error while this object lives, to look at what was logged.
#pragma once

#include "platform/runtime/telemetry/logs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

namespace rapport::support {

class CapturedLogs {
 public:
  CapturedLogs() {
    telemetry::FlushLogs();
    ::dup2(::fileno(file_), STDERR_FILENO);
  }
  ~CapturedLogs() {
    telemetry::FlushLogs();
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
    std::fclose(file_);
  }
  CapturedLogs(const CapturedLogs&) = delete;

  std::vector<std::string> Lines() const {
    telemetry::FlushLogs();
    std::string text(static_cast<std::size_t>(::lseek(::fileno(file_), 0, SEEK_END)), '\0');
    EXPECT_EQ(::pread(::fileno(file_), text.data(), text.size(), 0),
              static_cast<ssize_t>(text.size()));
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      lines.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return lines;
  }
  // The one line there is.
  std::string Only() const {
    const auto lines = Lines();
    EXPECT_EQ(lines.size(), 1u);
    return lines.empty() ? "{}" : lines.front();
  }

 private:
  std::FILE* const file_ = std::tmpfile();
  const int saved_ = ::dup(STDERR_FILENO);
};

}  // namespace rapport::support
