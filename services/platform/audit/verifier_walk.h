// One run of the verifier. Between verifier.cc and diagnosis.cc only.
#pragma once

#include "platform/audit/audit_row.h"
#include "platform/audit/verifier.h"

#include <map>
#include <memory>
#include <optional>
#include <string>

namespace rapport::audit {

// A row that outlives the statement that read it.
struct Verifier::Suspect {
  std::int64_t sequence = 0, block = 0, at_us = 0, recorded_us = 0;
  std::string family, sealed, mac;

  explicit Suspect(const db::Row& row)
      : sequence(row.Int(0)),
        block(row.Int(1)),
        at_us(row.Int(2)),
        recorded_us(row.Int(3)),
        family(row.Bytes(4)),
        sealed(row.Bytes(5)),
        mac(row.Bytes(6)) {}
  AuditRow row() const {
    return {.sequence = sequence,
            .at_us = at_us,
            .recorded_us = recorded_us,
            .family = family,
            .sealed = sealed};
  }
};

struct Verifier::Walk {
  std::string agency;
  VerifyOptions options;
  const crypto::Secret* mac_key = nullptr;
  std::shared_ptr<const crypto::Sealer> sealer;
  std::map<std::int64_t, std::string> expected;             // MAC by sequence, of the options
  std::map<std::int64_t, std::string> checkpoints;          // ... of the database, for this slice
  std::int64_t last = 0;                                    // the greatest sequence in the table
  std::int64_t last_checkpoint = 0;                         // ... among the checkpoints there
  std::int64_t at_us = INT64_MIN, recorded_us = INT64_MIN;  // of the last good row
  bool done = false;
  std::optional<Suspect> suspect;  // the first row that does not follow from the one before it
  VerifyReport report;

  bool GoesThrough(const ChainPlace& place) const {
    const auto agrees = [&place](const auto& places) {
      const auto known = places.find(place.sequence);
      return known == places.end() || known->second == place.mac;
    };
    return agrees(expected) && agrees(checkpoints);
  }
  void Fail(Fault fault, std::int64_t sequence) {
    report.fault = fault;
    report.first_bad = sequence;
    done = true;
  }
};

}  // namespace rapport::audit
