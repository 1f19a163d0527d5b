// What the change feed tells of the agency's directory: events of no family, which no other service
// of the suite waits for (they learn of a roster by its families).
#pragma once

#include "platform/records/records.h"

#include <rapport/internal/v1/event.pb.h>

#include <cstdint>
#include <string>

namespace rapport::intake {

// `version`: that of the record after the change.
inline void EmitProfessionalChanged(std::string name, std::int64_t version,
                                    records::Changes& changes) {
  changes.Emit({.type = internal::v1::EVENT_TYPE_PROFESSIONAL_CHANGED,
                .family = {},
                .resource = std::move(name),
                .version = version,
                .body = {}});
}

inline void EmitSupervisionChanged(std::string name, std::int64_t version,
                                   records::Changes& changes) {
  changes.Emit({.type = internal::v1::EVENT_TYPE_SUPERVISION_CHANGED,
                .family = {},
                .resource = std::move(name),
                .version = version,
                .body = {}});
}

}  // namespace rapport::intake
