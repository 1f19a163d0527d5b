// Policies: what a right one becomes, and that each wrong one is refused by name.
#include "platform/schema/method_table.h"

#include "platform/base/limits.h"
#include "platform/base/strings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unit/schema/probe.pb.h>

namespace rapport::schema {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<MethodPolicy> Policy(const char* service, const char* method) {
  const auto* file = probe::v1::Thing::descriptor()->file();
  return PolicyOf(file->FindServiceByName(service)->FindMethodByName(method));
}

TEST(PolicyTest, ARightPolicyIsReadWhole) {
  const auto policy = Policy("ProbeService", "GetThing");
  ASSERT_TRUE(policy.ok()) << policy.status();
  ASSERT_EQ(policy->grants.size(), 2u);
  EXPECT_EQ(policy->grants[0].role(), options::v1::ROLE_CLINICIAN);
  EXPECT_EQ(policy->grants[1].relation(), options::v1::RELATION_SELF);
  EXPECT_EQ(policy->family, "name");
  EXPECT_EQ(policy->effect, options::v1::EFFECT_READ);
  EXPECT_EQ(policy->deadline, std::chrono::milliseconds(1'500));
  EXPECT_EQ(policy->freshness, options::v1::FRESHNESS_STALE_OK);
  EXPECT_TRUE(policy->discloses);
  EXPECT_EQ(policy->priority, options::v1::PRIORITY_READ);
  EXPECT_TRUE(policy->AllowsPeer("goals"));
  EXPECT_FALSE(policy->AllowsPeer("alliance"));
  EXPECT_FALSE(policy->AllowsPeer(""));
  EXPECT_FALSE(policy->internal || policy->open || policy->has_request_id);
  EXPECT_EQ(policy->max_request_bytes, limits::kRequestBytes);
  EXPECT_EQ(policy->consent, 0);
}

TEST(PolicyTest, AWriteKnowsItsRequestId) {
  const auto policy = Policy("ProbeService", "UpdateThing");
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_TRUE(policy->has_request_id);
  EXPECT_EQ(policy->max_request_bytes, 2'048u);
  EXPECT_EQ(policy->consent, 3);

  probe::v1::UpdateThingRequest request;
  EXPECT_EQ(policy->family_path.Get(request), "");
  request.set_request_id("r");
  request.mutable_thing()->set_name("n");
  EXPECT_EQ(policy->request_id_path.Get(request), "r");
  EXPECT_EQ(policy->family_path.Get(request), "n");
  EXPECT_EQ(policy->self_path.Get(request), "n");
  EXPECT_EQ(&policy->self_path.Get(request), &request.thing().name()) << "no copy";
}

TEST(PolicyTest, StreamedAndInternalWritesNeedNoRequestId) {
  for (const char* method : {"StreamThings", "InnerThing"}) {
    const auto policy = Policy("ProbeService", method);
    ASSERT_TRUE(policy.ok()) << policy.status();
    EXPECT_FALSE(policy->has_request_id);
  }
  EXPECT_TRUE(Policy("ProbeService", "OpenThing")->open);
  EXPECT_TRUE(Policy("ProbeService", "InnerThing")->internal);
}

TEST(PolicyTest, EachWrongPolicyIsRefusedAndSaysWhy) {
  const std::pair<const char*, const char*> cases[] = {
      {"NoPolicy", "has no policy"},
      {"NoGrants", "must have grants, or be `internal`, or be `open`"},
      {"HalfGrant", "has a grant without role or relation"},
      {"GrantsAndInternal", "and only one of these"},
      {"InternalWithoutPeers", "is `internal` without peers"},
      {"RelationWithoutFamily", "has a grant by a relation to a family, but no `family`"},
      {"NoDeadline", "has no deadline"},
      {"NoEffect", "has no effect"},
      {"NoPriority", "has no priority"},
      {"NoFreshness", "has no freshness"},
      {"FamilyNowhere", "`family`: no field `thing.name`"},
      {"FamilyNotText", "`family`: `number` is no single string"},
      {"SelfWithoutFamily", "has `self`, but no `family`"},
      {"WriteWithoutRequestId", "is an EFFECT_WRITE without `request_id`"},
      {"ReadWithRequestId", "has a `request_id`, but is no EFFECT_WRITE"},
      {"TooManyBytes", "has a `max_request_bytes` that the transport does not carry"},
      {"ConsentWithoutFamily", "has `consent`, but no `family`"},
  };
  const auto* service = probe::v1::Thing::descriptor()->file()->FindServiceByName("WrongService");
  EXPECT_EQ(service->method_count(), static_cast<int>(std::size(cases)));
  for (const auto& [method, why] : cases) {
    const auto policy = Policy("WrongService", method);
    ASSERT_FALSE(policy.ok()) << method;
    EXPECT_EQ(policy.status().code(), absl::StatusCode::kFailedPrecondition);
    const std::string message(policy.status().message());
    EXPECT_THAT(message, HasSubstr(why));
    EXPECT_THAT(message, HasSubstr(std::string("rapport.probe.v1.WrongService.") + method));
  }
}

TEST(FieldPathTest, LeadsToOneStringOrIsRefused) {
  const auto* type = probe::v1::UpdateThingRequest::descriptor();
  for (const char* good : {"etag", "thing.title", "thing.inner.words"}) {
    EXPECT_TRUE(FieldPath::Compile(type, good).ok()) << good;
  }
  for (const char* bad :
       {"", ".", "thing", "thing.", ".thing", "nothing", "thing.score", "thing.blob", "thing.tags",
        "thing.inners.words", "etag.x", "thing..title", "thing.labels.key"}) {
    EXPECT_FALSE(FieldPath::Compile(type, bad).ok()) << bad;
  }
  EXPECT_EQ(FieldPath().Get(probe::v1::Thing()), "");
}

}  // namespace
}  // namespace rapport::schema
