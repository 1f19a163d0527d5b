#include "platform/runtime/telemetry/logs.h"

#include "platform/runtime/telemetry/metrics.h"
#include "platform/runtime/telemetry/sanitise.h"
#include "platform/runtime/telemetry/trace.h"
#include "platform/schema/errors.h"
#include "support/captured_logs.h"
#include "support/cpu_time.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <concepts>
#include <memory>
#include <regex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace rapport::telemetry {
namespace {

using support::CapturedLogs;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// The point of it all: text made at run time does not compile.
template <typename T>
concept CanBeLogged =
    requires(T value) { Log(Level::kInfo, Event::kReady, {{Field::kReason, value}}); };
static_assert(!CanBeLogged<std::string>);
static_assert(!CanBeLogged<std::string_view>);
static_assert(!CanBeLogged<const std::string&>);
static_assert(!CanBeLogged<const char*>);
static_assert(!CanBeLogged<char*>);
static_assert(!CanBeLogged<char>);
static_assert(!CanBeLogged<absl::Status>);
static_assert(!CanBeLogged<double>);
static_assert(!std::constructible_from<Literal, std::string>);
static_assert(!std::constructible_from<Literal, const char*>);
static_assert(!std::constructible_from<LogValue, std::string_view>);
// ... and what is meant does.
static_assert(CanBeLogged<int> && CanBeLogged<std::uint64_t> && CanBeLogged<bool>);
static_assert(CanBeLogged<std::chrono::milliseconds> && CanBeLogged<absl::StatusCode>);
static_assert(CanBeLogged<Literal> && CanBeLogged<HashedId>);

class LogsTest : public testing::Test {
 protected:
  LogsTest() {
    StartLogs({.service = "notes", .level = Level::kDebug});
    SetHashKey("key of the test");
    context_.trace = *ParseTraceParent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    context_.trace.parent_span = 0x1122334455667788;
    context_.method = "rapport.notes.v1.SessionNotesService/GetNote";
  }
  ~LogsTest() override { StopLogs(); }

  void SignIn() {
    auto principal = std::make_shared<Principal>();
    principal->agency = "harbour";
    principal->subject = "subject-of-nobody";
    context_.principal = std::move(principal);
  }

  CallContext context_;
};

std::string WithoutTime(const std::string& line) {
  static const std::regex kTime(R"("time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")");
  EXPECT_TRUE(std::regex_search(line, kTime)) << line;
  return std::regex_replace(line, kTime, R"("time":"T")");
}

TEST_F(LogsTest, ACallIsOneLineOfThisShape) {
  SignIn();
  context_.peer = "goals";
  CapturedLogs captured;
  LogCall(context_, absl::OkStatus(), std::chrono::microseconds(1'234));
  ASSERT_EQ(captured.Lines().size(), 1u);
  EXPECT_EQ(WithoutTime(captured.Lines()[0]),
            R"({"time":"T","level":"info","event":"rpc","service":"notes",)"
            R"("trace":"4bf92f3577b34da6a3ce929d0e0e4736","span":"00f067aa0ba902b7",)"
            R"("parent":"1122334455667788",)"
            R"("method":"rapport.notes.v1.SessionNotesService/GetNote","code":"OK","us":1234,)"
            R"("agency":"6559efb2131e6ae1","peer":"goals"})");
}

TEST_F(LogsTest, ARefusedCallSaysItsReason) {
  CapturedLogs captured;
  LogCall(context_, schema::EtagMismatch(""), std::chrono::microseconds(10));
  const auto line = nlohmann::json::parse(captured.Only());
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["code"], "ABORTED");
  EXPECT_EQ(line["reason"], "ETAG_MISMATCH");
  EXPECT_FALSE(line.contains("agency"));
}

TEST_F(LogsTest, ACallThatFailedByOurFaultIsAnError) {
  CapturedLogs captured;
  LogCall(context_, absl::InternalError("row 17 of Mrs Example"), std::chrono::microseconds(10));
  EXPECT_EQ(nlohmann::json::parse(captured.Only()).at("level"), "error");
  EXPECT_THAT(captured.Lines(), ElementsAre(Not(HasSubstr("Example"))));
}

TEST_F(LogsTest, FieldsAreTyped) {
  CapturedLogs captured;
  Log(Level::kInfo, Event::kReady,
      {{Field::kApiPort, 8443},
       {Field::kReason, "ALL_WELL"},
       {Field::kMicros, std::chrono::milliseconds(3)},
       {Field::kCode, absl::StatusCode::kNotFound},
       {Field::kProblem, true},
       {Field::kCount, std::uint64_t{1} << 40},
       {Field::kExitCode, -1},
       {Field::kFamily, HashId("family")}});
  EXPECT_EQ(WithoutTime(captured.Lines().at(0)),
            R"({"time":"T","level":"info","event":"ready","service":"notes","api_port":8443,)"
            R"("reason":"ALL_WELL","us":3000,"code":"NOT_FOUND","problem":true,)"
            R"("count":1099511627776,"exit":-1,"family":"92821743deac627d"})");
}

TEST_F(LogsTest, AnEventInsideACallCarriesItsTrace) {
  CapturedLogs captured;
  Log(context_, Level::kWarn, Event::kPeerUnavailable, {{Field::kPeer, "intake"}});
  const auto line = nlohmann::json::parse(captured.Only());
  EXPECT_EQ(line["trace"], "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(line["peer"], "intake");
}

TEST_F(LogsTest, LessImportantLinesAreNotWritten) {
  StartLogs({.service = "notes", .level = Level::kWarn});
  CapturedLogs captured;
  LogCall(context_, absl::OkStatus(), std::chrono::microseconds(1));
  Log(Level::kInfo, Event::kReady);
  LogClientCall(context_, "rapport.x/Y", absl::StatusCode::kOk, std::chrono::microseconds(1));
  Log(Level::kWarn, Event::kDraining);
  EXPECT_THAT(captured.Lines(), ElementsAre(HasSubstr("draining")));
}

TEST_F(LogsTest, HashesAreKeyed) {
  const std::uint64_t one = HashId("harbour").value;
  EXPECT_EQ(HashId("harbour").value, one);
  EXPECT_NE(HashId("harbor").value, one);
  SetHashKey("another key");  // A thread that has not hashed yet knows only this one.
  std::uint64_t other = 0;
  std::thread([&] { other = HashId("harbour").value; }).join();
  EXPECT_NE(other, one);
}

TEST_F(LogsTest, RepeatedWarningsAreCapped) {
  const double before = Read(Metric::kLogLinesSuppressed);
  CapturedLogs captured;
  for (int i = 0; i < 100; ++i) Log(Level::kWarn, Event::kOutboxDelayed, {{Field::kCount, i}});
  for (int i = 0; i < 20; ++i) Log(Level::kInfo, Event::kAgenciesLoaded);
  EXPECT_EQ(captured.Lines().size(), 10u + 20u);
  EXPECT_EQ(Read(Metric::kLogLinesSuppressed) - before, 90);
}

TEST_F(LogsTest, AnExceptionIsItsTypeAndACleanText) {
  SignIn();
  std::string text;
  try {
    (void)nlohmann::json::parse(R"({"name": "Ann Example", oops})");
  } catch (const std::exception& e) {
    CapturedLogs captured;
    LogException(context_, e);
    const auto line = nlohmann::json::parse(captured.Only());
    EXPECT_EQ(line["level"], "error");
    EXPECT_THAT(line["type"].get<std::string>(), HasSubstr("parse_error"));
    EXPECT_THAT(line["error"].get<std::string>(), HasSubstr("parse error at line 1"));
    text = line.dump();
  }
  EXPECT_THAT(text, Not(HasSubstr("Ann")));
  EXPECT_THAT(text, Not(HasSubstr("oops")));
}

TEST_F(LogsTest, AFailureIsItsCodeAndACleanText) {
  CapturedLogs captured;
  LogFailure(Event::kDatabaseFailed, absl::UnavailableError("no row 'Example': disk is full"),
             {{Field::kDatabase, "keys"}});
  const auto line = nlohmann::json::parse(captured.Only());
  EXPECT_EQ(line["level"], "error");
  EXPECT_EQ(line["code"], "UNAVAILABLE");
  EXPECT_EQ(line["database"], "keys");
  EXPECT_EQ(line["error"], "no row ...: disk is full");
}

TEST(Sanitised, KeepsWordsAndLosesWhatIsQuotedAndNumbersOfPeople) {
  using internal::Sanitised;
  EXPECT_EQ(Sanitised("disk is full"), "disk is full");
  EXPECT_EQ(Sanitised("can't open it"), "can't open it");
  EXPECT_EQ(Sanitised("no such row: 'Ann O'Neil' in t"), "no such row: ... in t");
  EXPECT_EQ(Sanitised("near \"DROP\": and \"x"), "near ...x");
  EXPECT_EQ(Sanitised("only one ` quote"), "only one ...");
  EXPECT_EQ(Sanitised("error 11 in 1234567"), "error 11 in 1234567");
  EXPECT_EQ(Sanitised("phone 004912345678"), "phone #");
  EXPECT_EQ(Sanitised("id 4bf92f3577b34da6a3ce929d0e0e4736!"), "id #?");
  EXPECT_EQ(Sanitised("peer 10.20.30.40:8443 of [2001:db8::1] gone"), "peer # of [#] gone");
  EXPECT_EQ(Sanitised("0.25 of version 1.51.1 at 12:30:45"), "0.25 of version 1.51.1 at 12:30:45");
  EXPECT_EQ(Sanitised("std::out_of_range: at"), "std::out_of_range: at");
  EXPECT_EQ(Sanitised("line\nbreak\ttab \xc3\xa9\xe2\x82\xac"), "line?break?tab ?");
  EXPECT_EQ(Sanitised("back\\slash {json}"), "back?slash ?json?");
  EXPECT_EQ(Sanitised(std::string(300, 'a')), std::string(200, 'a'));
  EXPECT_EQ(Sanitised(""), "");
}

TEST_F(LogsTest, AreWholeWhenManyThreadsWrite) {
  constexpr int kThreads = 4, kEach = 400;
  CapturedLogs captured;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) Log(Level::kInfo, Event::kKeySetLoaded, {{Field::kCount, i}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto lines = captured.Lines();
  EXPECT_EQ(lines.size(), std::size_t{kThreads * kEach});
  for (const std::string& line : lines) {
    ASSERT_TRUE(nlohmann::json::accept(line)) << line;
  }
}

TEST_F(LogsTest, AreThereAfterStop) {
  CapturedLogs captured;
  LogCall(context_, absl::OkStatus(), std::chrono::microseconds(1));
  StopLogs();
  Log(Level::kInfo, Event::kStopped);  // At once from now on.
  EXPECT_EQ(captured.Lines().size(), 2u);
}

// The last words of a process that dies of `signal` with a call's line still waiting.
TEST_F(LogsTest, AreWrittenWhenTheProcessCrashes) {
  for (const int signal : {SIGSEGV, SIGABRT}) {
    CapturedLogs captured;
    StopLogs();  // A fork takes no threads along.
    const pid_t child = ::fork();
    if (child == 0) {
      ::signal(signal, SIG_DFL);  // A sanitizer has a handler of its own.
      StartLogs({.service = "notes"});
      FlushLogsOnCrash();
      FlushLogsOnCrash();
      LogCall(context_, absl::OkStatus(), std::chrono::microseconds(42));
      ::raise(signal);
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), signal);
    EXPECT_THAT(captured.Lines(), ElementsAre(HasSubstr(R"("us":42)")));
  }
}

TEST_F(LogsTest, OfACallCostLessThanAMicrosecond) {
  SignIn();
  context_.peer = "goals";
  CapturedLogs captured;
  const double nanos = support::CpuNanoseconds(20'000, [&](std::size_t i) {
    LogCall(context_, absl::OkStatus(), std::chrono::microseconds(i));
    if (i % 500 == 499) FlushLogs();  // 64 KiB is about 200 lines; the buffer takes 900.
  });
  std::fprintf(stdout, "one line of a call: %.0f ns\n", nanos);
  EXPECT_EQ(captured.Lines().size(), 20'000u);
  if (!support::kSanitized) EXPECT_LT(nanos, 1'000);
}

}  // namespace
}  // namespace rapport::telemetry
