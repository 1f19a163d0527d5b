// No answer of a service precedes a sync that began after its rows were written.
//
// Intake runs under tests/support/sync_order_shim.c, which writes down the pages of the database's
// log and its syncs, and makes every sync slow, so that an answer that does not wait for it comes
// far too early. The rows of a new family are found in the pages by its inner id. The same judge
// must find the answers of a service whose disk never syncs wrong, else it proves nothing.
#include "crash/load.h"
#include "platform/base/strings.h"
#include "platform/crypto/public_ids.h"
#include "platform/crypto/suite_secret.h"
#include "platform/schema/names.h"
#include "platform/schema/public_id_codec.h"
#include "support/eventually.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <unordered_map>

namespace rapport::crash {
namespace {

constexpr std::size_t kIdBytes = 16;

// When the rows of each id were durable.
class Judge {
 public:
  Judge(const std::set<std::string>& ids, const std::string& trace, const std::string& pages)
      : ids_(ids) {
    std::ifstream lines(trace);
    std::ifstream data(pages, std::ios::binary);
    for (std::string line; std::getline(lines, line);) Take(line, data);
  }

  int syncs = 0;
  // Nanoseconds at which the sync ended that made the id's rows durable; 0: never.
  std::int64_t DurableAt(const std::string& id) const {
    const auto found = durable_.find(id);
    return found == durable_.end() ? 0 : found->second;
  }

 private:
  void Take(const std::string& line, std::ifstream& data) {
    std::istringstream words(line);
    std::int64_t time = 0;
    std::string thread;
    char kind = 0;
    words >> time >> thread >> kind;
    if (kind == 'D') {
      std::size_t size = 0;
      words >> size;
      std::string page(size, '\0');
      data.read(page.data(), static_cast<std::streamsize>(size));
      FindIds(page);
    } else if (kind == 'C') {
      // The transaction's last page was written: from here a sync makes its rows durable.
      for (std::string& id : written_) committed_.emplace_back(std::move(id), time);
      written_.clear();
    } else if (kind == 'B') {
      began_[thread] = time;
    } else if (kind == 'E') {
      ++syncs;
      std::erase_if(committed_, [&](const auto& row) {
        if (row.second > began_[thread]) return false;
        durable_.try_emplace(row.first, time);
        return true;
      });
    }
  }

  void FindIds(const std::string& page) {
    for (std::size_t at = 0; at + kIdBytes <= page.size(); ++at) {
      std::string id = page.substr(at, kIdBytes);
      if (ids_.contains(id) && seen_.insert(id).second) written_.push_back(std::move(id));
    }
  }

  const std::set<std::string>& ids_;
  std::set<std::string> seen_;
  std::vector<std::string> written_;  // by the transaction that is being written
  std::vector<std::pair<std::string, std::int64_t>> committed_;
  std::map<std::string, std::int64_t> began_;  // by thread
  std::unordered_map<std::string, std::int64_t> durable_;
};

struct Verdict {
  int answers = 0, wrong = 0, syncs = 0;
};

Verdict JudgeIntake(std::map<std::string, std::string> variables) {
  support::Suite suite({.settings = {{"lame_duck_seconds", "0"}}});
  suite.AddDemoPeople();
  const std::string trace = suite.folder() + "/trace", pages = suite.folder() + "/pages";
  variables["LD_PRELOAD"] = Concat({std::getenv("RAPPORT_BIN"), "/../tests/sync_order_shim.so"});
  variables["SYNC_ORDER_TRACE"] = trace;
  variables["SYNC_ORDER_PAGES"] = pages;
  variables["SYNC_ORDER_FILE"] = "intake.db-wal";
  suite.Start("intake", variables);
  Load load(suite, {.threads = 8, .all_services = false});
  support::Eventually([&] { return load.acknowledged() >= 400; }, std::chrono::minutes(1));
  load.Finish();
  EXPECT_TRUE(load.wrong().empty()) << load.wrong().front();
  suite.Kill("intake");

  auto secret = crypto::SuiteSecret::Load(suite.folder() + "/suite.secret");
  if (!secret.ok()) throw std::runtime_error(std::string(secret.status().message()));
  const crypto::PublicIds public_ids(**secret);
  const schema::PublicIdCodec codec(public_ids);
  const schema::Names names(codec, "harbour");
  std::map<std::string, std::int64_t> answered;
  std::set<std::string> ids;
  for (const Entry& entry : load.ledger().families) {
    const auto id = names.ReadFamily(entry.resource);
    if (!id) continue;
    answered[*id] = entry.acknowledged_ns;
    ids.insert(*id);
  }
  const Judge judge(ids, trace, pages);
  Verdict verdict{.answers = static_cast<int>(answered.size()), .syncs = judge.syncs};
  for (const auto& [id, at] : answered) {
    const std::int64_t durable = judge.DurableAt(id);
    verdict.wrong += durable == 0 || durable > at ? 1 : 0;
  }
  return verdict;
}

TEST(SyncOrder, NoAnswerOfAServicePrecedesItsSync) {
  const Verdict verdict = JudgeIntake({{"SYNC_ORDER_SLOW_US", "5000"}});
  EXPECT_GT(verdict.answers, 100);
  EXPECT_EQ(verdict.wrong, 0) << "of " << verdict.answers;
  EXPECT_GT(verdict.syncs, 10);
}

TEST(SyncOrder, TheJudgeFindsAnswersOfAServiceWithoutSyncWrong) {
  const Verdict verdict = JudgeIntake({{"SYNC_ORDER_SKIP", "1"}});
  EXPECT_GT(verdict.answers, 100);
  EXPECT_EQ(verdict.wrong, verdict.answers);
}

}  // namespace
}  // namespace rapport::crash
