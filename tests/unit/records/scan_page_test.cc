// Pages of lists: a list that is read in steps reads so many records a page and no more, whatever
// belongs to it; and going on from a token finds the rest, once, whatever others write meanwhile.
#include "platform/crypto/public_ids.h"
#include "platform/records/lists.h"
#include "platform/schema/errors.h"
#include "platform/schema/public_id_codec.h"
#include "unit/records/records_fixture.h"

#include <rapport/intake/v1/intake_service.pb.h>

#include <algorithm>
#include <random>
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

  using Place = std::pair<std::int64_t, std::string>;
  // Each place of a list in the order in which its pages show it; after each page `meanwhile`.
  template <typename Meanwhile>
  std::vector<Place> Scanned(bool newest_first, int size, const Meanwhile& meanwhile) {
    std::vector<Place> shown;
    intake::v1::ListFamiliesRequest request;
    request.set_page_size(size);
    do {
      const auto take = [&](Record record, bool show) -> absl::StatusOr<bool> {
        if (show) shown.emplace_back(record.sort_us, record.id);
        return true;
      };
      auto next = RunSync(ScanPage(deps_, call, request,
                                   ListQuery{.kind = kNote, .newest_first = newest_first}, take));
      EXPECT_TRUE(next.ok()) << next.status();
      request.set_page_token(next.value_or(""));
      meanwhile();
    } while (!request.page_token().empty());
    return shown;
  }
  template <typename Meanwhile>
  std::vector<Place> Shown(const std::set<Place>& there, bool newest_first, int size,
                           const Meanwhile& meanwhile) {
    std::vector<Place> shown;
    intake::v1::ListFamiliesRequest request;
    request.set_page_size(size);
    do {
      std::vector<Placed<Place>> entries;
      for (const Place& place : there) entries.push_back({place.first, place.second, place});
      auto next = ShowPage(deps_, call, request, std::move(entries), newest_first,
                           [&](Place place) { shown.push_back(std::move(place)); });
      EXPECT_TRUE(next.ok()) << next.status();
      request.set_page_token(next.value_or(""));
      meanwhile();
    } while (!request.page_token().empty());
    return shown;
  }

  // What was there all the time is shown once, what came or went meanwhile once at most, all in
  // order.
  static void Judge(std::vector<Place> shown, const std::set<Place>& always, bool newest_first) {
    if (newest_first) std::reverse(shown.begin(), shown.end());
    for (std::size_t i = 1; i < shown.size(); ++i) EXPECT_LT(shown[i - 1], shown[i]);
    for (const Place& place : always) {
      EXPECT_TRUE(std::ranges::binary_search(shown, place)) << "missed at " << place.first;
    }
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

TEST_F(ScanPageTest, NothingIsMissedNorRepeatedWhileOthersWrite) {
  std::mt19937 dice(41);
  int made = 0;
  std::set<Place> there;
  const auto add = [&](int count) {
    Changes changes = Start();
    for (int i = 0; i < count; ++i) {
      Record record = New("written " + std::to_string(made++));
      record.sort_us = 1 + static_cast<std::int64_t>(dice() % 12);  // many at one instant
      there.emplace(record.sort_us, record.id);
      changes.Create(std::move(record));
    }
    ASSERT_TRUE(Commit(std::move(changes)).ok());
  };
  for (int round = 0; round < 12; ++round) {
    add(20);
    const std::set<Place> always = there;
    const bool newest_first = round % 2 == 0;
    int pages = 0;
    const auto shown = Scanned(newest_first, 1 + static_cast<int>(dice() % 9), [&] {
      if (++pages < 30) add(2);
    });
    Judge(shown, always, newest_first);
  }
}

TEST_F(ScanPageTest, NothingIsMissedNorRepeatedOfAFamilysListWhileOthersWrite) {
  std::mt19937 dice(42);
  for (int round = 0; round < 200; ++round) {
    std::set<Place> there;
    const auto any = [&] {
      return Place(1 + static_cast<std::int64_t>(dice() % 6), TestId(std::to_string(dice() % 90)));
    };
    for (int i = 0; i < 40; ++i) there.insert(any());
    std::set<Place> always = there;
    const bool newest_first = round % 2 == 0;
    const auto shown = Shown(there, newest_first, 1 + static_cast<int>(dice() % 9), [&] {
      const Place gone = any();
      if (there.erase(gone) > 0) always.erase(gone);
      there.insert(any());
    });
    Judge(shown, always, newest_first);
  }
}

}  // namespace
}  // namespace rapport::records
