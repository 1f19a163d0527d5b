// Limits of access that a use case decides and the pipeline writes into the audit trail as it does
// its own refusals.
#pragma once

namespace rapport {

// RESOURCE_EXHAUSTED: the clinician opened as many records in an emergency as a day allows.
inline constexpr char kBreakGlassLimit[] = "BREAK_GLASS_LIMIT";

}  // namespace rapport
