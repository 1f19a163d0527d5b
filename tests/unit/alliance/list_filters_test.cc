// Requests, signals and urgent tasks by filters and orders of those who ask. Ratings and
// instruments stand with what else their lists do.
#include "platform/schema/list_filter.h"
#include "support/in_pages.h"
#include "unit/alliance/signal_fixture.h"
#include "unit/alliance/urgent_fixture.h"

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class ListedRequestsService : public AllianceTest {
 protected:
  std::vector<std::string> Listed(const std::string& by, const std::string& filter,
                                  const std::string& order = {}) {
    v1::ListRatingRequestsRequest request;
    request.set_parent(names_.Family(family_));
    return support::InPages(
        request, filter, order,
        [&](const auto& asked) {
          return Run(by.empty() ? ByTherapist() : ByMember(by),
                     &AllianceService::ListRatingRequests, asked);
        },
        [&](const auto& page) {
          std::vector<std::string> found;
          for (const v1::RatingRequest& one : page.rating_requests()) {
            found.push_back(one.rater() + (one.session() == first_ ? " 1" : " 2"));
          }
          return found;
        });
  }

  std::string first_;
};

TEST_F(ListedRequestsService, AreByRaterInstrumentAndTime) {
  first_ = names_.Session(family_, Hold(support::TestId("session-1"), {mother_, child_}));
  store_.clock.Advance(std::chrono::hours(24));
  const std::string since = support::TimeText(store_.clock.NowMicros());
  Hold(support::TestId("session-2"), {mother_});
  const std::string mother = names_.Member(family_, mother_);
  const std::string by_mother = "rater = " + mother;
  EXPECT_THAT(Listed("", by_mother), ElementsAre(mother + " 2", mother + " 1"));
  EXPECT_THAT(Listed("", by_mother, "due_time"), ElementsAre(mother + " 1", mother + " 2"));
  EXPECT_THAT(Listed("", by_mother + " AND due_time >= \"" + since + "\""),
              ElementsAre(mother + " 2"));
  EXPECT_THAT(Listed("", "expire_time < \"" + since + "\""), IsEmpty());
  EXPECT_THAT(Listed("", "instrument = \"instruments/pulse-child.1\""),
              ElementsAre(names_.Member(family_, child_) + " 1"));
  EXPECT_THAT(Listed(mother_, "", "due_time desc"), ElementsAre(mother + " 2", mother + " 1"));
  EXPECT_THAT(Listed(mother_, "rater = " + names_.Member(family_, child_)), IsEmpty())
      << "a filter tells a member of nobody else's";
}

TEST_F(SignalService, AreListedByStateMemberAndTime) {
  const v1::Signal closed = Isolated();
  auto dismiss = StepOn<v1::DismissSignalRequest>(closed);
  dismiss.set_reason(v1::DISMISS_REASON_PLANNED);
  ASSERT_TRUE(Run(ByTherapist(), &AllianceService::DismissSignal, dismiss).ok());
  Next({mother_, father_});
  const auto both = Of(v1::SIGNAL_KIND_ISOLATION, child_);
  ASSERT_EQ(both.size(), 2u);
  const std::string newer = both[both[0].name() == closed.name() ? 1 : 0].name();
  v1::ListSignalsRequest request;
  request.set_parent(names_.Family(family_));
  request.set_include_closed(true);
  request.set_kind(v1::SIGNAL_KIND_ISOLATION);
  const auto listed = [&](const std::string& filter, const std::string& order = {}) {
    return support::InPages(
        request, filter, order,
        [&](const auto& asked) { return Run(ByTherapist(), &AllianceService::ListSignals, asked); },
        [](const auto& page) {
          std::vector<std::string> names;
          for (const v1::Signal& one : page.signals()) names.push_back(one.name());
          return names;
        });
  };
  EXPECT_THAT(listed("", "open_time"), ElementsAre(closed.name(), newer));
  EXPECT_THAT(listed("", "open_time desc"), ElementsAre(newer, closed.name()));
  EXPECT_THAT(listed("", "update_time"), ElementsAre(closed.name(), newer));
  EXPECT_THAT(listed("state = CLOSED"), ElementsAre(closed.name()));
  EXPECT_THAT(listed("state = OPEN AND level = ALERT"), ElementsAre(newer));
  EXPECT_THAT(listed("member = " + names_.Member(family_, child_), "update_time desc"),
              ElementsAre(newer, closed.name()));
  EXPECT_THAT(listed("member = " + names_.Member(family_, mother_)), IsEmpty());
  EXPECT_THAT(listed("target = " + names_.Professional(therapist_)), IsEmpty());
  EXPECT_THAT(
      listed("open_time > \"" + support::TimeText(schema::ToMicros(closed.open_time())) + "\""),
      ElementsAre(newer));
}

TEST_F(UrgentServiceA14, AreListedByKindAndMemberAsFarAsTheCallerIsShownThem) {
  ASSERT_TRUE(Report(ByMember(mother_), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
  store_.clock.Advance(std::chrono::minutes(1));
  ASSERT_TRUE(Report(ByMember(father_), father_, v1::CONCERN_KIND_TALK_TO_ME_SOON).ok());
  const auto listed = [&](bool everywhere, bool system, const std::string& filter,
                          const std::string& order = {}) {
    v1::ListUrgentTasksRequest request;
    request.set_parent(everywhere ? "families/-" : names_.Family(family_));
    return support::InPages(
        request, filter, order,
        [&](const auto& asked) {
          if (!everywhere) return Run(ByTherapist(), &AllianceService::ListUrgentTasks, asked);
          AnyFamily call = Everywhere("duty");
          if (system) {
            auto pager = std::make_shared<Principal>(*call.principal);
            pager->roles.Add(options::v1::ROLE_SERVICE);
            pager->scopes = {"urgent_tasks"};
            call.principal = std::move(pager);
          }
          return Run(call, &AllianceService::ListUrgentTasks, asked);
        },
        [](const auto& page) {
          std::vector<std::string> kinds;
          for (const v1::UrgentTask& one : page.urgent_tasks()) {
            kinds.push_back(v1::ConcernKind_Name(one.kind()));
          }
          return kinds;
        });
  };
  const std::string mothers = "member = " + names_.Member(family_, mother_);
  const char *not_safe = "CONCERN_KIND_NOT_SAFE", *talk = "CONCERN_KIND_TALK_TO_ME_SOON";
  for (const bool everywhere : {false, true}) {
    EXPECT_THAT(listed(everywhere, false, ""), ElementsAre(not_safe, talk));
    EXPECT_THAT(listed(everywhere, false, "", "create_time desc"), ElementsAre(talk, not_safe));
    EXPECT_THAT(listed(everywhere, false, "kind = TALK_TO_ME_SOON"), ElementsAre(talk));
    EXPECT_THAT(listed(everywhere, false, mothers + " AND state = OPEN"), ElementsAre(not_safe));
  }
  EXPECT_THAT(listed(true, true, "kind = NOT_SAFE"), ElementsAre(not_safe));
  EXPECT_THAT(listed(true, true, mothers), IsEmpty()) << "a pager is not told about whom";
}

TEST(ListFilters, AreOfFieldsThatThereAre) {
  EXPECT_EQ(schema::CheckListFilters(), absl::OkStatus());
}

}  // namespace
}  // namespace rapport::alliance
