// IntakeStore: which records intake keeps and how they make a case file.
//
// A family's own records lie under its id; professionals and supervisions belong to the agency; a
// professional's caseload lies under the professional's id, so that "my families" is one range
// read. Called inside Db::Read and Db::Write. Thread-safe.
#pragma once

#include "intake/case_file.h"
#include "intake/lasting_kinds.h"
#include "platform/records/records.h"
#include "platform/records/stored.h"
#include "platform/schema/id_codec.h"

#include <rapport/intake/v1/break_glass.pb.h>
#include <rapport/intake/v1/record_requests.pb.h>
#include <rapport/internal/v1/intake_records.pb.h>

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport::intake {

// Record kinds. Numbers are for ever. 1 to 19 lie under a family.
enum Kind : int {
  kFamily = 1,
  kMember = 2,
  kHelper = 3,
  kRelationship = 4,
  kProblem = 5,
  kAssessment = 6,
  kScreen = 7,
  kConsent = 8,
  kPolicy = 9,
  kBreakGlass = 10,
  kSessionTally = 11,    // one a family, under the family's id
  kAccountPlace = 12,    // see account_places.h
  kEmergencyWatch = 13,  // one a family, by when its emergency is over; see emergency_lapses.h
  kFirstOfFamily = kFamily,
  kLastOfFamily = 19,
  kProfessional = 20,
  kSupervision = 21,
  kCaseloadEntry = 22,  // under the professional's id
  kAccountSearch = 23,  // one an agency
};

// Names of claims (unique keys of the agency).
inline constexpr std::string_view kAccountClaim = "account";  // subject -> professional
inline constexpr std::string_view kInviteClaim = "invite";    // hash of a code -> member
std::string ExternalClaim(std::string_view resource_type, std::string_view family,
                          const type::v1::ExternalId& id);
std::string ExternalValue(const type::v1::ExternalId& id);

using StoredFamily = records::Stored<internal::v1::StoredFamily>;
using StoredTally = records::Stored<internal::v1::StoredSessionTally>;
using StoredMember = records::Stored<internal::v1::StoredMember>;
using StoredProfessional = records::Stored<internal::v1::StoredProfessional>;

// A family as loaded: records with their messages, and what a write has to guard.
struct StoredCase {
  std::string id;
  std::int64_t revision = 0;  // Changes::Guard
  std::int64_t sequence = 0;  // the agency's, of the snapshot
  StoredFamily family;
  StoredTally tally;  // version 0: no session was held so far
  std::vector<StoredMember> members;
  std::vector<records::Stored<v1::Helper>> helpers;
  // LoadTrainees. Before that nobody is known to be none, so that in a CaseFile nobody leads.
  std::optional<std::vector<std::string>> trainees;
  std::vector<records::Stored<v1::Relationship>> relationships;
  std::vector<records::Stored<v1::PresentingProblem>> problems;
  std::vector<records::Stored<v1::LevelAssessment>> assessments;
  std::vector<records::Stored<v1::SafetyScreen>> screens;
  std::vector<records::Stored<v1::Consent>> consents;
  std::vector<records::Stored<v1::SecretsPolicy>> policies;
  std::vector<records::Stored<v1::BreakGlass>> break_glass;
  std::vector<records::Stored<v1::RecordRequest>> requests;
  std::vector<records::Record> account_places;
  std::optional<records::Record> emergency_watch;  // absent: never opened in an emergency

  // The messages alone. Names are stored in the payloads, so this is a copy.
  CaseFile File() const;
  std::vector<v1::RecordRequest> Requests() const;
  // Every member as they are kept, not copied.
  std::vector<const internal::v1::StoredMember*> KeptMembers() const;
  AgencyRules rules;
};

// Of an agency, by its id.
using RulesOf = std::function<AgencyRules(std::string_view agency)>;

class IntakeStore {
 public:
  // Without `rules` every agency has those that AgencyRules begins with.
  explicit IntakeStore(const records::Records& records, RulesOf rules = {})
      : records_(records), rules_(std::move(rules)) {}

  // NOT_FOUND: no such family.
  absl::StatusOr<StoredCase> Load(db::Tx& tx, std::string_view agency,
                                  std::string_view family) const;
  // Fills in `trainees`, which rules about who may have a case go by. One read a helper.
  absl::Status LoadTrainees(db::Tx& tx, std::string_view agency, const schema::IdCodec& ids,
                            StoredCase& file) const;
  absl::StatusOr<StoredProfessional> Professional(db::Tx& tx, std::string_view agency,
                                                  std::string_view id) const;
  // What a family, one of its members and a professional are called; empty: there is none (erased).
  absl::StatusOr<std::string> FamilyCalled(db::Tx& tx, std::string_view agency,
                                           std::string_view family) const;
  absl::StatusOr<std::string> MemberCalled(db::Tx& tx, std::string_view agency,
                                           std::string_view family, std::string_view member) const;
  absl::StatusOr<std::string> ProfessionalCalled(db::Tx& tx, std::string_view agency,
                                                 std::string_view id) const;
  // Families whose caseload entry of this professional contains `at_us`. Inner ids.
  enum class Help { kAny, kDirect };
  absl::StatusOr<std::vector<std::string>> Caseload(db::Tx& tx, std::string_view agency,
                                                    std::string_view professional,
                                                    std::int64_t at_us,
                                                    Help help = Help::kAny) const;
  // Professionals whom `professional` supervises at `at_us`. Inner ids.
  absl::StatusOr<std::vector<std::string>> Supervisees(db::Tx& tx, std::string_view agency,
                                                       std::string_view professional,
                                                       std::int64_t at_us,
                                                       const schema::IdCodec& ids) const;
  // The professional whose account `subject` is; nullopt: nobody's.
  absl::StatusOr<std::optional<std::string>> ProfessionalOf(db::Tx& tx, std::string_view agency,
                                                            std::string_view subject) const;

  const records::Records& records() const { return records_; }

 private:
  const records::Records& records_;
  const RulesOf rules_;
};

}  // namespace rapport::intake
