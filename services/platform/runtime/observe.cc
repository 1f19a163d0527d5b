#include "platform/runtime/observe.h"

#include "platform/base/clock.h"

#include <algorithm>

namespace rapport::runtime {
namespace {

using telemetry::Metric;
using telemetry::Observe;

}  // namespace

Observations ObserveDatabase(std::string_view name, const db::OpenedDb& database) {
  Observations all;
  const auto observe = [&](Metric metric, std::uint64_t db::Figures::* field) {
    all.push_back(Observe(metric, name, [&database, field] {
      return static_cast<double>(database.figures().*field);
    }));
  };
  observe(Metric::kDbCommits, &db::Figures::commits);
  observe(Metric::kDbTransactions, &db::Figures::transactions);
  observe(Metric::kDbCheckpoints, &db::Figures::checkpoints);
  observe(Metric::kDbQueue, &db::Figures::queued);
  observe(Metric::kDbWalPages, &db::Figures::wal_pages);
  all.push_back(Observe(Metric::kDbHealthy, name,
                        [&database] { return database.db->healthy() ? 1.0 : 0.0; }));
  return all;
}

Observations ObserveCache(cache::SharedCache& cache) {
  const cache::CacheStats& stats = cache.stats();
  Observations all;
  const auto observe = [&](Metric metric, const cache::CacheStats::Count& count) {
    all.push_back(Observe(metric, [&count] { return static_cast<double>(count.load()); }));
  };
  observe(Metric::kCacheHits, stats.hits);
  observe(Metric::kCacheMisses, stats.misses);
  observe(Metric::kCacheStaleRefused, stats.refused_stale);
  observe(Metric::kCacheDecryptFailed, stats.decrypt_failures);
  observe(Metric::kCacheErrors, stats.errors);
  observe(Metric::kCacheTimeouts, stats.timeouts);
  observe(Metric::kCacheDropped, stats.dropped);
  observe(Metric::kCacheFencesLost, stats.fences_lost);
  all.push_back(Observe(Metric::kCacheBreakerOpen,
                        [&stats] { return stats.breaker_open.load() ? 1.0 : 0.0; }));
  all.push_back(Observe(Metric::kCacheCoherent, [&cache] {
    return cache.coherence().listening(SteadyClock::now()) ? 1.0 : 0.0;
  }));
  return all;
}

Observations ObserveDisclosures(const audit::Disclosures& disclosures) {
  Observations all;
  all.push_back(Observe(Metric::kDisclosures, "written",
                        [&disclosures] { return static_cast<double>(disclosures.written()); }));
  all.push_back(Observe(Metric::kDisclosures, "covered",
                        [&disclosures] { return static_cast<double>(disclosures.covered()); }));
  return all;
}

Observations ObserveCheckpoints(const audit::Checkpointer& checkpointer) {
  Observations all;
  all.push_back(Observe(Metric::kAuditUnsigned, [&checkpointer] {
    return static_cast<double>(checkpointer.waiting_rows());
  }));
  all.push_back(Observe(Metric::kAuditUnsignedSeconds, [&checkpointer] {
    const std::int64_t since_us = checkpointer.waiting_since_us();
    return since_us == 0 ? 0.0 : std::max(0.0, static_cast<double>(RealMicros() - since_us) / 1e6);
  }));
  return all;
}

Observations ObserveKeySets(const crypto::TokenVerifier& tokens,
                            std::shared_ptr<const crypto::Agencies> agencies) {
  Observations all;
  all.push_back(Observe(Metric::kJwksAge, [&tokens, agencies = std::move(agencies)] {
    std::int64_t oldest = 0;
    for (const crypto::Agency& agency : agencies->all()) {
      if (agency.state != crypto::Agency::State::kActive) continue;
      oldest = std::max(oldest, tokens.KeySetAgeSeconds(agency.id));
    }
    return static_cast<double>(oldest);
  }));
  return all;
}

}  // namespace rapport::runtime
