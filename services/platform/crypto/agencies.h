// Agencies: the one typed file that says which agencies this installation serves, who issues their
// tokens, and what they decided. Every service reads it at start; `rapport-admin agency add` writes
// it. Immutable; thread-safe.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::crypto {

struct Agency {
  enum class State : std::uint8_t { kActive, kClosed };  // closed: nobody is let in

  std::string id;  // a slug
  std::string display_name;
  std::string issuer;  // `iss` of its tokens, compared byte by byte
  std::string audience = "rapport";
  std::string jwks;       // path of the issuer's key set; relative to the agencies file
  std::string time_zone;  // IANA name
  absl::TimeZone zone;
  int retention_years = 7;  // 1 to 100: how long a closed case is kept
  // Whose law says how long, and who consents for a minor, as intake's rules name it ("US-CA").
  // Empty or unknown to them: `retention_years` is the rule, and papers on file are followed.
  std::string jurisdiction;
  // 0 to 18: from this age a minor's own assent is needed beside a consent; 0: nothing waits for
  // it.
  int assent_years = 0;
  int safety_screen_days = 180;  // 1 to 730: how long after a screen a person is asked again
  // Whom a member's concern is put before besides their therapists: subjects (`sub`) of the
  // agency's tokens, who is on duty first in front; the others when nobody acknowledges it.
  std::vector<std::string> on_duty;
  // Shown with every form and concern: whom to call now. One line; empty: the emergency number.
  std::string emergency_contacts;
  int escalate_minutes = 15;  // 1 to 1440: how long a concern waits before more people get it
  State state = State::kActive;
  // Longest `exp - iat` of its tokens: 1 to 15 minutes, up to 60 with a local issuer.
  std::chrono::seconds token_lifetime{15 * 60};
  // How old access facts may be while intake can't be reached: 0 (refuse) to 60 s.
  std::chrono::seconds stale_facts{60};
  bool local_issuer = false;  // made by `rapport-admin issuer new`: the demo clock is allowed
  bool require_mfa = true;    // staff tokens must say `amr: [mfa]`
};

// The file is YAML. These settings are required:
//   agencies:
//     - id: harbour
//       display_name: Harbour House
//       issuer: https://id.example.org
//       jwks: harbour.jwks.json
//       time_zone: Europe/Berlin
// and these optional: audience, retention_years, jurisdiction, assent_years,
// safety_screen_days, on_duty (subjects with commas between), emergency_contacts,
// escalate_minutes, state, token_lifetime_seconds, stale_facts_seconds, local_issuer,
// require_mfa.
class Agencies {
 public:
  // INVALID_ARGUMENT, with file, line and what was expected: an unknown or repeated key, a missing
  // one, a value out of range, an id given twice. FAILED_PRECONDITION: the file can't be read.
  static absl::StatusOr<Agencies> Load(const std::string& path);
  // The same for a file's text; `path` is for messages and relative paths.
  static absl::StatusOr<Agencies> Parse(const std::string& text, const std::string& path);

  // Null: no such agency.
  const Agency* Find(std::string_view id) const;
  const std::vector<Agency>& all() const { return agencies_; }

 private:
  std::vector<Agency> agencies_;
  absl::flat_hash_map<std::string, std::size_t> by_id_;
};

// True for a short name: a-z 0-9 - _ . starting with a letter, at most 63.
bool IsSlug(std::string_view text);

// The entry of one agency as the file has it, for appending.
std::string AgencyEntry(const Agency& agency);

}  // namespace rapport::crypto
