// LD_PRELOAD: makes file system calls fail, to see what a program does about it.
//
//   FAULT_CALL   names, comma-separated: fsync fdatasync pwrite ftruncate
//   FAULT_N      the N-th of these calls fails, counted from the start of the process; 1 is the
//   first FAULT_STICKY 1: every later one fails too FAULT_FLAG   a file: while it exists every such
//   call fails (beside FAULT_N) FAULT_PATH   only calls on files whose path contains this text
//   FAULT_ERRNO  a number; EIO without it
//   FAULT_FIRED  a file that is made when a call was failed
//
// A failed call does nothing of its work.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;

static long Number(const char* name, long otherwise) {
  const char* text = getenv(name);
  return text != NULL && *text != '\0' ? atol(text) : otherwise;
}

static int Named(const char* call) {
  const char* names = getenv("FAULT_CALL");
  if (names == NULL) return 0;
  const char* found = strstr(names, call);
  const size_t length = strlen(call);
  // "fsync" must not be found where no name begins or ends.
  return found != NULL && (found == names || found[-1] == ',') &&
         (found[length] == '\0' || found[length] == ',');
}

static int OnPath(int fd) {
  const char* part = getenv("FAULT_PATH");
  if (part == NULL) return 1;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size < 0) return 0;
  path[size] = '\0';
  return strstr(path, part) != NULL;
}

// 1: the call on `fd` must fail; errno is set.
static int Fails(const char* call, int fd) {
  if (!Named(call) || !OnPath(fd)) return 0;
  const long number = atomic_fetch_add(&calls, 1) + 1;
  const long chosen = Number("FAULT_N", 0);
  const char* flag = getenv("FAULT_FLAG");
  const int fails = number == chosen ||
                    (chosen > 0 && number > chosen && Number("FAULT_STICKY", 0) == 1) ||
                    (flag != NULL && access(flag, F_OK) == 0);
  if (!fails) return 0;
  const char* fired = getenv("FAULT_FIRED");
  if (fired != NULL) close(open(fired, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  errno = (int)Number("FAULT_ERRNO", EIO);
  return 1;
}

#define REAL(type, name) \
  static type real;      \
  if (real == NULL) real = (type)dlsym(RTLD_NEXT, name)

typedef int (*SyncCall)(int);
typedef ssize_t (*WriteCall)(int, const void*, size_t, off64_t);
typedef int (*TruncateCall)(int, off64_t);

int fsync(int fd) {
  REAL(SyncCall, "fsync");
  return Fails("fsync", fd) ? -1 : real(fd);
}

int fdatasync(int fd) {
  REAL(SyncCall, "fdatasync");
  return Fails("fdatasync", fd) ? -1 : real(fd);
}

ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  REAL(WriteCall, "pwrite64");
  return Fails("pwrite", fd) ? -1 : real(fd, data, size, at);
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  return pwrite64(fd, data, size, at);
}

int ftruncate64(int fd, off64_t size) {
  REAL(TruncateCall, "ftruncate64");
  return Fails("ftruncate", fd) ? -1 : real(fd, size);
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }
