// ChangesService: the feed of changes of one process, for other systems. Reads the outbox's log; a
// watch asks it again every quarter of a second, which sees what other replicas commit too.
// Thread-safe.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/stream.h"
#include "platform/base/task.h"
#include "platform/db/db.h"
#include "platform/records/change_feed.h"
#include "platform/schema/etag.h"
#include "platform/schema/id_codec.h"

#include <rapport/changes/v1/changes_service.pb.h>

#include <atomic>
#include <chrono>

namespace rapport::rpc {

class ChangesService {
 public:
  struct Deps {
    db::Db& db;
    const records::ChangeFeed& feed;
    const schema::IdCodec& ids;
    const schema::Etags& etags;
  };
  struct Pace {
    std::chrono::milliseconds poll{250};
    std::chrono::milliseconds heartbeat{10'000};
  };
  explicit ChangesService(const Deps& deps) : ChangesService(deps, Pace{}) {}
  ChangesService(const Deps& deps, const Pace& pace) : deps_(deps), pace_(pace) {}

  Task<absl::StatusOr<changes::v1::ListChangesResponse>> ListChanges(
      CallContext& context, const changes::v1::ListChangesRequest& request);
  Task<absl::Status> WatchChanges(CallContext& context,
                                  const changes::v1::WatchChangesRequest& request,
                                  Sink<changes::v1::WatchChangesResponse>& sink);

  // Watches end at their next look.
  void Close() { closed_.store(true, std::memory_order_relaxed); }

 private:
  using Page = records::ChangeFeed::Page;
  using Place = records::ChangeFeed::Place;
  Task<absl::StatusOr<Page>> ReadPage(CallContext& context, std::optional<Place> place,
                                      const std::vector<int>& types, int limit);
  changes::v1::Change Show(std::string_view agency, const records::ChangeFeed::Entry& entry) const;

  const Deps deps_;
  const Pace pace_;
  std::atomic<bool> closed_{false};
};

}  // namespace rapport::rpc
