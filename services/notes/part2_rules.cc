#include "notes/part2_rules.h"

#include "notes/amendment_rules.h"

#include <rapport/intake/v1/consent.pb.h>

#include <algorithm>

namespace rapport::notes {

std::set<std::string> TreatedIn(const v1::Note& note) {
  std::set<std::string> treated;
  const auto look = [&](const v1::Statement& statement) {
    if (statement.substance_use_treatment()) treated.insert(statement.about_member());
  };
  v1::Correction place;
  for (const v1::NoteSection& section : note.sections()) {
    place.set_section(section.kind());
    for (int i = 1; i <= section.statements_size(); ++i) {
      place.set_statement(i);
      look(StandsNow(note, place));
    }
  }
  for (const v1::Addendum& addendum : note.addenda()) {
    for (const v1::Statement& statement : addendum.statements()) look(statement);
  }
  return treated;
}

bool ShowsTreatment(const v1::Note& note) {
  const auto marked = [](const auto& statements) {
    return std::any_of(statements.begin(), statements.end(),
                       [](const v1::Statement& one) { return one.substance_use_treatment(); });
  };
  bool shows = std::any_of(note.sections().begin(), note.sections().end(),
                           [&](const auto& section) { return marked(section.statements()); });
  for (const v1::Addendum& addendum : note.addenda()) shows |= marked(addendum.statements());
  for (const v1::Amendment& amendment : note.amendments()) {
    for (const v1::Correction& one : amendment.corrections()) {
      shows |= one.before().substance_use_treatment() || one.after().substance_use_treatment();
    }
  }
  return shows;
}

bool Concerns(const v1::Statement& statement, const std::set<std::string>& treated) {
  const auto& quoted = statement.quoted_members();
  return treated.contains(statement.about_member()) ||
         std::any_of(quoted.begin(), quoted.end(),
                     [&](const std::string& member) { return treated.contains(member); });
}

bool TellsOfTreatment(const v1::Statement& statement, const std::set<std::string>& treated) {
  return statement.substance_use_treatment() || Concerns(statement, treated);
}

bool MayFindTreatment(const CallContext& caller, std::string_view member, std::int64_t now_us) {
  const auto& consents = caller.access.facts->consents;
  return caller.access.break_glass.empty() &&
         std::any_of(consents.begin(), consents.end(), [&](const auto& consent) {
           return consent.member == member &&
                  consent.purpose == intake::v1::CONSENT_PURPOSE_TREATMENT &&
                  consent.period.Contains(now_us);
         });
}

}  // namespace rapport::notes
