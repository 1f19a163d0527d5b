#include "alliance/request_expiry.h"

#include "alliance/request_rules.h"
#include "platform/base/agency_work.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"
#include "platform/db/run_sync.h"
#include "platform/schema/names.h"
#include "platform/schema/times.h"

#include <google/protobuf/empty.pb.h>
#include <rapport/internal/v1/event.pb.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace rapport::alliance {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr int kAtOnce = 100;
constexpr int kPage = 500;

std::int64_t ExpiresUs(const StoredRequest& request) {
  return schema::ToMicros(request.message.request().expire_time());
}

// The session's requests that wait for an answer.
absl::StatusOr<std::vector<StoredRequest>> WaitingOf(db::Tx& tx, const records::Records& records,
                                                     const std::string& agency,
                                                     const records::Record& wait) {
  ASSIGN_OR_RETURN(
      auto found,
      records.List(tx, agency, {.kind = kRequest, .family = wait.family, .parent = wait.id}));
  std::vector<StoredRequest> waiting;
  for (records::Record& record : found) {
    if (!IsWaiting(static_cast<v1::RatingRequestState>(record.state))) continue;
    ASSIGN_OR_RETURN(auto one,
                     records::Parse<internal::v1::StoredRatingRequest>(std::move(record)));
    const std::string key =
        RatingKey(one.record.parent, one.message.rater(), one.message.request().instrument());
    ASSIGN_OR_RETURN(const auto rated, records.FindClaim(tx, agency, kRatingClaim, key));
    if (!rated) waiting.push_back(std::move(one));  // else its rating's event makes it done
  }
  return waiting;
}

void Expire(const StoredRequest& request, records::Changes& changes) {
  StoredRequest after = request;
  after.message.set_lapsed(true);
  after.record = records::With(after.record, after.message);
  after.record.state = v1::RATING_REQUEST_STATE_EXPIRED;
  changes.Update(request.record, after.record);
  std::vector<std::string> members;
  if (!request.message.professional()) members.push_back(request.message.rater());
  changes.Audit("rating_request.expire", request.record, std::move(members));
  changes.Emit({.type = internal::v1::EVENT_TYPE_RATING_REQUEST_EXPIRED,
                .family = request.record.family,
                .resource = request.message.request().name(),
                .version = request.record.version + 1,
                .body = {}});
}

}  // namespace

Task<absl::Status> RequestExpiry::Settle(CallContext& context, const records::Record& wait) const {
  const std::string& agency = context.principal->agency;
  const std::int64_t now_us = deps_.clock.NowMicros();
  std::vector<StoredRequest> waiting;
  std::int64_t revision = 0;
  CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(revision, deps_.records.Revision(tx, agency, wait.family));
    ASSIGN_OR_RETURN(waiting, WaitingOf(tx, deps_.records, agency, wait));
    return absl::OkStatus();
  }));
  context.access.family = wait.family;
  records::Changes changes(context, now_us);
  // Of a session that is told again meanwhile more may wait than was read.
  changes.Guard(wait.family, revision);
  bool any = false;
  std::optional<std::int64_t> next_us;
  for (const StoredRequest& one : waiting) {
    if (ExpiresUs(one) <= now_us) {
      Expire(one, changes);
      any = true;
    } else {
      next_us = std::min(next_us.value_or(INT64_MAX), ExpiresUs(one));
    }
  }
  records::Record after = wait;
  after.state = next_us ? kFormsDoWait : kFormsSettled;
  after.sort_us = next_us.value_or(wait.sort_us);
  changes.Update(wait, after);
  if (!any) changes.Audit("rating_request.settle", wait);
  const auto committed =
      co_await deps_.records.Commit(context, std::move(changes), google::protobuf::Empty());
  // Answered, skipped, told again or expired by another replica meanwhile: the next round sees it.
  if (records::IsConflict(committed.status())) co_return absl::OkStatus();
  co_return committed.status();
}

Task<absl::Status> RequestExpiry::AdoptPage(CallContext& context,
                                            const std::vector<records::Record>& page,
                                            std::set<std::string>& seen) {
  const std::string& agency = context.principal->agency;
  for (const records::Record& request : page) {
    if (!seen.insert(request.parent).second) continue;
    bool known = true;
    CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
      const auto wait =
          deps_.records.Get(tx, agency, request.family, kFormsWait, request.parent).status();
      known = wait.ok();
      return absl::IsNotFound(wait) ? absl::OkStatus() : wait;
    }));
    if (known) continue;
    records::Record wait = NewRecord(kFormsWait, request.family, deps_.clock.NowMicros());
    wait.id = wait.parent = request.parent;
    wait.state = kFormsDoWait;
    wait.sort_us = 0;  // looked at in this round
    wait = records::With(wait, internal::v1::StoredFormsWait());
    context.access.family = request.family;
    records::Changes changes(context, deps_.clock.NowMicros());
    changes.Create(wait);
    changes.Audit("rating_request.adopt", wait);
    const auto committed =
        co_await deps_.records.Commit(context, std::move(changes), google::protobuf::Empty());
    if (!committed.ok() && !absl::IsAlreadyExists(committed.status())) {
      co_return committed.status();
    }
  }
  co_return absl::OkStatus();
}

Task<absl::Status> RequestExpiry::AdoptWaiting(CallContext& context) {
  const std::string& agency = context.principal->agency;
  std::int64_t after_us = 0;
  std::string after_id;
  std::set<std::string> seen;
  for (;;) {
    std::vector<records::Record> page;
    CO_RETURN_IF_ERROR(co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(page, deps_.records.List(tx, agency,
                                                {.kind = kRequest,
                                                 .states = {v1::RATING_REQUEST_STATE_DUE,
                                                            v1::RATING_REQUEST_STATE_OPENED},
                                                 .from_us = OldestWaiting(deps_.clock.NowMicros()),
                                                 .after_us = after_us,
                                                 .after_id = after_id,
                                                 .limit = kPage}));
      return absl::OkStatus();
    }));
    CO_RETURN_IF_ERROR(co_await AdoptPage(context, page, seen));
    if (std::ssize(page) < kPage) co_return absl::OkStatus();
    after_us = page.back().sort_us;
    after_id = page.back().id;
  }
}

absl::Status RequestExpiry::Round(std::string_view agency) {
  AgencyWork context(agency, "service/alliance", "rapport.alliance/ExpireRatingRequests",
                     kPatience);
  bool adopts = false;
  {
    std::lock_guard lock(mutex_);
    adopts = !adopted_.contains(agency);
  }
  if (adopts) {
    RETURN_IF_ERROR(RunSync(AdoptWaiting(context)));
    std::lock_guard lock(mutex_);
    adopted_.emplace(agency);
  }
  std::vector<records::Record> due;
  RETURN_IF_ERROR(db::RunSync(
      deps_.db, context,
      [&](db::Tx& tx) -> absl::Status {
        ASSIGN_OR_RETURN(due, deps_.records.List(tx, context.principal->agency,
                                                 {.kind = kFormsWait,
                                                  .state = kFormsDoWait,
                                                  .to_us = deps_.clock.NowMicros() + 1,
                                                  .limit = kAtOnce}));
        return absl::OkStatus();
      },
      /*write=*/false));
  absl::Status first;
  // The others must not wait for one that fails.
  for (const records::Record& wait : due) first.Update(RunSync(Settle(context, wait)));
  return first;
}

}  // namespace rapport::alliance
