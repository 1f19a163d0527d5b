// How a fault of an instrument's text may be mended.
//
// Called by diagnose only. Pure.
#pragma once

#include "rapport/alliance/v1/instrument.pb.h"

#include <google/protobuf/descriptor.h>

#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance {

// The candidate nearest to `word` by changed letters; empty: none is near enough to be meant.
std::string Nearest(std::string_view word, const std::vector<std::string>& candidates);

// Of fields that somebody may write, not the server's own.
std::vector<std::string> FieldNames(const google::protobuf::Descriptor& message);
std::vector<std::string> ValueNames(const google::protobuf::EnumDescriptor& values);

// "did you mean `version`?", or which there are.
std::string SuggestionOf(std::string_view word, const std::vector<std::string>& candidates);

// What to do about a fault of CheckInstrument at `path`; empty: what is expected says it all.
std::string NoteOf(const v1::Instrument& instrument, std::string_view path);

}  // namespace rapport::alliance
