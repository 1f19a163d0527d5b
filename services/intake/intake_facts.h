// IntakeFacts: access facts from intake's own rows, with young copies in front. They end with every
// commit that wrote one of the family's records, or may have (Records::Follow), whoever made it.
#pragma once

#include "intake/intake_store.h"
#include "platform/records/service_deps.h"
#include "platform/rpc/facts_cache.h"
#include "platform/rpc/facts_source.h"

namespace rapport::intake {

// The facts of one family as of domain time `now_us`, inside a read.
absl::StatusOr<AccessFacts> FactsOf(db::Tx& tx, const IntakeStore& store, std::string_view agency,
                                    std::string_view family, const schema::IdCodec& ids,
                                    std::int64_t now_us);

class IntakeFacts final : public rpc::FactsSource {
 public:
  IntakeFacts(const records::ServiceDeps& deps, rpc::FactsCache& cache, RulesOf rules = {})
      : deps_(deps), store_(deps.records, std::move(rules)), cache_(cache) {
    deps.records.Follow([this](std::string agency, std::string family, std::int64_t sequence) {
      return Changed(std::move(agency), std::move(family), sequence);
    });
  }

  Facts Peek(std::string_view agency, std::string_view family,
             options::v1::Freshness freshness) override;
  Task<absl::StatusOr<Facts>> Load(CallContext& context, std::string agency, std::string family,
                                   options::v1::Freshness freshness) override;
  void Forget(std::string_view agency, std::string_view family) override {
    cache_.Forget(agency, family);
  }

 private:
  Task<> Changed(std::string agency, std::string family, std::int64_t sequence);
  Task<absl::StatusOr<Facts>> ReadRows(CallContext& context, std::string agency,
                                       std::string family);

  const records::ServiceDeps deps_;
  const IntakeStore store_;
  rpc::FactsCache& cache_;
};

}  // namespace rapport::intake
