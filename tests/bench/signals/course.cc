#include "bench/signals/course.h"

#include <algorithm>

namespace rapport::bench {

const char* NameOf(Claim claim) {
  switch (claim) {
    case Claim::kRupture:
      return "rupture";
    case Claim::kSplit:
      return "split";
    case Claim::kIsolation:
      return "isolation";
  }
  return "";
}

Claim ClaimOf(Kind kind) {
  if (kind == Kind::kSplit) return Claim::kSplit;
  return kind == Kind::kIsolation ? Claim::kIsolation : Claim::kRupture;
}

std::vector<Subject> SubjectsOf(int members, int helpers) {
  std::vector<Subject> subjects;
  for (int i = 0; i < members; ++i) {
    for (int j = 0; j < helpers; ++j) subjects.push_back({Claim::kRupture, i, j});
  }
  if (members < 2) return subjects;
  subjects.push_back({Claim::kSplit, -1, -1});
  for (int i = 0; i < members; ++i) subjects.push_back({Claim::kIsolation, i, -1});
  return subjects;
}

int RuptureAt(int helpers, int member, int helper) { return member * helpers + helper; }
int SplitAt(int members, int helpers) { return members * helpers; }
int IsolationAt(int members, int helpers, int member) { return members * helpers + 1 + member; }

bool Concerns(Kind kind, int member, int helper, const Subject& subject) {
  if (subject.claim == Claim::kSplit) return true;
  if (member != subject.member) return false;
  return subject.claim == Claim::kIsolation || kind >= Kind::kSplit || helper == subject.helper;
}

bool Rated(const Family& family, const Subject& subject, int session) {
  const auto& held = family.sessions[static_cast<std::size_t>(session)];
  switch (subject.claim) {
    case Claim::kRupture:
      return held[static_cast<std::size_t>(subject.member)].rated;
    case Claim::kSplit:
      return std::ranges::count_if(held, [](const MemberSession& m) { return m.rated; }) >= 2;
    case Claim::kIsolation:
      return true;
  }
  return false;
}

double OwnEffect(const Family& family, const Subject& subject, int session) {
  if (!family.event || ClaimOf(family.event->kind) != subject.claim) return 0;
  const Event& event = *family.event;
  if (!Concerns(event.kind, event.member, event.helper, subject)) return 0;
  return event.shape->At(session - event.onset);
}

bool Touched(const Family& family, const Subject& subject, int session) {
  if (!family.event) return false;
  const Event& event = *family.event;
  return Concerns(event.kind, event.member, event.helper, subject) &&
         event.shape->At(session - event.onset) > 0;
}

}  // namespace rapport::bench
