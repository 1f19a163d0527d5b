// What the tests of records share: a store, and short ways to write and read one.
#pragma once

#include "platform/audit/audit_record.h"
#include "support/coroutines.h"
#include "support/service_store.h"

#include <gmock/gmock.h>
#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace rapport::records {

using support::TestCall;
using support::TestId;

inline constexpr char kAgency[] = "harbour";
inline constexpr int kNote = 1, kSession = 2, kPrivate = 3;

inline google::protobuf::StringValue Text(std::string_view text) {
  google::protobuf::StringValue value;
  value.set_value(std::string(text));
  return value;
}

class RecordsFixture : public testing::Test {
 protected:
  static Record New(std::string_view id, std::string_view payload = "first words") {
    return {.kind = kNote,
            .family = TestId("family"),
            .id = TestId(id),
            .state = 1,
            .sort_us = support::kMonday,
            .payload = std::string(payload)};
  }

  absl::StatusOr<Committed> Commit(CallContext& context, Changes changes) {
    return RunSync(store.records->Commit(context, std::move(changes), Text("answer")));
  }
  absl::StatusOr<Committed> Commit(Changes changes) { return Commit(call, std::move(changes)); }
  Changes Start() { return {call, store.clock.NowMicros()}; }

  absl::StatusOr<Committed> Create(Record record) {
    Changes changes = Start();
    changes.Create(std::move(record));
    return Commit(std::move(changes));
  }
  absl::StatusOr<Committed> Update(const Record& before, std::string_view payload) {
    Changes changes = Start();
    Record after = before;
    after.payload = payload;
    changes.Update(before, std::move(after));
    return Commit(std::move(changes));
  }
  absl::StatusOr<Record> Get(const Record& like) {
    absl::StatusOr<Record> record;
    store
        .Read([&](db::Tx& tx) {
          record = store.records->Get(tx, kAgency, like.family, like.kind, like.id);
          return absl::OkStatus();
        })
        .IgnoreError();
    return record;
  }
  std::vector<Record> List(const ListQuery& query) {
    absl::StatusOr<std::vector<Record>> list;
    store
        .Read([&](db::Tx& tx) {
          list = store.records->List(tx, kAgency, query);
          return absl::OkStatus();
        })
        .IgnoreError();
    EXPECT_TRUE(list.ok()) << list.status();
    return *std::move(list);
  }
  std::vector<Record> History(const Record& like) {
    absl::StatusOr<std::vector<Record>> list;
    store
        .Read([&](db::Tx& tx) {
          list = store.records->History(tx, kAgency, like.family, like.kind, like.id);
          return absl::OkStatus();
        })
        .IgnoreError();
    EXPECT_TRUE(list.ok()) << list.status();
    return *std::move(list);
  }
  // The agency's audit records, in order.
  std::vector<internal::v1::AuditRecord> Audits() {
    const auto sealer = store.keys->Find(kAgency, "", crypto::KeyClass::kRecord);
    std::vector<internal::v1::AuditRecord> audits;
    const absl::Status status = store.Read([&](db::Tx& tx) {
      return tx
          .Run("SELECT sealed FROM audit WHERE agency_id = $1 ORDER BY sequence", {kAgency},
               [&](const db::Row& row) {
                 auto record = audit::OpenRecord(**sealer, "notes", kAgency, row.Bytes(0));
                 ASSERT_TRUE(record.ok()) << record.status();
                 audits.push_back(*std::move(record));
               })
          .status();
    });
    EXPECT_TRUE(status.ok()) << status;
    return audits;
  }

  support::ServiceStore store;
  TestCall call{kAgency, "clinician-1", TestId("family")};
};

}  // namespace rapport::records
