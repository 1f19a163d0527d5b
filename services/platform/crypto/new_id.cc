#include "platform/crypto/new_id.h"

#include "platform/base/clock.h"
#include "platform/crypto/random.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>

namespace rapport::crypto {
namespace {

constexpr int kCounterBits = 16;

// Milliseconds and counter in one number, so that a full counter carries into the next millisecond.
std::uint64_t NextStamp() {
  static std::atomic<std::uint64_t> newest{0};
  const std::uint64_t now = static_cast<std::uint64_t>(RealMicros() / 1000) << kCounterBits;
  std::uint64_t before = newest.load(std::memory_order_relaxed);
  std::uint64_t mine = 0;
  do {
    mine = std::max(now, before + 1);
  } while (!newest.compare_exchange_weak(before, mine, std::memory_order_relaxed));
  return mine;
}

std::atomic<IdSource*> replaced{nullptr};

}  // namespace

void SetIdSource(IdSource* source) { replaced.store(source); }

std::string NewId() {
  if (IdSource* source = replaced.load(std::memory_order_relaxed)) return source->Next();
  const std::uint64_t stamp = __builtin_bswap64(NextStamp());
  std::string id(kIdBytes, '\0');
  std::memcpy(id.data(), &stamp, sizeof stamp);
  RandomBytes(id.data() + sizeof stamp, kIdBytes - sizeof stamp);
  return id;
}

}  // namespace rapport::crypto
