#include "notes/note_rules.h"

#include "notes/session_rules.h"
#include "platform/base/machine.h"

#include <rapport/options/v1/options.pb.h>

#include <algorithm>
#include <array>

namespace rapport::notes {
namespace {

constexpr NoteMove kMoves[] = {
    {v1::NOTE_STATE_DRAFT, v1::NOTE_STATE_SIGNED, "the author signs only"},
    {v1::NOTE_STATE_DRAFT, v1::NOTE_STATE_AWAITING_COSIGN, "a trainee signs"},
    {v1::NOTE_STATE_DRAFT, v1::NOTE_STATE_LOCKED, "the author signs"},
    {v1::NOTE_STATE_SIGNED, v1::NOTE_STATE_SIGNED, "another provider signs only"},
    {v1::NOTE_STATE_SIGNED, v1::NOTE_STATE_LOCKED, "another provider signs, or the author locks"},
    {v1::NOTE_STATE_AWAITING_COSIGN, v1::NOTE_STATE_LOCKED, "the supervisor signs"},
    {v1::NOTE_STATE_SIGNED, v1::NOTE_STATE_ENTERED_IN_ERROR, "a second person confirms an error"},
    {v1::NOTE_STATE_AWAITING_COSIGN, v1::NOTE_STATE_ENTERED_IN_ERROR,
     "a second person confirms an error"},
    {v1::NOTE_STATE_LOCKED, v1::NOTE_STATE_ENTERED_IN_ERROR, "a second person confirms an error"},
};

constexpr std::array kSoap = {v1::SECTION_KIND_SUBJECTIVE, v1::SECTION_KIND_OBJECTIVE,
                              v1::SECTION_KIND_ASSESSMENT, v1::SECTION_KIND_PLAN};
constexpr std::array kDap = {v1::SECTION_KIND_DATA, v1::SECTION_KIND_ASSESSMENT,
                             v1::SECTION_KIND_PLAN};
constexpr std::array kBirp = {v1::SECTION_KIND_BEHAVIOUR, v1::SECTION_KIND_INTERVENTION,
                              v1::SECTION_KIND_RESPONSE, v1::SECTION_KIND_PLAN};
constexpr std::array kGirp = {v1::SECTION_KIND_GOAL, v1::SECTION_KIND_INTERVENTION,
                              v1::SECTION_KIND_RESPONSE, v1::SECTION_KIND_PLAN};
constexpr std::array kFree = {v1::SECTION_KIND_NARRATIVE};

std::string ShortName(v1::NoteState state) {
  return v1::NoteState_Name(state).substr(sizeof("NOTE_STATE_") - 1);
}

std::string ShortName(v1::SectionKind kind) {
  return v1::SectionKind_Name(kind).substr(sizeof("SECTION_KIND_") - 1);
}

bool HasSigned(const v1::Note& note, const std::string& signer) {
  return std::any_of(note.signatures().begin(), note.signatures().end(),
                     [&](const v1::Signature& signature) { return signature.signer() == signer; });
}

}  // namespace

std::span<const NoteMove> NoteMoves() { return kMoves; }

bool IsMove(v1::NoteState from, v1::NoteState to) {
  return std::any_of(std::begin(kMoves), std::end(kMoves),
                     [&](const NoteMove& move) { return move.from == from && move.to == to; });
}

std::string NoteLifeDot() {
  return MovesDot("note", kMoves, [](v1::NoteState state) { return ShortName(state); });
}

std::span<const v1::SectionKind> SectionsOf(v1::NoteFormat format) {
  switch (format) {
    case v1::NOTE_FORMAT_SOAP:
      return kSoap;
    case v1::NOTE_FORMAT_DAP:
      return kDap;
    case v1::NOTE_FORMAT_BIRP:
      return kBirp;
    case v1::NOTE_FORMAT_GIRP:
      return kGirp;
    case v1::NOTE_FORMAT_FREE:
      return kFree;
    default:
      return {};
  }
}

void AddFaultsOfPeople(const v1::Statement& statement, const std::string& at,
                       const std::set<std::string>& members, Faults& faults) {
  static constexpr char kExpected[] = "a member of this family";
  if (!statement.about_member().empty() && !members.contains(statement.about_member())) {
    faults.push_back({at + "about_member", kExpected});
  }
  for (int i = 0; i < statement.quoted_members_size(); ++i) {
    if (members.contains(statement.quoted_members(i))) continue;
    faults.push_back({at + "quoted_members[" + std::to_string(i) + "]", kExpected});
  }
  const std::string& teller = statement.told_in_private_by();
  if (!teller.empty() && !members.contains(teller)) {
    faults.push_back({at + "told_in_private_by", kExpected});
  }
  if (statement.substance_use_treatment() && statement.about_member().empty()) {
    faults.push_back({at + "about_member", "whose treatment it is"});
  }
  if (teller.empty() && statement.has_sharing()) {
    faults.push_back({at + "sharing", "with told_in_private_by only"});
  }
}

Faults FaultsOfStatements(const Statements& statements, const std::string& prefix,
                          const std::set<std::string>& members) {
  Faults faults;
  for (int i = 0; i < statements.size(); ++i) {
    AddFaultsOfPeople(statements[i], prefix + "[" + std::to_string(i) + "].", members, faults);
  }
  return faults;
}

Faults FaultsOfSections(const v1::Note& note, const std::set<std::string>& members) {
  Faults faults;
  const auto kinds = SectionsOf(note.format());
  std::set<v1::SectionKind> seen;
  for (int i = 0; i < note.sections_size(); ++i) {
    const v1::NoteSection& section = note.sections(i);
    const std::string at = "sections[" + std::to_string(i) + "]";
    if (std::find(kinds.begin(), kinds.end(), section.kind()) == kinds.end()) {
      faults.push_back({at + ".kind", "a section of the note's format"});
    }
    if (!seen.insert(section.kind()).second) {
      faults.push_back({at + ".kind", "each section at most once"});
    }
    for (Fault& fault : FaultsOfStatements(section.statements(), at + ".statements", members)) {
      faults.push_back(std::move(fault));
    }
  }
  return faults;
}

Standing StandingTo(std::string_view author, std::string_view caller, const AccessFacts& facts,
                    std::int64_t now_us) {
  Standing standing;
  if (caller.empty()) return standing;
  standing.author = author == caller;
  standing.supervisor =
      std::any_of(facts.supervisors.begin(), facts.supervisors.end(), [&](const auto& one) {
        return one.professional == caller && one.supervisee == author &&
               one.period.Contains(now_us);
      });
  return standing;
}

bool MaySee(v1::NoteState state, const Standing& standing, Viewer viewer) {
  if (standing.author || standing.supervisor) return true;
  return viewer != Viewer::kAuthor && state != v1::NOTE_STATE_DRAFT;
}

bool IsTrainee(std::string_view professional, const AccessFacts& facts, std::int64_t now_us) {
  bool there = false, trainee = false;
  std::int64_t left_us = 0;
  for (const AccessFacts::Helper& helper : facts.helpers) {
    if (helper.professional != professional || helper.period.from_us > now_us) continue;
    if (helper.period.Contains(now_us)) {
      trainee = (there && trainee) || helper.trainee;
      there = true;
    } else if (!there && helper.period.to_us >= left_us) {
      left_us = helper.period.to_us;
      trainee = helper.trainee;
    }
  }
  return trainee;
}

bool SignsAsTrainee(const CallContext& caller, std::int64_t now_us) {
  const RoleSet& roles = caller.principal->roles;
  return (roles.Has(options::v1::ROLE_TRAINEE) && !roles.Has(options::v1::ROLE_CLINICIAN)) ||
         IsTrainee(caller.access.professional, *caller.access.facts, now_us);
}

SignPlan PlanSigning(const v1::Note& note, const v1::Session& session, const std::string& signer,
                     bool trainee, bool sign_only) {
  const bool author = note.author() == signer;
  switch (note.state()) {
    case v1::NOTE_STATE_DRAFT:
      if (!author) return {.refusal = "NOT_THE_AUTHOR"};
      if (!MayHaveAttended(session, signer)) return {.refusal = "NOT_A_PROVIDER"};
      if (trainee) return {SignAct::kAuthor, v1::NOTE_STATE_AWAITING_COSIGN, {}};
      return {SignAct::kAuthor, sign_only ? v1::NOTE_STATE_SIGNED : v1::NOTE_STATE_LOCKED, {}};
    case v1::NOTE_STATE_SIGNED:
      if (author && !sign_only) return {SignAct::kLockOnly, v1::NOTE_STATE_LOCKED, {}};
      if (HasSigned(note, signer)) return {.refusal = "ALREADY_SIGNED"};
      if (!MayHaveAttended(session, signer)) return {.refusal = "NOT_A_PROVIDER"};
      return {SignAct::kCoAuthor,
              sign_only || trainee ? v1::NOTE_STATE_SIGNED : v1::NOTE_STATE_LOCKED,
              {}};
    case v1::NOTE_STATE_AWAITING_COSIGN:
      return {.refusal =
                  HasSigned(note, signer) || author ? "ALREADY_SIGNED" : "NOTE_AWAITS_COSIGN"};
    case v1::NOTE_STATE_ENTERED_IN_ERROR:
      return {.refusal = "NOTE_ENTERED_IN_ERROR"};
    default:
      return {.refusal = "NOTE_LOCKED"};
  }
}

SignPlan PlanWitness(const v1::Note& note, const v1::Session& session, const std::string& signer) {
  if (note.state() == v1::NOTE_STATE_DRAFT) return {.refusal = "NOTE_IS_DRAFT"};
  if (note.state() == v1::NOTE_STATE_LOCKED) return {.refusal = "NOTE_LOCKED"};
  if (note.state() == v1::NOTE_STATE_ENTERED_IN_ERROR) return {.refusal = "NOTE_ENTERED_IN_ERROR"};
  if (HasSigned(note, signer)) return {.refusal = "ALREADY_SIGNED"};
  if (!MayHaveAttended(session, signer)) return {.refusal = "NOT_A_PROVIDER"};
  return {SignAct::kWitness, note.state(), {}};
}

std::vector<Unmet> UnmetForSigning(const v1::Note& note, const v1::Session& session) {
  std::vector<Unmet> unmet;
  if (session.state() != v1::SESSION_STATE_HELD) {
    unmet.push_back({"SESSION_NOT_HELD", session.name(), "the session is held first (EndSession)"});
  }
  for (const v1::SectionKind kind : SectionsOf(note.format())) {
    const bool there = std::any_of(note.sections().begin(), note.sections().end(),
                                   [&](const v1::NoteSection& section) {
                                     return section.kind() == kind && section.statements_size() > 0;
                                   });
    if (there) continue;
    unmet.push_back({"SECTION_MISSING", note.name(),
                     "section " + ShortName(kind) + " with a statement (UpdateNote)"});
  }
  for (const std::string& member : session.invited_members()) {
    if (AttendanceOf(session, member) != nullptr) continue;
    unmet.push_back({"ATTENDANCE_MISSING", member, "whether they were there (RecordAttendance)"});
  }
  for (const std::string& member : session.invited_members()) {
    if (!LacksLocation(session, member)) continue;
    unmet.push_back(
        {"LOCATION_MISSING", member, "where they were during telehealth (RecordAttendance)"});
  }
  return unmet;
}

bool IsLateEntry(const v1::Session& session, std::int64_t now_us) {
  if (!session.has_end_time()) return false;
  std::int64_t end_us = Micros(session.end_time());
  if (session.has_start_time() && IsTooLong(session, end_us)) {
    end_us = Micros(session.start_time()) + kLongestSessionUs;
  }
  return now_us - end_us > kLateEntryUs;
}

std::set<std::string> MembersTold(const v1::Note& note, const v1::Session& session) {
  std::set<std::string> members;
  if (note.state() == v1::NOTE_STATE_ENTERED_IN_ERROR) return members;
  const auto add = [&](const auto& statements) {
    for (const v1::Statement& statement : statements) {
      if (!statement.about_member().empty()) members.insert(statement.about_member());
    }
  };
  for (const v1::NoteSection& section : note.sections()) add(section.statements());
  for (const v1::Addendum& addendum : note.addenda()) add(addendum.statements());
  for (const v1::Amendment& amendment : note.amendments()) {
    for (const v1::Correction& correction : amendment.corrections()) {
      const std::string& member = correction.after().about_member();
      if (!member.empty()) members.insert(member);
    }
  }
  for (const std::string& member : session.invited_members()) {
    const v1::Attendance* entry = AttendanceOf(session, member);
    if (entry != nullptr && entry->participation() != v1::PARTICIPATION_UNSPECIFIED) {
      members.insert(member);
    }
  }
  return members;
}

}  // namespace rapport::notes
