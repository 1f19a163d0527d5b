#include "alliance/signals/shown_before.h"

#include "alliance/signals/codes.h"

#include <algorithm>
#include <utility>

namespace rapport::alliance {

bool ShowsByItself(v1::SignalKind kind, const SingleTest& test) {
  if (test.outcome != v1::TEST_OUTCOME_FIRED) return false;
  switch (kind) {
    case v1::SIGNAL_KIND_UNSAFE:
      return true;
    case v1::SIGNAL_KIND_ISOLATION:
      return codes::RaisesIsolation(test.code);
    case v1::SIGNAL_KIND_RUPTURE:
      return test.code == codes::kReported;
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
    const auto shows = [&](const SingleTest& test) { return ShowsByItself(one.kind, test); };
    if (std::ranges::none_of(one.tests, shows)) continue;
    std::erase_if(one.tests,
                  [](const SingleTest& test) { return test.outcome != v1::TEST_OUTCOME_FIRED; });
    all_.push_back({session, std::move(one)});
  }
}

}  // namespace rapport::alliance
