// HMAC keys of one use and service: apart by agency, service and use, the same after a restart.
#include "platform/crypto/agency_keys.h"

#include "platform/base/strings.h"
#include "platform/crypto/key_file.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <thread>
#include <vector>

namespace rapport::crypto {
namespace {

TEST(AgencyKeys, AreApartByAgencyServiceUseAndSuite) {
  const SuiteSecret suite(NewSecret()), other(NewSecret());
  std::set<std::string> keys;
  for (const SuiteSecret* secret : {&suite, &other}) {
    for (const SuiteKey use : {SuiteKey::kIndex, SuiteKey::kAudit}) {
      for (const char* service : {"intake", "notes"}) {
        const AgencyKeys of(*secret, use, service);
        for (const char* agency : {"agency-one", "agency-two"}) {
          keys.emplace(of.Of(agency).view());
        }
      }
    }
  }
  EXPECT_EQ(keys.size(), 16u);
}

TEST(AgencyKeys, GiveTheSameMacForEver) {
  // Unique keys of every installation are stored as this. Computed with Python's hmac module.
  Secret secret;
  std::memset(secret.data(), 's', Secret::kBytes);
  const SuiteSecret suite(std::move(secret));
  const AgencyKeys keys(suite, SuiteKey::kIndex, "notes");
  EXPECT_EQ(Hex(keys.Mac("agency-one", {"external_ids", "a-1"})),
            "46c3e086594f37e393134e1df1acf2f3b604636264933f1ceddfb9bd447a4533");
}

TEST(AgencyKeys, KeepThePartsApart) {
  const SuiteSecret suite(NewSecret());
  const AgencyKeys keys(suite, SuiteKey::kIndex, "notes");
  EXPECT_NE(keys.Mac("agency-one", {"a", "bc"}), keys.Mac("agency-one", {"ab", "c"}));
  EXPECT_NE(keys.Mac("agency-one", {"a"}), keys.Mac("agency-one", {"a", ""}));
}

TEST(AgencyKeys, AreDerivedOnceWhoeverAsksFirst) {
  const SuiteSecret suite(NewSecret());
  const AgencyKeys keys(suite, SuiteKey::kIndex, "notes");
  std::vector<const Secret*> seen(8);
  std::vector<std::thread> threads;
  for (const Secret*& mine : seen) {
    threads.emplace_back([&keys, &mine] { mine = &keys.Of("agency-one"); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set<const Secret*>(seen.begin(), seen.end()).size(), 1u);
}

}  // namespace
}  // namespace rapport::crypto
