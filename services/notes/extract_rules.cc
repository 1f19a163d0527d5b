#include "notes/extract_rules.h"

#include "notes/amendment_rules.h"
#include "notes/kin_words.h"
#include "notes/part2_rules.h"
#include "notes/session_rules.h"
#include "notes/words.h"

#include <algorithm>

namespace rapport::notes {
namespace {

// The words of a name that somebody is called by: all, but for initials and for short lower-case
// words behind the first ("Ada de la Tide"), which would take every sentence with them.
std::vector<std::string> CalledBy(std::string_view name) {
  const std::vector<Word> words = WordsOf(name);
  std::vector<std::string> called;
  for (const Word& word : words) {
    const char begin = name[word.offset];
    const bool particle = word.offset > words[0].offset && begin >= 'a' && begin <= 'z' &&
                          CodePoints(word.folded) <= 3;
    const bool initial = begin >= 'A' && begin <= 'Z' && word.size == 1;
    if (!particle && !initial) called.push_back(word.folded);
  }
  if (!called.empty()) return called;
  for (const Word& word : words) called.push_back(word.folded);
  return called;
}

void DropLastCodePoint(std::string_view& word) {
  while (!word.empty() && (static_cast<unsigned char>(word.back()) & 0xC0) == 0x80) {
    word.remove_suffix(1);
  }
  if (!word.empty()) word.remove_suffix(1);
}

// Whose part is taken out, and what is left out of it.
struct Extracting {
  const std::string& member;
  const OtherNames& others;
  const SecretsThen& secrets;
  const bool with_treatment;
};

// About the member alone, and no confidence of another's.
bool IsOwn(const v1::Statement& statement, const std::set<std::string>& treated,
           const Extracting& extracting) {
  const auto& [member, others, secrets, with_treatment] = extracting;
  if (!with_treatment && TellsOfTreatment(statement, treated)) return false;
  const std::string& teller = statement.told_in_private_by();
  if (teller != member && RaisingOf(statement, secrets) != Raising::kMay) return false;
  const auto& quoted = statement.quoted_members();
  return !statement.text().empty() && statement.about_member() == member &&
         std::all_of(quoted.begin(), quoted.end(),
                     [&](const std::string& one) { return one == member; }) &&
         !others.NamedIn(statement.text()) && !KinIn(statement.text());
}

// Null: the statement stands as it was signed.
const v1::Correction* CorrectionOf(const std::vector<v1::Correction>& corrections,
                                   v1::SectionKind section, int statement) {
  const auto found = std::find_if(corrections.begin(), corrections.end(), [&](const auto& one) {
    return one.section() == section && one.statement() == statement;
  });
  return found == corrections.end() ? nullptr : &*found;
}

v1::ExtractedNote ExtractOf(const v1::Note& note, const Extracting& extracting) {
  v1::ExtractedNote extracted;
  extracted.set_author(note.author());
  if (!note.signatures().empty()) {
    *extracted.mutable_sign_time() = note.signatures(0).sign_time();
  }
  const std::vector<v1::Correction> corrections = CorrectionsInForce(note);
  const std::set<std::string> treated = TreatedIn(note);
  for (const v1::NoteSection& section : note.sections()) {
    for (int i = 0; i < section.statements_size(); ++i) {
      const v1::Statement& as_signed = section.statements(i);
      const v1::Correction* correction = CorrectionOf(corrections, section.kind(), i + 1);
      const v1::Statement& now = correction == nullptr ? as_signed : correction->after();
      if (!IsOwn(now, treated, extracting)) continue;
      auto& statement = *extracted.add_statements();
      statement.set_section(section.kind());
      statement.set_text(now.text());
      statement.set_substance_use_treatment(TellsOfTreatment(now, treated));
      if (correction != nullptr && IsOwn(as_signed, treated, extracting)) {
        statement.set_signed_text(as_signed.text());
        if (TellsOfTreatment(as_signed, treated)) statement.set_substance_use_treatment(true);
      }
    }
  }
  for (const v1::Addendum& addendum : note.addenda()) {
    for (const v1::Statement& one : addendum.statements()) {
      if (!IsOwn(one, treated, extracting)) continue;
      auto& statement = *extracted.add_statements();
      statement.set_text(one.text());
      statement.set_substance_use_treatment(TellsOfTreatment(one, treated));
      statement.set_added_by(addendum.author());
      *statement.mutable_add_time() = addendum.add_time();
    }
  }
  return extracted;
}

}  // namespace

OtherNames::OtherNames(std::string_view own, const std::vector<std::string>& others) {
  std::vector<std::string> shared;
  for (Word& word : WordsOf(own)) shared.push_back(std::move(word.folded));
  for (const std::string& other : others) {
    for (std::string& word : CalledBy(other)) {
      if (std::find(shared.begin(), shared.end(), word) != shared.end()) continue;
      words_.push_back(std::move(word));
    }
  }
  std::sort(words_.begin(), words_.end());
}

bool OtherNames::NamedIn(std::string_view text) const {
  const std::vector<Word> words = WordsOf(text);
  return std::any_of(words.begin(), words.end(), [&](const Word& word) {
    std::string_view stem = word.folded;
    for (int ending = 0; ending <= 2; ++ending, DropLastCodePoint(stem)) {
      const bool genitive = ending == 1 && word.folded.back() == 's';
      if (CodePoints(stem) < (ending == 0 ? 1 : genitive ? 2 : 3)) return false;
      if (std::binary_search(words_.begin(), words_.end(), stem)) return true;
    }
    return false;
  });
}

bool InExtract(const v1::Session& session, const std::string& member) {
  const auto& invited = session.invited_members();
  return (session.state() == v1::SESSION_STATE_HELD ||
          session.state() == v1::SESSION_STATE_NO_SHOW) &&
         std::find(invited.begin(), invited.end(), member) != invited.end();
}

v1::ExtractedSession ExtractOf(const v1::Session& session, std::span<const v1::Note* const> notes,
                               const std::string& member, const OtherNames& others,
                               const SecretsThen& secrets, bool with_treatment) {
  v1::ExtractedSession extracted;
  extracted.set_session(session.name());
  *extracted.mutable_scheduled_start_time() = session.scheduled_start_time();
  const v1::Attendance* entry = AttendanceOf(session, member);
  if (entry == nullptr) return extracted;
  *extracted.mutable_attendance() = *entry;
  if (!Attended(*entry)) return extracted;
  *extracted.mutable_start_time() = session.start_time();
  *extracted.mutable_end_time() = session.end_time();
  for (const v1::Note* note : notes) {
    if (note->state() == v1::NOTE_STATE_DRAFT || note->state() == v1::NOTE_STATE_ENTERED_IN_ERROR) {
      continue;
    }
    v1::ExtractedNote own = ExtractOf(InForce(*note), {member, others, secrets, with_treatment});
    if (!own.statements().empty()) *extracted.add_notes() = std::move(own);
  }
  return extracted;
}

}  // namespace rapport::notes
