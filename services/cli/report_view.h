// ReportView: what an agency learns from all its ratings, as a page or as CSV: a measure's insight
// and the expected course of a score. What the service hides is said to be hidden, never left to be
// taken for 0. Pure.
#pragma once

#include <rapport/alliance/v1/insight.pb.h>
#include <rapport/alliance/v1/trajectory.pb.h>

#include <absl/status/statusor.h>

#include <ostream>
#include <string>
#include <string_view>

namespace rapport::cli {

void PrintInsight(const alliance::v1::AgencyInsight& insight, bool colour, std::ostream& out);
// One row a figure: score,figure,of,value. `of` says of which bin, item or level; the value of a
// hidden figure is "hidden".
void WriteInsightCsv(const alliance::v1::AgencyInsight& insight, std::ostream& out);

void PrintTrajectory(const alliance::v1::Trajectory& trajectory, bool colour, std::ostream& out);
// One row a rating: rating,expected,failure,success. Too few raters: no rows.
void WriteTrajectoryCsv(const alliance::v1::Trajectory& trajectory, std::ostream& out);

// "pulse-adult.1" or "instruments/pulse-adult.1" as a resource name.
std::string InstrumentNameOf(std::string_view text);
// "2026-03" as the start of that month (UTC), microseconds. INVALID_ARGUMENT: no such month.
absl::StatusOr<std::int64_t> MonthOf(std::string_view text);

}  // namespace rapport::cli
