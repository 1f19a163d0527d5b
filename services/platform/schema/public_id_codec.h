// PublicIdCodec: crypto's PublicIds as the IdCodec of names. Processes make one. Thread-safe.
#pragma once

#include "platform/crypto/public_ids.h"
#include "platform/schema/id_codec.h"

namespace rapport::schema {

class PublicIdCodec final : public IdCodec {
 public:
  // `ids` must outlive it.
  explicit PublicIdCodec(const crypto::PublicIds& ids) : ids_(ids) {}

  std::string Show(std::string_view agency, std::string_view id16) const override {
    return ids_.Show(agency, id16);
  }
  std::optional<std::string> Read(std::string_view agency, std::string_view hex32) const override {
    return ids_.Read(agency, hex32);
  }

 private:
  const crypto::PublicIds& ids_;
};

}  // namespace rapport::schema
