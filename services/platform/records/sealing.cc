#include "platform/records/sealing.h"

#include "platform/base/call_context.h"

#include <array>

namespace rapport::records {
namespace {

constexpr std::size_t kHmacBytes = 16;

std::array<char, 8> Bytes(std::int64_t number) {
  std::array<char, 8> bytes;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(number >> (56 - 8 * i));
  return bytes;
}

}  // namespace

std::string PayloadIdentity(std::string_view service, std::string_view agency,
                            std::string_view family, std::int64_t kind, std::string_view id,
                            std::int64_t version) {
  const auto kind_bytes = Bytes(kind);
  const auto version_bytes = Bytes(version);
  return crypto::Identity({"v1",
                           service,
                           "record",
                           agency,
                           family,
                           {kind_bytes.data(), kind_bytes.size()},
                           id,
                           {version_bytes.data(), version_bytes.size()}});
}

std::string ClaimHmac(const crypto::AgencyKeys& index_keys, std::string_view agency,
                      std::string_view index, std::string_view value) {
  return index_keys.Mac(agency, {"claim", index, value}).substr(0, kHmacBytes);
}

std::string CallerHmac(const crypto::AgencyKeys& index_keys, const CallContext& context) {
  const Principal& caller = *context.principal;
  return index_keys.Mac(caller.agency, {"caller", caller.subject, context.method})
      .substr(0, kHmacBytes);
}

std::string AnswerIdentity(std::string_view service, std::string_view agency,
                           std::string_view caller_hmac, std::string_view request_id) {
  return crypto::Identity({"v1", service, "answer", agency, caller_hmac, request_id});
}

std::string AnswerPlain(const OpenAnswer& answer) {
  std::string plain;
  plain.reserve(1 + answer.request_hash.size() + answer.reply.size());
  plain += static_cast<char>(answer.request_hash.size());
  plain += answer.request_hash;
  plain += answer.reply;
  return plain;
}

absl::StatusOr<OpenAnswer> ParseAnswer(std::string_view plain) {
  const std::size_t hash_size = plain.empty() ? 0 : static_cast<unsigned char>(plain[0]);
  if (plain.size() < 1 + hash_size) return absl::DataLossError("not a stored answer");
  return OpenAnswer{.request_hash = std::string(plain.substr(1, hash_size)),
                    .reply = std::string(plain.substr(1 + hash_size))};
}

}  // namespace rapport::records
