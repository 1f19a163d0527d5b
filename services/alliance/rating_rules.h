// Rules of a rating: who may rate which session with which instrument about whom, and what of a
// rating follows from it.
//
// Called before a rating is recorded, one at a time or imported. Sources: domain.md 5.1, 12b.8 and
// 13.1, api.md "Access". Ids are inner ones. Pure, thread-safe.
#pragma once

#include "alliance/scoring/answers.h"
#include "alliance/scoring/score.h"
#include "platform/base/access_facts.h"

#include <rapport/alliance/v1/rating.pb.h>
#include <rapport/internal/v1/event.pb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::alliance {

// A member or a professional.
struct Person {
  std::string id;
  bool professional = false;
  friend bool operator==(const Person&, const Person&) = default;
};

// Whom a part is about.
struct Target {
  enum class Kind : std::uint8_t { kMember, kProfessional, kFamily };
  Kind kind = Kind::kMember;
  std::string id;
  friend bool operator==(const Target&, const Target&) = default;
};

// Who hands the rating in.
enum class Submitter : std::uint8_t {
  kRater,         // the rater: a member, an invitation holder, a professional about their own view
  kProfessional,  // a professional for a member
  kService,
  kImport,
  kCorrection,  // whoever corrects it: how it was answered at first stays as it was
};

// What a rating is judged against.
struct RatingCase {
  const v1::Instrument& instrument;
  const internal::v1::SessionHeld& session;
  const AccessFacts& facts;
  Person rater;
  Submitter submitter = Submitter::kRater;
  std::int64_t now_us = 0;
};

// A wrong field of a rating, its path from the rating on.
struct RatingFault {
  std::string field;
  std::string expected;
  friend bool operator==(const RatingFault&, const RatingFault&) = default;
};

// A condition that is not met.
struct RatingUnmet {
  std::string type;  // NOT_ON_ROSTER, ...
  std::string description;
  friend bool operator==(const RatingUnmet&, const RatingUnmet&) = default;
};

// Whole years at `at_us`; kAgeUnknown without a year. A missing month or day counts as the first.
int AgeAt(const AccessFacts::Member& member, std::int64_t at_us);
// Null: not on the roster on the day (UTC) of `at_us`.
const AccessFacts::Member* MemberOn(const AccessFacts& facts, std::string_view member,
                                    std::int64_t at_us);
const AccessFacts::Helper* HelperOn(const AccessFacts& facts, std::string_view professional,
                                    std::int64_t at_us);
// The member's consent to ratings is in force.
bool ConsentsToRatings(const AccessFacts& facts, std::string_view member, std::int64_t at_us);

// Null: not on the session's list.
const internal::v1::SessionHeld::Attendee* AttendeeOf(const internal::v1::SessionHeld& session,
                                                      std::string_view person);
// There for all or part of it.
bool Attended(const internal::v1::SessionHeld::Attendee& attendee);

// Age of the rater at the session; kAgeUnknown for professionals and without a birth date.
int RaterAge(const RatingCase& rated);

// Whether the instrument is for raters of this party and age. Somebody whose age is unknown counts
// as old enough for every instrument without an upper limit.
bool IsEligible(const v1::Instrument& instrument, bool professional, int age);
// Always for free instruments.
bool AttestationInForce(const v1::Licence& licence, std::int64_t now_us);

// One wrong answer; `path` is of the part it stands in, with its dot, or empty.
RatingFault FaultOf(const AnswerFault& fault, std::string_view path);

// What has to be so before the rating can be taken: roster, party and age, consent, licence.
std::vector<RatingUnmet> UnmetFor(const RatingCase& rated);

// An item that may put somebody in danger who answers it before others: its content is safety. It
// is not asked on a device that the family shares.
bool IsSafetyItem(const v1::Item& item);

// Every wrong field: parts, targets, answers, mode. `targets` are those of the parts, in order;
// absent where the name is none of this family's.
std::vector<RatingFault> FaultsOf(const v1::Rating& rating,
                                  const std::vector<std::optional<Target>>& targets,
                                  const RatingCase& rated);

// Fills in the scores of every part.
void Score(const RatingCase& rated, const std::vector<std::optional<Target>>& targets,
           bool homework_agreed, v1::Rating* rating);

}  // namespace rapport::alliance
