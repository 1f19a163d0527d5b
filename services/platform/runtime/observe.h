// What parts of the platform count themselves, made visible as metrics. Called once at start-up;
// the series exist as long as what is returned, which must go before what it looks at.
#pragma once

#include "platform/audit/checkpointer.h"
#include "platform/audit/disclosures.h"
#include "platform/cache/shared_cache.h"
#include "platform/crypto/agencies.h"
#include "platform/crypto/token_verifier.h"
#include "platform/db/open.h"
#include "platform/runtime/telemetry/metrics.h"

#include <memory>
#include <string_view>
#include <vector>

namespace rapport::runtime {

using Observations = std::vector<telemetry::Observation>;

// `name`: "data" or "keys".
[[nodiscard]] Observations ObserveDatabase(std::string_view name, const db::OpenedDb& database);
[[nodiscard]] Observations ObserveCache(cache::SharedCache& cache);
[[nodiscard]] Observations ObserveDisclosures(const audit::Disclosures& disclosures);
[[nodiscard]] Observations ObserveCheckpoints(const audit::Checkpointer& checkpointer);
// The age of the oldest key set of an agency that is active.
[[nodiscard]] Observations ObserveKeySets(const crypto::TokenVerifier& tokens,
                                          std::shared_ptr<const crypto::Agencies> agencies);

}  // namespace rapport::runtime
