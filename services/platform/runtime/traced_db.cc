#include "platform/runtime/traced_db.h"

#include "platform/base/executor.h"
#include "platform/base/task.h"
#include "platform/runtime/telemetry/spans.h"

#include <atomic>
#include <utility>

namespace rapport::runtime {
namespace {

// Start and the end of the work meet here: whoever comes second lets the caller go on, Start by
// saying that it is done, the work by posting it.
using Meeting = std::shared_ptr<std::atomic<bool>>;

Task<> RunTraced(db::Db& inner, db::Db::Awaiter& awaiter, bool write, Meeting meeting) {
  telemetry::Piece piece(awaiter.context().trace, write ? "db.write" : "db.read",
                         telemetry::SpanKind::kClient);
  const auto work = [&awaiter](db::Tx& tx) { return awaiter.Run(tx); };
  absl::Status status = write ? co_await inner.Write(awaiter.context(), work)
                              : co_await inner.Read(awaiter.context(), work);
  piece.End(static_cast<int>(status.code()));
  awaiter.set_status(std::move(status));
  const Continuation done[] = {awaiter.continuation()};
  if (meeting->exchange(true)) PostByHome(done);
}

}  // namespace

TracedDb::TracedDb(std::unique_ptr<db::Db> inner) : inner_(std::move(inner)) {}

bool TracedDb::Start(Awaiter& awaiter, bool write) {
  const auto meeting = std::make_shared<std::atomic<bool>>(false);
  Spawn(RunTraced(*inner_, awaiter, write, meeting));
  return meeting->exchange(true);
}

}  // namespace rapport::runtime
