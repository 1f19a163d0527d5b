#include "platform/db/db.h"

#include "platform/schema/errors.h"

namespace rapport::db {

bool IsCommitUnknown(const absl::Status& status) {
  return schema::ReasonOf(status) == schema::reasons::kCommitUnknown.name;
}

absl::Status CommitUnknownError() { return schema::Refused(schema::reasons::kCommitUnknown); }

}  // namespace rapport::db
