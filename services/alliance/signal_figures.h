// The figures that are in force for an agency, as they are stored: one record, whose history is the
// versions.
//
// Called whenever a family's file is loaded, and by the fit. Inside Db::Read and Db::Write.
// Thread-safe.
#pragma once

#include "alliance/signals/monitor_parameters.h"
#include "platform/records/records.h"
#include "platform/records/stored.h"

#include <rapport/alliance/v1/signal_figures.pb.h>

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace rapport::alliance {

using StoredFigures = records::Stored<v1::SignalFigures>;

v1::SignalFigures FiguresOf(const MonitorParameters& parameters);
// Fitted figures to two digits: what one family more would change in the third tells of it.
void Round(v1::SignalFigures& figures);
// What was not fitted is as assumed.
MonitorParameters ParametersOf(const v1::SignalFigures& figures);

// Nullopt: the assumed ones are in force.
absl::StatusOr<std::optional<StoredFigures>> FindFigures(db::Tx& tx,
                                                         const records::Records& records,
                                                         std::string_view agency);
// Those in force at a time. Nullopt: the assumed ones were.
absl::StatusOr<std::optional<v1::SignalFigures>> FiguresAt(db::Tx& tx,
                                                           const records::Records& records,
                                                           std::string_view agency,
                                                           std::int64_t at_us);
// Every fitted version, oldest first.
absl::StatusOr<std::vector<v1::SignalFigures>> FigureVersions(db::Tx& tx,
                                                              const records::Records& records,
                                                              std::string_view agency);
void WriteFigures(const std::optional<StoredFigures>& before, const v1::SignalFigures& after,
                  std::int64_t now_us, records::Changes& changes);

}  // namespace rapport::alliance
