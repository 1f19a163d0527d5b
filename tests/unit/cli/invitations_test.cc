// What a rater is told of a code that opens nothing: what it is and what to do, no reasons.
#include "cli/invitations.h"

#include "platform/crypto/invitation_code.h"
#include "platform/schema/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rapport::cli {
namespace {

using testing::HasSubstr;

TEST(InvitationsA13, ACodeIsTheFormAndItsKeyHoweverItWasBroken) {
  for (const char* code : {"families/1/ratingRequests/2#harbour.AQ",
                           "  families/1/ratingRequests/2#har\n  bour.AQ \r\n"}) {
    const auto read = ReadInvitation(code);
    ASSERT_TRUE(read.ok()) << code;
    EXPECT_EQ(read->rating_request, "families/1/ratingRequests/2");
    EXPECT_EQ(read->token, "harbour.AQ");
  }
}

TEST(InvitationsA13, AShortCodeIsReadHoweverItIsTyped) {
  for (const char* typed : {"harbour-7KQF-2MTX-9B3D", " harbour 7kqf 2mtx 9b3d\n"}) {
    const auto read = ReadInvitation(typed);
    ASSERT_TRUE(read.ok()) << typed;
    EXPECT_EQ(read->rating_request, "");
    EXPECT_EQ(crypto::LettersOfCode(read->short_code), "7KQF2MTX9B3D") << typed;
  }
  EXPECT_FALSE(ReadInvitation("harbour").ok());
}

TEST(InvitationsA13, WhoHasAnAccountNeedsTheNameAlone) {
  const auto read = ReadInvitation("families/1/ratingRequests/2");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->token, "");
}

TEST(InvitationsA13, AMembersCodeIsReadHoweverItIsTyped) {
  for (const char* typed : {"ABCD-EFGH-JK23", "abcdefghjk23", " abcd efgh jk23 "}) {
    EXPECT_EQ(MemberCode(typed), "ABCD-EFGH-JK23") << typed;
  }
  EXPECT_EQ(MemberCode(""), "");
}

TEST(InvitationsA13, WhatIsNoCodeIsToldWhatOneLooksLike) {
  for (const char* typed : {"", "wrongcode", "#", "families/1#x", "families/1/ratingRequests/2#"}) {
    EXPECT_THAT(std::string(ReadInvitation(typed).status().message()), HasSubstr("Paste all of it"))
        << typed;
  }
}

TEST(InvitationsA13, ARaterIsToldInWordsWhatToDo) {
  const absl::Status used =
      schema::Unmet("INVITATION_USED", "good for one rating", {{"INVITATION_USED", "", "used"}});
  EXPECT_THAT(ForRaters(used), HasSubstr("sent already"));
  EXPECT_THAT(ForRaters(absl::UnauthenticatedError("x")), HasSubstr("Ask for a new one"));
  EXPECT_THAT(ForRaters(absl::UnavailableError("x")), HasSubstr("try again"));
  EXPECT_THAT(ForRaters(absl::UnavailableError("x")), testing::Not(HasSubstr("UNAVAILABLE")));
  EXPECT_EQ(ForRaters(ReadInvitation("x").status()), ReadInvitation("x").status().message());
}

// What a service answers, one after the other.
class SendingA13 : public ::testing::Test {
 protected:
  absl::Status Send(std::vector<absl::Status> answers) {
    tries_ = 0;
    return UntilKnown([&] { return answers.at(static_cast<std::size_t>(tries_++)); },
                      [&] { ++told_; });
  }
  const absl::Status late_ = absl::DeadlineExceededError("too late");
  int tries_ = 0, told_ = 0, asked_ = 0;
};

TEST_F(SendingA13, AFormWhoseTimeEndedIsSentAgainUntilItIsKnown) {
  EXPECT_TRUE(Send({late_, late_, absl::OkStatus()}).ok());
  EXPECT_EQ(tries_, 3);
  EXPECT_EQ(told_, 2) << "and whoever waits is told";
}

TEST_F(SendingA13, WhatIsNeverKnownIsSaidToBeUnknown) {
  const std::string said = ForRaters(Send({late_, late_, late_}));
  EXPECT_EQ(tries_, 3);
  EXPECT_THAT(said, HasSubstr("It is not known whether what you sent arrived"));
  EXPECT_THAT(said, HasSubstr("same code"));
  EXPECT_THAT(ForRaters(Send({absl::UnavailableError("connection reset")})),
              HasSubstr("It is not known"));
}

TEST_F(SendingA13, WhatWasTypedIsKeptUntilItsWriterSaysNo) {
  const absl::Status gone = absl::UnavailableError("connection refused");
  const auto send = [&](std::vector<absl::Status> answers, int patience) {
    tries_ = 0;
    asked_ = 0;
    return UntilKnown([&] { return answers.at(static_cast<std::size_t>(tries_++)); },
                      [&] { ++told_; }, [&] { return ++asked_ <= patience; });
  };
  EXPECT_TRUE(send({gone, gone, late_, late_, late_, absl::OkStatus()}, 9).ok());
  EXPECT_EQ(tries_, 6);
  EXPECT_EQ(asked_, 3) << "not within the tries that nobody has to wait for";
  EXPECT_THAT(ForRaters(send({gone, gone}, 1)), HasSubstr("same code"));
  EXPECT_EQ(tries_, 2);
  const auto starting = schema::Refused(schema::reasons::kDependencyUnavailable);
  EXPECT_TRUE(send({starting, absl::OkStatus()}, 9).ok()) << "what it waits for comes back, too";
  EXPECT_FALSE(send({absl::InvalidArgumentError("no")}, 9).ok());
  EXPECT_EQ(asked_, 0) << "a refusal stays one";
}

TEST_F(SendingA13, ARefusalIsAnAnswer) {
  const auto refused = schema::Refused(schema::reasons::kDependencyUnavailable);
  EXPECT_EQ(Send({refused}), refused);
  EXPECT_EQ(Send({late_, absl::InvalidArgumentError("no")}).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(tries_, 2);
}

}  // namespace
}  // namespace rapport::cli
