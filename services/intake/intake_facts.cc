#include "intake/intake_facts.h"

#include "platform/base/status_macros.h"

namespace rapport::intake {

rpc::FactsSource::Facts IntakeFacts::Peek(std::string_view agency, std::string_view family,
                                          options::v1::Freshness freshness) {
  if (freshness == options::v1::FRESHNESS_NOW) return nullptr;
  return memory_.Find(agency, family, limits::kFactsFresh);
}

Task<absl::StatusOr<rpc::FactsSource::Facts>> IntakeFacts::Load(CallContext& context,
                                                                std::string agency,
                                                                std::string family,
                                                                options::v1::Freshness) {
  AccessFacts facts;
  const absl::Status read = co_await db_.Read(context, [&](db::Tx& tx) -> absl::Status {
    ASSIGN_OR_RETURN(facts, FactsOf(tx, store_, agency, family, ids_));
    return absl::OkStatus();
  });
  if (absl::IsNotFound(read)) co_return Facts();
  if (!read.ok()) co_return read;
  auto shared = std::make_shared<const AccessFacts>(std::move(facts));
  memory_.Put(agency, shared);
  co_return shared;
}

}  // namespace rapport::intake
