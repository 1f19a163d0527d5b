#include "alliance/rating_rules.h"

#include "alliance/instruments/licence.h"
#include "platform/base/member_age.h"
#include "platform/base/strings.h"

#include <rapport/intake/v1/consent.pb.h>
#include <rapport/notes/v1/session.pb.h>

#include <algorithm>

namespace rapport::alliance {
namespace {

constexpr std::int64_t kDayMicros = 86'400'000'000;

bool OverlapsDay(const Period& period, std::int64_t at_us) {
  const std::int64_t day_us = at_us - ((at_us % kDayMicros) + kDayMicros) % kDayMicros;
  return period.from_us < day_us + kDayMicros && (period.to_us == 0 || period.to_us > day_us);
}

v1::Party PartyOf(const Target& target) {
  switch (target.kind) {
    case Target::Kind::kMember:
      return v1::PARTY_MEMBER;
    case Target::Kind::kProfessional:
      return v1::PARTY_PROFESSIONAL;
    case Target::Kind::kFamily:
      return v1::PARTY_FAMILY;
  }
  return v1::PARTY_UNSPECIFIED;
}

v1::Asked AskedAbout(const Target& target) {
  return target.kind == Target::Kind::kFamily ? v1::ASKED_ONCE : v1::ASKED_PER_TARGET;
}

bool Has(const google::protobuf::RepeatedField<int>& parties, v1::Party party) {
  return std::ranges::find(parties, static_cast<int>(party)) != parties.end();
}

// Why the session has nothing to say about this target; empty: it has.
std::string_view TargetFault(const Target& target, const RatingCase& rated) {
  if (!Has(rated.instrument.targets(), PartyOf(target))) {
    return "somebody whom the instrument asks about";
  }
  if (target.kind == Target::Kind::kFamily) {
    return target.id == rated.facts.family ? "" : "the family of the session";
  }
  if (target.id == rated.rater.id) return "somebody else than the rater";
  const std::int64_t at_us = rated.session.started_us();
  const bool on_roster = target.kind == Target::Kind::kMember
                             ? MemberOn(rated.facts, target.id, at_us) != nullptr
                             : HelperOn(rated.facts, target.id, at_us) != nullptr;
  const auto* attendee = AttendeeOf(rated.session, target.id);
  if (!on_roster || attendee == nullptr || !Attended(*attendee)) {
    return "somebody of the family's two systems who attended the session";
  }
  return "";
}

std::string_view AnswerFaultText(AnswerFault::Kind kind) {
  switch (kind) {
    case AnswerFault::Kind::kUnknownItem:
      return "an item of the instrument";
    case AnswerFault::Kind::kNotAskedHere:
      return "an item that is asked about this target";
    case AnswerFault::Kind::kAnsweredTwice:
      return "each item at most once";
    case AnswerFault::Kind::kOffScale:
      return "an answer on the instrument's scale, in whole steps";
  }
  return "";
}

// Answers that cannot have been asked for there.
void CheckSafety(const v1::RatingPart& part, const RatingCase& rated, bool shared_device,
                 const std::string& path, std::vector<RatingFault>& faults) {
  if (!shared_device || rated.submitter != Submitter::kRater) return;
  for (int i = 0; i < part.answers_size(); ++i) {
    const auto item =
        std::ranges::find(rated.instrument.items(), part.answers(i).item(), &v1::Item::number);
    if (item == rated.instrument.items().end() || !IsSafetyItem(*item)) continue;
    faults.push_back({Concat({path, ".answers[", std::to_string(i), "].item"}),
                      "no item about safety on a device that the family shares"});
  }
}

void CheckPart(const v1::RatingPart& part, const std::optional<Target>& target,
               const RatingCase& rated, bool shared_device, const std::string& path,
               std::vector<RatingFault>& faults) {
  if (!target) {
    faults.push_back({path + ".target", "a professional, a member of the family, or the family"});
    return;
  }
  const std::string_view wrong = TargetFault(*target, rated);
  if (!wrong.empty()) {
    faults.push_back({path + ".target", std::string(wrong)});
    return;
  }
  if (part.went_wrong() && target->kind == Target::Kind::kFamily) {
    faults.push_back({path + ".went_wrong", "false but where the part is about a person"});
  }
  CheckSafety(part, rated, shared_device, path, faults);
  for (const AnswerFault& fault :
       CheckAnswers(rated.instrument, AskedAbout(*target), part.answers())) {
    faults.push_back(FaultOf(fault, path + "."));
  }
}

// Whether a rating can have come to be this way.
std::string_view ModeFault(v1::RatingMode mode, const RatingCase& rated) {
  switch (rated.submitter) {
    case Submitter::kImport:
    case Submitter::kCorrection:
      return "";
    case Submitter::kRater:
      return mode == v1::RATING_MODE_OWN_DEVICE || mode == v1::RATING_MODE_SHARED_DEVICE
                 ? ""
                 : "OWN_DEVICE or SHARED_DEVICE from the rater";
    case Submitter::kProfessional:
      return mode == v1::RATING_MODE_PAPER || mode == v1::RATING_MODE_READ_ALOUD
                 ? ""
                 : "PAPER or READ_ALOUD from somebody else than the rater";
    case Submitter::kService:
      return mode == v1::RATING_MODE_IMPORTED
                 ? "how it was answered; imports have a method of their own"
                 : "";
  }
  return "";
}

}  // namespace

RatingFault FaultOf(const AnswerFault& fault, std::string_view path) {
  const bool steps = fault.kind == AnswerFault::Kind::kOffScale;
  return {Concat({path, "answers[", std::to_string(fault.index), steps ? "].steps" : "].item"}),
          std::string(AnswerFaultText(fault.kind))};
}

bool IsSafetyItem(const v1::Item& item) { return item.content() == v1::CONTENT_SAFETY; }

int AgeAt(const AccessFacts::Member& member, std::int64_t at_us) {
  static_assert(kAgeUnknown == -1);
  return YearsOld(member, at_us);
}

const AccessFacts::Member* MemberOn(const AccessFacts& facts, std::string_view member,
                                    std::int64_t at_us) {
  const auto found = std::ranges::find_if(facts.members, [&](const AccessFacts::Member& one) {
    return one.member == member && OverlapsDay(one.period, at_us);
  });
  return found == facts.members.end() ? nullptr : &*found;
}

const AccessFacts::Helper* HelperOn(const AccessFacts& facts, std::string_view professional,
                                    std::int64_t at_us) {
  const auto found = std::ranges::find_if(facts.helpers, [&](const AccessFacts::Helper& one) {
    return one.professional == professional && OverlapsDay(one.period, at_us);
  });
  return found == facts.helpers.end() ? nullptr : &*found;
}

bool ConsentsToRatings(const AccessFacts& facts, std::string_view member, std::int64_t at_us) {
  return std::ranges::any_of(facts.consents, [&](const AccessFacts::Consent& consent) {
    return consent.member == member && consent.purpose == intake::v1::CONSENT_PURPOSE_RATINGS &&
           consent.period.Contains(at_us);
  });
}

const internal::v1::SessionHeld::Attendee* AttendeeOf(const internal::v1::SessionHeld& session,
                                                      std::string_view person) {
  const auto found = std::ranges::find_if(
      session.attendees(), [&](const auto& attendee) { return attendee.person() == person; });
  return found == session.attendees().end() ? nullptr : &*found;
}

bool Attended(const internal::v1::SessionHeld::Attendee& attendee) {
  return attendee.presence() == notes::v1::PRESENCE_PRESENT ||
         attendee.presence() == notes::v1::PRESENCE_LATE ||
         attendee.presence() == notes::v1::PRESENCE_LEFT_EARLY;
}

int RaterAge(const RatingCase& rated) {
  if (rated.rater.professional) return kAgeUnknown;
  const auto* member = MemberOn(rated.facts, rated.rater.id, rated.session.started_us());
  return member == nullptr ? kAgeUnknown : AgeAt(*member, rated.session.started_us());
}

bool AttestationInForce(const v1::Licence& licence, std::int64_t now_us) {
  return !licence.attestation_required() ||
         (licence.has_attestation() && InForce(licence.attestation(), now_us));
}

bool IsEligible(const v1::Instrument& instrument, bool professional, int age) {
  // A helper of the family who rates what was to be seen, whoever did the work.
  if (professional) {
    return Has(instrument.raters(), v1::PARTY_PROFESSIONAL) ||
           Has(instrument.raters(), v1::PARTY_OBSERVER);
  }
  if (!Has(instrument.raters(), v1::PARTY_MEMBER)) return false;
  const int most = instrument.max_age_years();
  if (age == kAgeUnknown) return most == 0;
  return age >= instrument.min_age_years() && (most == 0 || age <= most);
}

std::vector<RatingUnmet> UnmetFor(const RatingCase& rated) {
  std::vector<RatingUnmet> unmet;
  const std::int64_t at_us = rated.session.started_us();
  const v1::Instrument& instrument = rated.instrument;
  const bool on_roster = rated.rater.professional
                             ? HelperOn(rated.facts, rated.rater.id, at_us) != nullptr
                             : MemberOn(rated.facts, rated.rater.id, at_us) != nullptr;
  if (!on_roster) {
    unmet.push_back({"NOT_ON_ROSTER", "the rater is on the roster on the day of the session"});
  }
  // Of somebody who was not there that day only the party is known.
  const bool eligible =
      IsEligible(instrument, rated.rater.professional, RaterAge(rated)) ||
      (!on_roster && IsEligible(instrument, rated.rater.professional, instrument.min_age_years()));
  if (!eligible) {
    unmet.push_back({"RATER_NOT_ELIGIBLE", "the instrument is for raters of this party and age"});
  }
  if (!rated.rater.professional && !ConsentsToRatings(rated.facts, rated.rater.id, rated.now_us)) {
    unmet.push_back({"CONSENT_MISSING", "the rater's consent to ratings is in force"});
  }
  if (instrument.key_from_licence()) {
    unmet.push_back({"KEY_MISSING",
                     "the instrument's whole key is known; this one has structure only: create a "
                     "version with the key of the licence packet"});
  }
  if (!AttestationInForce(instrument.licence(), rated.now_us)) {
    unmet.push_back(
        {"ATTESTATION_MISSING", "an attestation of the instrument's licence is in force"});
  }
  return unmet;
}

std::vector<RatingFault> FaultsOf(const v1::Rating& rating,
                                  const std::vector<std::optional<Target>>& targets,
                                  const RatingCase& rated) {
  std::vector<RatingFault> faults;
  const bool shared = rating.mode() == v1::RATING_MODE_SHARED_DEVICE;
  for (int i = 0; i < rating.parts_size(); ++i) {
    const std::string path = Concat({"parts[", std::to_string(i), "]"});
    const auto index = static_cast<std::size_t>(i);
    const auto before = targets.begin() + i;
    if (targets[index] && std::find(targets.begin(), before, targets[index]) != before) {
      faults.push_back({path + ".target", "each target at most once"});
      continue;
    }
    CheckPart(rating.parts(i), targets[index], rated, shared, path, faults);
  }
  if (const std::string_view wrong = ModeFault(rating.mode(), rated); !wrong.empty()) {
    faults.push_back({"mode", std::string(wrong)});
  }
  return faults;
}

void Score(const RatingCase& rated, const std::vector<std::optional<Target>>& targets,
           bool homework_agreed, v1::Rating* rating) {
  rating->set_homework_agreed(homework_agreed);
  const ScoringContext context{.rater_age_years = RaterAge(rated),
                               .homework_agreed = homework_agreed};
  for (int i = 0; i < rating->parts_size(); ++i) {
    v1::RatingPart& part = *rating->mutable_parts(i);
    *part.mutable_scores() =
        ScorePart(rated.instrument, AskedAbout(*targets[static_cast<std::size_t>(i)]),
                  part.answers(), context);
  }
}

}  // namespace rapport::alliance
