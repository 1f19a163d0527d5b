// A concern that could not be passed on is not lost, and nobody is told that it was heard.
#include "cli/concerns.h"

#include "platform/schema/error_metadata.h"
#include "platform/schema/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
namespace v1 = alliance::v1;

class ConcernsA13 : public testing::Test {
 protected:
  absl::Status Send(const v1::ReportConcernRequest& request, v1::ReportConcernResponse* answer) {
    ids_.push_back(request.request_id());
    if (down_) return absl::UnavailableError("nothing answers");
    heard_.push_back(v1::ConcernKind_Name(request.concern().kind()) + request.concern().words());
    answer->set_notice("Your therapist is told.");
    answer->set_emergency_contacts("Call 112.");
    return absl::OkStatus();
  }

  bool down_ = true;
  std::chrono::steady_clock::time_point now_;
  std::vector<std::string> ids_, heard_;
  Concerns concerns_{v1::ReportConcernRequest(), "555-0100",
                     [this](const auto& request, auto* answer) { return Send(request, answer); },
                     [this] { return now_; }};
};

TEST_F(ConcernsA13, WhatGetsThroughIsAnsweredAndNothingWaits) {
  down_ = false;
  EXPECT_EQ(concerns_.Report(v1::CONCERN_KIND_NOT_SAFE, ""), "Your therapist is told.\nCall 112.");
  EXPECT_FALSE(concerns_.waiting());
  EXPECT_THAT(concerns_.Unheard(), IsEmpty());
}

TEST_F(ConcernsA13, WhatDoesNotIsSaidWithWhomToCallAndTriedAgainAsTheSameRequest) {
  EXPECT_THAT(concerns_.Report(v1::CONCERN_KIND_NOT_SAFE, ""), HasSubstr("call: 555-0100"));
  concerns_.Report(v1::CONCERN_KIND_NOT_SAFE, "please help");
  EXPECT_TRUE(concerns_.waiting());
  EXPECT_THAT(concerns_.AgainInAWhile(), IsEmpty()) << "that was a moment ago";
  EXPECT_EQ(ids_.size(), 2u);
  now_ += std::chrono::seconds(10);
  EXPECT_THAT(concerns_.AgainInAWhile(), IsEmpty()) << "still down: nothing is new";
  EXPECT_TRUE(concerns_.waiting());
  down_ = false;
  now_ += std::chrono::seconds(10);
  EXPECT_THAT(concerns_.AgainInAWhile(), HasSubstr("has been now"));
  EXPECT_THAT(heard_, ElementsAre("CONCERN_KIND_NOT_SAFE", "CONCERN_KIND_NOT_SAFEplease help"));
  EXPECT_EQ(ids_[0], ids_[3]) << "sent again it is the same report";
  EXPECT_FALSE(concerns_.waiting());
  EXPECT_THAT(concerns_.Again(), IsEmpty());
}

TEST_F(ConcernsA13, TheFormCarriesTheGravestAndEveryWord) {
  concerns_.Report(v1::CONCERN_KIND_NOT_SAFE, "");
  concerns_.Report(v1::CONCERN_KIND_NOT_SAFE, "please help");
  concerns_.Report(v1::CONCERN_KIND_TALK_TO_ME_SOON, "soon");
  const v1::Concern carried = concerns_.Waiting();
  EXPECT_EQ(carried.kind(), v1::CONCERN_KIND_NOT_SAFE);
  EXPECT_EQ(carried.words(), "please help\nsoon");
  EXPECT_THAT(concerns_.Carried(absl::OkStatus()), HasSubstr("has been now"));
  EXPECT_THAT(concerns_.Unheard(), IsEmpty());
  EXPECT_THAT(concerns_.Carried(absl::OkStatus()), IsEmpty()) << "nothing waited";
}

TEST_F(ConcernsA13, AFormThatIsRefusedCarriesItWhereTheRefusalSaysThatItStands) {
  concerns_.Report(v1::CONCERN_KIND_NOT_SAFE, "");
  for (const absl::Status& unknown :
       {schema::NotFound(), absl::DeadlineExceededError("nothing came back")}) {
    EXPECT_THAT(concerns_.Carried(unknown), IsEmpty());
    EXPECT_TRUE(concerns_.waiting()) << unknown;
  }
  const absl::Status kept =
      schema::WithMetadata(absl::InternalError("disk"), schema::kConcern, schema::kKept);
  const absl::Status shown = schema::ForClient(kept);
  EXPECT_THAT(
      concerns_.Carried(schema::FromDetails(shown.code(), "", schema::StatusDetails(shown))),
      HasSubstr("call: 555-0100"));
  EXPECT_FALSE(concerns_.waiting());
  EXPECT_THAT(concerns_.Unheard(), IsEmpty());
}

TEST_F(ConcernsA13, MoreWordsThanAConcernMayHaveStillCarryIt) {
  std::string words;
  while (words.size() < 2000) words += "ä";
  concerns_.Report(v1::CONCERN_KIND_NOT_SAFE, words);
  concerns_.Report(v1::CONCERN_KIND_NOT_SAFE, words);
  EXPECT_EQ(concerns_.Waiting().words(), words.substr(0, 1000));
}

TEST_F(ConcernsA13, TheLastWordsSayThatNobodyHasReadIt) {
  concerns_.Report(v1::CONCERN_KIND_NOT_SAFE, "");
  EXPECT_THAT(concerns_.Unheard(), HasSubstr("NOBODY HAS READ that you are not safe"));
  EXPECT_THAT(concerns_.Unheard(), HasSubstr("Please call: 555-0100"));
}

}  // namespace
}  // namespace rapport::cli
