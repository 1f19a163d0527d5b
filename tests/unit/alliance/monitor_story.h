// One family's sessions written down rating by rating, and what the family monitor says after each.
#pragma once

#include "alliance/signals/family_monitor.h"

#include <algorithm>
#include <string>
#include <vector>

namespace rapport::alliance::testing {

inline constexpr char kMember[] = "member-0";
inline constexpr char kHelper[] = "helper-0";

// One family whose sessions are written down rating by rating.
class Story {
 public:
  // Starts the next session with these members in the room.
  void Session(const std::vector<std::string>& members) {
    session_ = {.number = ++number_};
    for (const std::string& member : members) session_.members.push_back({.member = member});
  }
  void Rate(const std::string& rater, v1::Content content, double value,
            const std::string& target = kHelper) {
    session_.observations.push_back({.rater = rater,
                                     .target = target,
                                     .content = content,
                                     .interpersonal = content == v1::CONTENT_ROOM
                                                          ? v1::INTERPERSONAL_GROUP
                                                          : v1::INTERPERSONAL_SELF,
                                     .value = std::clamp(value, 0.0, 10.0),
                                     .lowest = 0,
                                     .highest = 10,
                                     .step = 0.1,
                                     .sd = 1.8,
                                     .standard_error = content == v1::CONTENT_BOND ? 0.7 : 1.14,
                                     .single_item = content != v1::CONTENT_BOND,
                                     .instrument = "instruments/pulse-adult.1"});
  }
  void RateAll(const std::string& rater, double value, const std::string& target = kHelper) {
    Rate(rater, v1::CONTENT_TASK, value, target);
    Rate(rater, v1::CONTENT_GOAL, value + 0.2, target);
    Rate(rater, v1::CONTENT_BOND, value + 0.1, target);
  }
  SessionFacts& facts() { return session_; }
  std::vector<Assessment> End() {
    assessments_ = Advance(parameters_, session_, monitor_);
    return assessments_;
  }
  const Assessment& Of(v1::SignalKind kind, const std::string& member = kMember,
                       const std::string& target = kHelper) const {
    static const Assessment kNone;
    for (const Assessment& one : assessments_) {
      const bool has_target = kind == v1::SIGNAL_KIND_RUPTURE || kind == v1::SIGNAL_KIND_CEILING ||
                              kind == v1::SIGNAL_KIND_UNSAFE;
      if (one.kind == kind && one.member == member && (!has_target || one.target == target)) {
        return one;
      }
    }
    return kNone;
  }
  FamilyMonitor& monitor() { return monitor_; }

 private:
  MonitorParameters parameters_;
  FamilyMonitor monitor_;
  SessionFacts session_;
  std::vector<Assessment> assessments_;
  int number_ = 0;
};

// Small and steady ups and downs.
inline double Wobble(int session) { return 0.3 * ((session * 7) % 5 - 2) / 2.0; }

// `quiet` sessions of one rater about `level`, then one at `last`.
inline Story AfterQuiet(int quiet, double level, double last) {
  Story story;
  for (int t = 0; t < quiet; ++t) {
    story.Session({kMember});
    story.RateAll(kMember, level + Wobble(t));
    story.End();
  }
  story.Session({kMember});
  story.RateAll(kMember, last);
  story.End();
  return story;
}

}  // namespace rapport::alliance::testing
