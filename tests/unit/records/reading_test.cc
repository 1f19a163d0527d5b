// What reading promises, checked against a plain model: order, filters, windows, paging.
#include "unit/records/records_fixture.h"

#include <algorithm>
#include <random>
#include <tuple>

namespace rapport::records {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

std::vector<std::string> Ids(const std::vector<Record>& records) {
  std::vector<std::string> ids;
  for (const Record& record : records) ids.push_back(record.id);
  return ids;
}

class RecordsReading : public RecordsFixture {
 protected:
  void Fill(std::mt19937& random, int count) {
    for (int i = 0; i < count;) {
      Changes changes = Start();
      for (int k = 0; k < 25 && i < count; ++k, ++i) {
        Record record{.kind = static_cast<int>(random() % 2) + 1,
                      .family = TestId("f" + std::to_string(random() % 3)),
                      .id = TestId(std::to_string(random())),
                      .parent = random() % 2 ? TestId("p" + std::to_string(random() % 2)) : "",
                      .state = static_cast<std::int64_t>(random() % 4) - 1,
                      .sort_us = static_cast<std::int64_t>(random() % 20),
                      .payload = "payload " + std::to_string(i)};
        all.push_back(record);
        changes.Create(std::move(record));
      }
      ASSERT_TRUE(Commit(std::move(changes)).ok());
    }
  }

  // The same, from memory.
  std::vector<std::string> Expect(const ListQuery& query) const {
    std::vector<Record> match;
    for (const Record& r : all) {
      const auto at = std::tie(r.sort_us, r.id);
      const std::string after_id(query.after_id);
      const auto after = std::tie(query.after_us, after_id);
      const bool behind = after_id.empty() || (query.newest_first ? at < after : at > after);
      if (r.kind == query.kind && (query.family.empty() || r.family == query.family) &&
          (query.parent.empty() || r.parent == query.parent) &&
          (!query.state || r.state == *query.state) && r.sort_us >= query.from_us &&
          r.sort_us < query.to_us && behind) {
        match.push_back(r);
      }
    }
    std::ranges::sort(match, [&](const Record& a, const Record& b) {
      const auto left = std::tie(a.sort_us, a.id), right = std::tie(b.sort_us, b.id);
      return query.newest_first ? left > right : left < right;
    });
    if (match.size() > static_cast<std::size_t>(query.limit)) {
      match.resize(static_cast<std::size_t>(query.limit));
    }
    return Ids(match);
  }

  std::vector<Record> all;
};

TEST_F(RecordsReading, EveryListIsWhatTheModelSays) {
  const auto seed = std::random_device{}();
  RecordProperty("seed", static_cast<int>(seed));
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  Fill(random, 300);
  for (int i = 0; i < 500; ++i) {
    const std::string family = TestId("f" + std::to_string(random() % 4));
    const std::string parent = TestId("p" + std::to_string(random() % 3));
    const Record& place = all[random() % all.size()];
    ListQuery query{.kind = static_cast<int>(random() % 2) + 1,
                    .newest_first = random() % 2 == 0,
                    .limit = static_cast<int>(random() % 40) + 1};
    if (random() % 2) query.family = family;
    if (random() % 3 == 0) query.parent = parent;
    if (random() % 2) query.state = static_cast<std::int64_t>(random() % 5) - 1;
    if (random() % 3 == 0) query.from_us = static_cast<std::int64_t>(random() % 20);
    if (random() % 3 == 0) query.to_us = static_cast<std::int64_t>(random() % 20);
    if (random() % 2) {
      query.after_us = place.sort_us;
      query.after_id = place.id;
    }
    ASSERT_THAT(Ids(List(query)), ElementsAreArray(Expect(query))) << "query " << i;
  }
}

TEST_F(RecordsReading, PagesJoinToTheWholeList) {
  std::mt19937 random(7);
  Fill(random, 120);
  for (const bool newest_first : {false, true}) {
    for (const bool whole_agency : {false, true}) {
      const std::string family = TestId("f1");
      ListQuery query{.kind = 1, .newest_first = newest_first, .limit = 7};
      if (!whole_agency) query.family = family;
      ListQuery everything = query;
      everything.limit = 1'000;
      std::vector<std::string> joined;
      std::string after_id;
      for (;;) {
        query.after_id = after_id;
        const auto page = List(query);
        if (page.empty()) break;
        for (const Record& record : page) joined.push_back(record.id);
        query.after_us = page.back().sort_us;
        after_id = page.back().id;
      }
      EXPECT_THAT(joined, ElementsAreArray(Expect(everything)));
    }
  }
}

TEST_F(RecordsReading, AFamilyComesByKindAndThenInOrder) {
  Changes changes = Start();
  for (const auto& [kind, sort, id] :
       {std::tuple{3, 1, "x"}, {1, 9, "a"}, {2, 5, "c"}, {2, 5, "b"}, {1, 3, "d"}, {4, 1, "y"}}) {
    changes.Create({.kind = kind, .family = TestId("f"), .id = TestId(id), .sort_us = sort});
  }
  changes.Create({.kind = 2, .family = TestId("g"), .id = TestId("z"), .sort_us = 5});
  ASSERT_TRUE(Commit(std::move(changes)).ok());
  std::vector<Record> family;
  ASSERT_TRUE(store
                  .Read([&](db::Tx& tx) -> absl::Status {
                    auto read = store.records->Family(tx, kAgency, TestId("f"), 1, 3);
                    if (read.ok()) family = *std::move(read);
                    return read.status();
                  })
                  .ok());
  EXPECT_THAT(Ids(family),
              ElementsAre(TestId("d"), TestId("a"), TestId("b"), TestId("c"), TestId("x")));
}

TEST_F(RecordsReading, RecordsOfTheAgencyHaveNoFamily) {
  Changes changes = Start();
  changes.Create({.kind = 5, .id = TestId("house"), .payload = "a directory entry"});
  ASSERT_TRUE(Commit(std::move(changes)).ok());
  EXPECT_EQ(Get({.kind = 5, .id = TestId("house")})->payload, "a directory entry");
  EXPECT_THAT(Ids(List({.kind = 5})), ElementsAre(TestId("house")));
}

TEST_F(RecordsReading, AnotherAgencySeesNothing) {
  ASSERT_TRUE(Create(New("note")).ok());
  ASSERT_TRUE(store
                  .Read([&](db::Tx& tx) -> absl::Status {
                    const auto note =
                        store.records->Get(tx, "lakeside", TestId("family"), kNote, TestId("note"));
                    EXPECT_TRUE(absl::IsNotFound(note.status()));
                    EXPECT_THAT(*store.records->List(tx, "lakeside", {.kind = kNote}), IsEmpty());
                    EXPECT_EQ(*store.records->Sequence(tx, "lakeside"), 0);
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST_F(RecordsReading, ListsAreFoundByIndexAndSortedByIt) {
  for (const char* sql :
       {"EXPLAIN QUERY PLAN SELECT payload FROM record WHERE agency_id = $1 AND kind = $2"
        " AND state = $3 AND (sort_us, id) > ($4, $5) ORDER BY sort_us, id LIMIT 10"}) {
    std::string plan;
    ASSERT_TRUE(store
                    .Read([&](db::Tx& tx) {
                      return tx
                          .Run(sql, {kAgency, 1, 1, 0, db::Blob{""}},
                               [&](const db::Row& row) { plan += row.Bytes(3); })
                          .status();
                    })
                    .ok());
    EXPECT_NE(plan.find("USING INDEX record_by_state"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << plan;
  }
}

}  // namespace
}  // namespace rapport::records
