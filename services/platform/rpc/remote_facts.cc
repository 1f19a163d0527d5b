#include "platform/rpc/remote_facts.h"

#include "platform/rpc/facts_codec.h"
#include "platform/runtime/telemetry/metrics.h"
#include "platform/schema/errors.h"

#include <algorithm>

namespace rapport::rpc {
namespace {

constexpr std::string_view kGetAccessFacts = "rapport.internal.v1.AccessService/GetAccessFacts";
// Intake answers in well under a millisecond; who waits longer than this waits for nothing.
constexpr std::chrono::milliseconds kLongest{1'000};

}  // namespace

FactsSource::Facts RemoteFacts::Peek(std::string_view agency, std::string_view family,
                                     options::v1::Freshness freshness) {
  if (freshness == options::v1::FRESHNESS_NOW) return nullptr;
  return cache_.Find(agency, family);
}

Task<absl::StatusOr<FactsSource::Facts>> RemoteFacts::Ask(CallContext& context, std::string agency,
                                                          std::string family) {
  internal::v1::GetAccessFactsRequest request;
  request.set_agency(agency);
  request.set_family(family);
  auto answer = co_await intake_->Call<internal::v1::GetAccessFactsResponse>(
      context, kGetAccessFacts, request, kLongest);
  if (absl::IsNotFound(answer.status())) co_return Facts();
  if (!answer.ok()) co_return answer.status();
  co_return std::make_shared<const AccessFacts>(FromMessage(answer->facts()));
}

Task<absl::StatusOr<FactsSource::Facts>> RemoteFacts::Load(CallContext& context, std::string agency,
                                                           std::string family,
                                                           options::v1::Freshness freshness) {
  absl::StatusOr<Facts> facts;
  if (freshness == options::v1::FRESHNESS_NOW) {
    facts = co_await Ask(context, agency, family);
  } else {
    const auto ask = [&](CallContext& call) { return Ask(call, agency, family); };
    facts = co_await cache_.GetOrLoad(context, agency, family, ask);
  }
  if (facts.ok()) co_return facts;
  if (freshness == options::v1::FRESHNESS_STALE_OK) {
    const crypto::Agency* settings = agencies_->Find(agency);
    const auto stale = settings == nullptr ? std::chrono::seconds(0)
                                           : std::min<std::chrono::seconds>(settings->stale_facts,
                                                                            limits::kFactsStale);
    const Facts known = co_await cache_.FindStale(agency, family);
    if (known && RealMicros() - known->taken_us <= std::chrono::microseconds(stale).count()) {
      telemetry::Count(telemetry::Metric::kFactsStaleServed);
      co_return known;
    }
  }
  if (context.Expired()) co_return facts.status();
  co_return schema::Refused(schema::reasons::kDependencyUnavailable);
}

}  // namespace rapport::rpc
