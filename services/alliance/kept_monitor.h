// KeptMonitor: the family monitor of one family that something has just happened in, so that a
// rating costs the arithmetic of its session and not that of the whole history.
//
// Kept in a FamilyMemory. Knows what was known after all sessions but the last, with a digest of
// what they told: where the digest is no longer that of the history (a late or corrected rating, a
// form that expired), the monitor is built from the first session again. So the answer is always
// the one that the whole history gives, to the last bit. Not thread-safe.
#pragma once

#include "alliance/signals/family_monitor.h"
#include "alliance/signals/shown_before.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rapport::alliance {

class KeptMonitor {
 public:
  // What the monitor says after the last session of `history`, which is not empty. The caller
  // vouches that the first `unchanged` of its sessions are as they were at the last call.
  std::vector<Assessment> Assess(const MonitorParameters& parameters,
                                 std::span<const SessionFacts> history, std::size_t unchanged);
  // Of the sessions before the last one at the last call.
  std::span<const ShownBefore> shown_before() const { return shown_before_.all(); }

 private:
  FamilyMonitor monitor_;
  AllShownBefore shown_before_;  // by the sessions that monitor_ has taken in
  std::uint64_t digest_ = 0;     // of what monitor_ was told
  // Of the parameters, and then of each session but the last with all before it.
  std::vector<std::uint64_t> digests_;
};

// Of everything in `facts` and of what came before it.
std::uint64_t DigestOf(const SessionFacts& facts, std::uint64_t before);

}  // namespace rapport::alliance
