// Who belongs to a family at a time, who attends, who is an adult. Pure.
#pragma once

#include "intake/case_file.h"
#include "platform/base/member_age.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::intake {

// Children from this age are asked alone whether they are safe (domain: intake states).
inline constexpr int kScreenedYears = 8;

// In the client system at `at_us` (half-open periods).
bool BelongsAt(const v1::Member& member, std::int64_t at_us);
// The period of that instant; null: the person did not belong.
const v1::Period* PeriodAt(const v1::Member& member, std::int64_t at_us);
// Place in the family and involvement in a period.
v1::MemberRole RoleIn(const v1::Member& member, const v1::Period& period);
v1::Involvement InvolvementIn(const v1::Member& member, const v1::Period& period);
// Every period of `member` says what the person was in it, as `before` has it, whatever they are
// later.
void NameRoles(const v1::Member& before, v1::Member* member);
// `member` has another place or involvement than `before` from `now_us` on: the period that lasts
// ends and another begins, so that what was stays readable.
void SplitPeriod(const v1::Member& before, std::int64_t now_us, v1::Member* member);
// What is wrong with periods that are to replace a member's: (field, what was expected).
std::vector<std::pair<std::string, std::string>> FaultsOf(
    const google::protobuf::RepeatedPtrField<v1::Period>& periods, std::int64_t now_us);
// Belongs and attends sessions.
bool AttendsAt(const v1::Member& member, std::int64_t at_us);
// At any time, however long ago.
bool EverAttended(const v1::Member& member);
// On the therapist system at `at_us`.
bool HelpsAt(const v1::Helper& helper, std::int64_t at_us);
// A direct helper who treats: therapist, co-therapist or trainee.
bool TreatsAt(const v1::Helper& helper, std::int64_t at_us);

// A parent of any kind, a guardian, partner or grandparent.
bool IsAdultsRole(v1::MemberRole role);
// Parent, step- or foster parent, guardian.
bool IsParentsRole(v1::MemberRole role);
// Treats, and may have a case without another who does: not a trainee, by their role there or as
// one of `trainees` (names of professionals), whatever their role.
bool LeadsAt(const v1::Helper& helper, const std::vector<std::string>& trainees,
             std::int64_t at_us);
// Whole years on the day of `at_us` where `zone` is the agency's, at least 0; -1: unknown.
int AgeAt(const v1::Member& member, std::int64_t at_us, const absl::TimeZone& zone);
// Without a birth date who has an adult's place in the family is one, and nobody else: what a child
// can't consent to alone does not become possible for want of a date.
bool IsAdultAt(const v1::Member& member, std::int64_t at_us, const absl::TimeZone& zone);
// The agency's day of `at_us`, and when a day begins there.
type::v1::Date DayAt(std::int64_t at_us, const absl::TimeZone& zone);
std::int64_t MidnightUs(const type::v1::Date& day, const absl::TimeZone& zone);
// The beginning of the day on which the person is so old; nullopt: the birth date is not known.
std::optional<std::int64_t> BirthdayUs(const v1::Member& member, int years,
                                       const absl::TimeZone& zone);
// The same for the day of coming of age.
std::optional<std::int64_t> MajorityUs(const v1::Member& member, const absl::TimeZone& zone);
// `birth` isn't after the day of `at_us` anywhere on earth: some agencies' day is ahead of UTC's.
bool BornBy(const type::v1::Date& birth, std::int64_t at_us);

std::vector<const v1::Member*> AttendingAt(const CaseFile& file, std::int64_t at_us);
const v1::Member* FindMember(const CaseFile& file, std::string_view name);

}  // namespace rapport::intake
