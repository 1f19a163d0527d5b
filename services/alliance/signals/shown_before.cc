#include "alliance/signals/shown_before.h"

#include "alliance/signals/codes.h"

#include <algorithm>
#include <utility>

namespace rapport::alliance {

bool ShowsByItself(const Assessment& assessment) {
  const auto fired = [](const SingleTest& test) { return test.outcome == v1::TEST_OUTCOME_FIRED; };
  switch (assessment.kind) {
    case v1::SIGNAL_KIND_UNSAFE:
    case v1::SIGNAL_KIND_ISOLATION:
      return std::ranges::any_of(assessment.tests, fired);
    case v1::SIGNAL_KIND_RUPTURE:
      return std::ranges::any_of(assessment.tests, [&](const SingleTest& test) {
        return test.code == codes::kReported && fired(test);
      });
    default:
      return false;
  }
}

void AllShownBefore::Add(int session, std::vector<Assessment> assessments) {
  for (Assessment& one : assessments) {
    if (one.kind == v1::SIGNAL_KIND_ISOLATION && !one.open) {
      std::erase_if(all_, [&](const ShownBefore& before) {
        return before.assessment.kind == one.kind && before.assessment.member == one.member;
      });
    }
    if (!ShowsByItself(one)) continue;
    std::erase_if(one.tests,
                  [](const SingleTest& test) { return test.outcome != v1::TEST_OUTCOME_FIRED; });
    all_.push_back({session, std::move(one)});
  }
}

}  // namespace rapport::alliance
