// What the rows of this library are sealed for and named by. Between its own files only. Pure.
#pragma once

#include "platform/crypto/agency_keys.h"
#include "platform/crypto/sealer.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace rapport {
class CallContext;
}

namespace rapport::records {

// A version of a record: it opens in its own row, and as its own version, only. History rows keep
// what they were sealed for.
std::string PayloadIdentity(std::string_view service, std::string_view agency,
                            std::string_view family, std::int64_t kind, std::string_view id,
                            std::int64_t version);

// The first 16 bytes of the HMAC of a unique key.
std::string ClaimHmac(const crypto::AgencyKeys& index_keys, std::string_view agency,
                      std::string_view index, std::string_view value);

// 16 bytes that stand for the call's principal and method.
std::string CallerHmac(const crypto::AgencyKeys& index_keys, const CallContext& context);

// A stored answer and the digest of the request it answers.
struct OpenAnswer {
  std::string request_hash;
  std::string reply;
};
std::string AnswerIdentity(std::string_view service, std::string_view agency,
                           std::string_view caller_hmac, std::string_view request_id);
std::string AnswerPlain(const OpenAnswer& answer);
absl::StatusOr<OpenAnswer> ParseAnswer(std::string_view plain);

}  // namespace rapport::records
