// Several replicas of a service on one PostgreSQL, whose writes are undone and repeated and whose
// commits go without an answer: every request has its effect once, and an agency has one chain, one
// order of events and one set of keys.
#include "platform/audit/checkpointer.h"
#include "platform/audit/verifier.h"
#include "platform/base/status_macros.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/signing_key.h"
#include "support/coroutines.h"
#include "unit/records/records_fixture.h"

#include <atomic>
#include <functional>
#include <random>
#include <thread>

namespace rapport::records {
namespace {

using support::FaultyDb;
using support::ServiceStore;
using support::TestEngine;
using testing::IsEmpty;

constexpr int kReplicas = 2, kRequests = 30;
constexpr std::string_view kSuite = "the suite secret of both replicas";

struct Trouble {
  const char* name;
  TestEngine engine;
  FaultyDb::Options faults;
};
constexpr FaultyDb::Options kFaults{.again = 0.1, .lost_reply = 0.1, .lost = 0.1};
constexpr Trouble kTroubles[] = {
    {"ReadCommitted", TestEngine::kPostgres, {}},
    {"Serializable", TestEngine::kPostgresSerializable, {}},
    {"ReadCommittedWithFaults", TestEngine::kPostgres, kFaults},
    {"SerializableWithFaults", TestEngine::kPostgresSerializable, kFaults},
};

class Replicas : public testing::TestWithParam<Trouble> {
 protected:
  Replicas() {
    for (int i = 0; i < kReplicas; ++i) {
      FaultyDb::Options faults = GetParam().faults;
      faults.seed = seed_ + static_cast<unsigned>(i);
      stores_.push_back(std::make_unique<ServiceStore>(
          ServiceStore::Options{.suite_secret = std::string(kSuite.substr(0, 32)),
                                .engine = GetParam().engine,
                                .faults = faults,
                                .replica_of = i == 0 ? nullptr : stores_[0].get()}));
    }
  }
  ~Replicas() override {
    while (!stores_.empty()) stores_.pop_back();
  }

  static CallContext& Prepare(support::TestCall& call, int request) {
    call.request_id = "request-" + std::to_string(request);
    call.request_hash = crypto::Sha256({call.request_id});
    return call;
  }

  // One more on the record, as one request of somebody's.
  static Task<absl::StatusOr<Committed>> AddOne(ServiceStore& store, CallContext& call) {
    Record counter;
    std::int64_t revision = 0;
    CO_RETURN_IF_ERROR(co_await store.db->Read(call, [&](db::Tx& tx) -> absl::Status {
      ASSIGN_OR_RETURN(revision, store.records->Revision(tx, kAgency, TestId("family")));
      ASSIGN_OR_RETURN(counter,
                       store.records->Get(tx, kAgency, TestId("family"), kNote, TestId("counter")));
      return absl::OkStatus();
    }));
    Changes changes(call, store.clock.NowMicros());
    changes.Guard(counter.family, revision);
    Record after = counter;
    after.state += 1;
    changes.Update(counter, after);
    changes.Emit({.type = 101, .family = counter.family, .resource = "families/x"});
    co_return co_await store.records->Commit(call, std::move(changes), Text("done"));
  }

  // As a client of ours does it: the same request until somebody says what became of it.
  static Task<> Request(ServiceStore& store, int number, std::atomic<int>& wrong) {
    for (;;) {
      support::TestCall call(kAgency, "clinician-1", TestId("family"));
      Prepare(call, number);
      const auto known = co_await store.answers->Find(call);
      if (known.ok() && known->has_value()) co_return;
      const auto done =
          co_await RetryConflicts(*store.records, call, [&] { return AddOne(store, call); });
      if (done.ok()) co_return;
      if (db::IsCommitUnknown(done.status()) || IsDuplicateRequest(done.status())) continue;
      ADD_FAILURE() << done.status();
      ++wrong;
      co_return;
    }
  }

  // For what a test sets up and looks at.
  absl::Status Repeat(const std::function<absl::Status()>& attempt) {
    absl::Status done;
    do done = attempt();
    while (db::IsCommitUnknown(done));
    return done;
  }

  const unsigned seed_ = std::random_device{}();
  const testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
  std::vector<std::unique_ptr<ServiceStore>> stores_;
};

TEST_P(Replicas, EveryRequestHasItsEffectOnceAndTheChainIsOne) {
  ServiceStore& first = *stores_[0];
  const absl::Status made = Repeat([&]() -> absl::Status {
    support::TestCall call(kAgency, "clinician-1", TestId("family"));
    Changes changes(call, first.clock.NowMicros());
    changes.Create({.kind = kNote, .family = TestId("family"), .id = TestId("counter")});
    const auto done = RunSync(first.records->Commit(call, std::move(changes), Text("made")));
    return absl::IsAlreadyExists(done.status()) ? absl::OkStatus() : done.status();
  });
  ASSERT_TRUE(made.ok()) << made;

  std::atomic<int> wrong{0};
  {
    // Each request is made at both replicas, as a client does that heard nothing from the first.
    support::Coroutines calls(2);
    for (int i = 0; i < kRequests; ++i) {
      for (auto& store : stores_) calls.Start(Request(*store, i, wrong));
    }
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(first.Number("SELECT state FROM record WHERE agency_id = $1", {kAgency}), kRequests);
  EXPECT_EQ(first.Number("SELECT count(*) FROM outbox WHERE agency_id = $1", {kAgency}), kRequests);
  EXPECT_EQ(first.Number("SELECT max(sequence) FROM outbox WHERE agency_id = $1", {kAgency}),
            kRequests);
  EXPECT_EQ(first.Number("SELECT count(*) FROM audit WHERE agency_id = $1", {kAgency}),
            kRequests + 1);
  const audit::Verifier verifier("notes", *first.db, *first.keys, first.suite, "");
  support::TestCall call(kAgency, "auditor");
  const auto report = RunSync(verifier.Verify(call, kAgency, {}));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->fault, audit::Fault::kNone) << report->first_bad;
  EXPECT_EQ(report->verified.sequence, kRequests + 1);
}

TEST_P(Replicas, AnAgencysFirstWritesGiveItOneHeadAndOneKey) {
  std::atomic<int> wrong{0};
  const auto write = [&](ServiceStore& store, std::string agency, int n) -> Task<> {
    support::TestCall call(agency, "clinician-1", TestId("family"));
    Changes changes(call, store.clock.NowMicros());
    changes.Create(
        {.kind = kNote, .family = TestId("family"), .id = TestId("n" + std::to_string(n))});
    const auto done = co_await store.records->Commit(call, std::move(changes), Text("made"));
    if (!done.ok() && !db::IsCommitUnknown(done.status())) {
      ADD_FAILURE() << done.status();
      ++wrong;
    }
  };
  {
    support::Coroutines calls(4);
    for (int agency = 0; agency < 8; ++agency) {
      for (int n = 0; n < 4; ++n) {
        calls.Start(write(*stores_[static_cast<std::size_t>(n % kReplicas)],
                          "agency-" + std::to_string(agency), n));
      }
    }
  }
  EXPECT_EQ(wrong, 0);
  ServiceStore& first = *stores_[0];
  for (int agency = 0; agency < 8; ++agency) {
    const std::string name = "agency-" + std::to_string(agency);
    const std::int64_t rows =
        first.Number("SELECT count(*) FROM audit WHERE agency_id = $1", {name});
    EXPECT_EQ(rows, first.Number("SELECT count(*) FROM record WHERE agency_id = $1", {name}));
    if (rows == 0) continue;  // all four were lost
    EXPECT_EQ(first.Number("SELECT audit_sequence FROM audit_head WHERE agency_id = $1", {name}),
              rows);
    std::int64_t keys = 0;
    ASSERT_TRUE(db::RunSync(
                    *first.keys_db,
                    [&](db::Tx& tx) {
                      return tx
                          .Run("SELECT count(*) FROM agency_key WHERE agency_id = $1", {name},
                               [&](const db::Row& row) { keys = row.Int(0); })
                          .status();
                    },
                    false)
                    .ok());
    EXPECT_EQ(keys, 1);
    // The other replica opens what this one sealed.
    for (auto& store : stores_) {
      EXPECT_TRUE(store
                      ->Read([&](db::Tx& tx) {
                        return store->records
                            ->List(tx, name, {.kind = kNote, .family = TestId("family")})
                            .status();
                      })
                      .ok());
    }
  }
}

TEST_P(Replicas, CheckpointsAreOneChainWhicheverReplicaWritesThem) {
  ScratchFolder folder;
  std::vector<std::unique_ptr<audit::Checkpointer>> writers;
  for (std::size_t i = 0; i < stores_.size(); ++i) {
    auto opened = audit::Checkpointer::Open(
        {.service = "notes", .path = folder / ("checkpoints" + std::to_string(i)), .rows = 1},
        *stores_[i]->db,
        crypto::SigningKey(stores_[i]->suite.Key(crypto::SuiteKey::kCheckpoint, "notes")));
    ASSERT_TRUE(opened.ok()) << opened.status();
    writers.push_back(*std::move(opened));
  }
  for (int round = 0; round < 3; ++round) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < stores_.size(); ++i) {
      threads.emplace_back([&, i] {
        ServiceStore& store = *stores_[i];
        support::TestCall call(kAgency, "clinician-1", TestId("family"));
        Changes changes(call, store.clock.NowMicros());
        changes.Create({.kind = kNote,
                        .family = TestId("family"),
                        .id = TestId(std::to_string(i) + "/" + std::to_string(round))});
        RunSync(store.records->Commit(call, std::move(changes), Text("made")))
            .status()
            .IgnoreError();
        RunSync(writers[i]->WriteDue(call, RealMicros())).status().IgnoreError();
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  ServiceStore& first = *stores_[0];
  std::vector<audit::Checkpoint> all;
  ASSERT_TRUE(first
                  .Read([&](db::Tx& tx) -> absl::Status {
                    ASSIGN_OR_RETURN(all, audit::ReadCheckpoints(tx, "notes", kAgency, 0));
                    return absl::OkStatus();
                  })
                  .ok());
  ASSERT_GT(all.size(), 1u);
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_EQ(all[i].previous, audit::DigestOf(all[i - 1])) << i;
  }
}

// A family's key must not be made behind its erasure.
TEST_P(Replicas, NoKeyIsMadeForAFamilyThatIsErasedMeanwhile) {
  for (int round = 0; round < 20; ++round) {
    const std::string family = TestId("f" + std::to_string(round));
    std::thread eraser([&] {
      support::TestCall call(kAgency, "system");
      EXPECT_TRUE(RunSync(stores_[1]->keys->Destroy(call, kAgency, family)).ok());
    });
    support::TestCall call(kAgency, "clinician-1");
    RunSync(stores_[0]->keys->FindOrCreate(call, kAgency, family, crypto::KeyClass::kRecord))
        .status()
        .IgnoreError();
    eraser.join();
  }
  std::int64_t left = -1;
  ASSERT_TRUE(db::RunSync(
                  *stores_[0]->keys_db,
                  [&](db::Tx& tx) {
                    return tx
                        .Run(
                            "SELECT count(*) FROM family_key k JOIN erasure e"
                            " ON k.agency_id = e.agency_id AND k.family_id = e.family_id",
                            {}, [&](const db::Row& row) { left = row.Int(0); })
                        .status();
                  },
                  false)
                  .ok());
  EXPECT_EQ(left, 0);
}

INSTANTIATE_TEST_SUITE_P(On, Replicas, testing::ValuesIn(kTroubles),
                         [](const auto& trouble) { return std::string(trouble.param.name); });

}  // namespace
}  // namespace rapport::records
