// Refusals: which code, reason and details each has, and that its wire form stays within its limit.
#include "platform/schema/errors.h"

#include "platform/base/limits.h"
#include "platform/base/strings.h"
#include "platform/schema/error_metadata.h"

#include <gmock/gmock.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>

namespace rapport::schema {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

google::rpc::Status Wire(const absl::Status& status) {
  google::rpc::Status wire;
  EXPECT_TRUE(wire.ParseFromString(StatusDetails(status)));
  return wire;
}

template <typename Detail>
std::optional<Detail> Find(const google::rpc::Status& wire) {
  for (const auto& any : wire.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) return detail;
  }
  return std::nullopt;
}

struct Case {
  const char* name;
  absl::Status status;
  absl::StatusCode code;
  std::string_view reason;
};

TEST(ErrorsTest, EachRefusalHasItsCodeAndReason) {
  const Case cases[] = {
      {"fields", InvalidField("parent", "is missing"), absl::StatusCode::kInvalidArgument,
       "INVALID_REQUEST"},
      {"unmet", Unmet("CASE_NOT_READY", "not ready", {}), absl::StatusCode::kFailedPrecondition,
       "CASE_NOT_READY"},
      {"not found", NotFound(), absl::StatusCode::kNotFound, "NOT_FOUND"},
      {"exists", AlreadyExists("families/x"), absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS"},
      {"etag missing", EtagRequired(), absl::StatusCode::kInvalidArgument, "ETAG_REQUIRED"},
      {"etag stale", EtagMismatch("\"e\""), absl::StatusCode::kAborted, "ETAG_MISMATCH"},
      {"id reused", RequestIdReused(), absl::StatusCode::kInvalidArgument, "REQUEST_ID_REUSED"},
      {"malformed", MalformedRequest(), absl::StatusCode::kInvalidArgument, "MALFORMED_REQUEST"},
      {"large", RequestTooLarge(5), absl::StatusCode::kResourceExhausted, "REQUEST_TOO_LARGE"},
      {"nobody", Unauthenticated(), absl::StatusCode::kUnauthenticated, "UNAUTHENTICATED"},
      {"peer", PermissionDenied("PEER_NOT_PERMITTED"), absl::StatusCode::kPermissionDenied,
       "PEER_NOT_PERMITTED"},
      {"overload", Overloaded(std::chrono::milliseconds(1)), absl::StatusCode::kUnavailable,
       "OVERLOADED"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(c.status.code(), c.code) << c.name;
    EXPECT_EQ(ReasonOf(c.status), c.reason) << c.name;
    const auto wire = Wire(c.status);
    EXPECT_EQ(wire.code(), static_cast<int>(c.code)) << c.name;
    EXPECT_EQ(wire.message(), Std(c.status.message())) << c.name;
    ASSERT_TRUE(wire.details(0).Is<google::rpc::ErrorInfo>()) << c.name;
    EXPECT_EQ(Find<google::rpc::ErrorInfo>(wire)->domain(), "rapport") << c.name;
  }
}

TEST(ErrorsTest, ReasonsAreUniqueAndWellFormed) {
  std::set<std::string_view> seen;
  for (const Reason& reason : reasons::kAll) {
    EXPECT_TRUE(seen.insert(reason.name).second) << reason.name;
    EXPECT_LE(reason.name.size(), 63u);
    EXPECT_EQ(reason.name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"),
              std::string_view::npos)
        << reason.name;
    EXPECT_FALSE(reason.message.empty()) << reason.name;
    EXPECT_NE(reason.code, absl::StatusCode::kOk) << reason.name;
  }
}

TEST(ErrorsTest, InvalidFieldsListsEveryViolation) {
  const auto wire = Wire(InvalidFields({{"a", "is missing", ""}, {"b[3].c", "is too long", ""}}));
  EXPECT_EQ(wire.message(), "a: is missing (and 1 more)");
  const auto detail = Find<google::rpc::BadRequest>(wire);
  ASSERT_TRUE(detail);
  ASSERT_EQ(detail->field_violations_size(), 2);
  EXPECT_EQ(detail->field_violations(1).field(), "b[3].c");
  EXPECT_EQ(detail->field_violations(1).description(), "is too long");
}

TEST(ErrorsTest, AReasonOfItsOwnHoldsOnlyWhenAllViolationsShareIt) {
  EXPECT_EQ(ReasonOf(InvalidFields({{"etag", "is missing", "ETAG_REQUIRED"}})), "ETAG_REQUIRED");
  EXPECT_EQ(ReasonOf(InvalidFields({{"etag", "is missing", "ETAG_REQUIRED"}, {"b", "x", ""}})),
            "INVALID_REQUEST");
  EXPECT_EQ(ReasonOf(InvalidFields({{"b", "x", ""}, {"etag", "is missing", "ETAG_REQUIRED"}})),
            "INVALID_REQUEST");
  EXPECT_EQ(ReasonOf(InvalidFields({{"score", "x", ""}}, "ANSWER_OUT_OF_RANGE")),
            "ANSWER_OUT_OF_RANGE");
}

TEST(ErrorsTest, UnmetListsEveryCondition) {
  const auto wire = Wire(Unmet("CASE_NOT_READY", "the case can't be opened",
                               {{"CONSENT_MISSING", "families/f/members/m", "grant it"},
                                {"SCREEN_MISSING", "families/f", "record it"}}));
  const auto detail = Find<google::rpc::PreconditionFailure>(wire);
  ASSERT_TRUE(detail);
  ASSERT_EQ(detail->violations_size(), 2);
  EXPECT_EQ(detail->violations(0).type(), "CONSENT_MISSING");
  EXPECT_EQ(detail->violations(0).subject(), "families/f/members/m");
  EXPECT_EQ(detail->violations(1).description(), "record it");
}

TEST(ErrorsTest, MetadataIsOnTheWire) {
  EXPECT_THAT(Find<google::rpc::ErrorInfo>(Wire(EtagMismatch("\"abc\"")))->metadata(),
              ElementsAre(Pair("current_etag", "\"abc\"")));
  EXPECT_TRUE(Find<google::rpc::ErrorInfo>(Wire(EtagMismatch("")))->metadata().empty());
  EXPECT_THAT(Find<google::rpc::ErrorInfo>(Wire(RequestTooLarge(1'048'576)))->metadata(),
              ElementsAre(Pair("max_bytes", "1048576")));
  EXPECT_THAT(Find<google::rpc::ErrorInfo>(
                  Wire(Refused(absl::StatusCode::kAborted, "X", "y", {{"b", "2"}, {"a", "1"}})))
                  ->metadata(),
              UnorderedElementsAre(Pair("a", "1"), Pair("b", "2")));
}

TEST(ErrorsTest, AlreadyExistsSaysWhat) {
  const auto detail = Find<google::rpc::ResourceInfo>(Wire(AlreadyExists("families/f/members/m")));
  ASSERT_TRUE(detail);
  EXPECT_EQ(detail->resource_type(), "members");
  EXPECT_EQ(detail->resource_name(), "families/f/members/m");
  EXPECT_EQ(Find<google::rpc::ResourceInfo>(Wire(AlreadyExists("families/f")))->resource_type(),
            "families");
}

TEST(ErrorsTest, OverloadedSaysWhenToComeBack) {
  const auto detail =
      Find<google::rpc::RetryInfo>(Wire(Overloaded(std::chrono::milliseconds(1250))));
  ASSERT_TRUE(detail);
  EXPECT_EQ(detail->retry_delay().seconds(), 1);
  EXPECT_EQ(detail->retry_delay().nanos(), 250'000'000);
}

TEST(ErrorsTest, AStatusWithoutAReasonCarriesItsCodesName) {
  EXPECT_EQ(Find<google::rpc::ErrorInfo>(Wire(absl::DeadlineExceededError("late")))->reason(),
            "DEADLINE_EXCEEDED");
  EXPECT_EQ(ReasonOf(absl::DeadlineExceededError("late")), "");
  EXPECT_EQ(StatusDetails(absl::OkStatus()), "");
  EXPECT_EQ(ReasonOf(absl::OkStatus()), "");
}

TEST(ErrorsTest, PayloadsOfOtherTypesStayInside) {
  absl::Status status = NotFound();
  status.SetPayload("type.googleapis.com/rapport.internal.v1.AuditRecord", absl::Cord("secret"));
  EXPECT_EQ(StatusDetails(status), StatusDetails(NotFound()));
}

TEST(ErrorsTest, ClientsSeeOneNotFoundAndNoInnards) {
  const absl::Status not_found = ForClient(absl::NotFoundError("row 17 of family x"));
  EXPECT_EQ(StatusDetails(not_found), StatusDetails(NotFound()));
  EXPECT_EQ(Std(not_found.message()), "not found");
  for (const absl::Status& inner : {absl::InternalError("disk /x"), absl::UnknownError("what()"),
                                    absl::DataLossError("tag of family x")}) {
    EXPECT_EQ(ForClient(inner), Refused(reasons::kInternal));
  }
  EXPECT_EQ(ForClient(EtagRequired()), EtagRequired());
  EXPECT_TRUE(ForClient(absl::OkStatus()).ok());
}

TEST(ErrorsTest, ClientsLearnThatAConcernStandsWhateverElseIsHidden) {
  for (const absl::Status& inner :
       {absl::NotFoundError("row 17 of family x"), NotFound(), absl::InternalError("disk /x"),
        absl::UnknownError("what()"), absl::DataLossError("tag of family x")}) {
    const absl::Status shown = ForClient(WithMetadata(inner, kConcern, kKept));
    EXPECT_EQ(MetadataOf(shown, kConcern), kKept);
    EXPECT_EQ(shown, WithMetadata(ForClient(inner), kConcern, kKept)) << "and nothing else";
    EXPECT_EQ(shown,
              ForClient(WithMetadata(WithMetadata(inner, kConcern, kKept), "current_etag", "x")));
    const absl::Status read = FromDetails(shown.code(), Std(shown.message()), StatusDetails(shown));
    EXPECT_EQ(MetadataOf(read, kConcern), kKept) << "on the wire too";
  }
  EXPECT_EQ(MetadataOf(NotFound(), kConcern), "");
  EXPECT_EQ(MetadataOf(absl::OkStatus(), kConcern), "");
}

TEST(ErrorsTest, DetailsStayWithinTheirLimitAndSayWhatWasLeftOut) {
  for (const int violations : {1, 10, 60, 61, 62, 63, 64, 500, 20'000}) {
    std::vector<FieldViolation> all;
    for (int i = 0; i < violations; ++i) {
      all.push_back({"items[" + std::to_string(i) + "].value", "must be between 1 and 5", ""});
    }
    const absl::Status status = InvalidFields(all);
    const std::string details = StatusDetails(status);
    EXPECT_LE(details.size(), limits::kErrorDetailBytes);
    const auto wire = Wire(status);
    const auto bad_request = Find<google::rpc::BadRequest>(wire);
    const auto info = Find<google::rpc::ErrorInfo>(wire);
    ASSERT_TRUE(bad_request && info);
    const int kept = bad_request->field_violations_size();
    ASSERT_GT(kept, 0);
    EXPECT_EQ(bad_request->field_violations(kept - 1).field(),
              "items[" + std::to_string(kept - 1) + "].value");
    if (kept == violations) {
      EXPECT_EQ(info->metadata_size(), 0);
    } else {
      EXPECT_EQ(info->metadata().at("violations_left_out"), std::to_string(violations - kept));
      EXPECT_GT(details.size(), limits::kErrorDetailBytes - 250) << "room was wasted";
    }
  }
}

TEST(ErrorsTest, TheReasonSurvivesAnythingThatIsTooLarge) {
  const std::string huge(100'000, 'x');
  absl::Status status =
      Refused(absl::StatusCode::kAborted, "TOO_MUCH", huge, {{"key", huge}, {huge, "value"}});
  std::string details = StatusDetails(status);
  EXPECT_LE(details.size(), limits::kErrorDetailBytes);
  EXPECT_EQ(Find<google::rpc::ErrorInfo>(Wire(status))->reason(), "TOO_MUCH");

  status = Unmet("TOO_MUCH", "x", {{"T", huge, "d"}});
  EXPECT_LE(StatusDetails(status).size(), limits::kErrorDetailBytes);
  EXPECT_EQ(Find<google::rpc::ErrorInfo>(Wire(status))->metadata().at("violations_left_out"), "1");

  status = AlreadyExists(huge);
  EXPECT_LE(StatusDetails(status).size(), limits::kErrorDetailBytes);
}

TEST(ErrorsTest, LongTextIsCutBetweenCodePoints) {
  std::string text(limits::kErrorMessageBytes - 1, 'x');
  text += "\u00e9";
  const auto wire = Wire(Refused(absl::StatusCode::kAborted, "X", text));
  EXPECT_EQ(wire.message(), std::string(limits::kErrorMessageBytes - 1, 'x'));
}

TEST(ErrorsTest, DetailsAreEqualToTheByteForEqualStatuses) {
  const auto status = [] {
    return Refused(absl::StatusCode::kAborted, "X", "y",
                   {{"one", "1"}, {"two", "2"}, {"three", "3"}, {"four", "4"}, {"five", "5"}});
  };
  const std::string first = StatusDetails(status());
  for (int i = 0; i < 20; ++i) EXPECT_EQ(StatusDetails(status()), first);
}

TEST(ErrorsTest, StatusesOfOtherServicesComeBackWhole) {
  const absl::Status sent = Unmet("CASE_NOT_READY", "not ready", {{"A", "b", "c"}});
  const absl::Status received = FromDetails(sent.code(), Std(sent.message()), StatusDetails(sent));
  EXPECT_EQ(received, sent);
  EXPECT_EQ(StatusDetails(received), StatusDetails(sent));
}

TEST(ErrorsTest, DetailsThatCannotBeTrustedAreDropped) {
  const std::string details = StatusDetails(NotFound());
  const absl::Status other_code = FromDetails(absl::StatusCode::kAborted, "m", details);
  EXPECT_EQ(other_code, absl::AbortedError("m"));
  EXPECT_EQ(FromDetails(absl::StatusCode::kAborted, "m", "garbage\xff"), absl::AbortedError("m"));
  EXPECT_EQ(FromDetails(absl::StatusCode::kAborted, "m", ""), absl::AbortedError("m"));

  google::rpc::Status foreign;
  foreign.set_code(static_cast<int>(absl::StatusCode::kAborted));
  foreign.add_details()->set_type_url("type.googleapis.com/rapport.type.v1.Date");
  EXPECT_EQ(FromDetails(absl::StatusCode::kAborted, "m", foreign.SerializeAsString()),
            absl::AbortedError("m"));
}

}  // namespace
}  // namespace rapport::schema
