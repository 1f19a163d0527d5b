#include "notes/secrets_rules.h"

#include <algorithm>

namespace rapport::notes {
namespace {

namespace iv = intake::v1;

bool OthersAreIn(const v1::Session& session, const std::string& teller) {
  return std::ranges::any_of(session.invited_members(),
                             [&](const std::string& member) { return member != teller; });
}

bool IsPrivate(const v1::Statement& statement) { return !statement.told_in_private_by().empty(); }

}  // namespace

std::int64_t BeganUs(const v1::Session& session) {
  return Micros(session.has_start_time() ? session.start_time() : session.scheduled_start_time());
}

Raising RaisingOf(const v1::Statement& statement, const SecretsThen& secrets) {
  if (!IsPrivate(statement)) return Raising::kMay;
  const std::string& teller = statement.told_in_private_by();
  const v1::SharingGround ground = statement.sharing().ground();
  switch (secrets.choice) {
    case iv::SECRETS_POLICY_OPTION_NO_SECRETS:
      // Their signature is the written permission; a minor gave none.
      return secrets.adults.contains(teller) ? Raising::kMay : Raising::kMayNot;
    case iv::SECRETS_POLICY_OPTION_THERAPIST_DISCRETION:
      return ground == v1::SHARING_GROUND_DISCRETION ? Raising::kMay : Raising::kNeedsDecision;
    case iv::SECRETS_POLICY_OPTION_MINOR_ZONE:
      // The agreement is about the minors: what an adult tells stays where it was told.
      if (!secrets.minors.contains(teller)) return Raising::kMayNot;
      return ground == v1::SHARING_GROUND_ALWAYS_TOLD ? Raising::kMay : Raising::kNeedsDecision;
    default:
      return Raising::kMayNot;
  }
}

PlacedStatements StatementsOf(const v1::Note& note) {
  PlacedStatements placed;
  for (int section = 0; section < note.sections_size(); ++section) {
    for (PlacedStatement& one : StatementsOf(note.sections(section).statements())) {
      one.path = "note.sections[" + std::to_string(section) + "]." + one.path;
      placed.push_back(std::move(one));
    }
  }
  return placed;
}

PlacedStatements CorrectedIn(
    const google::protobuf::RepeatedPtrField<v1::Correction>& corrections) {
  PlacedStatements placed;
  for (int i = 0; i < corrections.size(); ++i) {
    placed.push_back({"corrections[" + std::to_string(i) + "].after", &corrections[i].after()});
  }
  return placed;
}

std::vector<Unmet> UnmetForSecrets(const PlacedStatements& statements, const v1::Session& session,
                                   const SecretsThen& secrets) {
  std::vector<Unmet> unmet;
  for (const PlacedStatement& one : statements) {
    if (!OthersAreIn(session, one.statement->told_in_private_by())) continue;
    switch (RaisingOf(*one.statement, secrets)) {
      case Raising::kMay:
        break;
      case Raising::kNeedsDecision:
        unmet.push_back({"SHARING_DECISION_MISSING", session.name(),
                         one.path + " has the decision to raise it (sharing), or isn't there"});
        break;
      case Raising::kMayNot:
        unmet.push_back({"PRIVATE_ITEM", session.name(),
                         one.path + " is in a note on a session with who told it alone"});
        break;
    }
  }
  return unmet;
}

std::vector<v1::NoteWarning> WarningsFor(const PlacedStatements& statements,
                                         const v1::Session& session, const SecretsThen& secrets) {
  if (secrets.choice != iv::SECRETS_POLICY_OPTION_NO_SECRETS) return {};
  const bool alone =
      session.invited_members_size() == 1 && secrets.adults.contains(session.invited_members(0));
  const bool told = std::ranges::any_of(statements, [&](const PlacedStatement& one) {
    return IsPrivate(*one.statement) && RaisingOf(*one.statement, secrets) == Raising::kMay;
  });
  if (!alone && !told) return {};
  return {v1::NOTE_WARNING_PRIVATE_MAY_BE_RAISED};
}

}  // namespace rapport::notes
