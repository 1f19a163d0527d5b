// Names: resource names and the inner ids in them.
//
// A pattern is a name with variables: `families/{family}/members/{member}`. A variable stands for
// an id as people see it (32 lower-case hex digits), `{instrument=slug}` for a slug. `-` is matched
// only by a pattern that says it: `families/-`. Services and the pipeline turn names into inner ids
// here and nowhere else; whether an id exists is for the store to say, and a name that does not
// read is answered NotFound() like one that does not exist. Pure functions; Names is thread-safe.
#pragma once

#include "platform/schema/id_codec.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::schema {

namespace patterns {
inline constexpr std::string_view kFamily = "families/{family}";
inline constexpr std::string_view kMember = "families/{family}/members/{member}";
inline constexpr std::string_view kRelationship = "families/{family}/relationships/{relationship}";
inline constexpr std::string_view kHelper = "families/{family}/helpers/{helper}";
inline constexpr std::string_view kProblem = "families/{family}/problems/{problem}";
inline constexpr std::string_view kAssessment = "families/{family}/assessments/{assessment}";
inline constexpr std::string_view kSafetyScreen = "families/{family}/safetyScreens/{screen}";
inline constexpr std::string_view kConsent = "families/{family}/consents/{consent}";
inline constexpr std::string_view kSecretsPolicy = "families/{family}/secretsPolicies/{policy}";
inline constexpr std::string_view kSession = "families/{family}/sessions/{session}";
inline constexpr std::string_view kNote = "families/{family}/sessions/{session}/notes/{note}";
inline constexpr std::string_view kPsychotherapyNote =
    "families/{family}/sessions/{session}/psychotherapyNotes/{psychotherapy_note}";
inline constexpr std::string_view kSudCounselingNote =
    "families/{family}/sessions/{session}/sudCounselingNotes/{sud_counseling_note}";
inline constexpr std::string_view kObservation =
    "families/{family}/sessions/{session}/observations/{observation}";
inline constexpr std::string_view kGoal = "families/{family}/goals/{goal}";
inline constexpr std::string_view kHomework = "families/{family}/homework/{homework}";
inline constexpr std::string_view kRating = "families/{family}/ratings/{rating}";
inline constexpr std::string_view kRatingRequest =
    "families/{family}/ratingRequests/{rating_request}";
inline constexpr std::string_view kRatingInvitation =
    "families/{family}/ratingInvitations/{rating_invitation}";
inline constexpr std::string_view kSignal = "families/{family}/signals/{signal}";
inline constexpr std::string_view kBreakGlass = "families/{family}/breakGlass/{break_glass}";
inline constexpr std::string_view kProfessional = "professionals/{professional}";
// Of either.
inline constexpr std::string_view kPerson =
    "families/{family}/members/{member},professionals/{professional}";
inline constexpr std::string_view kSupervision = "supervisions/{supervision}";
inline constexpr std::string_view kInstrument = "instruments/{instrument=slug}";
}  // namespace patterns

// True when `name` has the shape of `patterns`: one, or several separated by commas, of which any.
// The shape only: no key is needed.
bool MatchesPattern(std::string_view patterns, std::string_view name);

// Lower-case letters, digits, '-', '_', '.', starting with a letter, at most 63.
bool IsSlug(std::string_view text);

// The inner ids (and slugs as they are) of `name`, in the order of the pattern's variables. Nullopt
// when the name has another shape. One pattern, no comma.
std::optional<std::vector<std::string>> ParseName(std::string_view pattern, std::string_view name,
                                                  std::string_view agency, const IdCodec& codec);

// The inverse. `ids` has one entry for each variable, or the answer is empty.
std::string FormatName(std::string_view pattern, const std::vector<std::string_view>& ids,
                       std::string_view agency, const IdCodec& codec);

// Of any name that begins with `families/{family}`: the 32 hex digits. The rest is not looked at.
std::optional<std::string_view> FamilySegment(std::string_view name);
// The same as inner id.
std::optional<std::string> FamilyIdIn(std::string_view name, std::string_view agency,
                                      const IdCodec& codec);
// The inner id of the member that `name` is the name of.
std::optional<std::string> MemberIdIn(std::string_view name, std::string_view agency,
                                      const IdCodec& codec);
// The inner id that a name ends with, whatever it is the name of.
std::optional<std::string> LastIdIn(std::string_view name, std::string_view agency,
                                    const IdCodec& codec);
// `families/-`, or something below it.
bool IsAnyFamily(std::string_view name);
// A collection as a whole: the last segment is `-`.
bool IsWildcard(std::string_view name);

// What a name of something inside a family says. Inner ids.
struct InFamily {
  std::string family, id;
  friend bool operator==(const InFamily&, const InFamily&) = default;
};
struct NoteIds {
  std::string family, session, id;
  friend bool operator==(const NoteIds&, const NoteIds&) = default;
};
// A member (with `family`) or a professional (without).
struct PersonId {
  std::string family, id;
  bool is_professional() const { return family.empty(); }
  friend bool operator==(const PersonId&, const PersonId&) = default;
};

// The names of one agency. Cheap to make; `codec` must outlive it.
class Names {
 public:
  using Id = std::string_view;  // inner id, 16 bytes
  Names(const IdCodec& codec, std::string_view agency) : codec_(codec), agency_(agency) {}

  std::string Family(Id id) const { return Show(patterns::kFamily, {id}); }
  std::string Member(Id family, Id id) const { return Show(patterns::kMember, {family, id}); }
  std::string Relationship(Id family, Id id) const {
    return Show(patterns::kRelationship, {family, id});
  }
  std::string Helper(Id family, Id id) const { return Show(patterns::kHelper, {family, id}); }
  std::string Problem(Id family, Id id) const { return Show(patterns::kProblem, {family, id}); }
  std::string Assessment(Id family, Id id) const {
    return Show(patterns::kAssessment, {family, id});
  }
  std::string SafetyScreen(Id family, Id id) const {
    return Show(patterns::kSafetyScreen, {family, id});
  }
  std::string Consent(Id family, Id id) const { return Show(patterns::kConsent, {family, id}); }
  std::string SecretsPolicy(Id family, Id id) const {
    return Show(patterns::kSecretsPolicy, {family, id});
  }
  std::string Session(Id family, Id id) const { return Show(patterns::kSession, {family, id}); }
  // Of whichever class of notes the pattern is.
  std::string Note(Id family, Id session, Id id, std::string_view pattern = patterns::kNote) const {
    return Show(pattern, {family, session, id});
  }
  std::string Observation(Id family, Id session, Id id) const {
    return Show(patterns::kObservation, {family, session, id});
  }
  std::string Goal(Id family, Id id) const { return Show(patterns::kGoal, {family, id}); }
  std::string Homework(Id family, Id id) const { return Show(patterns::kHomework, {family, id}); }
  std::string Rating(Id family, Id id) const { return Show(patterns::kRating, {family, id}); }
  std::string RatingRequest(Id family, Id id) const {
    return Show(patterns::kRatingRequest, {family, id});
  }
  std::string RatingInvitation(Id family, Id id) const {
    return Show(patterns::kRatingInvitation, {family, id});
  }
  std::string Signal(Id family, Id id) const { return Show(patterns::kSignal, {family, id}); }
  std::string BreakGlass(Id family, Id id) const {
    return Show(patterns::kBreakGlass, {family, id});
  }
  std::string Professional(Id id) const { return Show(patterns::kProfessional, {id}); }
  std::string Supervision(Id id) const { return Show(patterns::kSupervision, {id}); }
  // A member's or a professional's name.
  std::string Person(const PersonId& person) const {
    return person.is_professional() ? Professional(person.id) : Member(person.family, person.id);
  }

  // A name by its pattern: of something of the agency, or of something in a family. Where a pattern
  // has a step between, as notes have their session, that reads `-`: in any.
  std::string Of(std::string_view pattern, Id family, Id id) const;

  std::optional<std::string> ReadFamily(std::string_view name) const {
    return ReadOne(patterns::kFamily, name);
  }
  std::optional<std::string> ReadProfessional(std::string_view name) const {
    return ReadOne(patterns::kProfessional, name);
  }
  std::optional<std::string> ReadSupervision(std::string_view name) const {
    return ReadOne(patterns::kSupervision, name);
  }
  std::optional<NoteIds> ReadNote(std::string_view name,
                                  std::string_view pattern = patterns::kNote) const;
  std::optional<PersonId> ReadPerson(std::string_view name) const;
  // Everything else that hangs on a family directly: Read(patterns::kGoal, name).
  std::optional<InFamily> Read(std::string_view pattern, std::string_view name) const;
  std::optional<InFamily> ReadMember(std::string_view name) const {
    return Read(patterns::kMember, name);
  }

 private:
  std::string Show(std::string_view pattern, const std::vector<std::string_view>& ids) const {
    return FormatName(pattern, ids, agency_, codec_);
  }
  std::optional<std::string> ReadOne(std::string_view pattern, std::string_view name) const;

  const IdCodec& codec_;
  const std::string agency_;
};

}  // namespace rapport::schema
