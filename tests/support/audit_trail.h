// The audit trail of one service of a running suite, as an auditor reads it.
#pragma once

#include "support/suite.h"

#include <rapport/audit/v1/audit_service.pb.h>

#include <string>
#include <vector>

namespace rapport::support {

// Every line that `filter` asks for (empty: all), oldest first, by calls of `auditor`, who is a
// person of the suite. Waits while the service can't be reached; throws when a page is refused.
std::vector<audit::v1::AuditEvent> AuditTrail(Suite& suite, const std::string& service,
                                              const std::string& auditor,
                                              const std::string& filter = {});

}  // namespace rapport::support
