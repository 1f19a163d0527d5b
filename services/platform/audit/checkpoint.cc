#include "platform/audit/checkpoint.h"

#include "platform/base/status_macros.h"
#include "platform/crypto/base64url.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/sealer.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace rapport::audit {
namespace {

using nlohmann::json;

constexpr char kSelect[] =
    "SELECT sequence, mac, at_us, previous, signature FROM audit_checkpoint"
    " WHERE agency_id = $1 AND sequence > $2 AND sequence <= $3 ORDER BY sequence LIMIT 1000";

std::string SignedBytes(const Checkpoint& c) {
  return crypto::Identity({"rapport audit checkpoint v1", c.service, c.agency,
                           std::to_string(c.sequence), c.mac, std::to_string(c.at_us), c.previous});
}

// Null when there is no such text or it is not base64url.
bool ReadBytes(const json& object, const char* key, std::string& bytes) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return false;
  auto decoded = crypto::DecodeBase64Url(found->get_ref<const std::string&>());
  if (!decoded) return false;
  bytes = *std::move(decoded);
  return true;
}

bool ReadText(const json& object, const char* key, std::string& text) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return false;
  text = found->get<std::string>();
  return true;
}

bool ReadNumber(const json& object, const char* key, std::int64_t& number) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return false;
  number = found->get<std::int64_t>();
  return true;
}

}  // namespace

void Sign(const crypto::SigningKey& key, Checkpoint& checkpoint) {
  checkpoint.signature = key.Sign(SignedBytes(checkpoint));
}

bool IsSigned(const Checkpoint& checkpoint, std::string_view public_key) {
  return crypto::IsSignedBy(public_key, SignedBytes(checkpoint), checkpoint.signature);
}

std::string DigestOf(const Checkpoint& checkpoint) {
  return crypto::Sha256({SignedBytes(checkpoint), checkpoint.signature});
}

std::string ToLine(const Checkpoint& c) {
  const json line = {{"service", c.service},
                     {"agency", c.agency},
                     {"sequence", c.sequence},
                     {"mac", crypto::EncodeBase64Url(c.mac)},
                     {"at_us", c.at_us},
                     {"previous", crypto::EncodeBase64Url(c.previous)},
                     {"signature", crypto::EncodeBase64Url(c.signature)}};
  return line.dump();
}

absl::StatusOr<Checkpoint> FromLine(std::string_view line) {
  const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  Checkpoint c;
  if (!object.is_object() || !ReadText(object, "service", c.service) ||
      !ReadText(object, "agency", c.agency) || !ReadNumber(object, "sequence", c.sequence) ||
      !ReadBytes(object, "mac", c.mac) || !ReadNumber(object, "at_us", c.at_us) ||
      !ReadBytes(object, "previous", c.previous) || !ReadBytes(object, "signature", c.signature)) {
    return absl::InvalidArgumentError("not a line of a checkpoint file");
  }
  return c;
}

absl::StatusOr<std::vector<Checkpoint>> ReadCheckpoints(db::Tx& tx, std::string_view service,
                                                        std::string_view agency, std::int64_t after,
                                                        std::int64_t until) {
  std::vector<Checkpoint> checkpoints;
  RETURN_IF_ERROR(tx.Run(kSelect, {agency, after, until}, [&](const db::Row& row) {
                      checkpoints.push_back({.service = std::string(service),
                                             .agency = std::string(agency),
                                             .sequence = row.Int(0),
                                             .mac = std::string(row.Bytes(1)),
                                             .at_us = row.Int(2),
                                             .previous = std::string(row.Bytes(3)),
                                             .signature = std::string(row.Bytes(4))});
                    }).status());
  return checkpoints;
}

}  // namespace rapport::audit
