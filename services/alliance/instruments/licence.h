// An agency's licence of an instrument: what can be wrong with it, whether it is in force, and the
// wording it lets a form show.
//
// Called when a licence is set, before a rating is taken and when a form is built. Never changes a
// key: wording and key are kept apart. Pure, thread-safe.
#pragma once

#include "alliance/instruments/check_instrument.h"
#include "rapport/alliance/v1/instrument_licence.pb.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace rapport::alliance {

// Every fault, its path from the licence on, in the order of the fields. Empty: nothing is wrong.
std::vector<Fault> CheckLicence(const v1::InstrumentLicence& licence,
                                const v1::Instrument& instrument);

// Until the end of its last day (UTC); for ever without one.
bool InForce(const v1::Attestation& attestation, std::int64_t now_us);

// The wording in `language`, else in another form of the same language ("de" for "de-AT"), else the
// first. Null: there is none, or the attestation is not in force.
const v1::InstrumentWording* WordingFor(const v1::InstrumentLicence& licence,
                                        std::string_view language, std::int64_t now_us);

// Puts the words where a form's reader expects those of a free instrument.
void ShowWording(const v1::InstrumentWording& wording, v1::Instrument& instrument);

}  // namespace rapport::alliance
