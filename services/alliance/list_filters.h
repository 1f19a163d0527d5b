// What the lists of this service can be filtered by, read and applied. Each looks at what the
// caller is shown, so that a filter tells no more. Pure.
#pragma once

#include "platform/schema/filter.h"

#include <rapport/alliance/v1/concern.pb.h>
#include <rapport/alliance/v1/instrument.pb.h>
#include <rapport/alliance/v1/rating.pb.h>
#include <rapport/alliance/v1/rating_request.pb.h>
#include <rapport/alliance/v1/signal.pb.h>

#include <vector>

namespace rapport::alliance {

using FilterTerms = std::vector<schema::FilterTerm>;

const std::vector<schema::FilterField>& InstrumentFields();
const std::vector<schema::FilterField>& RatingFields();
const std::vector<schema::FilterField>& RatingRequestFields();
const std::vector<schema::FilterField>& SignalFields();
const std::vector<schema::FilterField>& UrgentTaskFields();

// Terms of the fields above.
bool Matches(const v1::Instrument& instrument, const FilterTerms& terms);
bool Matches(const v1::Rating& rating, const FilterTerms& terms);
bool Matches(const v1::RatingRequest& request, const FilterTerms& terms);
bool Matches(const v1::Signal& signal, const FilterTerms& terms);
bool Matches(const v1::UrgentTask& task, const FilterTerms& terms);

}  // namespace rapport::alliance
