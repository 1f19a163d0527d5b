// Everything that can be wrong with the definition of an instrument.
//
// Called when a shipped definition is loaded and when an agency creates one of its own; scoring
// relies on it. Lists every fault, not only the first. Knows nothing of licences in force, of names
// or of storage. Pure, thread-safe.
#pragma once

#include "rapport/alliance/v1/instrument.pb.h"

#include <string>
#include <vector>

namespace rapport::alliance {

struct Fault {
  std::string path;      // from the instrument on, for example `items[3].number`
  int line = 0;          // in the text it was read from, from 1; 0: not read from text
  std::string expected;  // what should stand there; never what an agency wrote
  friend bool operator==(const Fault&, const Fault&) = default;
};

// In the order of the definition's fields. Empty: nothing is wrong. Output-only fields are not
// looked at.
std::vector<Fault> CheckInstrument(const v1::Instrument& instrument);

// The same of one that an agency defines, which has to have its whole key.
std::vector<Fault> CheckOwnInstrument(const v1::Instrument& instrument);

}  // namespace rapport::alliance
