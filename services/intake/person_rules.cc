#include "intake/person_rules.h"

#include <algorithm>
#include <chrono>

namespace rapport::intake {
bool BelongsAt(const v1::Member& member, std::int64_t at_us) {
  return std::any_of(member.periods().begin(), member.periods().end(), [&](const v1::Period& p) {
    return Micros(p.start_time()) <= at_us && (!p.has_end_time() || at_us < Micros(p.end_time()));
  });
}

bool AttendsAt(const v1::Member& member, std::int64_t at_us) {
  return member.involvement() == v1::INVOLVEMENT_DIRECT && BelongsAt(member, at_us);
}

bool HelpsAt(const v1::Helper& helper, std::int64_t at_us) {
  return Micros(helper.start_time()) <= at_us &&
         (!helper.has_end_time() || at_us < Micros(helper.end_time()));
}

bool TreatsAt(const v1::Helper& helper, std::int64_t at_us) {
  return helper.involvement() == v1::INVOLVEMENT_DIRECT && HelpsAt(helper, at_us) &&
         (helper.role() == v1::THERAPIST_SYSTEM_ROLE_THERAPIST ||
          helper.role() == v1::THERAPIST_SYSTEM_ROLE_CO_THERAPIST ||
          helper.role() == v1::THERAPIST_SYSTEM_ROLE_TRAINEE);
}

namespace {

std::chrono::year_month_day DayOf(std::int64_t at_us) {
  return std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(at_us)));
}

}  // namespace

int AgeAt(const v1::Member& member, std::int64_t at_us) {
  if (!member.has_birth_date()) return -1;
  const auto& birth = member.birth_date();
  const std::chrono::year_month_day day = DayOf(at_us);
  const int month = static_cast<int>(static_cast<unsigned>(day.month()));
  const int of_month = static_cast<int>(static_cast<unsigned>(day.day()));
  const bool before = month < birth.month() || (month == birth.month() && of_month < birth.day());
  return std::max(static_cast<int>(day.year()) - birth.year() - (before ? 1 : 0), 0);
}

bool IsAdultAt(const v1::Member& member, std::int64_t at_us) {
  const int age = AgeAt(member, at_us);
  return age < 0 || age >= kAdultYears;
}

bool BornBy(const type::v1::Date& birth, std::int64_t at_us) {
  constexpr std::int64_t kAheadOfUtcUs = 14 * 3'600'000'000;
  const std::chrono::year_month_day born(std::chrono::year(birth.year()),
                                         std::chrono::month(static_cast<unsigned>(birth.month())),
                                         std::chrono::day(static_cast<unsigned>(birth.day())));
  return born <= DayOf(at_us + kAheadOfUtcUs);
}

std::vector<const v1::Member*> AttendingAt(const CaseFile& file, std::int64_t at_us) {
  std::vector<const v1::Member*> attending;
  for (const v1::Member& member : file.members) {
    if (AttendsAt(member, at_us)) attending.push_back(&member);
  }
  return attending;
}

const v1::Member* FindMember(const CaseFile& file, std::string_view name) {
  for (const v1::Member& member : file.members) {
    if (member.name() == name) return &member;
  }
  return nullptr;
}

}  // namespace rapport::intake
