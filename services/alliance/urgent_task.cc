#include "alliance/urgent_task.h"

#include "alliance/urgent_rules.h"
#include "platform/schema/times.h"

#include <algorithm>

namespace rapport::alliance {
namespace {

constexpr int kMostReports = 50, kMostAlerts = 100;
constexpr std::int64_t kMinuteUs = 60'000'000;

// The newest `most` of a list that grows at its end.
template <typename Field>
void KeepNewest(Field* all, int most) {
  if (all->size() > most) all->DeleteSubrange(0, all->size() - most);
}

// How many at the front of those on duty have had it. Tasks of an earlier release don't say: one.
int OnDutyTold(const internal::v1::StoredUrgentTask& task) {
  return std::min(std::max(task.on_duty_told(), 1), task.on_duty_size());
}

// Whether some were not there before.
bool AddSubjects(const std::vector<std::string>& from,
                 google::protobuf::RepeatedPtrField<std::string>* to) {
  const int before = to->size();
  for (const std::string& subject : from) {
    if (std::ranges::find(*to, subject) == to->end()) *to->Add() = subject;
  }
  return to->size() > before;
}

// Who works with the family. Whether somebody is new to the task.
bool AddTeam(const AccessFacts& facts, std::int64_t now_us,
             internal::v1::StoredUrgentTask* stored) {
  bool added = false;
  std::vector<std::string_view> team;
  for (const AccessFacts::Helper& helper : facts.helpers) {
    if (!helper.direct || !helper.period.Contains(now_us)) continue;
    team.push_back(helper.professional);
    added |= AddSubjects(helper.subjects, stored->mutable_therapists());
  }
  for (const AccessFacts::Supervisor& supervisor : facts.supervisors) {
    const bool theirs = std::ranges::find(team, supervisor.supervisee) != team.end();
    if (theirs && supervisor.period.Contains(now_us)) {
      added |= AddSubjects(supervisor.subjects, stored->mutable_supervisors());
    }
  }
  return added;
}

// Who is on duty now. The first of them stands at the front with those who were told before.
// Whether that one is new to the task.
bool PutOnDuty(const UrgentSettings& settings, internal::v1::StoredUrgentTask* stored) {
  if (settings.on_duty.empty()) return false;
  const std::vector<std::string> before(stored->on_duty().begin(), stored->on_duty().end());
  const auto told = static_cast<std::size_t>(OnDutyTold(*stored));
  const std::vector<std::string> knew(before.begin(), before.begin() + static_cast<long>(told));
  stored->clear_on_duty();
  AddSubjects({settings.on_duty.front()}, stored->mutable_on_duty());
  AddSubjects(knew, stored->mutable_on_duty());
  stored->set_on_duty_told(stored->on_duty_size());
  AddSubjects(settings.on_duty, stored->mutable_on_duty());
  AddSubjects(before, stored->mutable_on_duty());
  return std::ranges::find(knew, settings.on_duty.front()) == knew.end();
}

bool IsTheirs(const AccessFacts* facts, std::string_view member, std::string_view account,
              std::int64_t at_us) {
  if (account.empty()) return true;
  return facts != nullptr && std::ranges::any_of(facts->members, [&](const auto& one) {
           return one.member == member && one.period.Contains(at_us) &&
                  std::ranges::find(one.subjects, account) != one.subjects.end();
         });
}

const google::protobuf::RepeatedPtrField<std::string>& PeopleOf(
    v1::UrgentAudience audience, const internal::v1::StoredUrgentTask& task) {
  switch (audience) {
    case v1::URGENT_AUDIENCE_THERAPISTS:
      return task.therapists();
    case v1::URGENT_AUDIENCE_SUPERVISORS:
      return task.supervisors();
    default:
      return task.on_duty();
  }
}

void Alert(v1::UrgentAudience audience, std::int64_t now_us, internal::v1::StoredUrgentTask* task) {
  if (PeopleOf(audience, *task).empty()) return;
  v1::UrgentAlert& alert = *task->mutable_task()->add_alerts();
  alert.set_audience(audience);
  *alert.mutable_alert_time() = schema::ToTimestamp(now_us);
  KeepNewest(task->mutable_task()->mutable_alerts(), kMostAlerts);
}

void AlertAtOnce(std::int64_t now_us, internal::v1::StoredUrgentTask* task) {
  Alert(v1::URGENT_AUDIENCE_THERAPISTS, now_us, task);
  Alert(v1::URGENT_AUDIENCE_ON_DUTY, now_us, task);
}

std::int64_t WaitUs(v1::ConcernKind kind, int escalate_minutes) {
  const int times = kind == v1::CONCERN_KIND_NOT_SAFE ? 1 : kSoonIsSlower;
  return escalate_minutes * times * kMinuteUs;
}

void PutReport(const v1::Concern& concern, std::int64_t now_us, v1::UrgentTask* task) {
  v1::ConcernReport& report = *task->add_reports();
  *report.mutable_concern() = concern;
  *report.mutable_report_time() = schema::ToTimestamp(now_us);
  KeepNewest(task->mutable_reports(), kMostReports);
}

}  // namespace

internal::v1::StoredUrgentTask OpenTask(const v1::Concern& concern, const AccessFacts& facts,
                                        const UrgentSettings& settings, std::int64_t now_us) {
  internal::v1::StoredUrgentTask stored;
  v1::UrgentTask& task = *stored.mutable_task();
  task.set_state(ShownState(UrgentLife().After(UrgentState::kNone, UrgentEvent::kReport)));
  task.set_kind(concern.kind());
  PutReport(concern, now_us, &task);
  *task.mutable_create_time() = schema::ToTimestamp(now_us);
  AddTeam(facts, now_us, &stored);
  PutOnDuty(settings, &stored);
  stored.set_escalate_minutes(settings.escalate_minutes);
  AlertAtOnce(now_us, &stored);
  stored.set_step(1);
  *task.mutable_next_alert_time() =
      schema::ToTimestamp(now_us + WaitUs(task.kind(), settings.escalate_minutes));
  return stored;
}

void AddReport(const v1::Concern& concern, const UrgentSettings& settings, std::int64_t now_us,
               internal::v1::StoredUrgentTask* stored) {
  v1::UrgentTask& task = *stored->mutable_task();
  PutReport(concern, now_us, &task);
  PutOnDuty(settings, stored);
  if (concern.kind() <= task.kind()) return;
  task.set_kind(concern.kind());
  AlertAtOnce(now_us, stored);
  const std::int64_t sooner_us = now_us + WaitUs(task.kind(), stored->escalate_minutes());
  *task.mutable_next_alert_time() = schema::ToTimestamp(std::min(NextAlertUs(*stored), sooner_us));
}

void AddPeopleOfNow(const AccessFacts* facts, const UrgentSettings& settings, std::int64_t now_us,
                    internal::v1::StoredUrgentTask* stored) {
  if (facts != nullptr && AddTeam(*facts, now_us, stored)) {
    Alert(v1::URGENT_AUDIENCE_THERAPISTS, now_us, stored);
  }
  if (PutOnDuty(settings, stored)) Alert(v1::URGENT_AUDIENCE_ON_DUTY, now_us, stored);
}

v1::ConcernReport& NewestReport(internal::v1::StoredUrgentTask* task) {
  auto& reports = *task->mutable_task()->mutable_reports();
  return *reports.rbegin();
}

bool Confirm(const AccessFacts* facts, std::int64_t report_us, std::string_view account,
             std::int64_t now_us, internal::v1::StoredUrgentTask* stored) {
  bool changed = false;
  v1::UrgentTask& task = *stored->mutable_task();
  for (v1::ConcernReport& report : *task.mutable_reports()) {
    if (report.identity() != v1::REPORTER_IDENTITY_NOT_YET_CONFIRMED) continue;
    if (schema::ToMicros(report.report_time()) != report_us) continue;
    report.set_identity(IsTheirs(facts, stored->member(), account, report_us)
                            ? v1::REPORTER_IDENTITY_CONFIRMED
                            : v1::REPORTER_IDENTITY_NOT_THEIRS);
    changed = true;
    break;
  }
  if (facts == nullptr || !UrgentLife().Takes(StateOf(task), UrgentEvent::kTime)) return changed;
  if (!AddTeam(*facts, now_us, stored)) return changed;
  Alert(v1::URGENT_AUDIENCE_THERAPISTS, now_us, stored);
  return true;
}

std::int64_t NextAlertUs(const internal::v1::StoredUrgentTask& stored) {
  return schema::ToMicros(stored.task().next_alert_time());
}

void Escalate(std::int64_t now_us, internal::v1::StoredUrgentTask* stored) {
  v1::UrgentTask& task = *stored->mutable_task();
  stored->set_step(stored->step() + 1);
  if (stored->step() == 2) {
    Alert(v1::URGENT_AUDIENCE_SUPERVISORS, now_us, stored);
  } else {
    if (stored->step() > 3) {
      Alert(v1::URGENT_AUDIENCE_THERAPISTS, now_us, stored);
      Alert(v1::URGENT_AUDIENCE_SUPERVISORS, now_us, stored);
    }
    Alert(v1::URGENT_AUDIENCE_ALL_ON_DUTY, now_us, stored);
  }
  *task.mutable_next_alert_time() =
      schema::ToTimestamp(now_us + WaitUs(task.kind(), stored->escalate_minutes()));
}

void SeenByTrainee(std::int64_t now_us, internal::v1::StoredUrgentTask* stored) {
  stored->set_step(std::max(stored->step(), 2));
  Alert(v1::URGENT_AUDIENCE_SUPERVISORS, now_us, stored);
  Alert(stored->step() > 2 ? v1::URGENT_AUDIENCE_ALL_ON_DUTY : v1::URGENT_AUDIENCE_ON_DUTY, now_us,
        stored);
  *stored->mutable_task()->mutable_next_alert_time() =
      schema::ToTimestamp(now_us + WaitUs(stored->task().kind(), stored->escalate_minutes()));
}

bool IsFor(const internal::v1::StoredUrgentTask& task, std::string_view subject) {
  const auto has = [&](const auto& subjects) {
    return std::ranges::find(subjects, subject) != subjects.end();
  };
  if (has(task.therapists())) return true;
  if (task.step() >= 2 && has(task.supervisors())) return true;
  if (task.step() >= 3) return has(task.on_duty());
  const auto told = task.on_duty().begin() + OnDutyTold(task);
  return std::find(task.on_duty().begin(), told, subject) != told;
}

v1::UrgentTask OutlineOf(const internal::v1::StoredUrgentTask& stored) {
  const v1::UrgentTask& task = stored.task();
  v1::UrgentTask outline;
  outline.set_name(task.name());
  outline.set_state(task.state());
  outline.set_kind(task.kind());
  *outline.mutable_alerts() = task.alerts();
  *outline.mutable_next_alert_time() = task.next_alert_time();
  *outline.mutable_create_time() = task.create_time();
  std::vector<std::string> subjects(stored.therapists().begin(), stored.therapists().end());
  subjects.insert(subjects.end(), stored.supervisors().begin(), stored.supervisors().end());
  subjects.insert(subjects.end(), stored.on_duty().begin(), stored.on_duty().end());
  std::erase_if(subjects, [&](const std::string& one) { return !IsFor(stored, one); });
  AddSubjects(subjects, outline.mutable_subjects());
  return outline;
}

bool ReachesTherapists(const AccessFacts& facts, std::int64_t now_us) {
  return std::ranges::any_of(facts.helpers, [&](const AccessFacts::Helper& helper) {
    return helper.direct && helper.period.Contains(now_us) && !helper.subjects.empty();
  });
}

std::string NoticeFor(const UrgentSettings& settings, bool therapists_reached, bool shared_device) {
  std::string notice =
      "Your therapists read your answers before the next session. Other members of the family "
      "don't see them. You may leave out any question. Nobody watches while you write: in an "
      "emergency don't wait for an answer here.";
  if (!shared_device) {
    notice +=
        " You can say at any time that somebody should talk to you soon, or that you are not "
        "safe: ";
    const bool on_duty = !settings.on_duty.empty();
    if (therapists_reached && on_duty) {
      notice += "your therapists and the person on duty are told at once, your family is not.";
    } else if (therapists_reached) {
      notice +=
          "your therapists are told at once. Nobody is on duty besides them. Your family is not "
          "told.";
    } else if (on_duty) {
      notice += "the person on duty is told at once, your family is not.";
    } else {
      notice +=
          "it is put on record and your family is not told, but nobody can be reached through it "
          "now. If it can't wait, call.";
    }
  }
  return notice;
}

std::string ContactsOf(const UrgentSettings& settings) {
  return settings.emergency_contacts.empty()
             ? "In an emergency call the emergency number of where you are (112 or 911)."
             : settings.emergency_contacts;
}

std::string ReportedNotice(const internal::v1::StoredUrgentTask& task) {
  return task.therapists().empty() && task.on_duty().empty()
             ? "Thank you for saying so. It is on record, but nobody can be reached through it "
               "now: "
               "if you are in danger or it can't wait, call."
             : "Thank you for saying so. Somebody who can help has been told. Nobody watches this "
               "screen: if you are in danger now, call.";
}

}  // namespace rapport::alliance
