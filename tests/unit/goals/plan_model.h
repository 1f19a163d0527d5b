// Goals and homework of one family as the handbook would tell them: a second opinion on where each
// stands and what may be done by whom, written from the design's words (product G1 to G6) and
// sharing nothing with the service's rules. For random walks of a family whom nobody arranged
// separately. People by what the API calls them; an empty reason: it may be done.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rapport::goals::model {

inline bool IsProfessional(const std::string& person) {
  return person.starts_with("professionals/");
}

struct Goal {
  std::set<std::string> owners;
  std::map<std::string, std::string> stances;  // ENDORSES, ACCEPTS, ...
  std::string state = "PROPOSED";

  bool Goes() const { return state == "PROPOSED" || state == "ACTIVE"; }
  void Settle() {
    const bool all = std::ranges::all_of(owners, [&](const std::string& owner) {
      const auto stance = stances.find(owner);
      return stance != stances.end() &&
             (stance->second == "ENDORSES" || stance->second == "ACCEPTS");
    });
    if (state == "PROPOSED" && all) state = "ACTIVE";
  }
  // Owners end their own; what is several people's a professional ends.
  std::string WhyNotClose(const std::string& who) const {
    if (!IsProfessional(who)) {
      if (!owners.contains(who)) return "NOT_AN_OWNER";
      if (owners.size() > 1) return "NOT_SOLE_OWNER";
    }
    return Goes() ? "" : "GOAL_ENDED";
  }
};

struct Terms {
  std::set<std::string> doers;
  std::string goal;
  std::int64_t due_us = 0;
};

struct Homework {
  Terms terms;
  std::string state, first_proposer, proposer;
  std::set<std::string> accepted, released;
  std::map<std::string, int> reports;  // newest, by doer
  int revision = 1;
  std::int64_t agreed_us = 0, reviewed_us = 0;

  // Proposed by a member it is theirs and the professionals' until one of these lets it pass.
  bool Sees(const std::string& who) const {
    return IsProfessional(who) || proposer == who ||
           (terms.doers.contains(who) && released.contains(who));
  }
  bool Waits() const { return state == "DRAFTED" || state == "PROPOSED" || state == "COUNTERED"; }
  bool IsOwed() const {
    return state == "AGREED" || state == "ACTIVE" || state == "DONE" || state == "CHANGED" ||
           state == "PARTLY" || state == "NOT_DONE" || state == "BLOCKED";
  }
};

struct Plan {
  std::map<std::string, Goal> goals;
  std::map<std::string, Homework> homework;
  std::vector<std::pair<std::int64_t, std::int64_t>> sessions;  // begin and end

  std::multiset<std::string> AgainstAgreement(const Terms& terms, std::int64_t now) const {
    std::multiset<std::string> unmet;
    if (terms.due_us <= now) unmet.insert("DUE_TIME_PASSED");
    const Goal& goal = goals.at(terms.goal);
    if (goal.state != "ACTIVE") unmet.insert("GOAL_NOT_ACTIVE");
    const bool theirs = std::ranges::any_of(terms.doers, [&](const std::string& doer) {
      const auto stance = goal.stances.find(doer);
      return goal.owners.contains(doer) ||
             (stance != goal.stances.end() && stance->second == "ENDORSES");
    });
    if (goal.state != "ACTIVE" || !theirs) unmet.insert("GOAL_NOT_OF_A_DOER");
    return unmet;
  }
  static std::string ReasonOf(const std::multiset<std::string>& unmet) {
    const std::set<std::string> kinds(unmet.begin(), unmet.end());
    return kinds.empty() ? "" : kinds.size() == 1 ? *kinds.begin() : "HOMEWORK_NOT_READY";
  }

  // ---- what keeps `who` from a step

  std::string WhyNotPropose(const std::string& who, const Terms& terms, std::int64_t now) const {
    if (IsProfessional(who)) return ReasonOf(AgainstAgreement(terms, now));
    return terms.doers.contains(who) ? "" : "INVALID_REQUEST";
  }
  std::string WhyNotAnswer(const Homework& one, const std::string& who, bool accept, bool stale,
                           std::int64_t now) const {
    if (!one.Sees(who)) return "NOT_FOUND";
    if (!IsProfessional(who) && !one.terms.doers.contains(who)) return "INVALID_REQUEST";
    if (!one.Waits()) return "ILLEGAL_TRANSITION";
    if (stale) return "TERMS_CHANGED";
    return accept && IsProfessional(who) ? ReasonOf(AgainstAgreement(one.terms, now)) : "";
  }
  std::string WhyNotCounter(const Homework& one, const std::string& who, const Terms& terms,
                            std::int64_t now) const {
    if (!one.Sees(who)) return "NOT_FOUND";
    if (!IsProfessional(who) && !one.terms.doers.contains(who)) return "INVALID_REQUEST";
    if (!one.Waits()) return "ILLEGAL_TRANSITION";
    return WhyNotPropose(who, terms, now);
  }
  std::string WhyNotWithdraw(const Homework& one, const std::string& who) const {
    if (!one.Sees(who)) return "NOT_FOUND";
    if (!IsProfessional(who) && one.first_proposer != who) return "NOT_THE_PROPOSER";
    return one.Waits() ? "" : "ILLEGAL_TRANSITION";
  }
  std::string WhyNotReport(const Homework& one, const std::string& who) const {
    if (!one.Sees(who)) return "NOT_FOUND";
    if (!one.terms.doers.contains(who)) return "INVALID_REQUEST";
    return one.IsOwed() || one.state == "EXPIRED" ? "" : "ILLEGAL_TRANSITION";
  }
  std::string WhyNotReview(const Homework& one) const {
    return one.IsOwed() || one.state == "EXPIRED" ? "" : "ILLEGAL_TRANSITION";
  }

  // ---- what a step does

  void Accept(Homework& one, const std::string& who, std::int64_t now) const {
    one.accepted.insert(who);
    if (IsProfessional(who)) {
      one.state = "PROPOSED";
      one.released.insert(one.terms.doers.begin(), one.terms.doers.end());
    }
    const bool agreed = std::ranges::any_of(one.accepted, IsProfessional) &&
                        std::ranges::includes(one.accepted, one.terms.doers);
    if (one.state != "PROPOSED" || !agreed || !AgainstAgreement(one.terms, now).empty()) return;
    one.state = "AGREED";
    one.agreed_us = now;
  }
  Homework Proposed(const std::string& who, const Terms& terms, std::int64_t now) const {
    Homework one{.terms = terms, .state = "DRAFTED", .first_proposer = who, .proposer = who};
    Accept(one, who, now);
    return one;
  }
  void Counter(Homework& one, const std::string& who, const Terms& terms, std::int64_t now) const {
    one.terms = terms;
    ++one.revision;
    if (one.state != "DRAFTED") one.state = "COUNTERED";
    one.proposer = who;
    one.accepted.clear();
    Accept(one, who, now);
  }
  static void Report(Homework& one, const std::string& who, int completion) {
    one.reports[who] = completion;
    if (one.state == "EXPIRED" || one.reports.size() < one.terms.doers.size()) return;
    const auto all = [&](auto holds) {
      return std::ranges::all_of(one.reports,
                                 [&](const auto& entry) { return holds(entry.second); });
    };
    // As agreed, differently, partly, tried, not at all.
    one.state = all([](int done) { return done >= 4; })   ? "DONE"
                : all([](int done) { return done >= 3; }) ? "CHANGED"
                : all([](int done) { return done <= 1; }) ? "NOT_DONE"
                                                          : "PARTLY";
  }
  // A session of an hour ended.
  void Hold(std::int64_t now) {
    sessions.emplace_back(now - 3'600'000'000, now);
    for (auto& [name, one] : homework) {
      const auto count = [&](auto holds) { return std::ranges::count_if(sessions, holds); };
      if (one.state == "REVIEWED") {
        if (count([&](const auto& s) { return s.first > one.reviewed_us; }) > 0)
          one.state = "CLOSED";
      } else if (one.IsOwed()) {
        const bool ended = count([&](const auto& s) { return s.second > one.agreed_us; }) > 0;
        if (count([&](const auto& s) { return s.first >= one.terms.due_us; }) >= 2) {
          one.state = "EXPIRED";
        } else if (one.state == "AGREED" && ended) {
          one.state = "ACTIVE";
        }
      }
    }
  }
};

}  // namespace rapport::goals::model
