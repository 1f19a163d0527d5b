// FactsMemory: the process's own copies of access facts, young ones only.
//
// Both facts sources keep what they loaded here. An event that intake changed a family forgets its
// copy at once; the age limit bounds what a lost event can do. Thread-safe.
#pragma once

#include "platform/base/limits.h"
#include "platform/base/lru.h"
#include "platform/base/strings.h"
#include "platform/rpc/facts_source.h"

namespace rapport::rpc {

class FactsMemory {
 public:
  explicit FactsMemory(std::size_t capacity = 20'000) : copies_(capacity) {}

  // At most `max_age` old by the machine's clock at intake; null otherwise.
  FactsSource::Facts Find(std::string_view agency, std::string_view family,
                          std::chrono::microseconds max_age) {
    char key[kMaxKey];
    auto facts = copies_.Find(Key(agency, family, key));
    if (facts && RealMicros() - facts->taken_us > max_age.count()) return nullptr;
    return facts;
  }
  void Put(std::string_view agency, FactsSource::Facts facts) {
    char key[kMaxKey];
    const std::string_view name = Key(agency, facts->family, key);
    copies_.Put(name, std::move(facts));
  }
  void Forget(std::string_view agency, std::string_view family) {
    char key[kMaxKey];
    copies_.Erase(Key(agency, family, key));
  }

  // Something changed that many families rest on.
  void Clear() { copies_.Clear(); }

 private:
  static constexpr std::size_t kMaxKey = 128;
  static std::string_view Key(std::string_view agency, std::string_view family, char* out) {
    const std::size_t a = std::min<std::size_t>(agency.size(), kMaxKey - 17);
    std::copy_n(agency.data(), a, out);
    out[a] = '/';
    const std::size_t f = std::min<std::size_t>(family.size(), 16);
    std::copy_n(family.data(), f, out + a + 1);
    return {out, a + 1 + f};
  }

  LruCache<AccessFacts> copies_;
};

}  // namespace rapport::rpc
