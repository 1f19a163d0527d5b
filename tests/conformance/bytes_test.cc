// Requests as bytes: what is not the message, what is not text, what nobody knows yet; the same for
// every method of every service.
#include "conformance/world.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rapport::conformance {
namespace {

using google::protobuf::FieldDescriptor;
using support::Reply;

constexpr int kInvalidArgument = 3;

TEST(Bytes, BytesThatAreNotTheMessageAreMalformed) {
  const std::string kEndless = "\x0a\xff\xff\xff\xff\x07";  // a length of 2^31 - 1
  const std::string kDeep = std::string(150, '\x0b') + std::string(150, '\x0c');
  for (const PublicMethod& method : World::Get().methods) {
    // A tag of no wire type, a length without its bytes, a group that never ends, groups in groups.
    for (const std::string& bytes : std::vector<std::string>{"\xff\xff\xff",
                                                             "\x0a\x7f"
                                                             "abc",
                                                             "\x0b\x0b\x0b", kEndless, kDeep}) {
      const Reply reply = World::Get().SendBytes(method, bytes);
      EXPECT_EQ(reply.code, kInvalidArgument) << method.name << " " << reply.Text();
      EXPECT_EQ(reply.reason(), "MALFORMED_REQUEST") << method.name << " " << reply.Text();
    }
  }
}

// No string can be these bytes: a surrogate, an overlong slash, a half letter.
TEST(Bytes, TextThatIsNotUtf8IsMalformed) {
  World& world = World::Get();
  int refused = 0;
  for (const PublicMethod& method : world.methods) {
    if (method.descriptor->client_streaming()) continue;
    const std::size_t count = PlacesOf(*world.RequestFor(method)).size();
    for (std::size_t i = 0; i < count; ++i) {
      const auto request = world.RequestFor(method);
      const Place place = PlacesOf(*request)[i];
      if (place.field->type() != FieldDescriptor::TYPE_STRING || place.field->is_repeated())
        continue;
      const std::string kMark = "@mark@";
      place.message->GetReflection()->SetString(place.message, place.field, kMark);
      const std::string right = request->SerializeAsString();
      for (const char* wrong : {"ab\xed\xa0\x80"
                                "c",
                                "abcd\xc0\xaf", "abcde\xf0"}) {
        std::string bytes = right;
        bytes.replace(bytes.find(kMark), kMark.size(), wrong);
        const Reply reply = World::Get().SendBytes(method, bytes);
        EXPECT_EQ(reply.code, kInvalidArgument) << method.name << " " << reply.Text();
        EXPECT_EQ(reply.reason(), "MALFORMED_REQUEST") << place.path << " " << reply.Text();
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 500);
}

// A client of tomorrow may send fields that are not known here, and one of a mistaken type is such
// a field too: the answer is as without it.
TEST(Bytes, FieldsThatNobodyKnowsAreIgnored) {
  World& world = World::Get();
  for (const PublicMethod& method : world.methods) {
    if (method.policy.effect != options::v1::EFFECT_READ || method.descriptor->server_streaming())
      continue;
    const std::string bytes = world.RequestFor(method)->SerializeAsString();
    const Reply known = World::Get().SendBytes(method, bytes);
    const std::string kTomorrow =
        "\xc2\xbb\x01\x03"
        "new";  // 3000: a text
    // No method's first field is of eight bytes.
    const int first = method.descriptor->input_type()->field(0)->number();
    const std::string kMistaken = static_cast<char>(first << 3 | 1) + std::string("12345678");
    const Reply more = World::Get().SendBytes(method, bytes + kTomorrow + kMistaken);
    EXPECT_EQ(known.code, more.code) << method.name << " " << more.Text();
    EXPECT_EQ(known.reason(), more.reason()) << method.name;
    EXPECT_EQ(known.body.empty(), more.body.empty()) << method.name;
    EXPECT_NE(more.reason(), "MALFORMED_REQUEST") << method.name;
  }
}

}  // namespace
}  // namespace rapport::conformance
