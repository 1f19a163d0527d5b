#include "alliance/kept_monitor.h"

#include <absl/hash/hash.h>

#include <algorithm>

namespace rapport::alliance {

std::uint64_t DigestOf(const SessionFacts& facts, std::uint64_t before) {
  std::uint64_t digest = absl::HashOf(
      before, facts.number, facts.time_us, facts.whole_family, facts.complete,
      facts.observations.size(), facts.members.size(), facts.work.size(), facts.reported.size());
  for (const Observation& one : facts.observations) {
    digest =
        absl::HashOf(digest, one.rater, one.target, one.content, one.interpersonal, one.value,
                     one.lowest, one.highest, one.step, one.sd, one.standard_error, one.single_item,
                     one.instrument, one.lower_better, one.cutoff, one.provisional);
  }
  for (const MemberPresence& one : facts.members) {
    digest = absl::HashOf(digest, one.member, one.expected, one.presence, one.participation,
                          one.note_signed, one.separate_by_plan, one.no_form_for_age,
                          one.removed_without_reason, one.asked_but_did_not_rate, one.form_waits);
  }
  for (const Work& one : facts.work) {
    digest = absl::HashOf(digest, one.member, one.homework_agreed);
  }
  for (const Concern& one : facts.reported) digest = absl::HashOf(digest, one.member, one.target);
  return digest;
}

std::vector<Assessment> KeptMonitor::Assess(const MonitorParameters& parameters,
                                            std::span<const SessionFacts> history,
                                            std::size_t unchanged) {
  const std::uint64_t begin = absl::HashOf(kMonitorRuleVersion, parameters.version);
  if (digests_.empty() || digests_.front() != begin) digests_ = {begin};
  const std::size_t settled = history.size() - 1;
  digests_.resize(std::min({unchanged + 1, digests_.size(), settled + 1}));
  for (std::size_t i = digests_.size() - 1; i < settled; ++i) {
    digests_.push_back(DigestOf(history[i], digests_.back()));
  }
  auto from = static_cast<std::size_t>(monitor_.last_session);
  if (from > settled || digest_ != digests_[from]) {
    monitor_ = {};
    shown_before_ = {};
    from = 0;
  }
  for (; from < settled; ++from) {
    shown_before_.Add(history[from].number, Advance(parameters, history[from], monitor_));
  }
  digest_ = digests_[settled];
  FamilyMonitor last = monitor_;
  return Advance(parameters, history.back(), last);
}

}  // namespace rapport::alliance
