// The inbox: events of another service, each applied exactly once.
#include "platform/records/inbox.h"
#include "unit/records/records_fixture.h"

#include <atomic>
#include <functional>

namespace rapport::records {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Appends the event's body to one record of the family; refuses "poison".
class Diary final : public EventHandler {
 public:
  explicit Diary(support::ServiceStore& store) : store_(store) {}

  Task<absl::StatusOr<std::optional<Changes>>> Handle(
      CallContext& context, const internal::v1::EventEnvelope& event) override {
    ++calls;
    if (event.body() == "poison") co_return absl::InvalidArgumentError("no");
    if (event.body() == "nothing") co_return std::nullopt;
    absl::StatusOr<Record> before = absl::NotFoundError("");
    const absl::Status read = co_await store_.db->Read(context, [&](db::Tx& tx) {
      before = store_.records->Get(tx, event.agency(), event.family(), kNote, TestId("diary"));
      return absl::OkStatus();
    });
    if (!read.ok()) co_return read;
    Changes changes(context, event.at_us());
    if (before.ok()) {
      Record after = *before;
      after.payload += event.body();
      changes.Update(*before, std::move(after));
    } else {
      changes.Create({.kind = kNote,
                      .family = event.family(),
                      .id = TestId("diary"),
                      .payload = event.body()});
    }
    co_return changes;
  }

  std::atomic<int> calls{0};

 private:
  support::ServiceStore& store_;
};

class RecordsInbox : public RecordsFixture {
 protected:
  std::string Seal(std::int64_t sequence, std::string_view family, std::string_view body,
                   std::string_view source = "intake") {
    internal::v1::EventEnvelope event;
    event.set_agency(kAgency);
    event.set_source(std::string(source));
    event.set_sequence(sequence);
    event.set_type(internal::v1::EVENT_TYPE_ROSTER_CHANGED);
    event.set_family(TestId(family));
    event.set_at_us(support::kMonday);
    event.set_body(std::string(body));
    return store.suite.SealerFor(crypto::SuiteKey::kEvent, kAgency)
        ->Seal(WireIdentity(source, kAgency), event.SerializeAsString());
  }
  absl::StatusOr<int> Apply(const std::vector<std::string>& envelopes,
                            std::string source = "intake") {
    TestCall mine(kAgency, "unused");
    mine.principal.reset();
    const std::vector<std::string_view> views(envelopes.begin(), envelopes.end());
    const Inbox inbox = NewInbox();
    return RunSync(inbox.Apply(mine, kAgency, std::move(source), views));
  }
  std::string DiaryOf(std::string_view family) {
    const auto record = Get({.kind = kNote, .family = TestId(family), .id = TestId("diary")});
    return record.ok() ? record->payload : "";
  }

  Inbox NewInbox() { return {*store.records, store.suite, diary}; }

  Diary diary{store};
};

TEST_F(RecordsInbox, EventsAreAppliedInOrderAndAuditedAsTheSource) {
  EXPECT_EQ(*Apply({Seal(1, "a", "1"), Seal(4, "b", "x"), Seal(7, "a", "2")}), 3);
  EXPECT_EQ(DiaryOf("a"), "12");
  EXPECT_EQ(DiaryOf("b"), "x");
  for (const auto& audit : Audits()) {
    EXPECT_EQ(audit.actor(), "service/intake");
    EXPECT_EQ(audit.viewer(), static_cast<int>(Viewer::kPeer));
  }
}

TEST_F(RecordsInbox, ARepeatedEventCountsAsAppliedAndDoesNothing) {
  ASSERT_EQ(*Apply({Seal(1, "a", "1"), Seal(2, "a", "2")}), 2);
  EXPECT_EQ(*Apply({Seal(1, "a", "1"), Seal(2, "a", "2"), Seal(3, "a", "3")}), 3);
  store.Reopen();
  EXPECT_EQ(*Apply({Seal(2, "a", "2")}), 1);
  EXPECT_EQ(DiaryOf("a"), "123");
}

TEST_F(RecordsInbox, AnEventThatChangesNothingCountsAsAppliedAndWritesNothing) {
  ASSERT_EQ(*Apply({Seal(1, "a", "nothing"), Seal(2, "a", "2")}), 2);
  EXPECT_EQ(*Apply({Seal(3, "a", "nothing")}), 1);
  EXPECT_EQ(store.Number("SELECT sequence FROM inbox"), 2);
  EXPECT_EQ(Audits().size(), 1);
  EXPECT_EQ(*Apply({Seal(1, "a", "nothing"), Seal(2, "a", "2")}), 2);
  EXPECT_EQ(DiaryOf("a"), "2");
}

TEST_F(RecordsInbox, ARefusalStopsBehindWhatWasApplied) {
  EXPECT_EQ(*Apply({Seal(1, "a", "1"), Seal(2, "a", "poison"), Seal(3, "a", "3")}), 1);
  EXPECT_TRUE(absl::IsInvalidArgument(Apply({Seal(2, "a", "poison"), Seal(3, "a", "3")}).status()));
  EXPECT_EQ(DiaryOf("a"), "1");
}

TEST_F(RecordsInbox, AParkedFamilyCatchesUpAfterOthersWentOn) {
  ASSERT_EQ(*Apply({Seal(1, "a", "1"), Seal(9, "b", "9")}), 2);
  EXPECT_EQ(*Apply({Seal(3, "a", "3"), Seal(5, "a", "5")}), 2);
  EXPECT_EQ(DiaryOf("a"), "135");
}

TEST_F(RecordsInbox, SourcesHavePositionsOfTheirOwn) {
  ASSERT_EQ(*Apply({Seal(8, "a", "i")}), 1);
  EXPECT_EQ(*Apply({Seal(2, "a", "g", "goals")}, "goals"), 1);
  EXPECT_EQ(DiaryOf("a"), "ig");
}

TEST_F(RecordsInbox, AnEnvelopeOfAnotherSourceOrAgencyDoesNotOpen) {
  EXPECT_TRUE(absl::IsDataLoss(Apply({Seal(1, "a", "1", "goals")}).status()));
  EXPECT_TRUE(absl::IsDataLoss(Apply({"garbage"}).status()));
  TestCall mine("lakeside", "unused");
  const std::string sealed = Seal(1, "a", "1");
  const std::vector<std::string_view> views = {sealed};
  const Inbox inbox = NewInbox();
  EXPECT_TRUE(absl::IsDataLoss(RunSync(inbox.Apply(mine, "lakeside", "intake", views)).status()));
  EXPECT_EQ(diary.calls, 0);
}

TEST_F(RecordsInbox, ConcurrentDeliveriesOfTheSameEventsApplyEachOnce) {
  std::vector<std::string> envelopes;
  std::string expected;
  for (int i = 1; i <= 30; ++i) {
    envelopes.push_back(Seal(i, "a", std::string(1, static_cast<char>('A' + i % 26))));
    expected += static_cast<char>('A' + i % 26);
  }
  const std::vector<std::string_view> views(envelopes.begin(), envelopes.end());
  const Inbox inbox = NewInbox();
  const auto deliver = [&]() -> Task<> {
    TestCall mine(kAgency, "unused");
    // Another delivery may be in the middle of the same events: what counts is the end.
    for (int applied = 0; applied < 30;) {
      const auto done = co_await inbox.Apply(mine, kAgency, "intake", views);
      if (done.ok()) applied = *done;
      EXPECT_TRUE(done.ok() || IsConflict(done.status())) << done.status();
    }
  };
  {
    support::Coroutines coroutines(4);
    for (int i = 0; i < 8; ++i) coroutines.Start(deliver());
  }
  EXPECT_EQ(DiaryOf("a"), expected);
  EXPECT_EQ(store.Number("SELECT count(*) FROM audit"), 30);
}

// On a thread of its own, where families are applied beside each other.
TEST_F(RecordsInbox, FamiliesGoOnBesideOneThatIsRefusedAndCountUpToIt) {
  std::vector<std::string> envelopes;
  for (int i = 1; i <= 40; ++i) {
    const std::string family = "family-" + std::to_string(i % 20);
    envelopes.push_back(Seal(i, family, i == 7 ? "poison" : i <= 20 ? "1" : "2"));
  }
  const std::vector<std::string_view> views(envelopes.begin(), envelopes.end());
  const Inbox inbox = NewInbox();
  absl::StatusOr<int> applied = 0;
  const auto deliver = [&](std::span<const std::string_view> some) -> Task<> {
    TestCall mine(kAgency, "unused");
    applied = co_await inbox.Apply(mine, kAgency, "intake", some);
  };
  const auto run = [&](std::span<const std::string_view> some) {
    support::Coroutines coroutines;
    coroutines.Start(deliver(some));
    coroutines.Wait();
  };
  run(views);
  ASSERT_TRUE(applied.ok()) << applied.status();
  EXPECT_EQ(*applied, 6);
  EXPECT_EQ(DiaryOf("family-7"), "");  // what is behind it waits
  for (const int i : {1, 6, 8, 0}) EXPECT_EQ(DiaryOf("family-" + std::to_string(i)), "12") << i;
  // The relay comes again with the rest, and then without what is refused for good.
  run(std::span(views).subspan(6));
  EXPECT_TRUE(absl::IsInvalidArgument(applied.status()));
  run(std::span(views).subspan(7));
  EXPECT_EQ(*applied, 33);
  EXPECT_EQ(DiaryOf("family-7"), "2");
  for (const int i : {1, 6, 8, 0}) EXPECT_EQ(DiaryOf("family-" + std::to_string(i)), "12") << i;
}

}  // namespace
}  // namespace rapport::records
