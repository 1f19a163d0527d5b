// Page tokens: they lead on for the caller, method and query they were made for, for 15 minutes,
// and are refused to everybody else. Random places and spoilt tokens; the seed is printed.
#include "platform/schema/page_token.h"

#include "platform/base/limits.h"
#include "platform/crypto/base64url.h"
#include "platform/schema/errors.h"

#include <gtest/gtest.h>
#include <unit/schema/probe.pb.h>

#include <functional>
#include <memory>
#include <random>

namespace rapport::schema {
namespace {

constexpr std::int64_t kNow = 1'900'000'000'000'000;
constexpr std::int64_t kMinute = 60'000'000;

class PageTokenTest : public ::testing::Test {
 protected:
  PageTokenTest() {
    Caller(context_, "north", "anna");
    request_.set_parent("families/-");
    request_.set_filter("state = OPEN");
  }

  static void Caller(CallContext& context, const char* agency, const char* subject) {
    auto principal = std::make_shared<Principal>();
    principal->agency = agency;
    principal->subject = subject;
    context.principal = std::move(principal);
    context.method = "rapport.probe.v1.ProbeService/ListThings";
  }

  absl::StatusOr<Page> Read(std::int64_t now = kNow) {
    return ReadPage(sealer_, context_, request_, now);
  }
  // The token behind the first page of `request_`.
  std::string Token(std::int64_t last_us = 5, std::string_view last_id = "0123456789abcdef") {
    probe::v1::ListThingsRequest first = request_;
    first.clear_page_token();
    const auto page = ReadPage(sealer_, context_, first, kNow);
    return NextPageToken(sealer_, context_, *page, last_us, last_id, kNow);
  }

  crypto::Sealer sealer_{6, std::string(32, 'p')};
  CallContext context_;
  probe::v1::ListThingsRequest request_;
};

const absl::Status kInvalid = InvalidField(
    "page_token", std::string(reasons::kPageTokenInvalid.message), "PAGE_TOKEN_INVALID");

TEST_F(PageTokenTest, SizesHaveADefaultAndAMost) {
  const std::pair<int, int> cases[] = {
      {0, 50}, {1, 1}, {50, 50}, {999, 999}, {1'000, 1'000}, {1'001, 1'000}, {INT32_MAX, 1'000}};
  for (const auto& [asked, given] : cases) {
    request_.set_page_size(asked);
    ASSERT_TRUE(Read().ok());
    EXPECT_EQ(Read()->size, given) << asked;
  }
  for (const int negative : {-1, INT32_MIN}) {
    request_.set_page_size(negative);
    EXPECT_EQ(Read().status(), InvalidField("page_size", "must not be negative"));
  }
}

TEST_F(PageTokenTest, WithoutATokenTheListBegins) {
  const auto page = Read();
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(page->after_id, "");
}

TEST_F(PageTokenTest, ATokenLeadsBehindTheLastEntry) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 500; ++i) {
    const auto last_us = static_cast<std::int64_t>(random());
    std::string last_id(16, '\0');
    for (char& byte : last_id) byte = static_cast<char>(random());
    request_.set_page_token(Token(last_us, last_id));
    EXPECT_LE(request_.page_token().size(), 200u);
    const auto page = Read();
    ASSERT_TRUE(page.ok());
    EXPECT_EQ(page->after_us, last_us);
    EXPECT_EQ(page->after_id, last_id);
  }
}

TEST_F(PageTokenTest, TheNextPageMayHaveAnotherSize) {
  request_.set_page_token(Token());
  request_.set_page_size(7);
  ASSERT_TRUE(Read().ok());
  EXPECT_EQ(Read()->size, 7);
}

TEST_F(PageTokenTest, ChainsOfPagesStayBoundToTheQuery) {
  request_.set_page_token(Token());
  const auto second = Read();
  ASSERT_TRUE(second.ok());
  request_.set_page_token(NextPageToken(sealer_, context_, *second, 9, "behind", kNow));
  ASSERT_TRUE(Read().ok());
  EXPECT_EQ(Read()->after_id, "behind");
}

TEST_F(PageTokenTest, AnythingElseIsAnotherQuery) {
  request_.set_page_token(Token());
  const std::pair<const char*, std::function<void()>> cases[] = {
      {"other filter", [&] { request_.set_filter("state = CLOSED"); }},
      {"no filter", [&] { request_.clear_filter(); }},
      {"other parent", [&] { request_.set_parent("families/x"); }},
      {"other subject", [&] { Caller(context_, "north", "bert"); }},
      {"other agency", [&] { Caller(context_, "south", "anna"); }},
      {"other cut of agency and subject", [&] { Caller(context_, "nort", "hanna"); }},
      {"other method", [&] { context_.method = "rapport.probe.v1.ProbeService/ListOthers"; }},
  };
  const probe::v1::ListThingsRequest good = request_;
  for (const auto& [name, change] : cases) {
    Caller(context_, "north", "anna");
    request_ = good;
    EXPECT_TRUE(Read().ok());
    change();
    EXPECT_EQ(Read().status(), kInvalid) << name;
  }
}

TEST_F(PageTokenTest, ItLivesForAQuarterOfAnHour) {
  request_.set_page_token(Token());
  EXPECT_TRUE(Read(kNow + 15 * kMinute - 1'000'000).ok());
  EXPECT_EQ(Read(kNow + 15 * kMinute).status(), kInvalid);
  EXPECT_EQ(Read(kNow + 24 * 60 * kMinute).status(), kInvalid);
}

TEST_F(PageTokenTest, EverySpoiltTokenIsRefused) {
  const std::string good = Token();
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string spoilt = good;
    spoilt[at] = spoilt[at] == 'A' ? 'B' : 'A';
    request_.set_page_token(spoilt);
    EXPECT_EQ(Read().status(), kInvalid) << at;
    request_.set_page_token(good.substr(0, at));
    if (at > 0) EXPECT_EQ(Read().status(), kInvalid) << at;
  }
  for (const std::string& garbage :
       {std::string("x"), good + "A", good + "=", " " + good, std::string(1'024, 'A'),
        std::string("\0", 1), std::string("%n")}) {
    request_.set_page_token(garbage);
    EXPECT_EQ(Read().status(), kInvalid);
  }
}

TEST_F(PageTokenTest, OtherSealedValuesAreNoTokens) {
  request_.set_page_token(crypto::EncodeBase64Url(sealer_.Seal("something else", "plain")));
  EXPECT_EQ(Read().status(), kInvalid);
  const crypto::Sealer other(6, std::string(32, 'q'));
  const auto page = Read();
  request_.clear_page_token();
  request_.set_page_token(NextPageToken(other, context_, *Read(), 1, "id", kNow));
  EXPECT_EQ(Read().status(), kInvalid);
}

TEST_F(PageTokenTest, ItShowsNothingOfThePlace) {
  const auto plain = crypto::DecodeBase64Url(Token(5, "0123456789abcdef"));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->find("0123456789abcdef"), std::string::npos);
  EXPECT_NE(Token(), Token()) << "nor whether two places are the same";
}

TEST_F(PageTokenTest, ARequestThatIsNoListIsABug) {
  EXPECT_EQ(ReadPage(sealer_, context_, probe::v1::GetThingRequest(), kNow).status().code(),
            absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace rapport::schema
