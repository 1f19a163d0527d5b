#include "platform/runtime/start_pages.h"

#include <gtest/gtest.h>
#include <link.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <string>

namespace rapport::runtime {
namespace {

// Of files: program and libraries. KiB.
long ResidentOfFiles() {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;) {
    long kib = 0;
    if (word == "RssFile:" && file >> kib) return kib;
  }
  return -1;
}

struct Seen {
  unsigned sum = 0;
  long pages = 0;
};

// Between variables too, where AddressSanitizer allows nobody to read.
__attribute__((no_sanitize("address"))) void ReadOne(std::size_t at, Seen& seen) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr)
  seen.sum += *reinterpret_cast<const volatile unsigned char*>(at);
  ++seen.pages;
}

// Reads every page of code and constants; the sum of what it saw. Sets `pages`.
unsigned ReadAll(long& pages) {
  Seen seen;
  ::dl_iterate_phdr(
      [](dl_phdr_info* object, std::size_t, void* to) {
        auto& into = *static_cast<Seen*>(to);
        for (int i = 0; i < object->dlpi_phnum; ++i) {
          const ElfW(Phdr)& segment = object->dlpi_phdr[i];
          if (segment.p_type != PT_LOAD || (segment.p_flags & (PF_W | PF_R)) != PF_R) continue;
          const std::size_t begin = object->dlpi_addr + segment.p_vaddr;
          for (std::size_t at = begin; at < begin + segment.p_filesz; at += 4096) ReadOne(at, into);
        }
        return 0;
      },
      &seen);
  pages = seen.pages;
  return seen.sum;
}

TEST(StartPages, AreGivenBackAndComeAgainWithTheSameContent) {
  long pages = 0;
  const unsigned before = ReadAll(pages);
  const long held = ResidentOfFiles();
  ASSERT_GE(held, 3 * pages);  // of 4 KiB each, a few shared ones apart

  ReleaseStartPages();

  EXPECT_LT(ResidentOfFiles(), held / 2);
  EXPECT_EQ(ReadAll(pages), before);
}

// Written by the loader, and then read only.
const char* const kRelocated[] = {"one", "two"};

TEST(StartPages, LeaveWhatTheLoaderWrote) {
  const char* const* const volatile relocated = kRelocated;
  ReleaseStartPages();
  EXPECT_STREQ(relocated[0], "one");
  EXPECT_STREQ(relocated[1], "two");
}

}  // namespace
}  // namespace rapport::runtime
