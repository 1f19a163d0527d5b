// How old a member is, from access facts.
#pragma once

#include "platform/base/access_facts.h"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace rapport {

// From this age a person is an adult.
inline constexpr int kAdultYears = 18;

// Whole years at `at_us`, at least 0; -1 without a year. A missing month or day counts as the
// first.
inline int YearsOld(const AccessFacts::Member& member, std::int64_t at_us) {
  if (member.birth_year == 0) return -1;
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(at_us))));
  const int month = std::max(member.birth_month, 1), in_month = std::max(member.birth_day, 1);
  const int at_month = static_cast<int>(static_cast<unsigned>(day.month()));
  const int at_day = static_cast<int>(static_cast<unsigned>(day.day()));
  const bool had_birthday = at_month > month || (at_month == month && at_day >= in_month);
  return std::max(0, static_cast<int>(day.year()) - member.birth_year - (had_birthday ? 0 : 1));
}

// By the agency's day, as intake says. Of an intake that does not say so yet by UTC's, and an
// unknown birth date is an adult's.
inline bool IsMinorAt(const AccessFacts::Member& member, std::int64_t at_us) {
  if (member.majority_us != 0) return at_us < member.majority_us;
  const int age = YearsOld(member, at_us);
  return age >= 0 && age < kAdultYears;
}

}  // namespace rapport
