// Safety screens: who must be asked alone, what the newest answers mean, who is arranged
// separately. Pure.
//
// What these functions return about safety goes to clinicians and to the three services, never to
// members.
#pragma once

#include "intake/case_file.h"

#include <rapport/internal/v1/event.pb.h>
#include <rapport/internal/v1/intake_records.pb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::intake {

// Every adult, and every child of 8 or more, who attends; a younger one whom a screen referred.
bool MustBeScreened(const CaseFile& file, const v1::Member& member, std::int64_t at_us);
// A child of less than 8 years: no screen of theirs is owed, but what they say is looked into.
bool IsTooSmallToBeAsked(const CaseFile& file, const v1::Member& member, std::int64_t at_us);
// The newest result sent them elsewhere: until a clinician settles that by another screen they meet
// nobody here in a session.
bool IsReferred(const CaseFile& file, std::string_view member);
// The newest screen of `member`; null: none.
const v1::SafetyScreen* NewestScreen(const CaseFile& file, std::string_view member);
// The newest one with a result: that somebody could not answer takes back nothing they said before.
const v1::SafetyScreen* NewestResult(const CaseFile& file, std::string_view member);
// Those of them that say what must hold in joint sessions, one a member, in the members' order.
std::vector<const v1::SafetyScreen*> ScreensWithConditions(const CaseFile& file);
// When `member` is asked next, and why. After a concern, when somebody worked with alone since they
// were asked is to come to a joint session, when they said that they are not safe or answered that
// it hardly is, when a child who is too small to be asked said that they are not safe (the adults),
// and when they join a case that is open: at once, and who was referred from the moment they were.
// Who came with an imported family was screened before where somebody attested by whom and when,
// else not.
struct ScreenDue {
  std::int64_t at_us = 0;
  std::string_view why;
};
// nullopt: not asked yet (the case does not open before), or nothing makes it due. Of who attends
// only.
std::optional<ScreenDue> NextScreen(const CaseFile& file, const v1::Member& member);
// What waits for somebody to ask them whatever the case's state: that they said that they are not
// safe, also when they left since or are small; a low answer of whom MustBeScreened at `at_us`
// only.
std::optional<ScreenDue> AskedForWhatWasSaid(const CaseFile& file, const v1::Member& member,
                                             std::int64_t at_us);
// The same of their words alone: nullopt: they never said it, or were asked since.
std::optional<ScreenDue> SaidNotSafe(const CaseFile& file, const v1::Member& member);

// When they said last that they are not safe; 0: never. A time that is that of their low answer too
// is the answer's.
std::int64_t SaidNotSafeUs(const internal::v1::StoredSessionTally::Attended& one);
// Keeps when a member said that they are not safe or answered so; false: that was known. An answer
// stands in the place of words, too, where there are none: a release that knows of words alone, and
// runs beside this one or comes back, has them asked all the same.
bool NoteNotSafe(const internal::v1::NotSafe& told, std::int64_t at_us,
                 internal::v1::StoredSessionTally* tally);
// Keeps when those who were there attended last; false: that was known.
bool NoteAttendance(const internal::v1::SessionHeld& held, internal::v1::StoredSessionTally* tally);

// Pairs of member names, each in name order, all pairs in order. From the newest results only.
std::vector<std::pair<std::string, std::string>> SeparatedPairs(const CaseFile& file);
// The same, with when each was recorded. A separation that one screen ends and a later one brings
// back begins anew; one that both members' screens ask for lasts as long as either does.
struct Separation {
  std::string first, second;
  std::int64_t since_us = 0;
  friend bool operator==(const Separation&, const Separation&) = default;
};
std::vector<Separation> SeparationsIn(const CaseFile& file);
// Pairs who were arranged separately once and are not now, with when the last end was recorded.
struct Reunion {
  std::string first, second;
  std::int64_t until_us = 0;
  friend bool operator==(const Reunion&, const Reunion&) = default;
};
std::vector<Reunion> ReunionsIn(const CaseFile& file);
// (field, what was expected) of a screen about to be recorded, every fault.
std::vector<std::pair<std::string, std::string>> FaultsOf(const v1::SafetyScreen& screen,
                                                          const CaseFile& file,
                                                          std::int64_t now_us);

// What a person said calls for a new look at the family as a whole.
bool IsCrisis(const v1::SafetyScreen& screen);

}  // namespace rapport::intake
