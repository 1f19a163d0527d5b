// The database behind spans: what it does is what the one behind it does.
#include "platform/runtime/traced_db.h"

#include "platform/base/run_sync.h"
#include "platform/db/run_sync.h"
#include "platform/db/sqlite_db.h"
#include "platform/runtime/telemetry/spans.h"
#include "support/scratch_folder.h"
#include "support/service_store.h"

#include <gtest/gtest.h>

namespace rapport::runtime {
namespace {

// Any database, for a wrapper that owns it.
class Borrowed final : public db::Db {
 public:
  explicit Borrowed(db::Db& inner) : inner_(inner) {}
  bool healthy() const override { return inner_.healthy(); }

 protected:
  bool Start(Awaiter& awaiter, bool write) override {
    const auto work = [&awaiter](db::Tx& tx) { return awaiter.Run(tx); };
    awaiter.set_status(db::RunSync(inner_, awaiter.context(), work, write));
    return true;
  }

 private:
  db::Db& inner_;
};

class TracedDbTest : public testing::Test {
 protected:
  TracedDbTest() { telemetry::StartSpans(100); }
  ~TracedDbTest() override {
    telemetry::StartSpans(0);
    telemetry::TakeSpans();
  }

  absl::Status Run(const char* sql, bool write) {
    return db::RunSync(
        db_, call_, [&](db::Tx& tx) { return tx.Run(sql, {"agency-a"}).status(); }, write);
  }

  support::ServiceStore store_{{.service = "notes"}};
  TracedDb db_{std::make_unique<Borrowed>(*store_.db)};
  support::TestCall call_{"agency-a", "clinician-1"};
};

TEST_F(TracedDbTest, LeavesASpanForEachTransactionOfASampledTrace) {
  call_.trace = {.high = 1, .low = 2, .span = 3, .sampled = true};
  ASSERT_TRUE(Run("SELECT count(*) FROM record WHERE agency_id = $1", false).ok());
  ASSERT_TRUE(Run("DELETE FROM answer WHERE agency_id = $1", true).ok());
  EXPECT_FALSE(Run("SELECT nothing FROM record WHERE agency_id = $1", false).ok());
  const auto spans = telemetry::TakeSpans();
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(spans[0].name, "db.read");
  EXPECT_EQ(spans[1].name, "db.write");
  EXPECT_EQ(spans[0].parent, 3u);
  EXPECT_EQ(spans[0].code, 0);
  EXPECT_NE(spans[2].code, 0);
}

TEST_F(TracedDbTest, IsTheDatabaseBehindItWithoutATrace) {
  EXPECT_TRUE(db_.healthy());
  ASSERT_TRUE(Run("SELECT count(*) FROM record WHERE agency_id = $1", false).ok());
  EXPECT_FALSE(Run("DELETE FROM record WHERE agency_id = $1", false).ok()) << "a read reads";
  EXPECT_TRUE(telemetry::TakeSpans().empty());
}

}  // namespace
}  // namespace rapport::runtime
