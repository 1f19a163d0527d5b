#include "platform/runtime/start_pages.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <span>
#include <string_view>

namespace rapport::runtime {
namespace {

int ReleaseObject(dl_phdr_info* object, std::size_t, void*) {
  if (std::string_view(object->dlpi_name).starts_with("linux-vdso"))
    return 0;  // no file of its own
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  for (const ElfW(Phdr) & segment : std::span(object->dlpi_phdr, object->dlpi_phnum)) {
    // What may be written, relocated constants included, is not in the file as it is here.
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::size_t at = object->dlpi_addr + segment.p_vaddr;
    const std::size_t begin = (at + page - 1) / page * page;
    const std::size_t end = (at + segment.p_memsz) / page * page;
    if (end <= begin) continue;
    // The loader tells addresses as numbers: NOLINTNEXTLINE(performance-no-int-to-ptr)
    ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);  // refused: they stay
  }
  return 0;
}

}  // namespace

void ReleaseStartPages() { ::dl_iterate_phdr(&ReleaseObject, nullptr); }

}  // namespace rapport::runtime
