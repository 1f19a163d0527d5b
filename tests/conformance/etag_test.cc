// A change names the version it rests on. Whoever rests on another is told which one is the present
// one, and nothing happens.
#include "conformance/spoilt_calls.h"
#include "platform/base/strings.h"

#include <rapport/options/v1/options.pb.h>

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace rapport::conformance {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using support::Reply;

constexpr int kFailedPrecondition = 9, kAborted = 10;

// `use` of every write that names a version, its sample and the field.
template <typename Use>
void ForEachVersioned(Use&& use) {
  ForEachSample(options::v1::EFFECT_WRITE, [&](const PublicMethod& method, const Sample& sample) {
    const FieldDescriptor* field = method.descriptor->input_type()->FindFieldByName("etag");
    if (field == nullptr) return;
    const auto request = Parsed(method, sample.request);
    if (request->GetReflection()->GetString(*request, field).empty()) return;
    use(method, sample, field);
  });
}

// Refused for the version; or for what became of the resource, which comes first where it ended.
// The present etag, if that is told.
std::string ExpectRefused(const PublicMethod& method, const Sample& sample,
                          const Message& request) {
  const int before = ChangesBy(method);
  const Reply reply = World::Get().Call(sample.as, method, request);
  EXPECT_TRUE(reply.code == kAborted || reply.code == kFailedPrecondition)
      << method.name << " " << reply.Text();
  EXPECT_EQ(ChangesBy(method), before) << method.name;
  if (reply.code != kAborted) return {};
  EXPECT_EQ(reply.reason(), "ETAG_MISMATCH") << method.name;
  EXPECT_FALSE(reply.info("current_etag").empty()) << method.name << " " << reply.Text();
  return reply.info("current_etag");
}

// Each of the story's requests was accepted and made a new version, which others may have followed.
TEST(Etag, OfAnOlderVersionOrAnotherResourceIsAborted) {
  std::map<std::string, std::string> present;  // by method
  int tried = 0;
  ForEachVersioned([&](const PublicMethod& method, const Sample& sample, const FieldDescriptor*) {
    const std::string etag = ExpectRefused(method, sample, *Parsed(method, sample.request));
    if (!etag.empty()) present[method.name] = etag;
    ++tried;
  });
  EXPECT_GT(tried, 30);
  EXPECT_GT(present.size(), 15u);
  ForEachVersioned(
      [&](const PublicMethod& method, const Sample& sample, const FieldDescriptor* field) {
        const std::string& own = present[method.name];
        for (const auto& [other, etag] : present) {
          if (etag.empty() || etag == own || own.empty()) continue;
          const auto request = Parsed(method, sample.request);
          request->GetReflection()->SetString(request.get(), field, etag);
          EXPECT_EQ(ExpectRefused(method, sample, *request), own) << method.name;
          return;
        }
      });
}

}  // namespace
}  // namespace rapport::conformance
