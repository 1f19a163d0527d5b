// FamilyMemories: families that something has just happened in, as the event handler left them, so
// that the next event reads, opens and computes only what changed since.
//
// A memory belongs to whoever took it until it is given back; who finds none reads everything. What
// is in one is brought up to date by AllianceStore::Refresh and UpdateHistory before it is looked
// at, and changes no answer. In memory only and bounded; nothing is lost with it. Thread-safe.
#pragma once

#include "alliance/alliance_store.h"
#include "alliance/family_history.h"
#include "alliance/kept_monitor.h"
#include "platform/base/access_facts.h"
#include "platform/base/lru.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

namespace rapport::alliance {

struct FamilyMemory {
  FamilyFile file;
  std::shared_ptr<const AccessFacts> facts;  // those that `history` was made under
  History history;
  KeptMonitor monitor;
  // The last look wrote nothing: another one at the same state would not either.
  bool at_rest = false;
};

class FamilyMemories {
 public:
  // A family of four with one helper has somewhat under 1 MiB. One in each of the cache's 16
  // shards, which leaves room for 5,000 watches in 200 MiB: for who rates in a session that is
  // going on.
  static constexpr std::size_t kFamilies = 15;

  // Takes it out; an empty one when nothing is known, or somebody has it.
  std::shared_ptr<FamilyMemory> Take(std::string_view agency, std::string_view family);
  void GiveBack(std::string_view agency, std::string_view family,
                std::shared_ptr<FamilyMemory> memory);
  // A look after a rating, at all that the log had up to `event`, found nothing to do.
  void AtRest(std::string_view agency, std::string_view family, std::int64_t event);
  // Whether it did for what `event` tells: another look would not either. Of the families that were
  // looked at last.
  bool SawAtRest(std::string_view agency, std::string_view family, std::int64_t event);
  // The family was erased.
  void Forget(std::string_view agency, std::string_view family);

 private:
  std::mutex taking_;  // of two who want the same family one gets it
  LruCache<std::shared_ptr<FamilyMemory>> known_{kFamilies};
  LruCache<std::int64_t> at_rest_{10'000};
};

}  // namespace rapport::alliance
