// How PostgreSQL goes about what is asked most, also while it knows no statistics of the tables: a
// database that is new, or was just moved or restored, is read by whole families at once.
#include "platform/records/tables.h"
#include "unit/records/records_fixture.h"

namespace rapport::records {
namespace {

using support::ServiceStore;
using testing::HasSubstr;
using testing::Not;

TEST(PlansOnPostgres, AFamilyIsFoundByItsKeyWithoutStatistics) {
  ServiceStore store({.engine = support::TestEngine::kPostgres});
  const auto fill = [](db::Tx& tx) {
    return tx
        .Run(
            "INSERT INTO record (agency_id, family_id, kind, id, parent_id, state, sort_us,"
            " version, created_us, updated_us, payload) SELECT $1, decode(md5('' || (i / 18)),"
            " 'hex'), i % 18, decode(md5('' || i), 'hex'), '', 1, i, 1, i, i, '' FROM"
            " generate_series(1, 18000) i",
            {kAgency})
        .status();
  };
  ASSERT_TRUE(store.Write(fill).ok());
  const std::string explain = std::string("EXPLAIN ") + kSelectFamily;
  std::string plan;
  const auto ask = [&](db::Tx& tx) {
    const std::string family = TestId("family");
    return tx
        .Run(explain.c_str(), {kAgency, db::Blob{family}, 0, 17},
             [&](const db::Row& row) { plan += std::string(row.Bytes(0)) + "\n"; })
        .status();
  };
  ASSERT_TRUE(store.Read(ask).ok());
  EXPECT_THAT(plan, HasSubstr("record_pkey"));
  EXPECT_THAT(plan, Not(HasSubstr("Sort")));
}

}  // namespace
}  // namespace rapport::records
