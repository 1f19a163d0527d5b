#include "platform/crypto/token_verifier.h"

#include "platform/base/limits.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/base64url.h"
#include "platform/crypto/invitation.h"
#include "platform/crypto/invitation_code.h"
#include "platform/crypto/key_set.h"
#include "platform/crypto/key_set_file.h"
#include "platform/crypto/strict_json.h"
#include "platform/crypto/token_claims.h"
#include "rapport/internal/v1/sealed.pb.h"
#include "rapport/options/v1/options.pb.h"

#include <absl/strings/match.h>

#include <optional>
#include <utility>

namespace rapport::crypto {
namespace {

constexpr std::string_view kBearer = "Bearer ", kInvitation = "Invitation ",
                           kCode = "Invitation-Code ";

// In letters of any size (RFC 9110, 11.1), as clients of other makers write it. Invitations are
// sent by our own forms alone.
bool IsBearer(std::string_view header) {
  return absl::StartsWithIgnoreCase(Absl(header), Absl(kBearer));
}
constexpr std::size_t kVerifiedTokens = 10'000;
constexpr int kJsonDepth = 4;
constexpr std::int64_t kCodeSeconds = 60;  // longer than the one call that it is good for

absl::Status Refused(const char* why) { return absl::UnauthenticatedError(why); }

// The three parts of a compact token, decoded where they are read.
struct Parts {
  nlohmann::json header, claims;
  std::string_view signed_text;
  std::string signature;
};

std::optional<nlohmann::json> Decoded(std::string_view part) {
  const std::optional<std::string> text = DecodeBase64Url(part);
  if (!text.has_value()) return std::nullopt;
  return ParseStrictJson(*text, kJsonDepth);
}

absl::StatusOr<Parts> Split(std::string_view token) {
  const std::size_t first = token.find('.'), last = token.rfind('.');
  if (first == last || token.find('.', first + 1) != last) return Refused("is no compact token");
  auto header = Decoded(token.substr(0, first));
  auto claims = Decoded(token.substr(first + 1, last - first - 1));
  auto signature = DecodeBase64Url(token.substr(last + 1));
  if (!header || !claims || !signature) return Refused("is not well formed");
  return Parts{.header = *std::move(header),
               .claims = *std::move(claims),
               .signed_text = token.substr(0, last),
               .signature = *std::move(signature)};
}

}  // namespace

TokenVerifier::TokenVerifier(std::shared_ptr<const Agencies> agencies, const SuiteSecret& secret,
                             const Clock& machine_clock, Hooks hooks)
    : agencies_(std::move(agencies)),
      secret_(secret),
      machine_clock_(machine_clock),
      hooks_(std::move(hooks)),
      verified_(kVerifiedTokens) {
  for (const Agency& agency : agencies_->all()) {
    const auto on_problem = [this, id = agency.id](const absl::Status& problem) {
      if (hooks_.on_key_problem) hooks_.on_key_problem(id, problem);
    };
    issuers_.emplace(agency.id, Issuer{&agency, std::make_unique<KeySetFile>(agency.jwks, NowUnix(),
                                                                             on_problem)});
  }
}

TokenVerifier::~TokenVerifier() = default;

std::int64_t TokenVerifier::NowUnix() const { return machine_clock_.NowMicros() / 1'000'000; }

TokenVerifier::Found TokenVerifier::Authenticate(std::string_view header) {
  const std::int64_t now_unix = NowUnix();
  Found found = Refused("has no known scheme");
  if (IsBearer(header)) {
    found = Bearer(header.substr(kBearer.size()), now_unix);
  } else if (header.starts_with(kInvitation)) {
    found = Invited(header.substr(kInvitation.size()), now_unix);
  } else if (header.starts_with(kCode)) {
    found = ByCode(header.substr(kCode.size()), now_unix);
  }
  if (found.ok()) return found;
  if (hooks_.on_refused) hooks_.on_refused(Std(found.status().message()));
  return absl::UnauthenticatedError("the credentials are missing or not accepted");
}

TokenVerifier::Found TokenVerifier::Bearer(std::string_view token, std::int64_t now_unix) {
  if (token.size() > limits::kTokenBytes) return Refused("is too long");
  std::shared_ptr<const Verified> verified = verified_.Find(token);
  if (verified != nullptr) verified->key_set->Look(now_unix);
  if (verified == nullptr || verified->generation != verified->key_set->generation()) {
    ASSIGN_OR_RETURN(Verified fresh, Verify(token, now_unix));
    verified = std::make_shared<const Verified>(std::move(fresh));
    verified_.Put(token, verified);
  }
  const Principal& principal = verified->principal;
  if (now_unix >= principal.expires_unix + kClockSkewSeconds) return Refused("expired");
  if (hooks_.revoked_before && verified->issued_unix < hooks_.revoked_before(principal)) {
    return Refused("revoked");
  }
  return std::shared_ptr<const Principal>(verified, &principal);
}

absl::StatusOr<TokenVerifier::Verified> TokenVerifier::Verify(std::string_view token,
                                                              std::int64_t now_unix) const {
  ASSIGN_OR_RETURN(const Parts parts, Split(token));
  ASSIGN_OR_RETURN(const TokenHeader header, CheckHeader(parts.header));
  // The claims name the agency whose keys decide. Nothing else of them is believed until they do.
  const auto agency = parts.claims.find("agency");
  if (agency == parts.claims.end() || !agency->is_string()) return Refused("of no agency");
  const auto issuer = issuers_.find(agency->get_ref<const std::string&>());
  if (issuer == issuers_.end()) return Refused("of no agency");
  if (issuer->second.agency->state != Agency::State::kActive) return Refused("of a closed agency");
  if (!IsKeyId(header.key_id)) return Refused("has no usable key id");

  KeySetFile& file = *issuer->second.key_set;
  file.Look(now_unix);
  std::uint64_t generation = file.generation();
  std::shared_ptr<const KeySet> keys = file.keys();
  const VerificationKey* key = keys == nullptr ? nullptr : keys->Find(header.key_id);
  if (key == nullptr) {
    file.LookForUnknown(now_unix);
    generation = file.generation();
    keys = file.keys();
    key = keys == nullptr ? nullptr : keys->Find(header.key_id);
  }
  if (key == nullptr) return Refused("signed by an unknown key");
  if (header.algorithm != NameOf(key->algorithm)) return Refused("names another algorithm");
  if (!SignatureHolds(*key, parts.signed_text, parts.signature)) {
    return Refused("signature does not hold");
  }
  ASSIGN_OR_RETURN(TokenClaims claims, CheckClaims(parts.claims, *issuer->second.agency, now_unix));
  return Verified{.principal = std::move(claims.principal),
                  .issued_unix = claims.issued_unix,
                  .key_set = &file,
                  .generation = generation};
}

TokenVerifier::Found TokenVerifier::Invited(std::string_view token, std::int64_t now_unix) const {
  ASSIGN_OR_RETURN(const auto opened, OpenInvitation(secret_, *agencies_, token));
  if (now_unix >= opened.expires_unix()) return Refused("expired");
  auto principal = std::make_shared<Principal>();
  principal->agency = opened.agency();
  principal->subject = Concat({"invitation/", Hex(opened.invitation())});
  principal->roles.Add(options::v1::ROLE_INVITATION);
  principal->expires_unix = opened.expires_unix();
  principal->invitation = std::make_shared<const Principal::Invitation>(
      Principal::Invitation{.id = opened.invitation(),
                            .family = opened.family(),
                            .session = opened.session(),
                            .member = opened.member()});
  return std::shared_ptr<const Principal>(std::move(principal));
}

TokenVerifier::Found TokenVerifier::ByCode(std::string_view typed, std::int64_t now_unix) const {
  auto agency = AgencyOfCode(secret_, *agencies_, typed);
  if (!agency) return Refused("no code of ours");
  auto principal = std::make_shared<Principal>();
  principal->agency = *std::move(agency);
  principal->subject = "invitation/code";
  principal->roles.Add(options::v1::ROLE_INVITATION);
  principal->expires_unix = now_unix + kCodeSeconds;
  return std::shared_ptr<const Principal>(std::move(principal));
}

std::int64_t TokenVerifier::KeySetAgeSeconds(std::string_view agency) const {
  const auto issuer = issuers_.find(Absl(agency));
  return issuer == issuers_.end() ? 0 : issuer->second.key_set->AgeSeconds(NowUnix());
}

}  // namespace rapport::crypto
