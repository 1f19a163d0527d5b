// Field masks: what an update changes, clears and leaves alone.
#include "platform/schema/field_mask.h"

#include "platform/base/strings.h"
#include "platform/schema/errors.h"

#include <google/protobuf/text_format.h>
#include <google/rpc/error_details.pb.h>
#include <gtest/gtest.h>
#include <unit/schema/probe.pb.h>

#include <string>
#include <vector>

namespace rapport::schema {
namespace {

using probe::v1::Thing;

Thing Parse(const std::string& text) {
  Thing thing;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &thing)) << text;
  return thing;
}

google::protobuf::FieldMask Mask(const std::vector<std::string>& paths) {
  google::protobuf::FieldMask mask;
  for (const std::string& path : paths) mask.add_paths(path);
  return mask;
}

struct Case {
  const char* name;
  std::vector<std::string> mask;
  const char* stored;
  const char* update;
  const char* result;
};

const Case kCases[] = {
    {"one field", {"title"}, "title:'a' plain:'p'", "title:'b' plain:'q'", "title:'b' plain:'p'"},
    {"clears what is masked and absent",
     {"title", "score"},
     "title:'a' score:3 plain:'p'",
     "",
     "plain:'p'"},
    {"a number may become 0", {"score"}, "score:3", "score:0", "score:0"},
    {"lists are replaced", {"tags"}, "tags:['a','b']", "tags:'c'", "tags:'c'"},
    {"lists are emptied", {"tags"}, "tags:['a','b']", "", ""},
    {"maps are replaced",
     {"notes"},
     "notes{key:'a' value:'1'}",
     "notes{key:'b' value:'2'}",
     "notes{key:'b' value:'2'}"},
    {"inside a message",
     {"inner.level"},
     "inner{words:'w' level:1}",
     "inner{words:'x' level:2}",
     "inner{words:'w' level:2}"},
    {"inside a message that was absent",
     {"inner.level"},
     "",
     "inner{words:'x' level:2}",
     "inner{level:2}"},
    {"inside a message that is absent",
     {"inner.level"},
     "inner{words:'w' level:1}",
     "",
     "inner{words:'w'}"},
    {"inside a message that nobody has", {"inner.level"}, "title:'a'", "", "title:'a'"},
    {"a message is replaced",
     {"inner"},
     "inner{words:'w' level:1}",
     "inner{words:'x'}",
     "inner{words:'x'}"},
    {"a message is cleared", {"inner"}, "inner{words:'w'}", "", ""},
    {"a message becomes empty", {"inner"}, "inner{words:'w'}", "inner{}", "inner{}"},
    {"what the server made inside stays",
     {"inner"},
     "inner{words:'w' made:'m'}",
     "inner{words:'x' made:'forged'}",
     "inner{words:'x' made:'m'}"},
    {"also when the message is cleared",
     {"inner"},
     "inner{words:'w' made:'m'}",
     "",
     "inner{made:'m'}"},
    {"a choice", {"word"}, "piece{level:1}", "word:'a'", "word:'a'"},
    {"the other side of a choice",
     {"word", "piece"},
     "word:'a'",
     "piece{level:1}",
     "piece{level:1}"},
    {"no mask: what is filled in",
     {},
     "title:'a' plain:'p' tags:'t'",
     "title:'b' score:2",
     "title:'b' plain:'p' tags:'t' score:2"},
    {"no mask: never what the server sets",
     {},
     "name:'n' made:'m'",
     "name:'o' made:'x' title:'b'",
     "name:'n' made:'m' title:'b'"},
    {"star: everything",
     {"*"},
     "title:'a' plain:'p' tags:'t' inner{words:'w'}",
     "title:'b'",
     "title:'b'"},
    {"star: never what the server sets",
     {"*"},
     "name:'n' made:'m' inner{made:'i' level:1}",
     "name:'o' made:'x'",
     "name:'n' made:'m' inner{made:'i'}"},
    {"a path twice", {"title", "title"}, "title:'a'", "title:'b'", "title:'b'"},
    {"a path inside another",
     {"inner.level", "inner"},
     "inner{words:'w' level:1}",
     "inner{words:'x' level:2}",
     "inner{words:'x' level:2}"},
};

TEST(ApplyUpdateTest, ChangesWhatTheMaskSays) {
  for (const Case& c : kCases) {
    Thing stored = Parse(c.stored);
    const Thing update = Parse(c.update);
    const absl::Status status = ApplyUpdate(update, Mask(c.mask), &stored);
    EXPECT_TRUE(status.ok()) << c.name << ": " << status;
    EXPECT_EQ(stored.DebugString(), Parse(c.result).DebugString()) << c.name;
    EXPECT_EQ(update.DebugString(), Parse(c.update).DebugString()) << c.name << ": input untouched";
  }
}

TEST(ApplyUpdateTest, AWrongMaskChangesNothingAndNamesEachWrongPath) {
  Thing stored = Parse("title:'a'");
  const absl::Status status =
      ApplyUpdate(Parse("title:'b'"), Mask({"title", "made", "nothing", "*"}), &stored);
  EXPECT_EQ(stored.DebugString(), Parse("title:'a'").DebugString());
  EXPECT_EQ(status, InvalidFields({{"update_mask.paths[1]", "names a field that can't be updated"},
                                   {"update_mask.paths[2]", "names no field of the resource"},
                                   {"update_mask.paths[3]", "names no field of the resource"}},
                                  "UPDATE_MASK_INVALID"));
}

TEST(MaskCoversTest, APathAndWhatLiesInIt) {
  const auto mask = Mask({"inner", "title", "needed_inner.level"});
  for (const char* covered :
       {"inner", "inner.words", "inner.deeper.words", "title", "needed_inner.level"}) {
    EXPECT_TRUE(MaskCovers(mask, covered)) << covered;
  }
  for (const char* other : {"inners", "needed_inner", "needed_inner.words", "titl", "titles", ""}) {
    EXPECT_FALSE(MaskCovers(mask, other)) << other;
  }
  EXPECT_TRUE(MaskCovers(Mask({"*"}), "anything.at.all"));
  EXPECT_FALSE(MaskCovers(Mask({}), "title"));
}

}  // namespace
}  // namespace rapport::schema
