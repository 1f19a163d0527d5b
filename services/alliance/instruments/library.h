// The instruments that come with the suite, and how a definition is read from text.
//
// Called once when the alliance service starts, which does not start when a shipped definition has
// a fault; and by tools that read an agency's own definition. The text stands in *.textproto beside
// this file and is built into the binary. Never touches the file system. Thread-safe.
#pragma once

#include "alliance/instruments/check_instrument.h"

#include <absl/status/statusor.h>

#include <string_view>
#include <vector>

namespace rapport::alliance {

// What a text holds, and everything that is wrong with it. With faults the instrument is not to be
// used.
struct ParsedInstrument {
  v1::Instrument instrument;
  std::vector<Fault> faults;
};

// Reads text-format protobuf: syntax faults first, alone, with their line; then those of
// CheckInstrument, each with the line of the field or of what should hold it.
ParsedInstrument ParseInstrument(std::string_view text);

// `instruments/{code}.{version}`.
std::string InstrumentName(std::string_view code, int version);

// All shipped instruments by code and version, with name and `shipped` set. INTERNAL: lists every
// fault as `file:line: path: expected ...`, one a line.
absl::StatusOr<std::vector<v1::Instrument>> LoadShippedInstruments();

// One text as it was built in.
struct EmbeddedText {
  std::string_view file;
  std::string_view text;
};
// The same over any texts: what LoadShippedInstruments does with the embedded ones.
absl::StatusOr<std::vector<v1::Instrument>> LoadInstruments(std::vector<EmbeddedText> texts);

// Generated: the embedded texts, by file name.
std::vector<EmbeddedText> EmbeddedInstruments();

}  // namespace rapport::alliance
