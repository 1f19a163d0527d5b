// Split: does one member's alliance slide away from the others', or that with one helper from those
// with the other helpers?
//
// Called by the family monitor once a session, after the ratings were looked at one by one. That
// members differ is the rule and is never raised; a change of the difference is (domain.md 8.6 and
// 12b.3). Each side's fall is measured against its own level and against what the median of the
// others did in the same session, so that who was there makes no difference. Pure.
#pragma once

#include "alliance/signals/sides.h"

namespace rapport::alliance {

// Of the series rated in this session; called before AdvanceRuptures takes the session in.
Expected ExpectedOf(const MonitorParameters& parameters, const RatedSession& rated,
                    const FamilyMonitor& monitor);

// After AdvanceRuptures. One assessment for each member whom others can be compared with, and for
// each of a member's helpers where there are several. Tests: S.gap and S.widening.
void AdvanceSplits(const MonitorParameters& parameters, const RatedSession& rated,
                   const Expected& expected, FamilyMonitor& monitor, std::vector<Draft>& drafts);

// The least difference between the lowest and the highest of n values with these errors (SD) that
// error alone rarely gives: q * SEM, q the studentised range's 95 per cent point for 2 to 5 values;
// above 5 that of 5 grows with the expected range. Absent: fewer than 2.
std::optional<double> ReliableGap(std::span<const double> errors);

}  // namespace rapport::alliance
