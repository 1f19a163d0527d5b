// Page tokens: where a list goes on, sealed to caller, method and query.
//
// A List use case reads the page its request asks for, loads one entry more than it shows, and
// gives the place of the last shown one into the next token. A token opens for the same principal
// of the same agency, method and query only, for 15 minutes of the machine's clock; it is a place
// in a list, never a permission. Pure but for the clock; thread-safe.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/clock.h"
#include "platform/crypto/sealer.h"

#include <absl/status/statusor.h>
#include <google/protobuf/message.h>

#include <cstdint>
#include <string>

namespace rapport::schema {

// The page that a request asks for.
struct Page {
  int size = 0;  // 1 to limits::kMaxPage
  // Strictly behind this entry; an empty id: from the beginning.
  std::int64_t after_us = 0;
  std::string after_id;
  // What the next token is bound to.
  std::string query_hash;
};

// `request` has `page_size` and `page_token`; everything else in it is the query. INVALID_ARGUMENT:
// a negative size, or, with reason PAGE_TOKEN_INVALID, a token that is not this caller's for this
// query, expired or none at all. Sizes: 0 is the default, too large is the largest. `sealer`: the
// agency's, of SuiteKey::kPageToken.
absl::StatusOr<Page> ReadPage(const crypto::Sealer& sealer, const CallContext& context,
                              const google::protobuf::Message& request,
                              std::int64_t now_us = RealMicros());

// For `next_page_token`, when there is more behind the entry at (`last_us`, `last_id`).
std::string NextPageToken(const crypto::Sealer& sealer, const CallContext& context,
                          const Page& page, std::int64_t last_us, std::string_view last_id,
                          std::int64_t now_us = RealMicros());

}  // namespace rapport::schema
