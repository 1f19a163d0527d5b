#include "platform/audit/segment_link.h"

#include "platform/base/strings.h"
#include "platform/crypto/base64url.h"
#include "platform/crypto/sealer.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace rapport::audit {
namespace {

using nlohmann::json;

json BodyOf(const SegmentLink& link) {
  json last = json::object();
  for (const auto& [agency, one] : link.last) {
    last[agency] = {{"sequence", one.sequence}, {"digest", crypto::EncodeBase64Url(one.digest)}};
  }
  return {{"service", link.service},
          {"segment", link.segment},
          {"before", crypto::EncodeBase64Url(link.before)},
          {"last", std::move(last)}};
}

// Keys of a JSON object of this library are in order, so equal links have equal bytes.
std::string SignedBytes(const SegmentLink& link) {
  return crypto::Identity({"rapport checkpoint segment v1", BodyOf(link).dump()});
}

}  // namespace

void Sign(const crypto::SigningKey& key, SegmentLink& link) {
  link.signature = key.Sign(SignedBytes(link));
}

bool IsSigned(const SegmentLink& link, std::string_view public_key) {
  return crypto::IsSignedBy(public_key, SignedBytes(link), link.signature);
}

std::string ToLine(const SegmentLink& link) {
  json line = BodyOf(link);
  line["signature"] = crypto::EncodeBase64Url(link.signature);
  return line.dump();
}

absl::StatusOr<SegmentLink> LinkFromLine(std::string_view line) {
  const auto refused = [] { return absl::InvalidArgumentError("not a link between segments"); };
  const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return refused();
  try {
    SegmentLink link{.service = object.at("service"), .segment = object.at("segment")};
    for (const auto& [agency, one] : object.at("last").items()) {
      auto digest = crypto::DecodeBase64Url(one.at("digest").get<std::string>());
      if (!digest) return refused();
      link.last[agency] = {.sequence = one.at("sequence"), .digest = *std::move(digest)};
    }
    auto before = crypto::DecodeBase64Url(object.at("before").get<std::string>());
    auto signature = crypto::DecodeBase64Url(object.at("signature").get<std::string>());
    if (!before || !signature || link.segment < 2) return refused();
    link.before = *std::move(before);
    link.signature = *std::move(signature);
    return link;
  } catch (const json::exception&) {
    return refused();
  }
}

}  // namespace rapport::audit
