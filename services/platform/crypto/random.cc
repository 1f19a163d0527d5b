#include "platform/crypto/random.h"

#include "platform/crypto/openssl.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <cstring>

namespace rapport::crypto {
namespace {

// A forked child must not hand out what its parent hands out too.
std::atomic<std::uint32_t> forks{0};

// One RAND_bytes call costs 0.8 us whatever its size, so a thread fetches 4 KiB at a time. Bytes
// are wiped when they are handed out.
class Pool {
 public:
  Pool() {
    static const int registered =
        pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1, std::memory_order_relaxed); });
    Must(registered == 0);
  }
  ~Pool() { OPENSSL_cleanse(bytes_, kSize); }

  void Take(void* out, std::size_t size) {
    const std::uint32_t generation = forks.load(std::memory_order_relaxed);
    if (used_ + size > kSize || generation != generation_) {
      Must(RAND_bytes(bytes_, kSize));
      used_ = 0;
      generation_ = generation;
    }
    std::memcpy(out, bytes_ + used_, size);
    OPENSSL_cleanse(bytes_ + used_, size);
    used_ += size;
  }

  static constexpr std::size_t kSize = 4096;

 private:
  unsigned char bytes_[kSize];
  std::size_t used_ = kSize;
  std::uint32_t generation_ = 0;
};

}  // namespace

void RandomBytes(void* out, std::size_t size) {
  if (size > Pool::kSize) return Must(RAND_bytes(static_cast<unsigned char*>(out), size));
  thread_local Pool pool;
  pool.Take(out, size);
}

}  // namespace rapport::crypto
