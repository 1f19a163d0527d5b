// RemoteFacts: access facts for the services that don't own them: young copies in the process and
// the shared cache, else intake over the mesh; with FRESHNESS_NOW always intake.
//
// While intake can't be reached, methods whose policy says FRESHNESS_STALE_OK are served from
// copies up to the agency's limit (at most limits::kFactsStale), counted by a metric; everything
// else is refused. Thread-safe.
#pragma once

#include "platform/crypto/agencies.h"
#include "platform/rpc/channel.h"
#include "platform/rpc/facts_cache.h"
#include "platform/rpc/facts_source.h"

#include <memory>

namespace rapport::rpc {

class RemoteFacts final : public FactsSource {
 public:
  RemoteFacts(std::shared_ptr<Channel> intake, std::shared_ptr<const crypto::Agencies> agencies,
              const records::ServiceCaches& caches)
      : intake_(std::move(intake)), agencies_(std::move(agencies)), cache_(caches) {}

  Facts Peek(std::string_view agency, std::string_view family,
             options::v1::Freshness freshness) override;
  Task<absl::StatusOr<Facts>> Load(CallContext& context, std::string agency, std::string family,
                                   options::v1::Freshness freshness) override;
  void Forget(std::string_view agency, std::string_view family) override {
    cache_.Forget(agency, family);
  }

 private:
  const std::shared_ptr<Channel> intake_;
  const std::shared_ptr<const crypto::Agencies> agencies_;
  Task<absl::StatusOr<Facts>> Ask(CallContext& context, std::string agency, std::string family);

  FactsCache cache_;
};

}  // namespace rapport::rpc
