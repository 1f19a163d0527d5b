// Who is let in: classes, agencies, times. The clock is the tests'.
#include "platform/rpc/admission.h"

#include <gtest/gtest.h>
#include <rapport/options/v1/options.pb.h>

#include <algorithm>
#include <atomic>
#include <list>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace rapport::rpc {
namespace {

using options::v1::PRIORITY_BULK;
using options::v1::PRIORITY_READ;
using options::v1::PRIORITY_URGENT;
using options::v1::PRIORITY_WRITE;
using std::chrono::milliseconds;
using Ticket = Admission::Ticket;

class AdmissionTest : public testing::Test {
 protected:
  // Lets in as many calls as it gets; how many.
  int Fill(int priority, int most = 1'000) {
    int let_in = 0;
    while (let_in < most && Enter(priority)) ++let_in;
    return let_in;
  }
  bool Enter(int priority, Admission::Time busy = {}) {
    Ticket ticket;
    if (!admission.Enter(ticket, priority, now, busy)) return false;
    held.push_back(ticket);
    return true;
  }
  // A call of an agency, as the pipeline asks.
  bool EnterOf(const std::string& agency, int priority) {
    Ticket ticket;
    const bool in = admission.Enter(ticket, priority, now) && admission.EnterAgency(ticket, agency);
    if (in) {
      of[agency].push_back(ticket);
    } else {
      admission.Leave(ticket);
    }
    return in;
  }
  void LeaveOldest(const std::string& agency) {
    admission.Leave(of[agency].front());
    of[agency].pop_front();
  }
  void LeaveAll() {
    for (Ticket& ticket : held) admission.Leave(ticket);
    held.clear();
  }

  Admission::Time wait{};  // for the database
  Admission admission{160, [this] { return wait; }, 1};
  Admission::TimePoint now{std::chrono::hours(1)};
  std::vector<Ticket> held;
  std::map<std::string, std::list<Ticket>> of;
};

TEST_F(AdmissionTest, EachClassEndsWhereTheNextMoreUrgentOneStillHasRoom) {
  EXPECT_EQ(Fill(PRIORITY_BULK), 112);
  EXPECT_EQ(Fill(PRIORITY_READ), 32);
  EXPECT_EQ(Fill(PRIORITY_WRITE), 16);
  EXPECT_EQ(Fill(PRIORITY_URGENT), 32);
  EXPECT_EQ(admission.in_flight(), 192);
}

TEST_F(AdmissionTest, ASixteenthIsEachClassesOwn) {
  Fill(PRIORITY_URGENT);
  Fill(PRIORITY_WRITE);
  EXPECT_EQ(Fill(PRIORITY_BULK), 10) << "the lowest goes on, however many writes there are";
  EXPECT_EQ(Fill(PRIORITY_READ), 10);
}

TEST_F(AdmissionTest, AfterTheLoadAllIsAsBefore) {
  Fill(PRIORITY_BULK);
  Fill(PRIORITY_URGENT);
  EXPECT_FALSE(Enter(PRIORITY_BULK));
  LeaveAll();
  EXPECT_EQ(admission.in_flight(), 0);
  EXPECT_EQ(Fill(PRIORITY_BULK), 112);
}

TEST_F(AdmissionTest, APlaceIsLeftOnce) {
  Ticket ticket;
  ASSERT_TRUE(admission.Enter(ticket, PRIORITY_READ, now));
  ASSERT_TRUE(admission.EnterAgency(ticket, "harbour"));
  admission.Leave(ticket);
  admission.Leave(ticket);
  EXPECT_EQ(admission.in_flight(), 0);
}

TEST_F(AdmissionTest, AStreamAsksAndTakesNoPlace) {
  EXPECT_TRUE(admission.HasRoom(PRIORITY_READ, now));
  EXPECT_FALSE(admission.HasRoom(PRIORITY_BULK, now, milliseconds(25)));
  EXPECT_EQ(admission.in_flight(), 0);
  Fill(PRIORITY_WRITE);
  EXPECT_TRUE(admission.HasRoom(PRIORITY_URGENT, now));
  EXPECT_FALSE(admission.HasRoom(PRIORITY_READ, now));
}

TEST_F(AdmissionTest, WhileThreadsHaveNoPauseBulkKeepsToItsOwnPart) {
  EXPECT_TRUE(Enter(PRIORITY_BULK, milliseconds(19)));
  int let_in = 1;
  while (Enter(PRIORITY_BULK, milliseconds(25))) ++let_in;
  EXPECT_EQ(let_in, 10);
  EXPECT_TRUE(Enter(PRIORITY_READ, milliseconds(25)));
}

TEST_F(AdmissionTest, OneAgencyAloneMayHaveEverything) {
  int let_in = 0;
  while (EnterOf("harbour", PRIORITY_WRITE)) ++let_in;
  EXPECT_EQ(let_in, 160);
}

TEST_F(AdmissionTest, AnUrgentCallIsNotRefusedForWhatElseItsAgencyDoes) {
  ASSERT_TRUE(EnterOf("modest", PRIORITY_WRITE));
  while (EnterOf("greedy", PRIORITY_WRITE)) {
  }
  Fill(PRIORITY_WRITE);
  EXPECT_FALSE(Enter(PRIORITY_WRITE));
  int urgent = 0;
  while (EnterOf("greedy", PRIORITY_URGENT)) ++urgent;
  EXPECT_EQ(urgent, 16);
  EXPECT_TRUE(EnterOf("modest", PRIORITY_URGENT)) << "nor for what others do";
}

TEST_F(AdmissionTest, AGreedyAgencyLeavesOthersTheirShare) {
  ASSERT_TRUE(EnterOf("modest", PRIORITY_WRITE));
  int greedy = 1;
  while (EnterOf("greedy", PRIORITY_WRITE)) ++greedy;
  EXPECT_LE(greedy, 130) << "it uses what nobody else does, up to four fifths";
  int modest = 0;
  while (EnterOf("modest", PRIORITY_WRITE)) ++modest;
  EXPECT_GE(modest, 30) << "there is room for whoever has less than their share";
  // As calls end, the places go to whom they belong to.
  for (int i = 0; i < 1'000; ++i) {
    LeaveOldest("greedy");
    EnterOf("greedy", PRIORITY_WRITE);
    EnterOf("modest", PRIORITY_WRITE);
  }
  EXPECT_NEAR(static_cast<double>(of["greedy"].size()), 80, 16);
  EXPECT_NEAR(static_cast<double>(of["modest"].size()), 80, 16);
}

TEST_F(AdmissionTest, AModestAgencyIsNeverRefusedForAGreedyOne) {
  ASSERT_TRUE(EnterOf("modest", PRIORITY_READ));
  LeaveOldest("modest");
  for (int i = 0; i < 1'000; ++i) {
    while (EnterOf("greedy", PRIORITY_READ)) {
    }
    ASSERT_TRUE(EnterOf("modest", PRIORITY_READ)) << i;
    LeaveOldest("greedy");
    if (i % 3 == 0) LeaveOldest("modest");
    if (of["modest"].size() > 10) LeaveOldest("modest");
  }
}

TEST_F(AdmissionTest, AThousandAgenciesHaveAPlaceEachWhileThereIsOne) {
  int let_in = 0;
  for (int i = 0; i < 1'000; ++i) let_in += EnterOf(std::to_string(i), PRIORITY_WRITE);
  EXPECT_GE(let_in, 128);
  LeaveOldest("0");
  EXPECT_FALSE(EnterOf("1", PRIORITY_WRITE)) << "no second one for anybody";
  int later = 0;
  for (int i = 1'000; i < 1'100; ++i) later += EnterOf(std::to_string(i), PRIORITY_WRITE);
  EXPECT_EQ(later, 1);
}

// A window in which work waited for the database as long as is said.
class LimitedTest : public AdmissionTest {
 protected:
  void Window(milliseconds waited) {
    wait = waited;
    now += LoadLimit::kWindow;
    admission.HasRoom(PRIORITY_URGENT, now);
  }
};

TEST_F(LimitedTest, TheLimitFollowsTheLeastWaitForTheDatabase) {
  Window(milliseconds(1));
  Fill(PRIORITY_WRITE);
  Window(milliseconds(110));
  EXPECT_EQ(admission.limit(), 80) << "half of those in flight";
  EXPECT_EQ(admission.least_wait(), milliseconds(110));
  LeaveAll();
  Window(milliseconds(1));
  EXPECT_EQ(admission.limit(), 90);
  wait = milliseconds(0);
  now += std::chrono::seconds(5);
  EXPECT_TRUE(Enter(PRIORITY_READ));
  EXPECT_EQ(admission.limit(), 160);
  EXPECT_EQ(admission.least_wait(), milliseconds(0));
}

TEST_F(LimitedTest, WhoIsRefusedComesBackLaterTheLongerItLastsAndNotAllAtOnce) {
  std::set<int> first, later;
  for (int i = 0; i < 100; ++i) first.insert(static_cast<int>(admission.RetryAfter().count()));
  EXPECT_GE(*first.begin(), 50);
  EXPECT_LT(*first.rbegin(), 150);
  EXPECT_GT(first.size(), 50u);
  Window(milliseconds(1));
  Fill(PRIORITY_WRITE);
  for (int i = 0; i < 20; ++i) Window(milliseconds(500));
  for (int i = 0; i < 100; ++i) later.insert(static_cast<int>(admission.RetryAfter().count()));
  EXPECT_GE(*later.begin(), 500);
  EXPECT_LT(*later.rbegin(), 1'500);
}

TEST(AdmissionThreads, CountsComeOutEvenAndTheLimitHolds) {
  Admission admission(64, {}, 1);
  std::vector<std::thread> threads;
  std::atomic<int> most{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 2'000; ++i) {
        Ticket tickets[30];
        for (Ticket& ticket : tickets) {
          if (!admission.Enter(ticket, i % 5, std::chrono::steady_clock::now())) continue;
          admission.EnterAgency(ticket, t % 2 == 0 ? "harbour" : "meadow");
        }
        most = std::max(most.load(), admission.in_flight());
        for (Ticket& ticket : tickets) admission.Leave(ticket);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(admission.in_flight(), 0);
  // 110 %, what is each class's own, and one a thread.
  EXPECT_LE(most, 71 + 32 + 4 * 4 + 4);
  Ticket one;
  EXPECT_TRUE(admission.Enter(one, PRIORITY_WRITE, std::chrono::steady_clock::now()));
  EXPECT_TRUE(admission.EnterAgency(one, "harbour"));
}

}  // namespace
}  // namespace rapport::rpc
