#include "platform/crypto/invitation.h"

#include "platform/base/strings.h"
#include "platform/crypto/base64url.h"
#include "platform/crypto/sealer.h"
#include "rapport/internal/v1/sealed.pb.h"

#include <optional>

namespace rapport::crypto {
namespace {

using rapport::internal::v1::InvitationToken;

constexpr std::size_t kMostBytes = 1'024;

std::string IdentityOf(std::string_view agency) { return Identity({"invitation token", agency}); }

}  // namespace

std::string MintInvitation(const SuiteSecret& secret, const InvitationToken& token) {
  const auto sealer = secret.SealerFor(SuiteKey::kInvitation, token.agency());
  const std::string sealed = sealer->Seal(IdentityOf(token.agency()), token.SerializeAsString());
  return Concat({token.agency(), ".", EncodeBase64Url(sealed)});
}

absl::StatusOr<InvitationToken> OpenInvitation(const SuiteSecret& secret, const Agencies& agencies,
                                               std::string_view text) {
  const absl::Status refused = absl::UnauthenticatedError("no invitation of ours");
  const std::size_t dot = text.rfind('.');  // agency ids may have dots, base64url has none
  if (text.size() > kMostBytes || dot == std::string_view::npos) return refused;
  const Agency* agency = agencies.Find(text.substr(0, dot));
  const std::optional<std::string> sealed = DecodeBase64Url(text.substr(dot + 1));
  if (agency == nullptr || agency->state != Agency::State::kActive || !sealed.has_value()) {
    return refused;
  }
  const auto sealer = secret.SealerFor(SuiteKey::kInvitation, agency->id);
  const absl::StatusOr<std::string> opened = sealer->Open(IdentityOf(agency->id), *sealed);
  InvitationToken token;
  if (!opened.ok() || !token.ParseFromString(*opened) || token.agency() != agency->id) {
    return refused;
  }
  return token;
}

}  // namespace rapport::crypto
