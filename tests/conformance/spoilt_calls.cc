#include "conformance/spoilt_calls.h"

#include "conformance/read_back.h"
#include "conformance/refused_field.h"
#include "platform/base/strings.h"
#include "support/audit_trail.h"

#include <rapport/options/v1/options.pb.h>

#include <gtest/gtest.h>

#include <set>

namespace rapport::conformance {
namespace {

using google::protobuf::Message;
using support::Reply;

constexpr int kInvalidArgument = 3;
constexpr std::size_t kMostDetailBytes = 4'096;

// What a caller may get for a request that is theirs to make: nothing that hides a fault of ours
// and nothing that asks to be repeated for ever.
bool IsDefinite(int code) {
  static const std::set<int> kDefinite = {3, 5, 6, 7, 8, 9, 10, 11};
  return kDefinite.contains(code);
}

// The fields of a Timestamp or Date are not fields of ours: their message is what is right or
// wrong.
bool IsInsideKnownType(const Place& place) {
  return !place.message->GetDescriptor()->full_name().starts_with("rapport.");
}

// Whether `as` may still make such a call: only who may is told what is wrong with it.
bool MayStill(World& world, const std::string& as, const PublicMethod& method,
              const std::string& bytes) {
  const auto request = Parsed(method, bytes);
  const auto* id = method.descriptor->input_type()->FindFieldByName("request_id");
  request->GetReflection()->SetString(request.get(), id, "no request id");
  return world.Call(as, method, *request).code == kInvalidArgument;
}

void ExpectAnswered(const PublicMethod& method, const Place& place, const Spoiling& spoiling,
                    const Reply& reply) {
  EXPECT_LT(reply.details.size() + reply.message.size(), kMostDetailBytes);
  if (spoiling.never_allowed) return ExpectRefusedAt(place.path, method, reply);
  if (reply.ok()) return;
  EXPECT_TRUE(IsDefinite(reply.code)) << reply.Text();
  EXPECT_FALSE(reply.reason().empty()) << reply.Text();
}

// The call, and once more with the present etag where that was all that was wrong.
Reply CallWithPresentEtag(const std::string& as, const PublicMethod& method, Message& request) {
  World& world = World::Get();
  Reply reply = world.Call(as, method, request);
  const std::string present = reply.info("current_etag");
  const auto* etag = request.GetDescriptor()->FindFieldByName("etag");
  if (present.empty() || etag == nullptr) return reply;
  request.GetReflection()->SetString(&request, etag, present);
  return world.Call(as, method, request);
}

}  // namespace

std::unique_ptr<Message> Parsed(const PublicMethod& method, const std::string& bytes) {
  std::unique_ptr<Message> request(google::protobuf::MessageFactory::generated_factory()
                                       ->GetPrototype(method.descriptor->input_type())
                                       ->New());
  request->ParseFromString(bytes);
  if (const auto* id = method.descriptor->input_type()->FindFieldByName("request_id")) {
    request->GetReflection()->SetString(request.get(), id, support::NewUuid());
  }
  return request;
}

std::optional<Sample> RichestSample(World& world, const PublicMethod& method) {
  if (method.policy.effect == options::v1::EFFECT_READ) {
    return Sample{.as = world.CallerOf(method),
                  .method = method.name,
                  .request = world.RequestFor(method)->SerializeAsString()};
  }
  std::optional<Sample> richest;
  for (const Sample& sample : world.samples) {
    if (sample.method != method.name || sample.as == "invitation") continue;
    if (richest && sample.request.size() <= richest->request.size()) continue;
    for (const std::string& as : {sample.as, world.CallerOf(method)}) {
      if (!MayStill(world, as, method, sample.request)) continue;
      richest = sample;
      richest->as = as;
      break;
    }
  }
  return richest;
}

void ForEachSample(options::v1::Effect effect,
                   const std::function<void(const PublicMethod&, const Sample&)>& use) {
  World& world = World::Get();
  for (const PublicMethod& method : world.methods) {
    if (method.descriptor->client_streaming() || method.policy.effect != effect) continue;
    const std::optional<Sample> sample = RichestSample(world, method);
    EXPECT_TRUE(sample.has_value()) << "the story has no example of " << method.name;
    if (sample) use(method, *sample);
  }
}

int ChangesBy(const PublicMethod& method) {
  int changes = 0;
  for (const auto& event :
       support::AuditTrail(World::Get().suite, support::ServiceOf(method.name), "only-auditor",
                           Concat({"method = \"", method.name, "\""}))) {
    // A batch of which nothing was kept leaves the trace of the call alone, which has no action.
    // What was shown, refused and looked for is told of the call, too, and not of anything it
    // changed.
    const std::string& action = event.action();
    const bool nothing =
        action.empty() || action == "disclose" || action == "refuse" || action == "people.find";
    changes += nothing ? 0 : 1;
  }
  return changes;
}

void SpoilAll(const PublicMethod& method, const Sample& sample, bool never_allowed, Tally& tally) {
  const std::size_t count = PlacesOf(*Parsed(method, sample.request)).size();
  for (std::size_t i = 0; i < count; ++i) {
    const auto probe = Parsed(method, sample.request);
    const Place known = PlacesOf(*probe)[i];
    if (IsInsideKnownType(known)) continue;
    for (const Spoiling& spoiling : SpoilingsOf(known)) {
      if (spoiling.never_allowed != never_allowed) continue;
      SCOPED_TRACE(Concat({method.name, " ", known.path, ": ", spoiling.what}));
      const auto request = Parsed(method, sample.request);
      const Place place = PlacesOf(*request)[i];
      spoiling.apply(place);
      const Reply reply = never_allowed ? World::Get().Call(sample.as, method, *request)
                                        : CallWithPresentEtag(sample.as, method, *request);
      ExpectAnswered(method, place, spoiling, reply);
      ++tally.sent;
      ++(reply.ok() && !never_allowed ? tally.accepted : tally.refused);
      if (reply.ok() && !spoiling.text.empty()) {
        tally.read_back += ExpectKept(method, sample.as, place, spoiling.text, reply.body);
      }
    }
  }
}

}  // namespace rapport::conformance
