// What a repeated request gets: the first answer, whoever repeats it when and how often.
#include "platform/crypto/digest.h"
#include "platform/schema/errors.h"
#include "support/meddled_db.h"
#include "unit/records/records_fixture.h"

#include <atomic>

namespace rapport::records {
namespace {

class RecordsAnswers : public RecordsFixture {
 protected:
  RecordsAnswers() { Ask(call, "request-1", "body"); }

  static void Ask(CallContext& context, std::string_view id, std::string_view body) {
    context.request_id = id;
    context.request_hash = crypto::Sha256({body});
  }
  absl::StatusOr<std::optional<std::string>> Find(CallContext& context) {
    return RunSync(store.answers->Find(context));
  }
  absl::Status Answer(CallContext& context, std::string_view words) {
    Changes changes(context, support::kMonday);
    const auto answer = Text(words);
    return RunSync(store.records->Commit(context, std::move(changes), answer)).status();
  }
};

TEST_F(RecordsAnswers, AnAnsweredRequestIsAnsweredWithTheSameBytes) {
  EXPECT_EQ(*Find(call), std::nullopt);
  EXPECT_FALSE(call.answer_stored);
  ASSERT_TRUE(Answer(call, "done").ok());
  EXPECT_TRUE(call.answer_stored);
  EXPECT_EQ(*Find(call), Text("done").SerializeAsString());
  store.Reopen();
  EXPECT_EQ(*Find(call), Text("done").SerializeAsString());
}

TEST_F(RecordsAnswers, AnotherBodyUnderTheSameIdIsRefused) {
  ASSERT_TRUE(Answer(call, "done").ok());
  Ask(call, "request-1", "another body");
  EXPECT_EQ(Find(call).status(), schema::RequestIdReused());
}

TEST_F(RecordsAnswers, AnotherBodyAboutAnotherFamilyIsRefusedToo) {
  ASSERT_TRUE(Answer(call, "done").ok());
  TestCall other(kAgency, "clinician-1", TestId("others"));
  Ask(other, "request-1", "another body");
  EXPECT_EQ(Find(other).status(), schema::RequestIdReused());
}

TEST_F(RecordsAnswers, CallersMethodsAndAgenciesDoNotShareIds) {
  ASSERT_TRUE(Answer(call, "done").ok());
  TestCall caller(kAgency, "clinician-2", TestId("family"));
  TestCall method(kAgency, "clinician-1", TestId("family"));
  method.method = "rapport.test.v1.TestService/Other";
  TestCall agency("lakeside", "clinician-1", TestId("family"));
  for (TestCall* other : {&caller, &method, &agency}) {
    Ask(*other, "request-1", "body");
    EXPECT_EQ(*Find(*other), std::nullopt);
    EXPECT_TRUE(Answer(*other, "other").ok());
    EXPECT_EQ(*Find(*other), Text("other").SerializeAsString());
  }
  EXPECT_EQ(*Find(call), Text("done").SerializeAsString());
}

TEST_F(RecordsAnswers, WithoutARequestIdNothingIsStored) {
  call.request_id.clear();
  ASSERT_TRUE(Answer(call, "done").ok());
  EXPECT_FALSE(call.answer_stored);
  EXPECT_EQ(*Find(call), std::nullopt);
  EXPECT_EQ(store.Number("SELECT count(*) FROM answer"), 0);
}

TEST_F(RecordsAnswers, TheSlowerOfTwoEqualRequestsLearnsThatItIsOne) {
  const Record record = New("note", "one");
  ASSERT_TRUE(Create(record).ok());  // Under request-1.
  const Record before = *Get(record);
  Ask(call, "request-2", "body");
  ASSERT_TRUE(Update(before, "two").ok());
  // Its read set is outdated too, by its own twin: the replay matters, not the conflict.
  const auto twin = Update(before, "two");
  EXPECT_TRUE(IsDuplicateRequest(twin.status())) << twin.status();
  EXPECT_FALSE(IsConflict(twin.status()));
  EXPECT_EQ(*Find(call), Text("answer").SerializeAsString());
}

TEST_F(RecordsAnswers, ManyEqualRequestsAtOnceHaveOneEffect) {
  constexpr int kCallers = 64, kRounds = 20;
  for (int round = 0; round < kRounds; ++round) {
    std::atomic<int> effects{0}, replays{0};
    const std::string id = "storm-" + std::to_string(round);
    const auto serve = [&](int n) -> Task<> {
      TestCall mine(kAgency, "clinician-1", TestId("family"));
      Ask(mine, id, "body");
      for (int turn = 0; turn < 2; ++turn) {
        const auto stored = co_await store.answers->Find(mine);
        EXPECT_TRUE(stored.ok()) << stored.status();
        if (stored->has_value()) {
          ++replays;
          co_return;
        }
        Changes changes(mine, support::kMonday);
        changes.Create(New(id + "." + std::to_string(n)));
        const auto answer = Text(id);
        const auto done = co_await store.records->Commit(mine, std::move(changes), answer);
        if (done.ok()) {
          ++effects;
          co_return;
        }
        EXPECT_TRUE(IsDuplicateRequest(done.status())) << done.status();
      }
      ADD_FAILURE() << "neither answered nor replayed";
    };
    {
      support::Coroutines coroutines(4);
      for (int i = 0; i < kCallers; ++i) coroutines.Start(serve(i));
    }
    EXPECT_EQ(effects, 1);
    EXPECT_EQ(replays, kCallers - 1);
  }
  EXPECT_EQ(store.Number("SELECT count(*) FROM record"), kRounds);
  EXPECT_EQ(store.Number("SELECT count(*) FROM audit"), kRounds);
}

TEST_F(RecordsAnswers, ARefusedRequestLeavesNoAnswer) {
  call.request_id.clear();
  ASSERT_TRUE(Create(New("note")).ok());
  Ask(call, "request-1", "body");
  EXPECT_TRUE(absl::IsAlreadyExists(Create(New("note")).status()));
  EXPECT_FALSE(call.answer_stored);
  EXPECT_EQ(*Find(call), std::nullopt);
}

TEST_F(RecordsAnswers, AnAnswerAboutAnErasedFamilyIsGone) {
  ASSERT_TRUE(Answer(call, "done").ok());
  ASSERT_TRUE(RunSync(store.keys->Destroy(call, kAgency, TestId("family"))).ok());
  EXPECT_TRUE(absl::IsNotFound(Find(call).status()));
}

TEST_F(RecordsAnswers, ExpiredAnswersGoInSlicesAndOthersStay) {
  for (int i = 0; i < 250; ++i) {
    Ask(call, "old-" + std::to_string(i), "body");
    ASSERT_TRUE(Answer(call, "done").ok());
  }
  const auto expire = [&](std::int64_t now_us) {
    return *RunSync(store.answers->DeleteExpired(call, kAgency, now_us));
  };
  const std::int64_t kept = std::chrono::microseconds(limits::kAnswersKept).count();
  EXPECT_EQ(expire(RealMicros() + kept - 60'000'000), 0);
  const std::int64_t later = RealMicros() + kept + 1;
  EXPECT_EQ(expire(later), 200);
  EXPECT_EQ(*Find(call), Text("done").SerializeAsString()) << "the newest goes last";
  EXPECT_EQ(expire(later), 50);
  EXPECT_EQ(expire(later), 0);
  EXPECT_EQ(*Find(call), std::nullopt);
}

TEST_F(RecordsAnswers, AnAnswerThatIsNewUnderAnExpiredIdStays) {
  ASSERT_TRUE(Answer(call, "old").ok());
  const std::int64_t later =
      RealMicros() + std::chrono::microseconds(limits::kAnswersKept).count() + 1;
  // Between what is looked for and what is deleted another replica deletes it, and its client asks
  // again.
  support::MeddledDb db(*store.db, [&](int transaction) {
    if (transaction != 1) return;
    EXPECT_EQ(*RunSync(store.answers->DeleteExpired(call, kAgency, later)), 1);
    ASSERT_TRUE(Answer(call, "new").ok());
  });
  const Answers answers("notes", db, *store.keys, store.suite);
  EXPECT_EQ(*RunSync(answers.DeleteExpired(call, kAgency, later)), 0);
  EXPECT_EQ(*Find(call), Text("new").SerializeAsString());
}

}  // namespace
}  // namespace rapport::records
