// Figures of one score as the API gives them. Used by GetAgencyInsight. Pure, thread-safe.
#pragma once

#include "alliance/insight_rows.h"

#include <rapport/alliance/v1/insight.pb.h>

#include <optional>

namespace rapport::alliance {

// Of the ratings of `window`; nullopt, or fewer than 11 raters: hidden. The distribution is of
// those of `lasting`; nullopt: there is none.
v1::ScoreInsight ShowScore(const InsightRows& rows, std::size_t score,
                           const std::optional<PublishedWindow>& window,
                           const std::optional<PublishedWindow>& lasting);

}  // namespace rapport::alliance
