// SignalEvaluator: looks at a family's file after something changed and says which signals to raise
// or renew. Used by the event handler, inside the changes of the event it serves.
//
// Looking twice at the same state changes nothing: a signal is renewed once a session, and one that
// was closed is not raised again for the session it was about. Pure but for new ids; thread-safe.
#pragma once

#include "alliance/signal_facts.h"
#include "alliance/signals/finding.h"

#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance {

// A signal to write.
struct SignalChange {
  const StoredSignal* before = nullptr;  // null: new
  internal::v1::StoredSignal after;
};

// Isolation of every member, after the last held session.
std::vector<SignalChange> EvaluateIsolationOf(const FileView& view);

// Drops of one rating's rater for each helper in it: the newest rating of the series is tested,
// which need not be this one.
std::vector<SignalChange> EvaluateDropsOf(const FileView& view, const v1::Rating& rating);

}  // namespace rapport::alliance
