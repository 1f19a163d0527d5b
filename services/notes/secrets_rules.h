// What a member told in private, in notes on sessions with others: what the family's secrets policy
// lets stand there, and what of it may be told to whom. Pure.
//
// What was told is under the policy that was in force when the session began. While none was,
// nothing is raised: nobody has agreed to it. Source: the design's domain.md, 10.7.
#pragma once

#include "notes/values.h"

#include <rapport/intake/v1/secrets_policy.pb.h>
#include <rapport/notes/v1/note_requests.pb.h>
#include <rapport/notes/v1/session.pb.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace rapport::notes {

// The policy at one time. Names of members who attended the therapy then: adults, who had signed it
// where one was in force, and minors.
struct SecretsThen {
  intake::v1::SecretsPolicyOption choice = intake::v1::SECRETS_POLICY_OPTION_UNSPECIFIED;
  std::set<std::string> adults, minors;
};
// When `session` began; planned to begin, where it did not yet.
std::int64_t BeganUs(const v1::Session& session);

// Whether what the statement says may come before others than who told it.
enum class Raising : std::uint8_t { kMay, kNeedsDecision, kMayNot };
Raising RaisingOf(const v1::Statement& statement, const SecretsThen& secrets);

// One statement of a request, with its path there.
struct PlacedStatement {
  std::string path;
  const v1::Statement* statement = nullptr;
};
using PlacedStatements = std::vector<PlacedStatement>;
// Of a note's sections; of an addendum; what corrections say.
PlacedStatements StatementsOf(const v1::Note& note);
template <typename List>
PlacedStatements StatementsOf(const List& statements) {
  PlacedStatements placed;
  for (const v1::Statement& one : statements) {
    placed.push_back({"statements[" + std::to_string(placed.size()) + "]", &one});
  }
  return placed;
}
PlacedStatements CorrectedIn(const google::protobuf::RepeatedPtrField<v1::Correction>& corrections);

// What keeps these statements out of a note on `session`: PRIVATE_ITEM, or SHARING_DECISION_MISSING
// where the author's decision would let them in. A session with who told it alone keeps nothing
// out.
std::vector<Unmet> UnmetForSecrets(const PlacedStatements& statements, const v1::Session& session,
                                   const SecretsThen& secrets);
// What the author of these statements is to be told.
std::vector<v1::NoteWarning> WarningsFor(const PlacedStatements& statements,
                                         const v1::Session& session, const SecretsThen& secrets);

}  // namespace rapport::notes
