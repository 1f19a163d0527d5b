#include "alliance/signals/family_monitor.h"

#include "alliance/signals/measures.h"
#include "alliance/signals/rupture.h"

#include <algorithm>
#include <tuple>

namespace rapport::alliance {

std::vector<Assessment> Advance(const MonitorParameters& parameters, const SessionFacts& session,
                                FamilyMonitor& monitor) {
  std::vector<Assessment> assessments;
  if (session.number <= monitor.last_session) return assessments;
  monitor.last_session = session.number;
  const RatedSession rated = RatedSeriesOf(parameters.level, session.observations);
  AdvanceRuptures(parameters, session, rated, monitor, assessments);
  std::ranges::sort(assessments, {}, [](const Assessment& one) {
    return std::tie(one.kind, one.member, one.target, one.interpersonal, one.content);
  });
  return assessments;
}

}  // namespace rapport::alliance
