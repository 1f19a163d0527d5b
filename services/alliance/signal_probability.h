// From what people found of signals to the probability that a signal shows, or to none.
//
// The fit of signal figures collects judgements and calibrates; the evaluator gives each signal
// that is raised or renewed what the calibration in force makes of its posterior. Only signals that
// the posterior itself raised take part: hard triggers and what somebody told are no guesses. Pure,
// thread-safe.
#pragma once

#include "alliance/scoring/calibration.h"

#include <rapport/alliance/v1/signal.pb.h>
#include <rapport/alliance/v1/signal_figures.pb.h>
#include <rapport/internal/v1/alliance_records.pb.h>

#include <map>
#include <optional>
#include <span>
#include <vector>

namespace rapport::alliance {

using JudgedByKind = std::map<v1::SignalKind, std::vector<JudgedSignal>>;

// Nullopt: nobody judged it clearly, or not as the rules in force raise signals, or it is of a kind
// that is no probability.
std::optional<JudgedSignal> JudgementOf(const internal::v1::StoredSignal& stored);

// One calibration a kind of which at least 11 were judged.
void AddCalibrations(const JudgedByKind& judged, v1::SignalFigures& figures);

// Nullopt: no calibration of the kind and the rules in force has passed, or the posterior would not
// have raised it.
std::optional<v1::SignalProbability> ProbabilityOf(
    v1::SignalKind kind, double posterior, std::span<const v1::SignalCalibration> calibrations,
    int figures_version);

}  // namespace rapport::alliance
