// From which posterior on a signal of a kind is raised, and below which its event is over.
//
// Asked where drafts are decided, where stored signals are closed, and where an agency's verdicts
// are compared with posteriors: all mean the same signals. Pure, thread-safe.
#pragma once

#include "alliance/signals/monitor_parameters.h"
#include "rapport/alliance/v1/signal.pb.h"

namespace rapport::alliance {

struct Raising {
  double at = 0;
  double over = 0;
};

// `complete`: all ratings of the session that are expected have come. Kinds that are rules raise at
// no posterior: theirs is that of ruptures, and nobody asks for it.
inline Raising RaisingOf(const RaisingParameters& raises, v1::SignalKind kind,
                         bool complete = true) {
  double at = raises.rupture;
  double over = at;
  if (kind == v1::SIGNAL_KIND_SPLIT) {
    over = raises.split;
    at = complete ? over : over / raises.split_complete_share;
  } else if (kind == v1::SIGNAL_KIND_HELPER_SPLIT) {
    at = over = raises.helper_split;
  } else if (kind == v1::SIGNAL_KIND_ISOLATION) {
    at = over = raises.isolation;
  }
  return {.at = at, .over = over * raises.over_share};
}

}  // namespace rapport::alliance
