#include "alliance/monitor_cache.h"

#include "platform/base/strings.h"

#include <absl/hash/hash.h>

#include <memory>
#include <string>

namespace rapport::alliance {
namespace {

std::string KeyOf(std::string_view agency, std::string_view family) {
  return Concat({agency, "/", family});
}

}  // namespace

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
                          one.removed_without_reason, one.asked_but_did_not_rate);
  }
  for (const Work& one : facts.work) {
    digest = absl::HashOf(digest, one.member, one.homework_agreed);
  }
  for (const Concern& one : facts.reported) digest = absl::HashOf(digest, one.member, one.target);
  return digest;
}

std::vector<Assessment> MonitorCache::Assess(std::string_view agency, std::string_view family,
                                             const MonitorParameters& parameters,
                                             std::span<const SessionFacts> history) {
  const std::string key = KeyOf(agency, family);
  const std::size_t settled = history.size() - 1;
  std::vector<std::uint64_t> digests = {absl::HashOf(kMonitorRuleVersion, parameters.version)};
  for (std::size_t i = 0; i < settled; ++i) {
    digests.push_back(DigestOf(history[i], digests.back()));
  }
  const std::shared_ptr<const Known> known = known_.Find(key);
  FamilyMonitor monitor;
  std::size_t from = 0;
  if (known != nullptr) {
    const auto sessions = static_cast<std::size_t>(known->monitor.last_session);
    if (sessions <= settled && known->digest == digests[sessions]) {
      monitor = known->monitor;
      from = sessions;
    }
  }
  for (std::size_t i = from; i < settled; ++i) Advance(parameters, history[i], monitor);
  if (from < settled) {
    known_.Put(key, std::make_shared<const Known>(Known{monitor, digests[settled]}));
  }
  return Advance(parameters, history.back(), monitor);
}

void MonitorCache::Forget(std::string_view agency, std::string_view family) {
  known_.Erase(KeyOf(agency, family));
}

}  // namespace rapport::alliance
