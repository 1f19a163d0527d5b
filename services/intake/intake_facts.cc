#include "intake/intake_facts.h"

#include "platform/base/status_macros.h"

namespace rapport::intake {

rpc::FactsSource::Facts IntakeFacts::Peek(std::string_view agency, std::string_view family,
                                          options::v1::Freshness freshness) {
  if (freshness == options::v1::FRESHNESS_NOW) return nullptr;
  return cache_.Find(agency, family);
}

Task<> IntakeFacts::Changed(std::string agency, std::string family, std::int64_t sequence) {
  cache_.Changed(agency, family, sequence);
  co_return;
}

Task<absl::StatusOr<rpc::FactsSource::Facts>> IntakeFacts::ReadRows(CallContext& context,
                                                                    std::string agency,
                                                                    std::string family) {
  AccessFacts facts;
  const absl::Status read = co_await deps_.db.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(facts,
                     FactsOf(tx, store_, agency, family, deps_.ids, deps_.clock.NowMicros()));
    return absl::OkStatus();
  });
  if (absl::IsNotFound(read)) co_return Facts();
  if (!read.ok()) co_return read;
  co_return std::make_shared<const AccessFacts>(std::move(facts));
}

Task<absl::StatusOr<rpc::FactsSource::Facts>> IntakeFacts::Load(CallContext& context,
                                                                std::string agency,
                                                                std::string family,
                                                                options::v1::Freshness freshness) {
  if (freshness == options::v1::FRESHNESS_NOW) {
    co_return co_await ReadRows(context, std::move(agency), std::move(family));
  }
  const auto read = [&](CallContext& call) { return ReadRows(call, agency, family); };
  co_return co_await cache_.GetOrLoad(context, agency, family, read);
}

}  // namespace rapport::intake
