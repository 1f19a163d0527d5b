// ServiceDeps: what every service's use cases are built from. The process makes one; services keep
// a copy of the references.
#pragma once

#include "platform/base/access_checker.h"
#include "platform/base/clock.h"
#include "platform/crypto/suite_secret.h"
#include "platform/db/db.h"
#include "platform/records/records.h"
#include "platform/records/service_caches.h"
#include "platform/schema/etag.h"
#include "platform/schema/id_codec.h"
#include "platform/schema/names.h"

#include <string_view>

namespace rapport::records {

struct ServiceDeps {
  db::Db& db;
  Records& records;
  const schema::IdCodec& ids;
  const schema::Etags& etags;
  const crypto::SuiteSecret& suite;
  const Clock& clock;  // domain time
  AccessChecker& access;
  const ServiceCaches& caches;

  schema::Names NamesOf(std::string_view agency) const { return {ids, agency}; }
};

}  // namespace rapport::records
