// Random tampering with a stored chain: every one is found, at the right sequence, and called by
// its name. RAPPORT_TAMPERS says how many (default 600); the seed is printed.
#include "platform/audit/checkpointer.h"
#include "unit/audit/audit_fixture.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <set>

namespace rapport::audit {
namespace {

constexpr int kRows = 40;

struct Found {
  std::int64_t first_bad;
  std::set<Fault> faults;  // the names it may get
};

class Tampering : public AuditFixture {
 public:
  void SetUp() override {
    Append("a", kRows / 2);
    auto checkpointer = Checkpointer::Open(
        {.service = "notes", .path = store.path("checkpoints"), .rows = 1}, *store.db,
        crypto::SigningKey(store.suite.Key(crypto::SuiteKey::kCheckpoint, "notes")));
    TestCall call("", "system");
    ASSERT_TRUE(RunSync((*checkpointer)->WriteDue(call, 1)).ok());
    Append("a", kRows / 2);
    Append("b", kRows);
    ASSERT_TRUE(
        Script("CREATE TABLE kept_audit AS SELECT * FROM audit;"
               "CREATE TABLE kept_head AS SELECT * FROM audit_head;"));
    ASSERT_EQ(Verify("a").fault, Fault::kNone);
    ASSERT_EQ(Verify("b").fault, Fault::kNone);
    whole = Verify("a").head;
  }
  bool Script(const char* sql) {
    const absl::Status done = store.Write([&](db::Tx& tx) { return tx.Script(sql); });
    EXPECT_TRUE(done.ok()) << done << ": " << sql;
    return done.ok();
  }
  void Restore() {
    Script(
        "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept_audit;"
        "DELETE FROM audit_head; INSERT INTO audit_head SELECT * FROM kept_head;");
  }
  void Must(const char* sql, std::initializer_list<db::Value> values) {
    const absl::Status done = Do(sql, values);
    ASSERT_TRUE(done.ok()) << done;
  }
  std::int64_t Pick(std::int64_t from, std::int64_t to) {
    return std::uniform_int_distribution<std::int64_t>(from, to)(random);
  }

  Found EditABit();
  Found EditANumber();
  Found Delete();
  Found Swap();
  Found InsertInTheMiddle();
  Found InsertAtTheEnd();
  Found CutTheEnd();
  Found CutTheEndAndTheHead();
  Found Splice();
  Found MoveTheHead();

  std::mt19937 random;
  ChainPlace whole;
};

Found Tampering::EditABit() {
  const std::int64_t at = Pick(1, kRows);
  std::string value;
  static const char* const kReads[] = {
      "SELECT sealed FROM audit WHERE agency_id = 'a' AND sequence = $1",
      "SELECT mac FROM audit WHERE agency_id = 'a' AND sequence = $1",
      "SELECT family_id FROM audit WHERE agency_id = 'a' AND sequence = $1"};
  static const char* const kWrites[] = {
      "UPDATE audit SET sealed = $2 WHERE agency_id = 'a' AND sequence = $1",
      "UPDATE audit SET mac = $2 WHERE agency_id = 'a' AND sequence = $1",
      "UPDATE audit SET family_id = $2 WHERE agency_id = 'a' AND sequence = $1"};
  const std::int64_t column = Pick(0, 2);
  EXPECT_TRUE(
      store
          .Read([&](db::Tx& tx) {
            return tx.Run(kReads[column], {at}, [&](const db::Row& row) { value = row.Bytes(0); })
                .status();
          })
          .ok());
  const auto bit =
      static_cast<std::size_t>(Pick(0, 8 * static_cast<std::int64_t>(value.size()) - 1));
  value[bit / 8] = static_cast<char>(value[bit / 8] ^ (1 << bit % 8));
  Must(kWrites[column], {at, db::Blob{value}});
  return {at, {Fault::kEdited}};
}

Found Tampering::EditANumber() {
  const std::int64_t at = Pick(1, kRows);
  static const char* const kWrites[] = {
      "UPDATE audit SET at_us = at_us + $2 WHERE agency_id = 'a' AND sequence = $1",
      "UPDATE audit SET recorded_us = recorded_us + $2 WHERE agency_id = 'a' AND sequence = $1",
      "UPDATE audit SET block = block + $2 WHERE agency_id = 'a' AND sequence = $1"};
  Must(kWrites[Pick(0, 2)], {at, Pick(0, 1) == 0 ? Pick(-900, -1) : Pick(1, 900)});
  return {at, {Fault::kEdited}};
}

Found Tampering::Delete() {
  const std::int64_t at = Pick(1, kRows - 1);
  Must("DELETE FROM audit WHERE agency_id = 'a' AND sequence = $1", {at});
  return {at, {Fault::kMissing}};
}

Found Tampering::Swap() {
  const std::int64_t first = Pick(1, kRows - 1), second = Pick(first + 1, kRows);
  for (const auto& [from, to] :
       {std::pair<std::int64_t, std::int64_t>{first, -1}, {second, first}, {-1, second}}) {
    Must("UPDATE audit SET sequence = $2 WHERE agency_id = 'a' AND sequence = $1", {from, to});
  }
  return {first, {Fault::kReordered}};
}

Found Tampering::InsertInTheMiddle() {
  const std::int64_t at = Pick(2, kRows);
  for (std::int64_t i = kRows; i >= at; --i) {
    Must("UPDATE audit SET sequence = sequence + 1 WHERE agency_id = 'a' AND sequence = $1", {i});
  }
  Must(
      "INSERT INTO audit SELECT agency_id, $1, block, at_us, recorded_us, family_id, sealed, mac"
      " FROM kept_audit WHERE agency_id = 'a' AND sequence = $2",
      {at, at - 1});
  return {at, {Fault::kReordered, Fault::kEdited}};
}

Found Tampering::InsertAtTheEnd() {
  Must(
      "INSERT INTO audit SELECT agency_id, $1, block, at_us, recorded_us, family_id, sealed, mac"
      " FROM kept_audit WHERE agency_id = 'a' AND sequence = $2",
      {kRows + 1, Pick(1, kRows)});
  return {kRows + 1, {Fault::kReordered, Fault::kEdited, Fault::kForked}};
}

Found Tampering::CutTheEnd() {
  const std::int64_t at = Pick(1, kRows);
  Must("DELETE FROM audit WHERE agency_id = 'a' AND sequence >= $1", {at});
  return {at, {Fault::kTruncated}};
}

// By somebody who knows of the head; the checkpoint at half of the rows is still there.
Found Tampering::CutTheEndAndTheHead() {
  const std::int64_t at = Pick(2, kRows / 2);
  Must("DELETE FROM audit WHERE agency_id = 'a' AND sequence >= $1", {at});
  Must(
      "UPDATE audit_head SET audit_sequence = $1, mac = (SELECT mac FROM audit WHERE"
      " agency_id = 'a' AND sequence = $1) WHERE agency_id = 'a'",
      {at - 1});
  return {at, {Fault::kTruncated}};
}

Found Tampering::Splice() {
  const std::int64_t at = Pick(1, kRows);
  Must("DELETE FROM audit WHERE agency_id = 'a' AND sequence = $1", {at});
  Must(
      "INSERT INTO audit SELECT 'a', $1, block, at_us, recorded_us, family_id, sealed, mac"
      " FROM kept_audit WHERE agency_id = 'b' AND sequence = $2",
      {at, Pick(1, kRows)});
  return {at, {Fault::kForeign}};
}

Found Tampering::MoveTheHead() {
  const std::int64_t at = Pick(1, kRows - 1);
  Must(
      "UPDATE audit_head SET audit_sequence = $1, mac = (SELECT mac FROM audit WHERE"
      " agency_id = 'a' AND sequence = $1) WHERE agency_id = 'a'",
      {at});
  return {at + 1, {Fault::kForked}};
}

TEST_F(Tampering, IsAlwaysFoundAtTheRightSequence) {
  const char* count = std::getenv("RAPPORT_TAMPERS");
  const int tampers = count == nullptr ? 600 : std::atoi(count);
  const auto seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  random.seed(seed);
  using Way = Found (Tampering::*)();
  const std::pair<const char*, Way> ways[] = {
      {"edit a bit", &Tampering::EditABit},
      {"edit a number", &Tampering::EditANumber},
      {"delete", &Tampering::Delete},
      {"swap", &Tampering::Swap},
      {"insert in the middle", &Tampering::InsertInTheMiddle},
      {"insert at the end", &Tampering::InsertAtTheEnd},
      {"cut the end", &Tampering::CutTheEnd},
      {"cut the end and the head", &Tampering::CutTheEndAndTheHead},
      {"splice another agency's", &Tampering::Splice},
      {"move the head", &Tampering::MoveTheHead},
  };
  for (int i = 0; i < tampers; ++i) {
    const auto& [name, way] = ways[static_cast<std::size_t>(i) % std::size(ways)];
    const Found expected = (this->*way)();
    const VerifyReport report = Verify("a");
    ASSERT_EQ(report.first_bad, expected.first_bad)
        << name << ", called " << static_cast<int>(report.fault);
    ASSERT_TRUE(expected.faults.contains(report.fault))
        << name << " was called " << static_cast<int>(report.fault);
    ASSERT_EQ(Verify("b").fault, Fault::kNone) << "of " << name << " in another agency's chain";
    Restore();
  }
  EXPECT_EQ(Verify("a").head, whole);
}

}  // namespace
}  // namespace rapport::audit
