// Urgent tasks: whom a concern is put before at once, and whom after, until somebody
// acknowledges it; what is kept from a device that the family shares.
//
// Called when a concern is reported and by the escalation. Nothing of it looks at scores, signals,
// alert budgets or consents: a concern is never weighed. Source: product.md A14. Pure, thread-safe.
#pragma once

#include "platform/base/access_facts.h"

#include <rapport/alliance/v1/concern.pb.h>
#include <rapport/alliance/v1/instrument.pb.h>
#include <rapport/alliance/v1/rating.pb.h>
#include <rapport/internal/v1/alliance_records.pb.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance {

// What an agency's settings say (crypto::Agency).
struct UrgentSettings {
  std::vector<std::string> on_duty;  // subjects of tokens; the first is alerted at once
  std::string emergency_contacts;    // empty: the country's emergency number
  int escalate_minutes = 15;         // of "I am not safe"
};
using UrgentSettingsOf = std::function<UrgentSettings(std::string_view agency)>;

// "Talk to me soon" waits this many times as long before it is escalated.
inline constexpr int kSoonIsSlower = 8;

// A first report: the task with everybody who can come to see it, as they are now. Therapists and
// who is on duty first have it at once. An alert says that it was put before somebody: there is
// none of an audience that is nobody.
internal::v1::StoredUrgentTask OpenTask(const v1::Concern& concern, const AccessFacts& facts,
                                        const UrgentSettings& settings, std::int64_t now_us);

// A further report to an open task. A graver one is escalated as soon as such a one is.
void AddReport(const v1::Concern& concern, const UrgentSettings& settings, std::int64_t now_us,
               internal::v1::StoredUrgentTask* task);

// What came last.
v1::ConcernReport& NewestReport(internal::v1::StoredUrgentTask* task);

// A report whose member was taken at their word, now that somebody can be asked: whether it came
// from `account`, which was the member's then, and who works with the family, before whom the task
// is put as if they had been known. An empty `account` needs no proof; null facts: no such family.
// False: nothing of the task changes.
bool Confirm(const AccessFacts* facts, std::int64_t report_us, std::string_view account,
             std::int64_t now_us, internal::v1::StoredUrgentTask* task);

// When an open task is put before more people, microseconds.
std::int64_t NextAlertUs(const internal::v1::StoredUrgentTask& task);

// Who works with the family now, if that is known (facts), and who is on duty now can see the task
// too, and whoever of them should have had it at once is alerted. Who could see it still can.
void AddPeopleOfNow(const AccessFacts* facts, const UrgentSettings& settings, std::int64_t now_us,
                    internal::v1::StoredUrgentTask* task);

// The next step of an open task whose time has come: the supervisors, then everyone on duty, then
// everyone again and again.
void Escalate(std::int64_t now_us, internal::v1::StoredUrgentTask* task);

// A trainee sees to "I am not safe", who is not alone with it: it is before their supervisors and
// once more before who is on duty, and goes on to others until one who is no trainee acknowledges
// it.
void SeenByTrainee(std::int64_t now_us, internal::v1::StoredUrgentTask* task);

// Whether the task is on this person's list by having been put before them.
bool IsFor(const internal::v1::StoredUrgentTask& task, std::string_view subject);

// Whether somebody who works with the family now has an account, through which they can be told.
bool ReachesTherapists(const AccessFacts& facts, std::int64_t now_us);
// Of an open task what another system needs to call those whom it is before by now: no member,
// words or note.
v1::UrgentTask OutlineOf(const internal::v1::StoredUrgentTask& task);

// What a form says before its first question; how the rater answers decides what it may say, and
// who can be told at once what is true.
std::string NoticeFor(const UrgentSettings& settings, bool therapists_reached, bool shared_device);
// Whom to call now.
std::string ContactsOf(const UrgentSettings& settings);
// What somebody who reported a concern is told: that somebody was told only where somebody was.
std::string ReportedNotice(const internal::v1::StoredUrgentTask& task);

}  // namespace rapport::alliance
