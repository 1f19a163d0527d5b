#include "intake/retention_rules.h"

#include "intake/person_rules.h"
#include "platform/base/strings.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace rapport::intake {
namespace {

using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;
using std::chrono::years;

using State = v1::ErasureState;
using Event = ErasureEvent;
constexpr State kNone = v1::ERASURE_STATE_UNSPECIFIED;
constexpr State kRequested = v1::ERASURE_STATE_REQUESTED;
constexpr State kLapsed = v1::ERASURE_STATE_LAPSED;
constexpr State kApproved = v1::ERASURE_STATE_APPROVED;
constexpr State kDone = v1::ERASURE_STATE_DONE;
constexpr State kWithdrawn = v1::ERASURE_STATE_WITHDRAWN;
constexpr std::string_view kAskedFor = "its erasure was asked for already";
constexpr std::string_view kNotWaiting =
    "a request that was neither approved nor lapsed nor taken back; another is asked for "
    "(EraseFamily)";
constexpr std::string_view kBegun = "nothing: it has begun, and what is erased doesn't come back";

constexpr ErasureMachine::Row kRows[] = {
    {kNone, Event::kRequest, kRequested, "an administrator; nothing is in the way"},
    {kRequested, Event::kRequest, kRequested, kAskedFor, "ERASURE_PENDING"},
    {kRequested, Event::kTime, kLapsed, "nobody approved within 30 days"},
    {kRequested, Event::kApprove, kApproved, "another administrator; nothing is in the way"},
    {kRequested, Event::kWithdraw, kWithdrawn, "whoever asked for it, or another administrator"},
    {kLapsed, Event::kRequest, kLapsed, "another takes its place"},
    {kLapsed, Event::kApprove, kLapsed, kNotWaiting, "ERASURE_NOT_PENDING"},
    {kLapsed, Event::kWithdraw, kLapsed, kNotWaiting, "ERASURE_NOT_PENDING"},
    {kApproved, Event::kRequest, kApproved, kAskedFor, "ERASURE_PENDING"},
    {kApproved, Event::kApprove, kApproved, kNotWaiting, "ERASURE_NOT_PENDING"},
    {kApproved, Event::kWithdraw, kApproved, kBegun, "ERASURE_BEGUN"},
    {kApproved, Event::kReport, kApproved, "a service has erased, others have not"},
    {kApproved, Event::kLastReport, kDone, "the last service has erased"},
    {kDone, Event::kRequest, kDone, kAskedFor, "ERASURE_PENDING"},
    {kDone, Event::kApprove, kDone, kNotWaiting, "ERASURE_NOT_PENDING"},
    {kDone, Event::kWithdraw, kDone, kBegun, "ERASURE_BEGUN"},
    {kWithdrawn, Event::kRequest, kWithdrawn, "another takes its place"},
    {kWithdrawn, Event::kApprove, kWithdrawn, kNotWaiting, "ERASURE_NOT_PENDING"},
    {kWithdrawn, Event::kWithdraw, kWithdrawn, kNotWaiting, "ERASURE_NOT_PENDING"},
};

constexpr std::string_view kEvents[] = {"request",  "time",   "approve",
                                        "withdraw", "report", "last report"};

constexpr std::array<RetentionRule, 4> kRules = {{
    // Seven years from the end of therapy, a minor's from the 18th birthday.
    {"US-CA", 7, 18, 7, 7,
     "California Business and Professions Code 4980.49, by SB 578 (Stats. 2014, ch. 312)"},
    // Ten years after discharge; a minor's one year after the 18th birthday, but not less than ten.
    {"US-CA-LA", 10, 18, 1, 10, "Los Angeles County Department of Mental Health, retention policy"},
    // Six years; a minor's until one year after the age of 21.
    {"US-NY", 6, 21, 1, 6, "New York Rules of the Board of Regents 29.2(a)(3) (8 NYCRR)"},
    // Ten years after the end of treatment, whatever the age.
    {"DE", 10, 0, 0, 10, "Buergerliches Gesetzbuch, section 630f(3)"},
}};

year_month_day DayOf(std::int64_t at_us) {
  return std::chrono::floor<days>(std::chrono::sys_time<microseconds>(microseconds(at_us)));
}

// 29 February becomes 1 March where there is none.
sys_days After(year_month_day day, int count) {
  const year_month_day then = day + years(count);
  return then.ok() ? sys_days(then)
                   : sys_days(then.year() / std::chrono::March / std::chrono::day(1));
}

sys_days LastDay(const v1::Member& member, year_month_day end, const RetentionRule& rule) {
  const sys_days as_adult = After(end, rule.adult_years);
  year_month_day born = end;
  if (member.has_birth_date()) {
    const auto& birth = member.birth_date();
    born = std::chrono::year(birth.year()) /
           std::chrono::month(static_cast<unsigned>(birth.month())) /
           std::chrono::day(static_cast<unsigned>(birth.day()));
  } else if (IsAdultsRole(member.role())) {
    return as_adult;
  }
  const sys_days of_age = After(born, rule.majority_age);
  if (of_age <= sys_days(end)) return as_adult;
  return std::max(After(of_age, rule.minor_years), After(end, rule.minor_least_years));
}

std::string DayText(std::int64_t at_us) {
  const year_month_day day = DayOf(at_us);
  const auto two = [](unsigned number) {
    return Concat({number < 10 ? "0" : "", std::to_string(number)});
  };
  return Concat({std::to_string(static_cast<int>(day.year())), "-",
                 two(static_cast<unsigned>(day.month())), "-",
                 two(static_cast<unsigned>(day.day()))});
}

bool HasEnded(const v1::Family& family) {
  return family.state() == v1::FAMILY_STATE_CLOSED || family.state() == v1::FAMILY_STATE_REDIRECTED;
}

}  // namespace

std::span<const RetentionRule> RetentionRules() { return kRules; }

RetentionRule RetentionRuleOf(std::string_view jurisdiction, int agency_years) {
  const auto* found = std::ranges::find(kRules, jurisdiction, &RetentionRule::jurisdiction);
  if (found != kRules.end()) return *found;
  return {jurisdiction, agency_years, 18, agency_years, agency_years, "the agency's own rule"};
}

std::int64_t RetainedUntil(const CaseFile& file, const RetentionRule& rule, int agency_years) {
  if (!HasEnded(file.family)) return 0;
  const year_month_day end = DayOf(Micros(file.family.state_time()));
  sys_days last = After(end, agency_years);
  for (const v1::Member& member : file.members) last = std::max(last, LastDay(member, end, rule));
  // A family without members is kept as an adult's.
  last = std::max(last, After(end, rule.adult_years));
  return std::chrono::duration_cast<microseconds>((last + days(1)).time_since_epoch()).count();
}

std::vector<Unmet> UnmetForErasure(const CaseFile& file, std::span<const v1::LegalHold> holds,
                                   std::span<const v1::RecordRequest> requests,
                                   std::int64_t retained_until_us, std::int64_t now_us) {
  std::vector<Unmet> unmet;
  const std::string& family = file.family.name();
  if (!HasEnded(file.family)) {
    unmet.push_back({"CASE_NOT_CLOSED", family, "the case is closed or redirected first"});
  }
  for (const v1::LegalHold& hold : holds) {
    if (hold.has_release_time()) continue;
    unmet.push_back({"LEGAL_HOLD", hold.name(), "the legal hold is released first"});
  }
  for (const v1::RecordRequest& request : requests) {
    if (request.has_decision()) continue;
    unmet.push_back({"RECORD_REQUEST_OPEN", request.name(),
                     "the request for the record is decided first (DecideRecordRequest)"});
  }
  if (now_us < retained_until_us) {
    unmet.push_back({"RETENTION_NOT_OVER", family,
                     Concat({"the records are kept until ", DayText(retained_until_us)})});
  }
  return unmet;
}

const ErasureMachine& ErasureLife() {
  static constexpr ErasureMachine kLife(
      "erasure", kRows,
      [](State state) {
        return EnumStateName(state, "ERASURE_STATE_", v1::ErasureState_Name(state));
      },
      [](Event event) { return kEvents[static_cast<std::size_t>(event)]; });
  return kLife;
}

State StateAt(const v1::Erasure& erasure, std::int64_t now_us) {
  return now_us >= Micros(erasure.approve_by_time())
             ? ErasureLife().After(erasure.state(), Event::kTime)
             : erasure.state();
}

bool NoteDone(std::string_view service, std::int64_t now_us, v1::Erasure* erasure) {
  google::protobuf::Timestamp now;
  now.set_seconds(now_us / 1'000'000);
  now.set_nanos(static_cast<std::int32_t>(now_us % 1'000'000 * 1'000));
  bool noted = false, all = erasure->services_size() > 0;
  for (auto& progress : *erasure->mutable_services()) {
    if (progress.service() == service && !progress.has_done_time()) {
      *progress.mutable_done_time() = now;
      noted = true;
    }
    all = all && progress.has_done_time();
  }
  if (!noted) return false;
  erasure->set_state(
      ErasureLife().After(erasure->state(), all ? Event::kLastReport : Event::kReport));
  if (erasure->state() == kDone) *erasure->mutable_done_time() = now;
  return true;
}

}  // namespace rapport::intake
