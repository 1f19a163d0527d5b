// What is wrong with the text of an instrument, explained as a good compiler does: where, what
// stands there, what should, and how to mend it.
//
// Called by `rapport instrument check`. Says several faults at once: after an unknown field or enum
// value it reads on; after a fault of the syntax it reads on behind it, and does not judge what the
// text means, since half-read text would give faults that are none. Never touches the file system.
// Pure, thread-safe.
#pragma once

#include "rapport/alliance/v1/instrument.pb.h"

#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance {

struct Diagnosis {
  int line = 1;       // of the text, from 1
  int column = 1;     // in code points, from 1
  int length = 1;     // of what the caret marks, in code points; within the line
  std::string path;   // from the instrument on, for example `items[3].number`; empty: syntax
  std::string found;  // what stands there, in one line and cut; empty: nothing does
  std::string expected;
  std::string note;  // how to mend it; empty: nothing to say beyond `expected`
};

struct DiagnosedInstrument {
  v1::Instrument instrument;         // to be used only without faults
  std::vector<Diagnosis> diagnoses;  // by line and column; at most kMostDiagnoses
};

inline constexpr std::size_t kMostDiagnoses = 50;

// Of a definition of an agency's own (see CheckOwnInstrument).
DiagnosedInstrument DiagnoseInstrument(std::string_view text);

// All of them with their source lines:
//   FILE:12:11: error: version: found 0, expected 1 to 9999
//      12 | version: 0
//         |          ^
//         = note: ...
std::string ShowDiagnoses(std::string_view file, std::string_view text,
                          const std::vector<Diagnosis>& diagnoses);

}  // namespace rapport::alliance
