#include "platform/crypto/token_claims.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "rapport/options/v1/options.pb.h"

#include <absl/container/flat_hash_map.h>
#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace rapport::crypto {
namespace {

using nlohmann::json;
namespace options = rapport::options::v1;

constexpr std::int64_t kYear10000 = 253'402'300'800;
constexpr std::size_t kMostSubject = 255;  // OpenID Connect Core 2
constexpr std::size_t kMostListed = 32;
constexpr std::string_view kRolePrefix = "ROLE_";

absl::Status Refused(const char* why) { return absl::UnauthenticatedError(why); }

const json* Member(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

const std::string* Text(const json& object, const char* name) {
  const json* member = Member(object, name);
  return member == nullptr ? nullptr : member->get_ptr<const std::string*>();
}

// A whole number of seconds from 0 to the year 9999. Fractions and exponents are refused: no issuer
// writes them, and they round.
std::optional<std::int64_t> Seconds(const json& claims, const char* name) {
  const json* member = Member(claims, name);
  if (member == nullptr || !member->is_number_unsigned()) return std::nullopt;
  const auto seconds = member->get<std::uint64_t>();
  if (seconds >= static_cast<std::uint64_t>(kYear10000)) return std::nullopt;
  return static_cast<std::int64_t>(seconds);
}

// The strings of a list; nullopt: no list of at most kMostListed strings.
std::optional<std::vector<std::string>> Strings(const json& list) {
  if (!list.is_array() || list.size() > kMostListed) return std::nullopt;
  std::vector<std::string> strings;
  for (const json& entry : list) {
    if (!entry.is_string()) return std::nullopt;
    strings.push_back(entry.get<std::string>());
  }
  return strings;
}

bool IsFor(const json& claims, const std::string& audience) {
  const json* aud = Member(claims, "aud");
  if (aud == nullptr) return false;
  if (aud->is_string()) return aud->get_ref<const std::string&>() == audience;
  const auto list = Strings(*aud);
  return list.has_value() && std::find(list->begin(), list->end(), audience) != list->end();
}

// Printable ASCII, and none of the names the audit trail has for those who are no issuer's subject.
bool IsSubject(const std::string& subject) {
  return !subject.empty() && subject.size() <= kMostSubject &&
         std::all_of(subject.begin(), subject.end(), [](char c) { return c >= ' ' && c <= '~'; }) &&
         subject != "system" && !subject.starts_with("service/") &&
         !subject.starts_with("invitation/");
}

absl::Status CheckTimes(const json& claims, const Agency& agency, std::int64_t now_unix,
                        TokenClaims& token) {
  const auto exp = Seconds(claims, "exp"), iat = Seconds(claims, "iat");
  if (!exp.has_value() || !iat.has_value()) return Refused("exp or iat is no whole number");
  if (now_unix >= *exp + kClockSkewSeconds) return Refused("expired");
  if (*iat > now_unix + kClockSkewSeconds) return Refused("issued in the future");
  if (*exp <= *iat || *exp - *iat > agency.token_lifetime.count()) {
    return Refused("lives longer than the agency allows");
  }
  if (Member(claims, "nbf") != nullptr) {
    const auto nbf = Seconds(claims, "nbf");
    if (!nbf.has_value()) return Refused("nbf is no whole number");
    if (*nbf > now_unix + kClockSkewSeconds) return Refused("not valid yet");
  }
  token.principal.expires_unix = *exp;
  token.issued_unix = *iat;
  return absl::OkStatus();
}

absl::Status CheckRoles(const json& claims, const Agency& agency, RoleSet& roles) {
  bool staff = false;
  if (const json* claim = Member(claims, "roles")) {
    const auto names = Strings(*claim);
    if (!names.has_value()) return Refused("roles is no list of strings");
    for (const std::string& name : *names) {
      const int role = RoleNumber(name);
      if (role == 0) continue;  // issuers know roles of other systems too
      roles.Add(role);
      staff |= role != options::ROLE_MEMBER && role != options::ROLE_SERVICE;
    }
  }
  if (!staff || !agency.require_mfa) return absl::OkStatus();
  const json* amr = Member(claims, "amr");
  const auto methods = amr == nullptr ? std::nullopt : Strings(*amr);
  if (!methods.has_value() ||
      std::find(methods->begin(), methods->end(), "mfa") == methods->end()) {
    return Refused("staff without a second factor");
  }
  return absl::OkStatus();
}

// RFC 9068: one string, words apart by spaces. Of any system the token is for.
absl::Status CheckScopes(const json& claims, std::vector<std::string>& scopes) {
  const json* claim = Member(claims, "scope");
  if (claim == nullptr) return absl::OkStatus();
  const auto* text = claim->get_ptr<const std::string*>();
  if (text == nullptr) return Refused("scope is no string");
  scopes = absl::StrSplit(*text, ' ', absl::SkipEmpty());
  return scopes.size() <= kMostListed ? absl::OkStatus() : Refused("too many scopes");
}

}  // namespace

int RoleNumber(const std::string& name) {
  static const auto* const numbers = [] {
    auto* made = new absl::flat_hash_map<std::string, int>;
    const auto* roles = options::Role_descriptor();
    for (int i = 0; i < roles->value_count(); ++i) {
      const int number = roles->value(i)->number();
      // An invitation is a token of its own kind and never an issuer's to give.
      if (number == options::ROLE_UNSPECIFIED || number == options::ROLE_INVITATION) continue;
      std::string role = roles->value(i)->name().substr(kRolePrefix.size());
      absl::AsciiStrToLower(&role);
      made->emplace(std::move(role), number);
    }
    return made;
  }();
  const auto found = numbers->find(name);
  return found == numbers->end() ? 0 : found->second;
}

absl::StatusOr<TokenHeader> CheckHeader(const json& header) {
  for (const char* forbidden : {"crit", "jku", "jwk", "x5u", "x5c", "b64", "zip"}) {
    if (Member(header, forbidden) != nullptr) return Refused("header has a forbidden parameter");
  }
  const std::string* alg = Text(header, "alg");
  const std::string* kid = Text(header, "kid");
  if (alg == nullptr || kid == nullptr) return Refused("header lacks alg or kid");
  if (Member(header, "typ") != nullptr) {
    const std::string* typ = Text(header, "typ");
    if (typ == nullptr || (*typ != "JWT" && *typ != "at+jwt"))
      return Refused("header has another typ");
  }
  return TokenHeader{.algorithm = *alg, .key_id = *kid};
}

absl::StatusOr<TokenClaims> CheckClaims(const json& claims, const Agency& agency,
                                        std::int64_t now_unix) {
  TokenClaims token;
  const std::string* id = Text(claims, "agency");
  const std::string* iss = Text(claims, "iss");
  const std::string* sub = Text(claims, "sub");
  if (id == nullptr || *id != agency.id) return Refused("of another agency");
  if (iss == nullptr || *iss != agency.issuer) return Refused("of another issuer");
  if (!IsFor(claims, agency.audience)) return Refused("for another audience");
  if (sub == nullptr || !IsSubject(*sub)) return Refused("has no usable subject");
  RETURN_IF_ERROR(CheckTimes(claims, agency, now_unix, token));
  RETURN_IF_ERROR(CheckRoles(claims, agency, token.principal.roles));
  RETURN_IF_ERROR(CheckScopes(claims, token.principal.scopes));
  token.principal.agency = *id;
  token.principal.subject = *sub;
  return token;
}

}  // namespace rapport::crypto
