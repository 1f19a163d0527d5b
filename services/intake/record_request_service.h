// RecordRequestService: the use cases of a member's requests to see, amend or restrict the record
// (X5). What the law says is in record_request_rules. No gRPC, no SQL. Thread-safe.
#pragma once

#include "intake/intake_store.h"
#include "intake/lasting_kinds.h"
#include "platform/base/call_context.h"
#include "platform/base/task.h"
#include "platform/records/service_deps.h"

#include <rapport/intake/v1/record_requests.pb.h>

#include <absl/status/statusor.h>

#include <string>
#include <utility>
#include <vector>

namespace rapport::intake {

class RecordRequestService {
 public:
  template <typename T>
  using Answer = Task<absl::StatusOr<T>>;

  // `rules` say who consents for a minor, and so who asks.
  RecordRequestService(const records::ServiceDeps& deps, RulesOf rules)
      : deps_(deps), store_(deps.records, std::move(rules)) {}

  Answer<v1::OpenRecordRequestResponse> OpenRecordRequest(CallContext&,
                                                          const v1::OpenRecordRequestRequest&);
  Answer<v1::DecideRecordRequestResponse> DecideRecordRequest(
      CallContext&, const v1::DecideRecordRequestRequest&);
  Answer<v1::ListRecordRequestsResponse> ListRecordRequests(CallContext&,
                                                            const v1::ListRecordRequestsRequest&);

 private:
  using StoredRequest = records::Stored<v1::RecordRequest>;
  Answer<StoredCase> Load(CallContext& context);
  Answer<v1::OpenRecordRequestResponse> OpenOnce(CallContext&, const v1::OpenRecordRequestRequest&);
  Answer<v1::DecideRecordRequestResponse> DecideOnce(CallContext&,
                                                     const v1::DecideRecordRequestRequest&);
  v1::RecordRequest ShowRequest(const std::string& agency, const StoredRequest& stored) const;
  std::int64_t Now() const { return deps_.clock.NowMicros(); }

  const records::ServiceDeps deps_;
  const IntakeStore store_;
};

}  // namespace rapport::intake
