// Calls of the story made again with one value spoilt.
#pragma once

#include "conformance/spoilings.h"
#include "conformance/world.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace rapport::conformance {

// The message of a call of `method`, with a request id that nobody used, where it has one.
std::unique_ptr<google::protobuf::Message> Parsed(const PublicMethod& method,
                                                  const std::string& bytes);

// The story's request of a method with the most in it, by somebody who may still make it (who was
// on intake may not once the case is open); nothing: there is none. Of a read: as RequestFor fills
// it, by CallerOf.
std::optional<Sample> RichestSample(World& world, const PublicMethod& method);

// `use` of every method with that effect that takes one request, and its sample.
void ForEachSample(options::v1::Effect effect,
                   const std::function<void(const PublicMethod&, const Sample&)>& use);

// How many changes by calls of `method` its service has on record.
int ChangesBy(const PublicMethod& method);

// How many spoilt requests were sent, how many of them got OK, and how many texts that were
// accepted were found again by reading.
struct Tally {
  int sent = 0, refused = 0, accepted = 0, read_back = 0;
};

// Spoils every value of the request of `sample`, one at a time: those that no rule allows, or the
// others. Each answer must be definite, and name the field that is wrong by any rule (in a batch
// whose entries are judged each by itself, the entry's outcome must). A text that
// was accepted must be in the answer, and in what is read afterwards, as it was sent. Where the
// etag is of an older version, the call is repeated with the present one.
void SpoilAll(const PublicMethod& method, const Sample& sample, bool never_allowed, Tally& tally);

}  // namespace rapport::conformance
