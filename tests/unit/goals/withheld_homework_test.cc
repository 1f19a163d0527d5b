// G7: homework of people who were arranged separately for a time, and who is reminded of it.
#include "system_access.h"

namespace rapport::goals {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Windows of a service that reminds, one after the other: while the two were arranged separately,
// nobody was told; what is still owed then is not lost to whoever asks for each window once.
class WithheldHomework : public GoalsTest {
 protected:
  void SetUp() override { MakeGoal(); }
  static constexpr std::int64_t kDay = 24ll * 3'600 * 1'000'000;
  std::int64_t Now() const { return store_.clock.NowMicros(); }
  std::vector<std::string> Reminded(std::int64_t from_us, std::int64_t before_us) {
    v1::ListDueHomeworkRequest request;
    request.set_parent(Family());
    *request.mutable_due_from_time() = Timestamp(from_us);
    *request.mutable_due_before_time() = Timestamp(before_us);
    Call call(*this, "", Viewer::kAgency);
    const auto of_family = NamesOf(Run(call, &GoalsService::ListDueHomework, request));
    EXPECT_EQ(OfTheAgency(request), of_family);
    return of_family;
  }
  static std::vector<std::string> NamesOf(const absl::StatusOr<v1::ListDueHomeworkResponse>& page) {
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<std::string> names;
    if (!page.ok()) return names;
    for (const v1::Homework& one : page->homework()) names.push_back(one.name());
    return names;
  }
  std::vector<std::string> OfTheAgency(v1::ListDueHomeworkRequest request) {
    SystemAccess access(facts_);
    const records::ServiceDeps deps{*store_.db,   *store_.records, ids_,   etags_,
                                    store_.suite, clock_,          access, caches_};
    GoalsService service(deps, alliance_);
    request.set_parent("families/-");
    support::TestCall call(kAgency, "reminders");
    return NamesOf(RunSync(service.ListDueHomework(call, request)));
  }
};

TEST_F(WithheldHomework, ComesInTheWindowInWhichTheSeparationEnded) {
  const v1::Homework joint = Agreed({mother_, father_});
  const v1::Homework own = Agreed({mother_});
  const std::int64_t due_us = Micros(joint.terms().due_time());
  facts_.separated = {{mother_, father_, Now()}};
  store_.clock.Advance(std::chrono::hours(24 * 10));
  EXPECT_THAT(Reminded(due_us, due_us + kDay), ElementsAre(own.name()));
  const std::int64_t until_us = due_us + 2 * kDay;
  facts_.separated.clear();
  facts_.reunited = {{mother_, father_, until_us}};
  EXPECT_THAT(Reminded(due_us, due_us + kDay), ElementsAre(own.name())) << "as it was told";
  EXPECT_THAT(Reminded(due_us + kDay, until_us), IsEmpty());
  EXPECT_THAT(Reminded(until_us, until_us + kDay), ElementsAre(joint.name()));
  EXPECT_THAT(Reminded(until_us + kDay, until_us + 9 * kDay), IsEmpty()) << "once";
  facts_.separated = {{mother_, father_, until_us + kDay}};
  facts_.reunited.clear();
  EXPECT_THAT(Reminded(until_us, until_us + kDay), IsEmpty()) << "apart again";
}

TEST_F(WithheldHomework, IsToldOnceWhereTheSeparationEndedBeforeItWasDue) {
  const v1::Homework joint = Agreed({mother_, father_});
  const std::int64_t due_us = Micros(joint.terms().due_time());
  facts_.reunited = {{mother_, father_, due_us - kDay}, {mother_, daughter_, due_us + 3 * kDay}};
  store_.clock.Advance(std::chrono::hours(24 * 12));
  EXPECT_THAT(Reminded(due_us, due_us + kDay), ElementsAre(joint.name()));
  EXPECT_THAT(Reminded(due_us + kDay, due_us + 5 * kDay), IsEmpty())
      << "she has no part in it, whoever else she was apart from";
}

TEST_F(WithheldHomework, WhoWorksWithTheFamilySeesItWhenItIsDue) {
  const v1::Homework joint = Agreed({mother_, father_});
  const std::int64_t due_us = Micros(joint.terms().due_time());
  facts_.reunited = {{mother_, father_, due_us + 2 * kDay}};
  store_.clock.Advance(std::chrono::hours(24 * 10));
  v1::ListDueHomeworkRequest request;
  request.set_parent(Family());
  *request.mutable_due_before_time() = Timestamp(due_us + kDay);
  for (const std::string& who : {therapist_, mother_}) {
    EXPECT_THAT(RunAs(who, &GoalsService::ListDueHomework, request)->homework(), SizeIs(1));
  }
}

}  // namespace
}  // namespace rapport::goals
