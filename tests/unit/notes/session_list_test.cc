// Sessions in lists: pages, filters, and whose they are.
#include "notes_fixture.h"
#include "platform/schema/list_filter.h"

namespace rapport::notes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

using SessionServiceTest = NotesTest;

TEST_F(SessionServiceTest, ListsPageByPageInTheAskedOrder) {
  std::vector<std::string> planned;
  for (int i = 0; i < 5; ++i) {
    planned.push_back(Scheduled().name());
    store_.clock.Advance(std::chrono::hours(24));
  }
  for (const bool descending : {true, false}) {
    v1::ListSessionsRequest list;
    list.set_parent(names_.Family(family_));
    list.set_page_size(2);
    list.set_order_by(descending ? "" : "scheduled_start_time");
    std::vector<std::string> listed;
    do {
      const auto page = RunAs(author_, &NotesService::ListSessions, list);
      ASSERT_TRUE(page.ok()) << page.status();
      ASSERT_LE(page->sessions_size(), 2);
      for (const auto& session : page->sessions()) listed.push_back(session.name());
      list.set_page_token(page->next_page_token());
    } while (!list.page_token().empty());
    if (descending) std::reverse(listed.begin(), listed.end());
    EXPECT_EQ(listed, planned);
  }
}

TEST_F(SessionServiceTest, N1AnotherSystemListsTheSessionsOfTheAgencyWithoutWhoWasThere) {
  const v1::Session held = Held();
  store_.clock.Advance(std::chrono::hours(24));
  const v1::Session planned = Scheduled();
  v1::ListSessionsRequest list;
  list.set_parent("families/-");
  list.set_page_size(1);
  std::vector<std::string> listed;
  do {
    support::TestCall call(kAgency, "scheduler");
    const auto page = Run(call, &NotesService::ListSessions, list);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& session : page->sessions()) {
      EXPECT_THAT(session.attendance(), IsEmpty());
      EXPECT_EQ(session.held_number(), 0);
      EXPECT_THAT(call.disclosed_members, ElementsAre(family_));
      listed.push_back(session.name());
    }
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  EXPECT_THAT(listed, ElementsAre(planned.name(), held.name()));
}

TEST_F(SessionServiceTest, ListsFilterByStateFormatAndStart) {
  const v1::Session held = Held();
  store_.clock.Advance(std::chrono::hours(24));
  const v1::Session planned = Scheduled();
  const auto listed = [&](const std::string& filter) {
    v1::ListSessionsRequest list;
    list.set_parent(names_.Family(family_));
    list.set_filter(filter);
    std::vector<std::string> names;
    const auto page = RunAs(author_, &NotesService::ListSessions, list);
    EXPECT_TRUE(page.ok()) << page.status();
    for (const auto& session : page->sessions()) names.push_back(session.name());
    return names;
  };
  EXPECT_THAT(listed("state = HELD"), ElementsAre(held.name()));
  EXPECT_THAT(listed("state = SESSION_STATE_SCHEDULED"), ElementsAre(planned.name()));
  EXPECT_THAT(listed("format = INDIVIDUAL"), IsEmpty());
  EXPECT_THAT(listed("scheduled_start_time < \"2001-01-01T00:00:00Z\""), IsEmpty());
  EXPECT_THAT(listed("scheduled_start_time > \"2001-01-01T00:00:00Z\" AND state = HELD"),
              ElementsAre(held.name()));
  v1::ListSessionsRequest wrong;
  wrong.set_filter("location = home");
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::ListSessions, wrong).status()),
            "FILTER_INVALID");
}

TEST_F(SessionServiceTest, AnotherFamilysSessionsAreNotThere) {
  const v1::Session session = Held();
  auto call = CallOf(author_);
  call.access.family = support::TestId("another");
  v1::GetSessionRequest get;
  get.set_name(session.name());
  EXPECT_TRUE(absl::IsNotFound(Run(call, &NotesService::GetSession, get).status()));
  EXPECT_EQ(Run(call, &NotesService::ListSessions, v1::ListSessionsRequest())->sessions_size(), 0);
}

TEST(ListFilters, AreOfFieldsThatThereAre) {
  EXPECT_EQ(schema::CheckListFilters(), absl::OkStatus());
}

}  // namespace
}  // namespace rapport::notes
