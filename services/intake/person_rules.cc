#include "intake/person_rules.h"

#include <algorithm>
#include <chrono>

namespace rapport::intake {
bool BelongsAt(const v1::Member& member, std::int64_t at_us) {
  return PeriodAt(member, at_us) != nullptr;
}

const v1::Period* PeriodAt(const v1::Member& member, std::int64_t at_us) {
  for (const v1::Period& period : member.periods()) {
    if (Micros(period.start_time()) <= at_us &&
        (!period.has_end_time() || at_us < Micros(period.end_time()))) {
      return &period;
    }
  }
  return nullptr;
}

v1::MemberRole RoleIn(const v1::Member& member, const v1::Period& period) {
  return period.role() != v1::MEMBER_ROLE_UNSPECIFIED ? period.role() : member.role();
}

v1::Involvement InvolvementIn(const v1::Member& member, const v1::Period& period) {
  return period.involvement() != v1::INVOLVEMENT_UNSPECIFIED ? period.involvement()
                                                             : member.involvement();
}

void NameRoles(const v1::Member& before, v1::Member* member) {
  for (v1::Period& period : *member->mutable_periods()) {
    period.set_role(RoleIn(before, period));
    period.set_involvement(InvolvementIn(before, period));
  }
}

void SplitPeriod(const v1::Member& before, std::int64_t now_us, v1::Member* member) {
  if (before.role() == member->role() && before.involvement() == member->involvement()) return;
  NameRoles(before, member);
  v1::Period* lasting = nullptr;
  for (v1::Period& period : *member->mutable_periods()) {
    if (!period.has_end_time()) lasting = &period;
  }
  if (lasting == nullptr) return;
  if (Micros(lasting->start_time()) < now_us) {
    *lasting->mutable_end_time() = TimestampOf(now_us);
    lasting = member->add_periods();
    *lasting->mutable_start_time() = TimestampOf(now_us);
  }
  lasting->set_role(member->role());
  lasting->set_involvement(member->involvement());
}

std::vector<std::pair<std::string, std::string>> FaultsOf(
    const google::protobuf::RepeatedPtrField<v1::Period>& periods, std::int64_t now_us) {
  std::vector<std::pair<std::string, std::string>> faults;
  for (int i = 0; i < periods.size(); ++i) {
    const v1::Period& period = periods[i];
    const std::string at = "periods[" + std::to_string(i) + "].";
    const std::int64_t start_us = Micros(period.start_time());
    if (!period.has_start_time() || start_us > now_us) {
      faults.emplace_back(at + "start_time", "a time that is not in the future");
    }
    if (period.has_end_time() && Micros(period.end_time()) <= start_us) {
      faults.emplace_back(at + "end_time", "after the start");
    }
    if (i == 0) continue;
    if (!periods[i - 1].has_end_time() || Micros(periods[i - 1].end_time()) > start_us) {
      faults.emplace_back(at + "start_time", "not before the end of the period before");
    }
  }
  return faults;
}

bool AttendsAt(const v1::Member& member, std::int64_t at_us) {
  const v1::Period* period = PeriodAt(member, at_us);
  return period != nullptr && InvolvementIn(member, *period) == v1::INVOLVEMENT_DIRECT;
}

bool EverAttended(const v1::Member& member) {
  return std::ranges::any_of(member.periods(), [&](const v1::Period& period) {
    return InvolvementIn(member, period) == v1::INVOLVEMENT_DIRECT;
  });
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

bool LeadsAt(const v1::Helper& helper, const std::vector<std::string>& trainees,
             std::int64_t at_us) {
  return TreatsAt(helper, at_us) && helper.role() != v1::THERAPIST_SYSTEM_ROLE_TRAINEE &&
         std::find(trainees.begin(), trainees.end(), helper.professional()) == trainees.end();
}

namespace {

std::chrono::year_month_day DayOf(std::int64_t at_us) {
  return std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(at_us)));
}

}  // namespace

int AgeAt(const v1::Member& member, std::int64_t at_us, const absl::TimeZone& zone) {
  if (!member.has_birth_date()) return -1;
  const auto& birth = member.birth_date();
  const type::v1::Date day = DayAt(at_us, zone);
  const bool before =
      day.month() < birth.month() || (day.month() == birth.month() && day.day() < birth.day());
  return std::max(day.year() - birth.year() - (before ? 1 : 0), 0);
}

bool IsAdultAt(const v1::Member& member, std::int64_t at_us, const absl::TimeZone& zone) {
  const int age = AgeAt(member, at_us, zone);
  return age < 0 ? IsAdultsRole(member.role()) : age >= kAdultYears;
}

type::v1::Date DayAt(std::int64_t at_us, const absl::TimeZone& zone) {
  const absl::CivilDay day = absl::ToCivilDay(absl::FromUnixMicros(at_us), zone);
  type::v1::Date date;
  date.set_year(static_cast<int>(day.year()));
  date.set_month(day.month());
  date.set_day(day.day());
  return date;
}

std::int64_t MidnightUs(const type::v1::Date& day, const absl::TimeZone& zone) {
  // A leap day of another year is the first of March, as AgeAt counts. A midnight that the clocks
  // skip is when they go on.
  return absl::ToUnixMicros(
      absl::FromCivil(absl::CivilDay(day.year(), day.month(), day.day()), zone));
}

std::optional<std::int64_t> BirthdayUs(const v1::Member& member, int years,
                                       const absl::TimeZone& zone) {
  if (!member.has_birth_date()) return std::nullopt;
  type::v1::Date day = member.birth_date();
  day.set_year(day.year() + years);
  return MidnightUs(day, zone);
}

std::optional<std::int64_t> MajorityUs(const v1::Member& member, const absl::TimeZone& zone) {
  return BirthdayUs(member, kAdultYears, zone);
}

bool BornBy(const type::v1::Date& birth, std::int64_t at_us) {
  constexpr std::int64_t kAheadOfUtcUs = 14 * 3'600'000'000;
  const std::chrono::year_month_day born(std::chrono::year(birth.year()),
                                         std::chrono::month(static_cast<unsigned>(birth.month())),
                                         std::chrono::day(static_cast<unsigned>(birth.day())));
  return born <= DayOf(at_us + kAheadOfUtcUs);
}

bool IsAdultsRole(v1::MemberRole role) {
  switch (role) {
    case v1::MEMBER_ROLE_PARENT:
    case v1::MEMBER_ROLE_STEP_PARENT:
    case v1::MEMBER_ROLE_FOSTER_PARENT:
    case v1::MEMBER_ROLE_GUARDIAN:
    case v1::MEMBER_ROLE_PARTNER:
    case v1::MEMBER_ROLE_GRANDPARENT:
      return true;
    default:
      return false;
  }
}

bool IsParentsRole(v1::MemberRole role) {
  return role == v1::MEMBER_ROLE_PARENT || role == v1::MEMBER_ROLE_STEP_PARENT ||
         role == v1::MEMBER_ROLE_FOSTER_PARENT || role == v1::MEMBER_ROLE_GUARDIAN;
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
