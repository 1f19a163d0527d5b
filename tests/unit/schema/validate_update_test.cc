// Validation of Update requests: what a mask demands and which masks there are; etags; what it
// costs.
#include "platform/schema/validate.h"

#include "support/cpu_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unit/schema/probe.pb.h>

#include <algorithm>
#include <string>
#include <vector>

namespace rapport::schema {
namespace {

using namespace std::string_literals;
using probe::v1::UpdateThingRequest;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kHex[] = "0123456789abcdef0123456789abcdef";

std::vector<std::string> Faults(const google::protobuf::Message& message) {
  std::vector<std::string> faults;
  for (const FieldViolation& violation : Validate(message)) {
    faults.push_back(violation.field + ": " + violation.description);
  }
  return faults;
}

UpdateThingRequest GoodUpdate(const std::vector<std::string>& mask) {
  UpdateThingRequest request;
  request.set_request_id("123e4567-e89b-12d3-a456-426614174000");
  request.set_etag("\"abcdefghij_-\"");
  request.mutable_thing()->set_name("professionals/"s + kHex);
  request.mutable_update_mask();
  for (const std::string& path : mask) request.mutable_update_mask()->add_paths(path);
  return request;
}

TEST(ValidateUpdateTest, OnlyWhatAnUpdateMasksCanBeMissing) {
  const std::pair<std::vector<std::string>, std::vector<std::string>> cases[] = {
      {{"plain"}, {}},
      {{}, {}},
      {{"title"}, {"thing.title: is required"}},
      {{"title", "needed_color"}, {"thing.title: is required", "thing.needed_color: is required"}},
      {{"needed_inner"}, {"thing.needed_inner: is required"}},
      {{"needed_inner.level"}, {}},
      {{"*"},
       {"thing.title: is required", "thing.needed_color: is required", "thing.big: is required",
        "thing.needed_inner: is required", "thing.tags: is required"}},
  };
  for (const auto& [mask, faults] : cases) EXPECT_EQ(Faults(GoodUpdate(mask)), faults);
}

TEST(ValidateUpdateTest, InsideAMaskedMessageEverythingCanBeMissing) {
  auto request = GoodUpdate({"inner"});
  request.mutable_thing()->mutable_inner();
  EXPECT_THAT(Faults(request), ElementsAre("thing.inner.words: is required"));
  request = GoodUpdate({"inner.level"});
  request.mutable_thing()->mutable_inner();
  EXPECT_THAT(Faults(request), IsEmpty());
  request = GoodUpdate({"inners"});
  request.mutable_thing()->add_inners();
  EXPECT_THAT(Faults(request), ElementsAre("thing.inners[0].words: is required"));
}

TEST(ValidateUpdateTest, OtherRulesHoldWhateverTheMask) {
  auto request = GoodUpdate({"plain"});
  request.mutable_thing()->set_title("much too long");
  request.mutable_thing()->set_ratio(7);
  EXPECT_THAT(Faults(request), ElementsAre("thing.title: must have at most 8 characters",
                                           "thing.ratio: must be between -0.5 and 0.5"));
}

TEST(ValidateUpdateTest, AnUpdateNeedsItsResourceAndItsMask) {
  auto request = GoodUpdate({"plain"});
  request.clear_thing();
  request.clear_update_mask();
  EXPECT_THAT(Faults(request), ElementsAre("thing: is required", "update_mask: is required"));
}

TEST(ValidateUpdateTest, MasksNameFieldsThatClientsMaySet) {
  const std::string none = ": names no field of the resource";
  const std::string not_allowed = ": names a field that can't be updated";
  const std::pair<std::string, std::string> cases[] = {
      {"title", ""},          {"inner.level", ""},
      {"inners", ""},         {"labels", ""},
      {"nothing", none},      {"", none},
      {"title.x", none},      {"inner.", none},
      {".inner", none},       {"inner..level", none},
      {"inners.words", none}, {"labels.key", none},
      {"Title", none},        {"made", not_allowed},
      {"name", not_allowed},  {"inner.made", not_allowed},
  };
  for (const auto& [path, fault] : cases) {
    auto request = GoodUpdate({"plain", path});
    request.mutable_thing()->set_title("t");
    const auto found = Validate(request);
    if (fault.empty()) {
      EXPECT_THAT(found, IsEmpty()) << path;
      continue;
    }
    ASSERT_EQ(found.size(), 1u) << path;
    EXPECT_EQ(found[0].field + ": " + found[0].description, "update_mask.paths[1]" + fault) << path;
    EXPECT_EQ(ReasonOf(InvalidFields(found)), "UPDATE_MASK_INVALID");
  }
  auto starred = GoodUpdate({"*", "plain"});
  EXPECT_THAT(Faults(starred), ::testing::Contains("update_mask.paths[0]" + none));
}

TEST(ValidateUpdateTest, AMissingEtagHasItsOwnReason) {
  auto request = GoodUpdate({"plain"});
  request.clear_etag();
  EXPECT_THAT(Faults(request), ElementsAre("etag: is required"));
  EXPECT_EQ(ReasonOf(InvalidFields(Validate(request))), "ETAG_REQUIRED");
  request.clear_request_id();
  EXPECT_EQ(ReasonOf(InvalidFields(Validate(request))), "INVALID_REQUEST");
}

TEST(ValidateUpdateTest, EtagsAreAsAnswersGaveThem) {
  for (const char* good : {"abcdefghij_-", "\"ABCDEF012345\""}) {
    auto request = GoodUpdate({"plain"});
    request.set_etag(good);
    EXPECT_THAT(Faults(request), IsEmpty()) << good;
  }
  for (const char* bad :
       {"*", "\"\"", "W/\"abcdefghij_-\"", "\"abcdefghij_-", "abcdefghij_+", "abcdefghij_", "7"}) {
    auto request = GoodUpdate({"plain"});
    request.set_etag(bad);
    EXPECT_THAT(Faults(request), ElementsAre("etag: must be an etag as an answer gave it")) << bad;
    EXPECT_EQ(ReasonOf(InvalidFields(Validate(request))), "INVALID_REQUEST");
  }
}

TEST(ValidateUpdateTest, AWrongRequestIdIsNamed) {
  auto request = GoodUpdate({"plain"});
  request.set_request_id("1");
  EXPECT_THAT(Faults(request), ElementsAre("request_id: must be a UUID: 8-4-4-4-12 hex digits"));
}

// What a call pays for validation. Prints the figure; the bound is the promise of validate.h.
TEST(ValidateUpdateTest, ASmallRequestCostsLessThanAMicrosecond) {
  auto request = GoodUpdate({"title", "plain", "score"});
  request.mutable_thing()->set_title("short");
  request.mutable_thing()->set_plain("The kettle, the cat and the long way home.");
  request.mutable_thing()->set_score(3);
  probe::v1::GetThingRequest get;
  get.set_name("families/"s + kHex);
  std::size_t wrong = 0;
  const auto best = [&](const google::protobuf::Message& message) {
    double lowest = 1e9;
    for (int round = 0; round < 20; ++round) {
      lowest = std::min(lowest, support::CpuNanoseconds(2'000, [&](std::size_t) {
                          wrong += Validate(message).size();
                        }));
    }
    return lowest;
  };
  const double of_get = best(get), of_update = best(request);
  std::printf("validate: a Get request %.0f ns, an Update request with 8 fields %.0f ns\n", of_get,
              of_update);
  EXPECT_EQ(wrong, 0u);
  if (!support::kSanitized) EXPECT_LT(of_get, 1'000);
}

}  // namespace
}  // namespace rapport::schema
