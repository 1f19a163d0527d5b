// MapFigures: the alliance map as figures for a spreadsheet or a program, where AllianceView is the
// page for people. Pure.
#pragma once

#include "cli/alliance_view.h"

namespace rapport::cli {

// One row for each part (task, goal, bond) of each view; of a cell in which nobody rated, one row
// with its state alone. Figures as they were answered, in full; what is absent is empty. The last
// column has the kinds of the rater's open signals, where the caller may see them.
Table MapFigures(const MapFacts& facts);

}  // namespace rapport::cli
