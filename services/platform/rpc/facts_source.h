// FactsSource: where the pipeline gets a family's access facts. Intake reads its own rows; the
// other services ask intake through the shared cache. Thread-safe.
#pragma once

#include "platform/base/access_facts.h"
#include "platform/base/call_context.h"
#include "platform/base/task.h"

#include <rapport/options/v1/options.pb.h>

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

namespace rapport::rpc {

class FactsSource {
 public:
  using Facts = std::shared_ptr<const AccessFacts>;
  virtual ~FactsSource() = default;

  // What is in memory and young enough for `freshness`; null otherwise. The hot path.
  virtual Facts Peek(std::string_view agency, std::string_view family,
                     options::v1::Freshness freshness) = 0;
  // Null: no such family. UNAVAILABLE: intake can't be reached and nothing young enough is known.
  virtual Task<absl::StatusOr<Facts>> Load(CallContext& context, std::string agency,
                                           std::string family,
                                           options::v1::Freshness freshness) = 0;
  // An event said that the family's facts changed.
  virtual void Forget(std::string_view agency, std::string_view family) = 0;
};

}  // namespace rapport::rpc
