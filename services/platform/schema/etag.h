// Etags: the version of a resource as clients see it.
//
// Services show one with every resource and check the one that comes back. An etag is a keyed
// digest of agency, id and version, so that a member learns from it that something changed, but not
// how often. Strong; written in quotes, read with or without. Thread-safe.
#pragma once

#include "platform/base/call_context.h"
#include "platform/crypto/secret.h"

#include <absl/status/status.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace rapport::schema {

// Twelve letters of base64url (72 bits), perhaps in double quotes.
bool IsEtag(std::string_view text);

class Etags {
 public:
  explicit Etags(crypto::Secret key) : key_(std::move(key)) {}

  // Of the resource's inner id and version: `"Zm9vYmFyYmF6"`, the quotes included.
  std::string Show(std::string_view agency, std::string_view id, std::int64_t version) const;

  // OK when `given` is the etag of this version. Empty: EtagRequired(). Anything else:
  // EtagMismatch() with the current one, which the caller must be allowed to see.
  absl::Status Check(std::string_view given, std::string_view agency, std::string_view id,
                     std::int64_t version) const;

  // The same for what members also do for themselves: they may leave it out, for what they decide
  // does not rest on what others changed meanwhile.
  absl::Status CheckUnlessOwn(const CallContext& context, std::string_view given,
                              std::string_view agency, std::string_view id,
                              std::int64_t version) const {
    const bool own = context.access.viewer == Viewer::kMember;
    return own && given.empty() ? absl::OkStatus() : Check(given, agency, id, version);
  }

 private:
  const crypto::Secret key_;
};

}  // namespace rapport::schema
