// Random bytes never repeat: not between calls, threads, or a process and its fork.
#include "platform/crypto/random.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace rapport::crypto {
namespace {

std::string Take(std::size_t size) {
  std::string bytes(size, '\0');
  RandomBytes(bytes.data(), size);
  return bytes;
}

TEST(RandomBytes, DoNotRepeatAcrossThreads) {
  std::mutex mutex;
  std::set<std::string> seen;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i) {
        std::string bytes = Take(16);
        std::lock_guard lock(mutex);
        EXPECT_TRUE(seen.insert(std::move(bytes)).second);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen.size(), 8'000u);
}

TEST(RandomBytes, FillsRequestsOfAnySizeToTheEnd) {
  for (const std::size_t size : {1u, 31u, 4'096u, 4'097u, 100'000u}) {
    // All bytes of a tail of 16 being zero has probability 2^-128.
    const std::string bytes = Take(size + 16);
    EXPECT_NE(bytes.substr(size), std::string(16, '\0'));
  }
}

TEST(RandomBytes, AForkedChildGetsOthersThanItsParent) {
  Take(16);  // the pool is full now and would be inherited
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const std::string bytes = Take(16);
    _exit(write(ends[1], bytes.data(), bytes.size()) == 16 ? 0 : 1);
  }
  const std::string mine = Take(16);
  std::string theirs(16, '\0');
  ASSERT_EQ(read(ends[0], theirs.data(), theirs.size()), 16);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  close(ends[0]);
  close(ends[1]);
  EXPECT_NE(mine, theirs);
}

}  // namespace
}  // namespace rapport::crypto
