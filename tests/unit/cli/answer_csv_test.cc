// Any answer as comma-separated values.
#include "cli/answer_csv.h"

#include <gtest/gtest.h>

#include <sstream>

namespace rapport::cli {
namespace {

using Json = nlohmann::json;

std::string CsvOf(const Json& answer) {
  std::ostringstream out;
  WriteAnswerCsv(answer, out);
  return out.str();
}

TEST(AnswerCsv, AListIsARowAnEntryWithAColumnForWhateverAnyOfThemHas) {
  EXPECT_EQ(CsvOf(Json::parse(R"({"ratings": [
              {"name": "families/1/ratings/1", "parts": [{"scores": [{"value": 7.25}]}]},
              {"name": "families/1/ratings/2", "comment": "\"so\", she said"}],
              "next_page_token": "x"})")),
            "name,parts.0.scores.0.value,comment\n"
            "families/1/ratings/1,7.25,\n"
            "families/1/ratings/2,,\"\"\"so\"\", she said\"\n");
}

TEST(AnswerCsv, AnythingElseIsAFieldAndItsValue) {
  EXPECT_EQ(CsvOf(Json::parse(R"({"rating": {"name": "r", "reasons": ["a", "b"], "late": true}})")),
            "field,value\n"
            "rating.late,true\n"
            "rating.name,r\n"
            "rating.reasons.0,a\n"
            "rating.reasons.1,b\n");
}

TEST(AnswerCsv, OfNothingThereIsTheHeader) { EXPECT_EQ(CsvOf(Json::object()), "field,value\n"); }

}  // namespace
}  // namespace rapport::cli
