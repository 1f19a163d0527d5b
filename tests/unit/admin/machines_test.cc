// The life cycles as Graphviz shows them: what is drawn is what the tables allow. The random walks
// of services against the tables are in their own tests; here are those of signals and rating
// requests, against models written down apart from the tables.
#include "admin/machines.h"

#include "alliance/request_rules.h"
#include "alliance/signals/life_cycle.h"
#include "alliance/urgent_rules.h"
#include "goals/goal_rules.h"
#include "goals/homework_rules.h"
#include "intake/case_rules.h"
#include "notes/note_rules.h"
#include "notes/session_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <regex>
#include <set>
#include <sstream>

namespace rapport::admin {
namespace {

using ::testing::ElementsAre;

// Edges of a digraph, drawn twice where they are.
using Edges = std::multiset<std::pair<std::string, std::string>>;

Edges EdgesOf(const std::string& dot) {
  static const std::regex kEdge(R"re(\s*(\w+) -> (\w+) \[label="([^"]+)"\];)re");
  Edges edges;
  std::istringstream lines(dot);
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, kEdge)) edges.emplace(match[1], match[2]);
  }
  return edges;
}

std::string DotOf(std::string_view name) {
  for (const Machine& machine : Machines()) {
    if (machine.name == name) return machine.dot();
  }
  return {};
}

// The states of an enum that some edge touches, and those that none does.
std::set<std::string> LeftOut(const google::protobuf::EnumDescriptor* states,
                              std::string_view prefix, const Edges& edges) {
  std::set<std::string> left;
  for (int i = 1; i < states->value_count(); ++i) {
    left.insert(states->value(i)->name().substr(prefix.size()));
  }
  for (const auto& [from, to] : edges) {
    left.erase(from);
    left.erase(to);
  }
  return left;
}

TEST(Machines, AreAllThereAndReadByName) {
  std::vector<std::string> names;
  for (const Machine& machine : Machines()) {
    names.emplace_back(machine.name);
    const std::string dot = machine.dot();
    EXPECT_TRUE(dot.starts_with("digraph ")) << machine.name;
    EXPECT_TRUE(dot.ends_with("}\n")) << machine.name;
    EXPECT_FALSE(EdgesOf(dot).empty()) << machine.name;
  }
  EXPECT_THAT(names, ElementsAre("case", "consent", "secrets_policy", "membership", "member_invite",
                                 "supervision", "session", "note", "note_opening", "goal",
                                 "homework", "rating_request", "rating_invitation", "signal",
                                 "urgent_task", "break_glass", "record_request", "erasure"));
}

TEST(Machines, DrawEveryMoveOfTheTablesOnce) {
  const auto same = [](std::string_view name, const auto& moves, auto name_of) {
    Edges expected;
    for (const auto& move : moves) expected.emplace(name_of(move.from), name_of(move.to));
    EXPECT_EQ(EdgesOf(DotOf(name)), expected) << name;
  };
  same("case", intake::Moves(), [](auto state) {
    return intake::v1::FamilyState_Name(state).substr(sizeof("FAMILY_STATE"));
  });
  same("session", notes::SessionMoves(), [](auto state) {
    return notes::v1::SessionState_Name(state).substr(sizeof("SESSION_STATE"));
  });
  same("note", notes::NoteMoves(),
       [](auto state) { return notes::v1::NoteState_Name(state).substr(sizeof("NOTE_STATE")); });
  same("goal", goals::GoalMoves(),
       [](auto state) { return goals::v1::GoalState_Name(state).substr(sizeof("GOAL_STATE")); });
  same("rating_request", alliance::RequestMoves(), [](auto state) {
    return alliance::v1::RatingRequestState_Name(state).substr(sizeof("RATING_REQUEST_STATE"));
  });
  same("signal", alliance::SignalTransitions(), [](auto state) {
    std::string word = alliance::v1::SignalState_Name(state).substr(sizeof("SIGNAL_STATE"));
    for (char& c : word) c = static_cast<char>(std::tolower(c));
    return word;
  });
}

TEST(Machines, HomeworkIsDrawnAsItsStepsLead) {
  std::set<std::pair<std::string, std::string>> expected;
  const auto name_of = [](int state) {
    return goals::v1::HomeworkState_Name(static_cast<goals::v1::HomeworkState>(state))
        .substr(sizeof("HOMEWORK_STATE"));
  };
  for (int from = 1; from < goals::v1::HomeworkState_ARRAYSIZE; ++from) {
    for (int to = 1; to < goals::v1::HomeworkState_ARRAYSIZE; ++to) {
      for (int step = 0; step < static_cast<int>(std::size(goals::kHomeworkStepNames)); ++step) {
        if (goals::IsMove(static_cast<goals::v1::HomeworkState>(from),
                          static_cast<goals::HomeworkStep>(step),
                          static_cast<goals::v1::HomeworkState>(to))) {
          expected.emplace(name_of(from), name_of(to));
        }
      }
    }
  }
  const Edges drawn = EdgesOf(DotOf("homework"));
  EXPECT_EQ((std::set<std::pair<std::string, std::string>>(drawn.begin(), drawn.end())), expected);
}

TEST(Machines, LeaveNoStateOut) {
  EXPECT_TRUE(
      LeftOut(goals::v1::HomeworkState_descriptor(), "HOMEWORK_STATE_", EdgesOf(DotOf("homework")))
          .empty());
  EXPECT_TRUE(
      LeftOut(goals::v1::GoalState_descriptor(), "GOAL_STATE_", EdgesOf(DotOf("goal"))).empty());
  EXPECT_TRUE(LeftOut(intake::v1::FamilyState_descriptor(), "FAMILY_STATE_", EdgesOf(DotOf("case")))
                  .empty());
  EXPECT_TRUE(LeftOut(alliance::v1::RatingRequestState_descriptor(), "RATING_REQUEST_STATE_",
                      EdgesOf(DotOf("rating_request")))
                  .empty());
}

// What a request is by the words of product.md A13: waiting until it is rated, passed or over; a
// rating counts whenever it comes.
TEST(RatingRequests, WalkLikeTheirModel) {
  namespace av = alliance::v1;
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  constexpr std::int64_t kExpires = 1'000;
  for (int walk = 0; walk < 2'000; ++walk) {
    bool rated = false, passed = false, withdrawn = false, read = false;
    av::RatingRequestState stored = av::RATING_REQUEST_STATE_DUE, shown = stored;
    std::int64_t now = 0;
    for (int step = 0; step < 12; ++step) {
      now += static_cast<std::int64_t>(random() % 200);
      const bool over = now >= kExpires || withdrawn;
      const bool waits = !rated && !passed && !over;
      switch (random() % 5) {
        case 0:
          ASSERT_EQ(alliance::IsWaiting(alliance::StateOf(stored, rated, kExpires, now)), waits);
          if (waits && stored == av::RATING_REQUEST_STATE_DUE) {
            read = true;
            stored = av::RATING_REQUEST_STATE_OPENED;
          }
          break;
        case 1:
          if (waits) {
            passed = true;
            stored = av::RATING_REQUEST_STATE_SKIPPED;
          }
          break;
        case 2:
          rated = random() % 4 == 0 || rated;
          break;
        case 3:
          if (random() % 4 == 0 && alliance::IsWaiting(stored)) {
            withdrawn = true;
            stored = av::RATING_REQUEST_STATE_EXPIRED;
          }
          break;
        default:
          break;
      }
      const auto state = alliance::StateOf(stored, rated, kExpires, now);
      const auto expected = rated                          ? av::RATING_REQUEST_STATE_DONE
                            : passed                       ? av::RATING_REQUEST_STATE_SKIPPED
                            : withdrawn || now >= kExpires ? av::RATING_REQUEST_STATE_EXPIRED
                            : read                         ? av::RATING_REQUEST_STATE_OPENED
                                                           : av::RATING_REQUEST_STATE_DUE;
      ASSERT_EQ(state, expected);
      ASSERT_TRUE(state == shown || alliance::IsMove(shown, state))
          << av::RatingRequestState_Name(shown) << " to " << av::RatingRequestState_Name(state);
      shown = state;
    }
  }
}

// What an urgent task is by the words of product.md A14: before more and more people until somebody
// looks after it; a trainee alone is not somebody, where a member is not safe, and once is enough.
TEST(UrgentTasks, WalkLikeTheirModel) {
  namespace av = alliance::v1;
  using Event = alliance::UrgentEvent;
  const alliance::UrgentMachine& life = alliance::UrgentLife();
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int walk = 0; walk < 2'000; ++walk) {
    bool seen = false, looked_after = false;
    av::UrgentTask task;
    task.set_state(alliance::ShownState(life.After(alliance::StateOf(task), Event::kReport)));
    for (int i = 0; i < 10; ++i) {
      const auto event = static_cast<Event>(random() % 4);
      const bool answers = event == Event::kSee || event == Event::kAcknowledge;
      const bool may = !looked_after && !(event == Event::kSee && seen);
      const alliance::UrgentState state = alliance::StateOf(task);
      ASSERT_EQ(life.Takes(state, event), may);
      if (answers && !may) ASSERT_EQ(life.RefusalOf(state, event)->reason, "URGENT_TASK_STATE");
      if (!may) continue;
      seen |= event == Event::kSee;
      looked_after |= event == Event::kAcknowledge;
      task.set_state(alliance::ShownState(life.After(state, event)));
      if (answers) task.mutable_acknowledge_time()->set_seconds(1);
      ASSERT_EQ(task.state(),
                looked_after ? av::URGENT_TASK_STATE_ACKNOWLEDGED : av::URGENT_TASK_STATE_OPEN);
    }
  }
}

// The model: a closed signal stays so, an ended repair or a dismissal closes, sleeping ends by
// waking or by getting worse, what was only seen is open again when it gets worse.
TEST(Signals, WalkLikeTheirModel) {
  namespace av = alliance::v1;
  using Step = alliance::SignalStep;
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int walk = 0; walk < 2'000; ++walk) {
    std::string model = "open";
    av::SignalState state = av::SIGNAL_STATE_OPEN;
    for (int i = 0; i < 15; ++i) {
      const auto step = static_cast<Step>(random() % 9);
      std::string expected = model;  // empty: refused
      if (model == "closed") {
        expected.clear();
      } else if (step == Step::kEndRepair || step == Step::kDismiss) {
        expected = "closed";
      } else if (step == Step::kBeginRepair) {
        expected = "working";
      } else if (step == Step::kSnooze) {
        expected = "snoozed";
      } else if (step == Step::kAcknowledge) {
        expected = model == "open" || model == "snoozed" ? "acknowledged" : "";
      } else if (step == Step::kWake) {
        expected = model == "snoozed" ? "open" : "";
      } else if (step == Step::kStrengthen) {
        expected = model == "working" ? "working" : "open";
      } else if (step == Step::kSaidAgain) {
        expected = "open";
      }
      const auto next = alliance::NextState(state, step);
      ASSERT_EQ(next.has_value(), !expected.empty()) << model << " " << alliance::StepName(step);
      if (!next) continue;
      std::string name = av::SignalState_Name(*next).substr(sizeof("SIGNAL_STATE"));
      for (char& c : name) c = static_cast<char>(std::tolower(c));
      ASSERT_EQ(name, expected) << model << " " << alliance::StepName(step);
      state = *next;
      model = expected;
    }
  }
}

}  // namespace
}  // namespace rapport::admin
