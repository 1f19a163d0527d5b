// Pages of lists that are read in steps: a page reads so many records and no more, whatever belongs
// to it, and going on from its token finds the rest, once.
#include "platform/crypto/public_ids.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/public_id_codec.h"
#include "unit/records/records_fixture.h"

#include <rapport/intake/v1/intake_service.pb.h>

#include <set>

namespace rapport::records {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr int kMostRead = 10'000;  // of one page

class NoAccess final : public AccessChecker {
 public:
  Task<absl::StatusOr<Access>> Check(CallContext&, std::string_view, std::string,
                                     std::string) override {
    co_return schema::NotFound();
  }
};

class ScanPageTest : public RecordsFixture {
 protected:
  // Records at the instants 0 to `count` - 1.
  void Fill(int count) {
    for (int i = 0; i < count;) {
      Changes changes = Start();
      for (int k = 0; k < 500 && i < count; ++k, ++i) {
        Record record = New(std::to_string(i));
        record.sort_us = i;
        changes.Create(std::move(record));
      }
      ASSERT_TRUE(Commit(std::move(changes)).ok());
    }
  }

  struct Seen {
    std::vector<std::int64_t> shown;
    int read = 0;
    std::string token;
  };
  // The page of those at `belonging` instants.
  Seen Page(const std::set<std::int64_t>& belonging, int size, const std::string& token = {}) {
    intake::v1::ListFamiliesRequest request;
    request.set_page_size(size);
    request.set_page_token(token);
    Seen seen;
    const auto take = [&](Record record, bool show) -> absl::StatusOr<bool> {
      ++seen.read;
      if (belonging.count(record.sort_us) == 0) return false;
      if (show) seen.shown.push_back(record.sort_us);
      return true;
    };
    auto next = RunSync(ScanPage(deps_, call, request, ListQuery{.kind = kNote}, take));
    EXPECT_TRUE(next.ok()) << next.status();
    seen.token = *std::move(next);
    return seen;
  }

 private:
  NoAccess access_;
  const crypto::PublicIds public_ids_{store.suite};
  const schema::PublicIdCodec ids_{public_ids_};
  const schema::Etags etags_{store.suite.Key(crypto::SuiteKey::kEtag, "notes")};
  const ServiceCaches caches_ = store.Caches(ids_);
  const ServiceDeps deps_{*store.db,   *store.records, ids_,    etags_,
                          store.suite, store.clock,    access_, caches_};
};

TEST_F(ScanPageTest, APageEndsShortWithATokenWhenFewOfVeryManyBelong) {
  Fill(kMostRead + 60);
  const std::set<std::int64_t> two = {5, kMostRead + 50};
  for (const int size : {10, 1'000}) {
    const Seen first = Page(two, size);
    EXPECT_THAT(first.shown, ElementsAre(5)) << size;
    EXPECT_GE(first.read, kMostRead);
    EXPECT_LE(first.read, kMostRead + size) << "one step further at most";
    ASSERT_FALSE(first.token.empty()) << "there is more behind what was read";
    const Seen second = Page(two, size, first.token);
    EXPECT_THAT(second.shown, ElementsAre(kMostRead + 50)) << size;
    EXPECT_EQ(second.read, kMostRead + 60 - first.read) << "where the first one ended";
    EXPECT_EQ(second.token, "");
  }
  EXPECT_THAT(Page({}, 1'000).shown, IsEmpty());
}

TEST_F(ScanPageTest, AFullPageEndsAtItsLastEntryAndTheNextBeginsBehindIt) {
  Fill(40);
  const std::set<std::int64_t> some = {0, 7, 8, 30};
  const Seen first = Page(some, 2);
  EXPECT_THAT(first.shown, ElementsAre(0, 7));
  EXPECT_LE(first.read, 9) << "up to the first that does not fit";
  const Seen second = Page(some, 2, first.token);
  EXPECT_THAT(second.shown, ElementsAre(8, 30));
  EXPECT_EQ(second.token, "") << "nothing behind belongs";
}

}  // namespace
}  // namespace rapport::records
