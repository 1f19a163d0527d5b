// What notes tells the others reaches each of them in order within a family and is applied once,
// whoever writes at the same time and however often the receivers die.
#include "integration/demo_suite.h"
#include "support/audit_trail.h"

#include <rapport/intake/v1/system_requests.pb.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace rapport::integration {
namespace {

using support::Reply;
using support::Suite;

constexpr int kFamilies = 3, kWritersPerFamily = 3, kSessionsPerWriter = 12, kKills = 3;
constexpr int kSessions = kFamilies * kWritersPerFamily * kSessionsPerWriter;
constexpr std::int64_t kFirstSession = 1'914'573'600;  // 2030-09-02T10:00:00Z

std::int64_t NowNs() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

type::v1::ExternalId Id(const std::string& value) {
  type::v1::ExternalId id;
  id.set_system("old");
  id.set_value(value);
  return id;
}

// A session that was held, and when the call that said so began and was answered.
struct Written {
  std::int64_t begun_ns = 0, answered_ns = 0;
};

class EventOrder : public testing::Test {
 protected:
  EventOrder() : suite_({.settings = {{"lame_duck_seconds", "0"}}}) {
    suite_.AddPerson("ida", {"intake", "admin"});
    suite_.AddPerson("audrey", {"auditor"});
    suite_.StartAll();
  }

  // An answer, however often the service has to be asked: what it is asked has a request id.
  Reply Insist(const std::string& method, const google::protobuf::Message& request) {
    Reply reply;
    support::Eventually([&] {
      reply = suite_.Call("ida", method, request);
      return reply.code != kUnavailable;
    });
    EXPECT_TRUE(reply.ok()) << method << ": " << reply.Text();
    return reply;
  }

  // Families "F0", "F1", ... of one parent "F0-M", helped by "T".
  void ImportFamilies() {
    intake::v1::CreateProfessionalRequest therapist;
    therapist.set_request_id(support::NewUuid());
    therapist.mutable_professional()->set_display_name("Anna Sample");
    therapist.mutable_professional()->set_kind(intake::v1::PROFESSIONAL_KIND_STAFF);
    *therapist.mutable_professional()->add_external_ids() = Id("T");
    Insist(Concat({kIntake, "CreateProfessional"}), therapist);
    intake::v1::BatchImportFamiliesRequest request;
    request.set_request_id(support::NewUuid());
    auto& attestation = *request.mutable_attestation();
    attestation.set_attested_by("Ida Sample");
    attestation.set_statement("Papers of the old system");
    attestation.mutable_attest_time()->set_seconds(kFirstSession);
    attestation.add_consents(intake::v1::CONSENT_PURPOSE_TREATMENT);
    for (int i = 0; i < kFamilies; ++i) {
      auto& family = *request.add_families();
      const std::string name = "F" + std::to_string(i);
      *family.mutable_external_id() = Id(name);
      family.set_display_name(name);
      family.mutable_open_time()->set_seconds(kFirstSession);
      *family.mutable_therapist() = Id("T");
      auto& member = *family.add_members();
      *member.mutable_external_id() = Id(name + "-M");
      member.set_display_name(name + "-M");
      member.set_role(intake::v1::MEMBER_ROLE_PARENT);
      member.set_involvement(intake::v1::INVOLVEMENT_DIRECT);
    }
    intake::v1::BatchImportFamiliesResponse imported;
    const Reply reply = Insist(Concat({kIntake, "BatchImportFamilies"}), request);
    ASSERT_TRUE(imported.ParseFromString(reply.body));
    for (const auto& outcome : imported.outcomes()) {
      ASSERT_EQ(outcome.status(), intake::v1::IMPORT_STATUS_CREATED) << outcome.ShortDebugString();
    }
  }

  // One writer of one family: each session is a call and an event of its own.
  void HoldSessions(int family, int writer) {
    const std::string name = "F" + std::to_string(family);
    for (int i = 0; i < kSessionsPerWriter; ++i) {
      const int number = writer * kSessionsPerWriter + i;
      notes::v1::BatchImportSessionsRequest request;
      request.set_request_id(support::NewUuid());
      auto& session = *request.add_sessions();
      *session.mutable_external_id() = Id(Concat({name, "/", std::to_string(number)}));
      *session.mutable_family() = Id(name);
      session.mutable_start_time()->set_seconds(kFirstSession + number * 7'200);
      session.mutable_end_time()->set_seconds(kFirstSession + number * 7'200 + 3'600);
      session.set_format(notes::v1::SESSION_FORMAT_INDIVIDUAL);
      auto& attendance = *session.add_members();
      *attendance.mutable_member() = Id(name + "-M");
      attendance.set_presence(notes::v1::PRESENCE_PRESENT);
      Written written{.begun_ns = NowNs()};
      notes::v1::BatchImportSessionsResponse response;
      const Reply reply = Insist(Concat({kNotes, "BatchImportSessions"}), request);
      written.answered_ns = NowNs();
      ASSERT_TRUE(response.ParseFromString(reply.body));
      ASSERT_EQ(response.outcomes_size(), 1);
      ASSERT_EQ(response.outcomes(0).status(), notes::v1::IMPORT_STATUS_CREATED)
          << response.ShortDebugString();
      std::lock_guard lock(mutex_);
      written_[response.outcomes(0).session()] = written;
    }
  }

  // Which sessions `service` says it was told of, in the order it applied them, by family.
  std::map<std::string, std::vector<std::string>> AppliedBy(const std::string& service) {
    std::map<std::string, std::vector<std::string>> applied;
    for (const auto& event :
         support::AuditTrail(suite_, service, "audrey", "action = \"session.held\"")) {
      applied[event.family()].push_back(event.resource());
    }
    return applied;
  }

  static std::size_t Count(const std::map<std::string, std::vector<std::string>>& applied) {
    std::size_t count = 0;
    for (const auto& [family, sessions] : applied) count += sessions.size();
    return count;
  }

  // A session whose call was answered before another's began was committed before it.
  void ExpectOrder(const std::vector<std::string>& applied, const std::string& service) {
    int compared = 0;
    for (std::size_t later = 0; later < applied.size(); ++later) {
      for (std::size_t earlier = 0; earlier < later; ++earlier) {
        const Written& first = written_.at(applied[earlier]);
        const Written& second = written_.at(applied[later]);
        EXPECT_FALSE(second.answered_ns < first.begun_ns)
            << service << " applied " << applied[later] << " after " << applied[earlier];
        compared += first.answered_ns < second.begun_ns ? 1 : 0;
      }
    }
    EXPECT_GT(compared, kSessionsPerWriter);  // writers waited for their own answers, at least
  }

  Suite suite_;
  std::mutex mutex_;
  std::map<std::string, Written> written_;  // by session; guarded by mutex_ while there are writers
};

TEST_F(EventOrder, EachFamilysEventsAreAppliedInOrderAndOnceWhileReceiversDie) {
  ImportFamilies();
  std::atomic<int> writing{kFamilies * kWritersPerFamily};
  std::vector<std::thread> writers;
  for (int family = 0; family < kFamilies; ++family) {
    for (int writer = 0; writer < kWritersPerFamily; ++writer) {
      writers.emplace_back([&, family, writer] {
        HoldSessions(family, writer);
        --writing;
      });
    }
  }
  // Each receiver dies at a third, at two thirds and at the end of the writing.
  const auto done = [&] {
    std::lock_guard lock(mutex_);
    return static_cast<int>(written_.size());
  };
  for (int kill = 1; kill <= kKills; ++kill) {
    support::Eventually([&] { return writing == 0 || done() >= kill * kSessions / kKills; });
    for (const char* const receiver : {"alliance", "goals"}) {
      suite_.Kill(receiver);
      suite_.Start(receiver);
    }
  }
  for (std::thread& writer : writers) writer.join();
  ASSERT_EQ(written_.size(), static_cast<std::size_t>(kSessions));

  for (const std::string receiver : {"alliance", "goals"}) {
    std::map<std::string, std::vector<std::string>> applied;
    EXPECT_TRUE(support::Eventually([&] {
      applied = AppliedBy(receiver);
      return Count(applied) >= written_.size();
    })) << receiver
        << " was told of " << Count(applied);
    EXPECT_EQ(applied.size(), static_cast<std::size_t>(kFamilies)) << receiver;
    for (const auto& [family, sessions] : applied) {
      const std::set<std::string> once(sessions.begin(), sessions.end());
      EXPECT_EQ(once.size(), sessions.size()) << receiver << " applied one twice";
      EXPECT_EQ(sessions.size(), static_cast<std::size_t>(kWritersPerFamily * kSessionsPerWriter));
      for (const std::string& session : sessions) ASSERT_TRUE(written_.contains(session));
      ExpectOrder(sessions, receiver);
    }
  }
}

}  // namespace
}  // namespace rapport::integration
