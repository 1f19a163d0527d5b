// What the tests of the audit trail share: chains of several agencies, and a verifier over them.
#pragma once

#include "platform/audit/audit_record.h"
#include "platform/audit/checkpoint.h"
#include "platform/audit/verifier.h"
#include "support/coroutines.h"
#include "support/service_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace rapport::audit {

using support::TestCall;
using support::TestId;

class AuditFixture : public testing::Test {
 protected:
  std::shared_ptr<const crypto::Sealer> SealerOf(const std::string& agency) {
    TestCall call(agency, "system");
    return *RunSync(store.keys->FindOrCreate(call, agency, "", crypto::KeyClass::kRecord));
  }

  // A line about `what`, in the domain time of the store.
  AuditChain::Entry Line(const std::string& agency, std::string_view what,
                         std::string_view family = {}) {
    TestCall call(agency, "clinician-1", family.empty() ? "" : TestId(family));
    auto record = RecordOf(call, store.clock.NowMicros(), store.machine.NowMicros());
    record.set_action(std::string(what));
    return {.family = call.access.family,
            .at_us = record.at_us(),
            .recorded_us = record.recorded_us(),
            .sealed = SealRecord(*SealerOf(agency), "notes", agency, record)};
  }

  // `count` lines in one transaction; time passes between them.
  void Append(const std::string& agency, int count) {
    std::vector<AuditChain::Entry> lines;
    for (int i = 0; i < count; ++i) {
      store.clock.Advance(std::chrono::seconds(1));
      store.machine.Advance(std::chrono::milliseconds(1));
      lines.push_back(Line(agency, "test.line", "f" + std::to_string(i % 7)));
    }
    const absl::Status appended = store.Write([&](db::Tx& tx) {
      for (const auto& line : lines) {
        auto sequence = store.chain->Append(tx, agency, line);
        if (!sequence.ok()) return sequence.status();
      }
      return absl::OkStatus();
    });
    ASSERT_TRUE(appended.ok()) << appended;
  }

  VerifyReport Verify(const std::string& agency, VerifyOptions options = {}) {
    const Verifier verifier("notes", *store.db, *store.keys, store.suite, signer.public_key());
    TestCall call(agency, "auditor");
    auto report = RunSync(verifier.Verify(call, agency, std::move(options)));
    EXPECT_TRUE(report.ok()) << report.status();
    return *std::move(report);
  }

  absl::Status Do(const char* sql, std::initializer_list<db::Value> values = {}) {
    return store.Write([&](db::Tx& tx) { return tx.Run(sql, values).status(); });
  }

  support::ServiceStore store;
  crypto::SigningKey signer{store.suite.Key(crypto::SuiteKey::kCheckpoint, "notes")};
};

}  // namespace rapport::audit
