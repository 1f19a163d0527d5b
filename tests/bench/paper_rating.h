// PaperRating: a form that a clinician hands in for a member of a made-up family.
#pragma once

#include "bench/population.h"

#include <rapport/alliance/v1/instrument.pb.h>
#include <rapport/alliance/v1/rating.pb.h>

#include <random>
#include <string>

namespace rapport::bench {

std::string Uuid(std::mt19937_64& random);

// Every question answered with `steps` of the scale (0 to 100 with the instrument the bench uses).
alliance::v1::SubmitRatingRequest PaperRating(const Population::Family& family,
                                              const std::string& member, const std::string& session,
                                              const alliance::v1::Instrument& instrument, int steps,
                                              std::string request_id);

}  // namespace rapport::bench
