// Signals as they change: to whoever may see them, to nobody else, and each change once, whatever
// happens to connections, processes and Redis in between.
#include "integration/demo_suite.h"
#include "support/audit_trail.h"
#include "support/scratch_folder.h"

#include <rapport/alliance/v1/alliance_service.grpc.pb.h>

#include <grpcpp/client_context.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace rapport::integration {
namespace {

namespace av = alliance::v1;

// Somebody at a terminal: watches until the object's end, and goes on from the newest cursor
// whenever the stream ends.
class Watching {
 public:
  Watching(support::Suite& suite, std::string as, std::string after = {})
      : suite_(suite), as_(std::move(as)), cursor_(std::move(after)) {
    thread_ = std::thread([this] { Run(); });
    EXPECT_TRUE(support::Eventually([this] { return messages() > 0; })) << as_;
  }
  ~Watching() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
      if (call_ != nullptr) call_->TryCancel();
    }
    thread_.join();
  }
  int messages() const {
    std::lock_guard lock(mutex_);
    return messages_;
  }
  int streams() const {
    std::lock_guard lock(mutex_);
    return streams_;
  }
  std::vector<av::Signal> seen() const {
    std::lock_guard lock(mutex_);
    return seen_;
  }
  // Of the signal of this name, in order.
  std::vector<std::string> Etags(const std::string& name) const {
    std::vector<std::string> etags;
    for (const av::Signal& signal : seen()) {
      if (signal.name() == name) etags.push_back(signal.etag());
    }
    return etags;
  }
  std::string cursor() const {
    std::lock_guard lock(mutex_);
    return cursor_;
  }
  // Breaks the connection as the reader.
  void Drop() {
    std::lock_guard lock(mutex_);
    if (call_ != nullptr) call_->TryCancel();
  }

 private:
  void Run() {
    const auto stub = av::AllianceService::NewStub(suite_.channel("alliance"));
    for (;;) {
      auto call = std::make_unique<grpc::ClientContext>();
      call->AddMetadata("authorization", suite_.header(as_));
      av::WatchSignalsRequest request;
      {
        std::lock_guard lock(mutex_);
        if (stopping_) return;
        request.set_after(cursor_);
        call_ = call.get();
      }
      const auto stream = stub->WatchSignals(call.get(), request);
      av::WatchSignalsResponse response;
      for (bool first = true; stream->Read(&response); first = false) {
        std::lock_guard lock(mutex_);
        if (first) ++streams_;
        ++messages_;
        cursor_ = response.cursor();
        seen_.insert(seen_.end(), response.signals().begin(), response.signals().end());
      }
      {
        std::lock_guard lock(mutex_);
        call_ = nullptr;
      }
      const grpc::Status status = stream->Finish();
      EXPECT_TRUE(status.ok() || status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                  status.error_code() == grpc::StatusCode::CANCELLED)
          << as_ << ": " << status.error_code() << " " << status.error_message();
    }
  }

  support::Suite& suite_;
  const std::string as_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::string cursor_;
  std::vector<av::Signal> seen_;
  int messages_ = 0, streams_ = 0;
  bool stopping_ = false;
  grpc::ClientContext* call_ = nullptr;
  std::thread thread_;
};

class A9Watch : public DemoSuite {
 protected:
  void Prepare() {
    suite_.AddDemoPeople();
    suite_.AddPerson("clara", {"clinician"});
    suite_.AddPerson("audrey", {"auditor"});
    suite_.AddPerson("notifier", {"service"}, "harbour", {"signals"});
    suite_.StartAll();
  }
  // The demo's story up to its sixth session, after which a signal is open.
  void PlaySixSessions() {
    std::ifstream demo(std::string(std::getenv("RAPPORT_SOURCE")) + "/deploy/local/demo_case.yaml");
    const std::string story{std::istreambuf_iterator<char>(demo), {}};
    const std::size_t seventh = story.find("  - for:\n      - {n: 7,");
    ASSERT_NE(seventh, std::string::npos);
    const ScratchFolder folder;
    std::ofstream(folder / "story.yaml") << story.substr(0, seventh);
    suite_.PlayStory(folder / "story.yaml");
  }
  void FindFamily() {
    const auto families = Get<intake::v1::ListFamiliesResponse>(
        "anna", Concat({kIntake, "ListFamilies"}), intake::v1::ListFamiliesRequest());
    ASSERT_GE(families.families_size(), 1);
    family_ = families.families(0).name();
  }
  std::vector<av::Signal> Listed() {
    av::ListSignalsRequest request;
    request.set_parent(family_);
    request.set_include_closed(true);
    const auto listed =
        Get<av::ListSignalsResponse>("anna", Concat({kAlliance, "ListSignals"}), request);
    return {listed.signals().begin(), listed.signals().end()};
  }
  // Puts the signal off until hour `hour` of the story, again and again until it is done; its new
  // etag.
  std::string Snooze(const av::Signal& signal, const std::string& etag, int hour) {
    av::SnoozeSignalRequest request;
    request.set_name(signal.name());
    request.set_etag(etag);
    request.mutable_until_time()->set_seconds(kStory + hour * 3'600);
    request.set_note("after the holidays");
    request.set_request_id(support::NewUuid());
    av::SnoozeSignalResponse response;
    EXPECT_TRUE(support::Eventually([&] {
      const auto reply = suite_.Call("anna", Concat({kAlliance, "SnoozeSignal"}), request);
      EXPECT_TRUE(reply.ok() || reply.code == kUnavailable) << reply.Text();
      return reply.ok() && response.ParseFromString(reply.body);
    }));
    return response.signal().etag();
  }
};

TEST_F(A9Watch, WhatChangesReachesTheTeamAndNobodyElse) {
  Prepare();
  const Watching therapist(suite_, "anna"), supervisor(suite_, "sam"), stranger(suite_, "clara"),
      system(suite_, "notifier");
  suite_.PlayDemo();
  FindFamily();
  const std::vector<av::Signal> listed = Listed();
  ASSERT_FALSE(listed.empty());
  for (const av::Signal& signal : listed) {
    for (const Watching* one : {&therapist, &supervisor, &system}) {
      EXPECT_TRUE(support::Eventually([&] {
        const auto etags = one->Etags(signal.name());
        return !etags.empty() && etags.back() == signal.etag();
      }));
    }
  }
  const auto whole = therapist.seen();
  EXPECT_TRUE(std::ranges::all_of(whole, [](const auto& one) { return !one.summary().empty(); }));
  for (const av::Signal& outline : system.seen()) {
    EXPECT_TRUE(outline.summary().empty() && outline.member().empty() && outline.tests().empty());
    EXPECT_EQ(outline.kind(), av::SIGNAL_KIND_UNSPECIFIED) << "not safe is nothing else than fell";
  }
  EXPECT_TRUE(stranger.seen().empty());
  // Each of them is in the accounting, for nobody who saw nothing.
  std::set<std::string> readers;
  for (const auto& line :
       support::AuditTrail(suite_, "alliance", "audrey", "action = \"disclose\"")) {
    if (!line.method().ends_with("/WatchSignals")) continue;
    readers.insert(line.actor());
    EXPECT_EQ(line.family(), family_);
  }
  EXPECT_EQ(readers, (std::set<std::string>{"anna", "notifier", "sam"}));
}

TEST_F(A9Watch, ASystemWithoutTheScopeLearnsNothing) {
  Prepare();
  const auto stub = av::AllianceService::NewStub(suite_.channel("alliance"));
  grpc::ClientContext call;
  call.AddMetadata("authorization", suite_.header("desk"));
  const auto stream = stub->WatchSignals(&call, av::WatchSignalsRequest());
  av::WatchSignalsResponse response;
  EXPECT_FALSE(stream->Read(&response));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_NE(status.error_details().find("SCOPE_MISSING"), std::string::npos);
}

TEST_F(A9Watch, NothingIsLostOrComesTwiceOverKillsAndReconnects) {
  Prepare();
  PlaySixSessions();
  FindFamily();
  AwaitEvaluated(30, 6);
  const auto listed = Listed();
  const auto open = std::ranges::find_if(
      listed, [](const auto& one) { return one.state() != av::SIGNAL_STATE_CLOSED; });
  ASSERT_NE(open, listed.end());
  suite_.SetClock("2031-09-01T08:00:00Z");
  Watching steady(suite_, "anna"), dropping(suite_, "sam");
  const std::string beginning = steady.cursor();
  std::vector<std::string> expected;
  std::string etag = open->etag();
  for (int step = 0; step < 40; ++step) {
    if (step == 10 || step == 30) {
      suite_.Kill("alliance");
      suite_.Start("alliance");
    }
    if (step == 20) suite_.redis().Kill();
    if (step % 7 == 3) dropping.Drop();
    etag = Snooze(*open, etag, step + 1);
    expected.push_back(etag);
  }
  for (const Watching* one : {&steady, &dropping}) {
    EXPECT_TRUE(support::Eventually([&] { return one->Etags(open->name()) == expected; }))
        << one->Etags(open->name()).size() << " of " << expected.size();
    EXPECT_GE(one->streams(), 3);
  }
  // Who comes later with an old cursor sees all of it, once.
  const Watching late(suite_, "anna", beginning);
  EXPECT_TRUE(support::Eventually([&] { return late.Etags(open->name()) == expected; }));
}

TEST_F(A9Watch, ACursorOfSomethingElseIsNone) {
  Prepare();
  av::WatchSignalsRequest request;
  request.set_after("bm9uZQ");
  const auto reply = suite_.Call("anna", Concat({kAlliance, "WatchSignals"}), request);
  EXPECT_EQ(reply.reason(), "CURSOR_INVALID") << reply.Text();
}

TEST_F(A9Watch, AProcessThatStopsEndsItsWatches) {
  Prepare();
  const Watching watching(suite_, "anna");
  EXPECT_EQ(suite_.Stop("alliance"), 0);
  suite_.Start("alliance");
  EXPECT_TRUE(support::Eventually([&] { return watching.streams() >= 2; }));
}

}  // namespace
}  // namespace rapport::integration
