#include "alliance/record_walk.h"

#include "platform/base/status_macros.h"
#include "platform/base/yield.h"

#include <string>
#include <utility>

namespace rapport::alliance {
namespace {

// A page takes a few milliseconds of the thread.
constexpr int kPage = 250;

}  // namespace

Task<absl::Status> WalkRecords(const records::ServiceDeps& deps, CallContext& context, int kind,
                               absl::FunctionRef<absl::Status(db::Tx&, records::Record)> take,
                               std::vector<std::int64_t> states) {
  const std::string& agency = context.principal->agency;
  std::int64_t after_us = 0;
  std::string after_id;
  for (;;) {
    int read = 0;
    CO_RETURN_IF_ERROR(co_await deps.db.Read(context, [&](db::Tx& tx) -> absl::Status {
      const std::string after = after_id;
      ASSIGN_OR_RETURN(auto records, deps.records.List(tx, agency,
                                                       {.kind = kind,
                                                        .states = states,
                                                        .after_us = after_us,
                                                        .after_id = after,
                                                        .limit = kPage}));
      read = static_cast<int>(records.size());
      for (records::Record& record : records) {
        after_us = record.sort_us;
        after_id = record.id;
        RETURN_IF_ERROR(take(tx, std::move(record)));
      }
      return absl::OkStatus();
    }));
    if (read < kPage) co_return absl::OkStatus();
    co_await Yield();
  }
}

}  // namespace rapport::alliance
