#include "alliance/signal_probability.h"

#include "alliance/scoring/suppression.h"
#include "alliance/signals/monitor_parameters.h"
#include "alliance/signals/raising.h"

#include <algorithm>
#include <iterator>

namespace rapport::alliance {
namespace {

// Rules say these, no posterior.
bool IsRule(v1::SignalKind kind) {
  return kind == v1::SIGNAL_KIND_UNSAFE || kind == v1::SIGNAL_KIND_CEILING;
}

bool Raises(v1::SignalKind kind, double posterior) {
  return posterior >= RaisingOf(RaisingParameters(), kind).at;
}

}  // namespace

std::optional<JudgedSignal> JudgementOf(const internal::v1::StoredSignal& stored) {
  const v1::Signal& signal = stored.signal();
  const v1::Verdict verdict = signal.adjudication().verdict();
  if (verdict != v1::VERDICT_CONFIRMED && verdict != v1::VERDICT_NOT_CONFIRMED) return std::nullopt;
  if (IsRule(signal.kind()) || stored.judged_rule_version() != kMonitorRuleVersion ||
      !Raises(signal.kind(), stored.judged_posterior())) {
    return std::nullopt;
  }
  return JudgedSignal{.posterior = stored.judged_posterior(),
                      .confirmed = verdict == v1::VERDICT_CONFIRMED};
}

void AddCalibrations(const JudgedByKind& judged, v1::SignalFigures& figures) {
  for (const auto& [kind, signals] : judged) {
    if (std::ssize(signals) < kFewest) continue;
    const Calibration calibration = CalibrationOf(signals);
    v1::SignalCalibration& shown = *figures.add_calibrations();
    shown.set_kind(kind);
    shown.set_rule_version(kMonitorRuleVersion);
    shown.set_adjudicated_signals(calibration.judged);
    shown.set_confirmed_signals(calibration.confirmed);
    if (!calibration.curve) continue;
    shown.set_intercept(calibration.curve->intercept);
    shown.set_slope(calibration.curve->slope);
    shown.set_calibration_error(calibration.error);
    shown.set_z(calibration.z);
    shown.set_passed(calibration.passed);
  }
}

std::optional<v1::SignalProbability> ProbabilityOf(
    v1::SignalKind kind, double posterior, std::span<const v1::SignalCalibration> calibrations,
    int figures_version) {
  const auto found = std::ranges::find(calibrations, kind, &v1::SignalCalibration::kind);
  if (found == calibrations.end() || !found->passed() ||
      found->rule_version() != kMonitorRuleVersion || !Raises(kind, posterior)) {
    return std::nullopt;
  }
  const CalibrationCurve curve{.intercept = found->intercept(), .slope = found->slope()};
  v1::SignalProbability probability;
  probability.set_value(curve.At(posterior));
  probability.set_figures_version(figures_version);
  probability.set_adjudicated_signals(found->adjudicated_signals());
  probability.set_calibration_error(found->calibration_error());
  return probability;
}

}  // namespace rapport::alliance
