// The life of a note: which moves exist, what a format asks for, who may see, sign and co-sign it,
// and who took part in what it tells. Pure: resource messages and access facts in, findings out.
#pragma once

#include "notes/values.h"
#include "platform/base/access_facts.h"
#include "platform/base/call_context.h"

#include <rapport/notes/v1/note.pb.h>
#include <rapport/notes/v1/session.pb.h>

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::notes {

// A note first signed later than this after its session's end is marked as a late entry.
inline constexpr std::int64_t kLateEntryUs = 72 * 3'600'000'000LL;
// Addenda of one note, and amendments.
inline constexpr int kMaxAddenda = 1'000;
inline constexpr int kMaxAmendments = 1'000;

// One legal move.
struct NoteMove {
  v1::NoteState from;
  v1::NoteState to;
  const char* meaning;
};

// The whole table, and as a Graphviz digraph.
std::span<const NoteMove> NoteMoves();
bool IsMove(v1::NoteState from, v1::NoteState to);
std::string NoteLifeDot();

// The sections that a note of `format` has, in its order.
std::span<const v1::SectionKind> SectionsOf(v1::NoteFormat format);

// Faults of a draft's sections: a kind that its format has not or that is there twice, and a
// statement about or of somebody who is not in `members` (names of everyone who ever was in the
// family).
Faults FaultsOfSections(const v1::Note& note, const std::set<std::string>& members);
// The same of statements alone; fields are `{prefix}[i].x`.
using Statements = google::protobuf::RepeatedPtrField<v1::Statement>;
Faults FaultsOfStatements(const Statements& statements, const std::string& prefix,
                          const std::set<std::string>& members);

// The same of one statement, whose fields are `{at}x`.
void AddFaultsOfPeople(const v1::Statement& statement, const std::string& at,
                       const std::set<std::string>& members, Faults& faults);

// How a professional stands to a note's author at one time. Inner ids.
struct Standing {
  bool author = false;      // is the author
  bool supervisor = false;  // supervises the author now
};
Standing StandingTo(std::string_view author, std::string_view caller, const AccessFacts& facts,
                    std::int64_t now_us);
// Drafts, and versions from before the first signature, are for the author and their supervisor. So
// is everything for a viewer who is there for what they or their supervisee wrote alone (kAuthor).
bool MaySee(v1::NoteState state, const Standing& standing, Viewer viewer);
// True when what `professional` signs at `now_us` needs a co-signature. Who left is what they were
// when they left.
bool IsTrainee(std::string_view professional, const AccessFacts& facts, std::int64_t now_us);
// The same of the caller, who also is one when their token says trainee and not clinician: of two
// lists that disagree the stricter holds.
bool SignsAsTrainee(const CallContext& caller, std::int64_t now_us);

// What signing would do; kRefuse comes with the reason why.
enum class SignAct : std::uint8_t { kRefuse, kAuthor, kCoAuthor, kLockOnly, kWitness };
struct SignPlan {
  SignAct act = SignAct::kRefuse;
  v1::NoteState to = v1::NOTE_STATE_UNSPECIFIED;
  std::string_view refusal;  // NOT_THE_AUTHOR, NOT_A_PROVIDER, ALREADY_SIGNED, NOTE_LOCKED,
                             // NOTE_AWAITS_COSIGN, NOTE_IS_DRAFT or NOTE_ENTERED_IN_ERROR
};
// `signer` is the caller's name. The author signs a draft, if they were invited and not absent; on
// a SIGNED note another professional who was does; the author again, without `sign_only`, locks it.
SignPlan PlanSigning(const v1::Note& note, const v1::Session& session, const std::string& signer,
                     bool trainee, bool sign_only);

// The same of a witness: a professional who was invited and not absent, after the author signed and
// before the note is locked.
SignPlan PlanWitness(const v1::Note& note, const v1::Session& session, const std::string& signer);

// Everything that keeps the author from signing, besides homework: SESSION_NOT_HELD,
// SECTION_MISSING, ATTENDANCE_MISSING (for each member invited), LOCATION_MISSING (for each member
// who was in a telehealth session).
std::vector<Unmet> UnmetForSigning(const v1::Note& note, const v1::Session& session);

// Signed more than 72 hours after the end of the session, which was 12 hours after its start at
// most, whenever somebody ended it.
bool IsLateEntry(const v1::Session& session, std::int64_t now_us);

// Names of the members with a participation entry: someone a statement of the note, of an addendum
// or of an amendment is about, or whose participation in the session was observed. In name order.
// None of a note that was entered in error.
std::set<std::string> MembersTold(const v1::Note& note, const v1::Session& session);

}  // namespace rapport::notes
