// FigureFit: what an agency's own families say of the figures that were assumed.
//
// Called by the fit, family by family, never while a family is looked at. What comes and goes
// between sessions by the filters' likelihood (day_fit.h) and by moments, levels by moments from
// quiet stretches, the rates of what isolated members show by counting while nothing goes on. Each
// figure is drawn towards the one assumed by how little was seen, so that a small agency keeps the
// defaults. Says nothing of how often events happen. Pure.
#pragma once

#include "alliance/signals/day_fit.h"
#include "alliance/signals/monitor_parameters.h"
#include "alliance/signals/quiet_stretches.h"

#include <span>
#include <string>
#include <vector>

namespace rapport::alliance {

// The figures below which an agency's own data weigh less than what was assumed.
inline constexpr double kFitPriorRaters = 50;
inline constexpr double kFitPriorFamilies = 30;
inline constexpr double kFitPriorSigns = 100;  // sessions of members in which a sign could be seen

class FigureFit {
 public:
  explicit FigureFit(const MonitorParameters& assumed);

  // A family's held sessions, oldest first; each family once.
  void Add(const std::string& family, std::span<const SessionFacts> history);

  // `version` is one higher than that of the assumed.
  MonitorParameters Fitted() const;
  // What the levels rest on.
  const std::vector<QuietStretch>& stretches() const { return stretches_; }

 private:
  MonitorParameters assumed_;
  DayFit days_;
  std::vector<QuietStretch> stretches_;
  SignCounts signs_;
};

// Sets what a sign's rate is in quiet; the odds ratio of isolated members to others stays.
void SetRate(double rate, double& quiet, double& isolated);

}  // namespace rapport::alliance
