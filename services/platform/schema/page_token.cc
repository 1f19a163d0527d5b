#include "platform/schema/page_token.h"

#include "platform/base/limits.h"
#include "platform/base/status_macros.h"
#include "platform/crypto/base64url.h"
#include "platform/crypto/digest.h"
#include "platform/schema/canonical.h"
#include "platform/schema/errors.h"

#include <rapport/internal/v1/sealed.pb.h>

#include <algorithm>
#include <memory>

namespace rapport::schema {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::int64_t kSecondUs = 1'000'000;
constexpr std::int64_t kLifetimeSeconds = 15 * 60;

// The whole identity is sealed, so a token of anything else does not open at all.
std::string IdentityOf(const CallContext& context, std::string_view query_hash) {
  return crypto::Identity(
      {"page", context.principal->agency, context.principal->subject, context.method, query_hash});
}

std::string HashOf(const Message& request, const FieldDescriptor* size,
                   const FieldDescriptor* token) {
  const std::unique_ptr<Message> query(request.New());
  query->CopyFrom(request);
  query->GetReflection()->ClearField(query.get(), size);
  query->GetReflection()->ClearField(query.get(), token);
  return crypto::Sha256({Canonical(*query)});
}

absl::Status Invalid() {
  return InvalidField("page_token", std::string(reasons::kPageTokenInvalid.message),
                      reasons::kPageTokenInvalid.name);
}

absl::Status ReadToken(const crypto::Sealer& sealer, const CallContext& context,
                       std::string_view text, std::int64_t now_us, Page& page) {
  const auto sealed = crypto::DecodeBase64Url(text);
  if (!sealed) return Invalid();
  const auto plain = sealer.Open(IdentityOf(context, page.query_hash), *sealed);
  internal::v1::PageToken token;
  if (!plain.ok() || !token.ParseFromString(*plain)) return Invalid();
  if (now_us / kSecondUs >= token.expires_unix()) return Invalid();
  page.after_us = token.after_us();
  page.after_id = token.after_id();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Page> ReadPage(const crypto::Sealer& sealer, const CallContext& context,
                              const Message& request, std::int64_t now_us) {
  const FieldDescriptor* size = request.GetDescriptor()->FindFieldByName("page_size");
  const FieldDescriptor* token = request.GetDescriptor()->FindFieldByName("page_token");
  if (size == nullptr || token == nullptr) {
    return absl::InternalError("a list request without page_size or page_token");
  }
  const int asked = request.GetReflection()->GetInt32(request, size);
  if (asked < 0) return InvalidField("page_size", "must not be negative");
  Page page;
  page.size = asked == 0 ? limits::kDefaultPage : std::min(asked, limits::kMaxPage);
  page.query_hash = HashOf(request, size, token);
  const std::string text = request.GetReflection()->GetString(request, token);
  if (!text.empty()) RETURN_IF_ERROR(ReadToken(sealer, context, text, now_us, page));
  return page;
}

std::string NextPageToken(const crypto::Sealer& sealer, const CallContext& context,
                          const Page& page, std::int64_t last_us, std::string_view last_id,
                          std::int64_t now_us) {
  internal::v1::PageToken token;
  token.set_after_us(last_us);
  token.set_after_id(std::string(last_id));
  token.set_expires_unix(now_us / kSecondUs + kLifetimeSeconds);
  return crypto::EncodeBase64Url(
      sealer.Seal(IdentityOf(context, page.query_hash), Canonical(token)));
}

}  // namespace rapport::schema
