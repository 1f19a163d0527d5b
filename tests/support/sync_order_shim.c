// LD_PRELOAD: writes down in which order a program writes, syncs and answers, so that a test can
// prove that nothing was answered that was not on the disk. kill -9 can't show that: the kernel
// keeps what was written and not synced.
//
// SYNC_ORDER_TRACE names the trace. Only SQLite's logs are watched: files whose names end in
// SYNC_ORDER_FILE, by default "-wal". One line an event, in the order of the events, each with
// CLOCK_MONOTONIC nanoseconds and the thread:
//
//   NS TID D SIZE       the next page's bytes were appended to the file SYNC_ORDER_PAGES, if there
//                       is one: for data that has no marks
//   NS TID P MARKS...   a page of the log was written; MARKS that stand in it for the first time
//   NS TID C MARKS...   the same; it ends a transaction
//   NS TID B            a sync of the log begins
//   NS TID E RESULT     ... and has ended
//   NS TID A MARK       the program says that it answered: rapport_sync_order_answered(MARK)
//
// A mark is "MARK" and eight digits in the data. A write is noted after it, a sync before it, so
// that an order in the trace was an order in time.
//
// SYNC_ORDER_SLOW_US makes every sync take so much longer, so that an answer that does not wait for
// it is early by as much. SYNC_ORDER_SKIP=1 leaves syncs out, as synchronous=OFF does.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

enum { kMarks = 1 << 20, kFrameHeader = 24 };

static atomic_uchar seen[kMarks];
static _Thread_local int ends_transaction;  // says the frame header this thread wrote last

static int Trace(void) {
  static atomic_int trace = -1;
  if (trace < 0) {
    const char* path = getenv("SYNC_ORDER_TRACE");
    if (path == NULL) return -1;
    trace = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  return trace;
}

static void Note(char kind, const char* rest) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  char line[8192];
  const int size =
      snprintf(line, sizeof line, "%lld %d %c%s\n",
               (long long)now.tv_sec * 1000000000LL + now.tv_nsec, gettid(), kind, rest);
  // One write with O_APPEND: lines of several threads stay whole and in order.
  if (write(Trace(), line, (size_t)size) != size) abort();
}

static const char* Suffix(void) {
  const char* suffix = getenv("SYNC_ORDER_FILE");
  return suffix != NULL ? suffix : "-wal";
}

static int IsLog(int fd) {
  if (Trace() < 0) return 0;
  const size_t length = strlen(Suffix());
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path);
  return size > (ssize_t)length && memcmp(path + size - length, Suffix(), length) == 0;
}

static void KeepPage(const char* data, size_t size) {
  static atomic_int pages = -1;
  const char* path = getenv("SYNC_ORDER_PAGES");
  if (path == NULL) return;
  if (pages < 0) pages = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (write(pages, data, size) != (ssize_t)size) abort();
  char rest[32];
  snprintf(rest, sizeof rest, " %zu", size);
  Note('D', rest);
}

static void NotePage(const char* data, size_t size) {
  char marks[8000] = "";
  size_t used = 0;
  const char* at = data;
  while ((at = memmem(at, size - (size_t)(at - data), "MARK", 4)) != NULL) {
    at += 4;
    if (size - (size_t)(at - data) < 8) break;
    char digits[9] = "";
    memcpy(digits, at, 8);
    const long mark = atol(digits);
    if (mark < 0 || mark >= kMarks || atomic_exchange(&seen[mark], 1) != 0) continue;
    used += (size_t)snprintf(marks + used, sizeof marks - used, " %ld", mark);
  }
  Note(ends_transaction ? 'C' : 'P', marks);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  static ssize_t (*real)(int, const void*, size_t, off64_t);
  if (real == NULL)
    real = (ssize_t(*)(int, const void*, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  const ssize_t written = real(fd, data, size, at);
  if (written != (ssize_t)size || !IsLog(fd)) return written;
  const int error = errno;
  if (size == kFrameHeader) {
    // Bytes 4 to 7: pages of the database after the transaction that this frame ends, else 0.
    const unsigned char* header = data;
    ends_transaction = (header[4] | header[5] | header[6] | header[7]) != 0;
  } else if (size >= 512) {
    KeepPage(data, size);
    NotePage(data, size);
  }
  errno = error;
  return written;
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (real == NULL) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  if (!IsLog(fd)) return real(fd);
  if (getenv("SYNC_ORDER_SKIP") != NULL) return 0;
  Note('B', "");
  const char* slow = getenv("SYNC_ORDER_SLOW_US");
  if (slow != NULL) usleep((useconds_t)atoi(slow));
  const int result = real(fd);
  const int error = errno;
  Note('E', result == 0 ? " 0" : " -1");
  errno = error;
  return result;
}

void rapport_sync_order_answered(long mark) {
  char rest[32];
  snprintf(rest, sizeof rest, " %ld", mark);
  Note('A', rest);
}
