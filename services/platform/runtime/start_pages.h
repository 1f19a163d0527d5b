// What only the start of a process needed of its program and libraries.
#pragma once

namespace rapport::runtime {

// Called once, when the process is ready: takes every page of code and constants out of the
// process. What it goes on using comes back from the page cache with the first touch (for all of it
// together below a millisecond); relocations, tables of libraries, parsing of descriptors and
// configuration don't, which is half of what an idle process holds. Nothing written is touched.
// Thread-safe.
void ReleaseStartPages();

}  // namespace rapport::runtime
