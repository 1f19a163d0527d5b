#include "platform/runtime/observe.h"

#include "support/coroutines.h"
#include "support/service_store.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rapport::runtime {
namespace {

using telemetry::Metric;
using telemetry::Read;

TEST(Observe, ADatabaseByItsName) {
  support::ServiceStore store;
  {
    const Observations observed = ObserveDatabase("data", store.database);
    const double before = Read(Metric::kDbTransactions, "data");
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(store.Write([](db::Tx&) { return absl::OkStatus(); }).ok());
    }
    EXPECT_EQ(Read(Metric::kDbTransactions, "data"), before + 3);
    EXPECT_GE(Read(Metric::kDbCommits, "data"), 1);
    EXPECT_EQ(Read(Metric::kDbHealthy, "data"), 1);
    EXPECT_EQ(Read(Metric::kDbQueue, "data"), 0);
    EXPECT_GE(Read(Metric::kDbWalPages, "data"), 0);
    EXPECT_TRUE(std::isnan(Read(Metric::kDbHealthy, "keys")));
  }
  EXPECT_TRUE(std::isnan(Read(Metric::kDbHealthy, "data")));
}

TEST(Observe, EveryCounterOfTheCacheByItsOwnMetric) {
  cache::NullCache cache;
  cache::CacheStats& stats = cache.stats();
  stats.hits = 1;
  stats.misses = 2;
  stats.refused_stale = 3;
  stats.decrypt_failures = 4;
  stats.errors = 5;
  stats.timeouts = 6;
  stats.dropped = 7;
  stats.fences_lost = 8;
  stats.breaker_open = true;
  const Observations observed = ObserveCache(cache);
  double expected = 0;
  for (const Metric metric :
       {Metric::kCacheHits, Metric::kCacheMisses, Metric::kCacheStaleRefused,
        Metric::kCacheDecryptFailed, Metric::kCacheErrors, Metric::kCacheTimeouts,
        Metric::kCacheDropped, Metric::kCacheFencesLost}) {
    EXPECT_EQ(Read(metric), ++expected) << telemetry::RowOf(metric).name;
  }
  EXPECT_EQ(Read(Metric::kCacheBreakerOpen), 1);
  EXPECT_EQ(Read(Metric::kCacheCoherent), 0);
  cache.coherence().Begin(SteadyClock::now());
  EXPECT_EQ(Read(Metric::kCacheCoherent), 1);
}

TEST(Observe, DisclosuresWrittenAndCovered) {
  support::ServiceStore store;
  const Observations observed = ObserveDisclosures(*store.disclosures);
  // Another test may have counted under the same name.
  const double written = Read(Metric::kDisclosures, "written");
  const double covered = Read(Metric::kDisclosures, "covered");
  support::TestCall call("harbour", "clinician-1", support::TestId("family"));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(RunSync(store.disclosures->Ensure(call)).ok());
  EXPECT_EQ(Read(Metric::kDisclosures, "written"), written + 1);
  EXPECT_EQ(Read(Metric::kDisclosures, "covered"), covered + 2);
}

TEST(Observe, TheAgeOfKeySets) {
  ScratchFolder folder;
  auto parsed = crypto::Agencies::Parse(
      "agencies:\n"
      "  - id: harbour\n    display_name: Harbour House\n    issuer: https://id.example.org\n"
      "    jwks: none.json\n    time_zone: Europe/Berlin\n"
      "  - id: closed\n    display_name: Closed House\n    issuer: https://id2.example.org\n"
      "    jwks: none.json\n    time_zone: Europe/Berlin\n    state: closed\n",
      folder / "agencies.yaml");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  const auto agencies = std::make_shared<const crypto::Agencies>(*std::move(parsed));
  const crypto::SuiteSecret secret(crypto::NewSecret());
  ManualClock machine(RealMicros());
  const crypto::TokenVerifier tokens(agencies, secret, machine, {});
  const Observations observed = ObserveKeySets(tokens, agencies);
  machine.Advance(std::chrono::seconds(100));
  EXPECT_EQ(Read(Metric::kJwksAge), static_cast<double>(tokens.KeySetAgeSeconds("harbour")));
  EXPECT_GT(Read(Metric::kJwksAge), 0);
}

}  // namespace
}  // namespace rapport::runtime
