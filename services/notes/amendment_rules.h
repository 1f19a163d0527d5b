// Corrections of a locked note and claims that it was entered in error: who may, what a note says
// with them, which still wait for a co-signature, what is wrong with a request. Pure.
#pragma once

#include "notes/values.h"
#include "platform/base/access_facts.h"

#include <rapport/notes/v1/note.pb.h>

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace rapport::notes {

using Corrections = google::protobuf::RepeatedPtrField<v1::Correction>;

// The author, or somebody who is directly on the team at `now_us` when the author is not. Inner
// ids.
bool MayAmend(std::string_view author, std::string_view caller, const AccessFacts& facts,
              std::int64_t now_us);

// Faults of a request's corrections, under `corrections[i]`: a statement that the note has not or
// that is corrected twice, and a correction about somebody who is not in `members` (names).
Faults FaultsOfCorrections(const v1::Note& note, const Corrections& corrections,
                           const std::set<std::string>& members);

// What `correction` finds: the statement as signed or as the latest amendment left it. Absent
// (an empty statement): struck out. The statement must exist (FaultsOfCorrections). This,
// FillBefore and CorrectionsInForce take every amendment of `note` as in force (see InForce).
v1::Statement StandsNow(const v1::Note& note, const v1::Correction& correction);

// Calls `visit` with each addendum, then with each amendment.
template <typename Note, typename Visit>
void ForEachAddition(Note& note, const Visit& visit) {
  for (int i = 0; i < note.addenda_size(); ++i) {
    if constexpr (std::is_const_v<Note>) {
      visit(note.addenda(i));
    } else {
      visit(*note.mutable_addenda(i));
    }
  }
  for (int i = 0; i < note.amendments_size(); ++i) {
    if constexpr (std::is_const_v<Note>) {
      visit(note.amendments(i));
    } else {
      visit(*note.mutable_amendments(i));
    }
  }
}

// Without what waits for a co-signature, but for that of authors (names) for whom `keep` holds.
void DropWaiting(const std::function<bool(const std::string& author)>& keep, v1::Note* note);
// What counts: the note without all that waits.
v1::Note InForce(const v1::Note& note);

// Fills in `before` of each correction. False: one of them leaves the statement as it stands.
bool FillBefore(const v1::Note& note, Corrections* corrections);

// One correction a corrected statement: from what was signed to what the latest amendment left.
std::vector<v1::Correction> CorrectionsInForce(const v1::Note& note);

// Somebody says that the note was entered in error, and nobody answered yet.
bool HasOpenClaim(const v1::Note& note);

// kAskWhy: whoever claims it first says why, and who declines.
enum class ErrorStep : std::uint8_t { kClaim, kConfirm, kDecline, kAskWhy, kRefuse };
struct ErrorPlan {
  ErrorStep step = ErrorStep::kRefuse;
  // Of kRefuse: NOTE_IS_DRAFT, NOTE_ENTERED_IN_ERROR, SECOND_PERSON_REQUIRED, NOT_THE_AUTHOR or
  // NO_ERROR_CLAIM.
  std::string_view refusal;
};
// What is asked, and by whom. Somebody answers for a note who is its author or their supervisor.
struct ErrorRequest {
  std::string caller;  // a name
  bool has_reason = false;
  bool decline = false;
  bool trainee = false;           // the caller
  bool caller_answers = false;    // or nobody can: the author left the team
  bool claimant_answers = false;  // of an open claim
};
// Two people void what a third wrote only where one of them answers for it, and no trainee alone
// decides. Who claimed it may take that back.
ErrorPlan PlanEnteredInError(const v1::Note& note, const ErrorRequest& request);

// Directly on the team at `now_us` or not. Inner id.
bool IsOnTeam(std::string_view professional, const AccessFacts& facts, std::int64_t now_us);

}  // namespace rapport::notes
