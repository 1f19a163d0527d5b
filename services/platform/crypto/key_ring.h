// KeyRing: from the mounted secrets to the key of one family.
//
//   key encryption key (file) -> agency key -> family key -> a row
//
// Wrapped keys live in a database of their own (SERVICE.keys.db), never in the data backup; erasing
// a family destroys its keys there. Unwrapped keys are cached a few minutes. Thread-safe.
#pragma once

#include "platform/base/call_context.h"
#include "platform/base/task.h"
#include "platform/crypto/sealer.h"

#include <absl/status/statusor.h>

#include <memory>
#include <string_view>

namespace rapport::crypto {

// Which of a family's keys: each class of record can be destroyed and permitted apart.
enum class KeyClass : std::uint8_t { kRecord = 1, kPsychotherapy = 2, kSubstanceUse = 3 };

class KeyRing {
 public:
  virtual ~KeyRing() = default;

  // The key of a family (of the agency when `family` is empty). NOT_FOUND: none was made, or it was
  // destroyed. Inline: memory, else one point read. UNAVAILABLE: on a thread that serves an
  // executor, where the driver would make it wait for that read; the key is in memory soon.
  virtual absl::StatusOr<std::shared_ptr<const Sealer>> Find(std::string_view agency,
                                                             std::string_view family,
                                                             KeyClass key_class) = 0;
  // The same, made durably when absent. FAILED_PRECONDITION: the family was erased.
  virtual Task<absl::StatusOr<std::shared_ptr<const Sealer>>> FindOrCreate(CallContext& context,
                                                                           std::string agency,
                                                                           std::string family,
                                                                           KeyClass key_class) = 0;
};

}  // namespace rapport::crypto
