#include "notes/amendment_rules.h"

#include "notes/note_rules.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <map>
#include <utility>

namespace rapport::notes {
namespace {

using Place = std::pair<int, int>;  // section kind, statement from 1

Place PlaceOf(const v1::Correction& correction) {
  return {correction.section(), correction.statement()};
}

// Null: the note has no such statement.
const v1::Statement* Signed(const v1::Note& note, const v1::Correction& correction) {
  for (const v1::NoteSection& section : note.sections()) {
    if (section.kind() != correction.section()) continue;
    if (correction.statement() < 1 || correction.statement() > section.statements_size()) break;
    return &section.statements(correction.statement() - 1);
  }
  return nullptr;
}

bool OnTeam(std::string_view professional, const AccessFacts& facts, std::int64_t now_us,
            bool directly) {
  return std::any_of(facts.helpers.begin(), facts.helpers.end(), [&](const auto& helper) {
    return helper.professional == professional && helper.period.Contains(now_us) &&
           (helper.direct || !directly);
  });
}

}  // namespace

bool MayAmend(std::string_view author, std::string_view caller, const AccessFacts& facts,
              std::int64_t now_us) {
  if (caller.empty()) return false;
  if (author == caller) return true;
  return !OnTeam(author, facts, now_us, false) && OnTeam(caller, facts, now_us, true);
}

Faults FaultsOfCorrections(const v1::Note& note, const Corrections& corrections,
                           const std::set<std::string>& members) {
  Faults faults;
  std::set<Place> seen;
  for (int i = 0; i < corrections.size(); ++i) {
    const v1::Correction& correction = corrections[i];
    const std::string at = "corrections[" + std::to_string(i) + "]";
    if (Signed(note, correction) == nullptr) {
      faults.push_back({at + ".statement", "a statement of the note"});
    }
    if (!seen.insert(PlaceOf(correction)).second) {
      faults.push_back({at + ".statement", "each statement at most once"});
    }
    AddFaultsOfPeople(correction.after(), at + ".after.", members, faults);
  }
  return faults;
}

v1::Statement StandsNow(const v1::Note& note, const v1::Correction& correction) {
  for (auto amendment = note.amendments().rbegin(); amendment != note.amendments().rend();
       ++amendment) {
    for (const v1::Correction& earlier : amendment->corrections()) {
      if (PlaceOf(earlier) == PlaceOf(correction)) return earlier.after();
    }
  }
  const v1::Statement* original = Signed(note, correction);
  return original == nullptr ? v1::Statement() : *original;
}

void DropWaiting(const std::function<bool(const std::string& author)>& keep, v1::Note* note) {
  const auto goes = [&](const auto& addition) {
    return addition.awaiting_cosign() && !keep(addition.author());
  };
  auto& addenda = *note->mutable_addenda();
  addenda.erase(std::remove_if(addenda.begin(), addenda.end(), goes), addenda.end());
  auto& amendments = *note->mutable_amendments();
  amendments.erase(std::remove_if(amendments.begin(), amendments.end(), goes), amendments.end());
}

v1::Note InForce(const v1::Note& note) {
  v1::Note in_force = note;
  DropWaiting([](const std::string&) { return false; }, &in_force);
  return in_force;
}

bool FillBefore(const v1::Note& note, Corrections* corrections) {
  bool all = true;
  for (v1::Correction& correction : *corrections) {
    v1::Statement before = StandsNow(note, correction);
    if (google::protobuf::util::MessageDifferencer::Equals(before, correction.after())) all = false;
    correction.clear_before();
    if (!before.text().empty()) *correction.mutable_before() = std::move(before);
  }
  return all;
}

std::vector<v1::Correction> CorrectionsInForce(const v1::Note& note) {
  std::map<Place, v1::Correction> by_place;
  for (const v1::Amendment& amendment : note.amendments()) {
    for (const v1::Correction& correction : amendment.corrections()) {
      const auto [entry, first] = by_place.try_emplace(PlaceOf(correction), correction);
      if (first) continue;
      entry->second.clear_after();
      if (correction.has_after()) *entry->second.mutable_after() = correction.after();
    }
  }
  std::vector<v1::Correction> in_force;
  for (auto& entry : by_place) in_force.push_back(std::move(entry.second));
  return in_force;
}

bool HasOpenClaim(const v1::Note& note) {
  const v1::EnteredInError& claim = note.entered_in_error();
  return note.has_entered_in_error() && claim.confirmer().empty() && claim.decliner().empty();
}

ErrorPlan PlanEnteredInError(const v1::Note& note, const ErrorRequest& request) {
  if (note.state() == v1::NOTE_STATE_DRAFT) return {.refusal = "NOTE_IS_DRAFT"};
  if (note.state() == v1::NOTE_STATE_ENTERED_IN_ERROR) return {.refusal = "NOTE_ENTERED_IN_ERROR"};
  if (!HasOpenClaim(note)) {
    if (request.decline) return {.refusal = "NO_ERROR_CLAIM"};
    return {request.has_reason ? ErrorStep::kClaim : ErrorStep::kAskWhy, {}};
  }
  const bool own = note.entered_in_error().claimant() == request.caller;
  if (own && !request.decline) return {.refusal = "SECOND_PERSON_REQUIRED"};
  const bool answers = request.caller_answers || (!request.decline && request.claimant_answers);
  if (!own && (request.trainee || !answers)) return {.refusal = "NOT_THE_AUTHOR"};
  if (!request.decline) return {ErrorStep::kConfirm, {}};
  return {request.has_reason ? ErrorStep::kDecline : ErrorStep::kAskWhy, {}};
}

bool IsOnTeam(std::string_view professional, const AccessFacts& facts, std::int64_t now_us) {
  return OnTeam(professional, facts, now_us, false);
}

}  // namespace rapport::notes
