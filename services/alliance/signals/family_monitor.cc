#include "alliance/signals/family_monitor.h"

#include "alliance/signals/draft.h"
#include "alliance/signals/isolation_watch.h"
#include "alliance/signals/measures.h"
#include "alliance/signals/rupture.h"
#include "alliance/signals/split_watch.h"
#include "alliance/signals/unsafe.h"

#include <algorithm>
#include <tuple>

namespace rapport::alliance {
std::vector<Assessment> Advance(const MonitorParameters& parameters, const SessionFacts& session,
                                FamilyMonitor& monitor) {
  std::vector<Assessment> assessments;
  if (session.number <= monitor.last_session) return assessments;
  monitor.last_session = session.number;
  RatedSession rated = RatedSeriesOf(parameters.level, session.observations);
  AlignForms(parameters.level, rated, monitor);
  const Expected expected = ExpectedOf(parameters, rated, monitor);
  std::vector<Draft> drafts;
  AdvanceRuptures(parameters, session, rated, monitor, drafts);
  AdvanceSplits(parameters, rated, expected, monitor, drafts);
  AdvanceIsolation(parameters, session, MemberSides(rated, expected), monitor, drafts);
  AdvanceSafety(parameters, session, monitor, drafts);
  Compete(drafts);
  for (Draft& draft : drafts) {
    Decide(parameters.decision, session.number, session.complete, draft);
    assessments.push_back(std::move(draft.assessment));
  }
  std::ranges::sort(assessments, {}, [](const Assessment& one) {
    return std::tie(one.kind, one.member, one.target, one.interpersonal, one.content);
  });
  return assessments;
}

}  // namespace rapport::alliance
