// What was said or shown without any reckoning, and no signal has told of yet.
//
// Used by the signal evaluator. A stored signal knows what it has told of (StoredSignal.shown), so
// that nothing is lost, whenever its answer comes, and nothing is said twice. Pure, thread-safe.
#pragma once

#include "alliance/file_view.h"
#include "alliance/signals/shown_before.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rapport::alliance {

// Of a session that was longer ago, what is typed in or imported now is history: it is in the
// record, and nobody needs to be called for it.
inline constexpr std::int64_t kHistoryAfterMicros = 90LL * 24 * 3'600'000'000;

struct SignalNews {
  std::vector<std::string> shown;       // all of it, as stored
  bool any = false;                     // some of it, no signal about this has told of
  bool hardly_safe = false;             // a low answer to safety is among that
  const ShownBefore* before = nullptr;  // the newest of the gravest of that, of earlier sessions
};

// About what `now`, an assessment of the last session of `view`, is about. `before` is of earlier
// sessions and of any kind; the answer points into it.
SignalNews NewsOf(const FileView& view, const Assessment& now, std::span<const ShownBefore> before);

// Whether the signal is about what the assessment is about.
bool IsAbout(const v1::Signal& signal, const Assessment& assessment);

// Null: not on file.
const StoredSession* SessionNamed(const FileView& view, const std::string& name);

}  // namespace rapport::alliance
