// What a Changes holds. Between changes.cc, commit.cc and inbox.cc only.
#pragma once

#include "platform/records/records.h"

#include <rapport/internal/v1/sealed.pb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rapport::records {

struct Changes::Impl {
  struct Write {
    Record record;
    std::int64_t before_version = 0;  // 0: new
  };
  struct Guarded {
    std::string family;
    std::int64_t revision = 0;
  };
  struct ClaimChange {
    std::string index, value;
    bool release = false;
    std::string family, id;
    int kind = 0;
  };
  // The event that these changes are the effect of: applied in the same transaction, once.
  struct Applied {
    std::string source;
    std::string family;
    std::int64_t sequence = 0;
  };

  std::string agency;
  std::int64_t now_us = 0;
  internal::v1::AuditRecord who;  // of the call, without action
  std::vector<Write> writes;
  std::vector<Guarded> guards;
  std::vector<ClaimChange> claims;
  std::vector<internal::v1::AuditRecord> audits;
  std::vector<Event> events;
  std::optional<Applied> applied;

  // Nothing of the service's changes; at most an event's position does.
  bool Empty() const {
    return writes.empty() && guards.empty() && claims.empty() && audits.empty() && events.empty();
  }
};

}  // namespace rapport::records
