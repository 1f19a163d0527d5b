#include "support/audit_trail.h"

#include "support/eventually.h"

#include <stdexcept>

namespace rapport::support {
namespace {

constexpr int kUnavailable = 14;

}  // namespace

std::vector<audit::v1::AuditEvent> AuditTrail(Suite& suite, const std::string& service,
                                              const std::string& auditor,
                                              const std::string& filter) {
  std::vector<audit::v1::AuditEvent> events;
  audit::v1::ListAuditEventsRequest request;
  request.set_page_size(1'000);
  request.set_filter(filter);
  do {
    Reply reply;
    Eventually([&] {
      reply = Exchange(suite.channel(service), "/rapport.audit.v1.AuditService/ListAuditEvents",
                       {request.SerializeAsString()},
                       {.metadata = {{"authorization", suite.header(auditor)}}});
      return reply.code != kUnavailable;
    });
    audit::v1::ListAuditEventsResponse page;
    if (!reply.ok() || !page.ParseFromString(reply.body)) {
      throw std::runtime_error(service + "'s audit trail: " + reply.Text());
    }
    events.insert(events.end(), page.events().begin(), page.events().end());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return events;
}

}  // namespace rapport::support
