// What other systems call a resource must be found again as it is read.
#include "platform/schema/external_ids.h"

#include <rapport/type/v1/type.pb.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::schema {
namespace {

using Ids = google::protobuf::RepeatedPtrField<type::v1::ExternalId>;
using testing::HasSubstr;

Ids IdsOf(std::initializer_list<std::string> values) {
  Ids ids;
  for (const std::string& value : values) {
    ids.Add()->set_system("ehr");
    ids.rbegin()->set_value(value);
  }
  return ids;
}

TEST(ExternalIds, AreTakenAsTheyAreWithinOneLine) {
  for (const char* value : {"4711", "a b", "0", "Ä-1 é", "\"'\\"}) {
    EXPECT_EQ(FaultOfExternalValue(value), "") << value;
  }
}

TEST(ExternalIds, HaveNothingAroundThemThatNobodySees) {
  for (const char* value : {"4711 ", " 4711", "4711\u00A0", "\u200B4711", "4711\u3000", " "}) {
    EXPECT_EQ(FaultOfExternalValue(value), "no blanks before or after it") << value;
  }
  for (const char* value : {"47\n11", "4711\n", "47\t11"}) {
    EXPECT_EQ(FaultOfExternalValue(value), "one line, without tabs") << value;
  }
}

TEST(ExternalIds, AreRefusedByTheirPlace) {
  EXPECT_TRUE(CheckExternalIds("session.", IdsOf({"1", "2"})).ok());
  const absl::Status twice = CheckExternalIds("session.", IdsOf({"1", "2", "1"}));
  EXPECT_EQ(ReasonOf(twice), "INVALID_REQUEST");
  EXPECT_THAT(StatusDetails(twice), HasSubstr("session.external_ids[2]"));
  const absl::Status blank = CheckExternalIds("session.", IdsOf({"1", "2 "}));
  EXPECT_EQ(ReasonOf(blank), "INVALID_REQUEST");
  EXPECT_THAT(StatusDetails(blank), HasSubstr("session.external_ids[1].value"));
}

TEST(ExternalIds, OfBeforeStayAsTheyWere) {
  EXPECT_TRUE(CheckExternalIds("session.", IdsOf({"1 ", "2"}), IdsOf({"1 "})).ok());
  EXPECT_FALSE(CheckExternalIds("session.", IdsOf({"1 ", "2 "}), IdsOf({"1 "})).ok());
}

TEST(ExternalIds, AreFoundBySystemAndValue) {
  EXPECT_TRUE(HasExternalId(IdsOf({"1", "2"}), "ehr=2"));
  EXPECT_FALSE(HasExternalId(IdsOf({"1", "2"}), "crm=2"));
}

}  // namespace
}  // namespace rapport::schema
