#include "intake/safety_rules.h"

#include "intake/person_rules.h"

#include <algorithm>

namespace rapport::intake {
bool MustBeScreened(const v1::Member& member, std::int64_t at_us) {
  const int age = AgeAt(member, at_us);
  return AttendsAt(member, at_us) && (age < 0 || age >= kScreenedYears);
}

const v1::SafetyScreen* NewestScreen(const CaseFile& file, std::string_view member) {
  const v1::SafetyScreen* newest = nullptr;
  for (const v1::SafetyScreen& screen : file.screens) {
    if (screen.member() != member) continue;
    if (newest == nullptr || Micros(screen.screen_time()) >= Micros(newest->screen_time())) {
      newest = &screen;
    }
  }
  return newest;
}

std::vector<std::pair<std::string, std::string>> SeparatedPairs(const CaseFile& file) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const v1::Member& member : file.members) {
    const v1::SafetyScreen* screen = NewestScreen(file, member.name());
    if (screen == nullptr || screen->result() != v1::SAFETY_RESULT_SEPARATE_ONLY) continue;
    for (const std::string& other : screen->separate_from()) {
      pairs.emplace_back(std::min(member.name(), other), std::max(member.name(), other));
    }
  }
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

std::vector<std::pair<std::string, std::string>> FaultsOf(const v1::SafetyScreen& screen,
                                                          const CaseFile& file,
                                                          std::int64_t now_us) {
  std::vector<std::pair<std::string, std::string>> faults;
  const auto expect = [&](bool holds, const char* field, const char* what) {
    if (!holds) faults.emplace_back(field, what);
  };
  expect(FindMember(file, screen.member()) != nullptr, "member", "a member of this family");
  const bool unable = !screen.unable_reason().empty();
  expect(unable != (screen.result() != v1::SAFETY_RESULT_UNSPECIFIED), "result",
         "a result, or the reason why the person can't answer, not both");
  expect((screen.result() == v1::SAFETY_RESULT_CONJOINT_WITH_CONDITIONS) ==
             !screen.conditions().empty(),
         "conditions", "what must hold, with CONJOINT_WITH_CONDITIONS only");
  expect((screen.result() == v1::SAFETY_RESULT_SEPARATE_ONLY) == (screen.separate_from_size() > 0),
         "separate_from", "at least one member, with SEPARATE_ONLY only");
  expect((screen.result() == v1::SAFETY_RESULT_REFER) == !screen.referred_to().empty(),
         "referred_to", "where the person was sent, with REFER only");
  for (int i = 0; i < screen.separate_from_size(); ++i) {
    const std::string& other = screen.separate_from(i);
    if (other == screen.member() || FindMember(file, other) == nullptr) {
      faults.emplace_back("separate_from[" + std::to_string(i) + "]",
                          "another member of this family");
    }
  }
  expect(!screen.has_screen_time() || Micros(screen.screen_time()) <= now_us, "screen_time",
         "not in the future");
  return faults;
}

bool IsCrisis(const v1::SafetyScreen& screen) {
  return screen.result() == v1::SAFETY_RESULT_SEPARATE_ONLY ||
         screen.result() == v1::SAFETY_RESULT_REFER;
}

}  // namespace rapport::intake
