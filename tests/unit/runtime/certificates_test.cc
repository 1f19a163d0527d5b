#include "platform/runtime/certificates.h"

#include "admin/certificates.h"
#include "platform/base/clock.h"
#include "platform/base/spiffe.h"
#include "platform/runtime/certificate_check.h"
#include "support/captured_logs.h"
#include "support/eventually.h"
#include "support/scratch_folder.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace rapport::runtime {
namespace {

using admin::Certified;
using admin::Certify;
using std::chrono::days;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr seconds kPatience{30};

bool Eventually(const std::function<bool()>& done) { return support::Eventually(done, kPatience); }

std::int64_t NowUnix() { return RealMicros() / 1'000'000; }

// What one call on `channel` found out: its status and, when it went well, the server's
// certificate.
struct Answer {
  grpc::Status status;
  std::string certificate, spiffe_id;
};
std::string Property(const grpc::AuthContext& context, const char* name) {
  const auto values = context.FindPropertyValues(name);
  return values.size() == 1 ? std::string(values[0].data(), values[0].size()) : "";
}
Answer Ask(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kPatience);
  grpc::CompletionQueue queue;
  const grpc::Slice nothing;
  grpc::ByteBuffer empty(&nothing, 1), reply;
  Answer answer;
  auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", empty, &queue);
  call->StartCall();
  call->Finish(&reply, &answer.status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  if (const auto peer = context.auth_context(); answer.status.ok() && peer) {
    answer.certificate = Property(*peer, "x509_pem_cert");
    answer.spiffe_id = Property(*peer, "peer_spiffe_id");
  }
  return answer;
}

// A connection of its own: channels to one address share connections otherwise.
std::shared_ptr<grpc::Channel> Connect(int port,
                                       std::shared_ptr<grpc::ChannelCredentials> credentials) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port), std::move(credentials),
                                   arguments);
}

struct TestServer {
  grpc::CallbackGenericService nothing_else;
  std::unique_ptr<grpc::Server> server;
  int port = 0;

  explicit TestServer(std::shared_ptr<grpc::ServerCredentials> credentials) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", std::move(credentials), &port);
    builder.RegisterCallbackGenericService(&nothing_else);
    server = builder.BuildAndStart();
  }
  ~TestServer() { server->Shutdown(std::chrono::system_clock::now()); }
};

class CertificatesTest : public testing::Test {
 protected:
  CertificatesTest() {
    std::filesystem::create_directory(folder_ / "private");
    WriteText(folder_ / "ca.pem", authority_.CertificatePem());
    Put("notes", Certify(authority_, "notes", days(30)));
    Put("goals", Certify(authority_, "goals", days(30)));
  }

  void Put(const std::string& name, const Certified& certified) {
    WriteText(folder_ / (name + ".key"), certified.KeyPem());
    WriteText(folder_ / (name + ".pem"), certified.CertificatePem());
  }
  Certificates::Options OptionsOf(const std::string& service) {
    return {.name = "mesh",
            .certificate_path = folder_ / (service + ".pem"),
            .key_path = folder_ / (service + ".key"),
            .authority_path = folder_ / "ca.pem",
            .service = service,
            .private_parent = folder_ / "private",
            .interval = milliseconds(10)};
  }
  std::unique_ptr<Certificates> Open(const std::string& service) {
    auto opened = Certificates::Open(OptionsOf(service));
    EXPECT_TRUE(opened.ok()) << opened.status();
    return opened.ok() ? *std::move(opened) : nullptr;
  }
  grpc::SslCredentialsOptions ClientOf(const Certified& certified) const {
    return {.pem_root_certs = authority_.CertificatePem(),
            .pem_private_key = certified.KeyPem(),
            .pem_cert_chain = certified.CertificatePem()};
  }

  ScratchFolder folder_;
  Certified authority_ = admin::NewAuthority(days(100));
};

TEST_F(CertificatesTest, ServicesKnowEachOtherByName) {
  const auto notes = Open("notes"), goals = Open("goals");
  const TestServer server(notes->ForServer());
  const Answer answer = Ask(Connect(server.port, goals->ForChannelTo("notes")));
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.spiffe_id, "spiffe://rapport/sa/notes");
}

TEST_F(CertificatesTest, AServiceAtTheWrongAddressIsNotTrusted) {
  const auto notes = Open("notes"), goals = Open("goals");
  const TestServer server(notes->ForServer());
  EXPECT_FALSE(Ask(Connect(server.port, goals->ForChannelTo("intake"))).status.ok());
}

TEST_F(CertificatesTest, TheMeshRefusesWhoIsNoServiceOfTheSuite) {
  const auto notes = Open("notes");
  const TestServer server(notes->ForServer());
  // Shows none, or one of another authority, or one that has expired, or that names no service.
  EXPECT_FALSE(Ask(Connect(server.port,
                           grpc::SslCredentials({.pem_root_certs = authority_.CertificatePem()})))
                   .status.ok());
  const Certified strangers[] = {Certify(admin::NewAuthority(days(10)), "goals", days(5)),
                                 Certify(authority_, "goals", days(-1)),
                                 Certify(authority_, "NO SERVICE", days(5))};
  for (const Certified& stranger : strangers) {
    EXPECT_FALSE(Ask(Connect(server.port, grpc::SslCredentials(ClientOf(stranger)))).status.ok());
  }
  EXPECT_FALSE(Ask(Connect(server.port, grpc::InsecureChannelCredentials())).status.ok());
  const Certified goals = Certify(authority_, "goals", days(5));
  EXPECT_TRUE(Ask(Connect(server.port, grpc::SslCredentials(ClientOf(goals)))).status.ok());
}

TEST_F(CertificatesTest, TheApiAsksClientsForNothing) {
  Certificates::Options options = OptionsOf("notes");
  options.name = "api";
  options.authority_path.clear();
  const auto api = Certificates::Open(options);
  ASSERT_TRUE(api.ok()) << api.status();
  const TestServer server((*api)->ForServer());
  const Answer answer = Ask(
      Connect(server.port, grpc::SslCredentials({.pem_root_certs = authority_.CertificatePem()})));
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_FALSE(Ask(Connect(server.port, grpc::InsecureChannelCredentials())).status.ok());
}

TEST_F(CertificatesTest, ARenewedOneServesNewConnectionsAndKeepsOldOnes) {
  const auto notes = Open("notes"), goals = Open("goals");
  const TestServer server(notes->ForServer());
  const auto old_channel = Connect(server.port, goals->ForChannelTo("notes"));
  const Answer before = Ask(old_channel);
  ASSERT_TRUE(before.status.ok());

  const Certified renewed = Certify(authority_, "notes", days(60));
  Put("notes", renewed);
  ASSERT_TRUE(Eventually([&] { return notes->installed() == 2; }));
  EXPECT_GT(notes->not_after_unix(), NowUnix() + 59 * 24 * 3'600);
  EXPECT_EQ(telemetry::Read(telemetry::Metric::kCertNotAfter, "mesh"),
            static_cast<double>(notes->not_after_unix() + goals->not_after_unix()));
  // gRPC looks once a second.
  EXPECT_TRUE(Eventually([&] {
    const Answer now = Ask(Connect(server.port, goals->ForChannelTo("notes")));
    EXPECT_TRUE(now.status.ok()) << now.status.error_message();
    return now.certificate == renewed.CertificatePem();
  }));
  EXPECT_EQ(Ask(old_channel).certificate, before.certificate);
}

TEST_F(CertificatesTest, ARenewedAuthorityIsTrusted) {
  const auto notes = Open("notes"), goals = Open("goals");
  const TestServer server(notes->ForServer());
  authority_ = admin::NewAuthority(days(100));
  Put("notes", Certify(authority_, "notes", days(30)));
  Put("goals", Certify(authority_, "goals", days(30)));
  WriteText(folder_ / "ca.pem", authority_.CertificatePem());
  ASSERT_TRUE(Eventually([&] { return notes->installed() == 2 && goals->installed() == 2; }));
  EXPECT_TRUE(Eventually(
      [&] { return Ask(Connect(server.port, goals->ForChannelTo("notes"))).status.ok(); }));
}

TEST_F(CertificatesTest, ABadOneIsNeverServedAndIsCounted) {
  const auto notes = Open("notes"), goals = Open("goals");
  const TestServer server(notes->ForServer());
  const Answer before = Ask(Connect(server.port, goals->ForChannelTo("notes")));
  const std::int64_t not_after = notes->not_after_unix();
  const Certified good = Certify(authority_, "notes", days(60));
  const Certified other = Certify(authority_, "notes", days(60));
  const Certified expired = Certify(authority_, "notes", days(-1));
  const Certified of_goals = Certify(authority_, "goals", days(60));
  const Certified of_stranger = Certify(admin::NewAuthority(days(90)), "notes", days(60));
  const std::string pem = good.CertificatePem(), key = good.KeyPem();

  const std::pair<std::string, std::string> bad[] = {
      {pem, other.KeyPem()},
      {pem.substr(0, pem.size() / 2), key},
      {pem, key.substr(0, key.size() / 2)},
      {"", key},
      {"no certificate", key},
      {expired.CertificatePem(), expired.KeyPem()},
      {of_goals.CertificatePem(), of_goals.KeyPem()},
      {of_stranger.CertificatePem(), of_stranger.KeyPem()},
  };
  for (const auto& [bad_pem, bad_key] : bad) {
    const double refused = telemetry::Read(telemetry::Metric::kCertRefused, "mesh");
    WriteText(folder_ / "notes.key", bad_key);
    WriteText(folder_ / "notes.pem", bad_pem);
    ASSERT_TRUE(Eventually(
        [&] { return telemetry::Read(telemetry::Metric::kCertRefused, "mesh") > refused; }));
  }
  EXPECT_EQ(notes->installed(), 1);
  EXPECT_EQ(notes->not_after_unix(), not_after);
  EXPECT_EQ(Ask(Connect(server.port, goals->ForChannelTo("notes"))).certificate,
            before.certificate);

  const double refused = telemetry::Read(telemetry::Metric::kCertRefused, "mesh");
  std::filesystem::remove(folder_ / "notes.pem");
  ASSERT_TRUE(Eventually(
      [&] { return telemetry::Read(telemetry::Metric::kCertRefused, "mesh") > refused; }));
  Put("notes", good);
  EXPECT_TRUE(Eventually([&] { return notes->installed() == 2; }));
}

TEST_F(CertificatesTest, DoNotOpenWithABadOne) {
  WriteText(folder_ / "notes.key", Certify(authority_, "notes", days(1)).KeyPem());
  const absl::Status status = Certificates::Open(OptionsOf("notes")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.ToString(), HasSubstr("notes.pem: key does not belong to the certificate"));
  std::filesystem::remove(folder_ / "notes.key");
  EXPECT_THAT(Certificates::Open(OptionsOf("notes")).status().ToString(), HasSubstr("notes.key"));
}

TEST_F(CertificatesTest, AnEndThatIsNearIsToldOnceAndServedAllTheSame) {
  support::CapturedLogs captured;
  Certificates::Options options = OptionsOf("notes");
  options.warn_before_end = days(31);
  const auto notes = Certificates::Open(options);
  ASSERT_TRUE(notes.ok()) << notes.status();
  const auto warnings = [&] {
    const auto lines = captured.Lines();
    return std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
      return line.find("certificate_expiring") != std::string::npos;
    });
  };
  ASSERT_TRUE(Eventually([&] { return warnings() > 0; }));
  Put("notes", Certify(authority_, "notes", days(60)));
  ASSERT_TRUE(Eventually([&] { return (*notes)->installed() == 2; }));
  EXPECT_EQ(warnings(), 1);
}

TEST_F(CertificatesTest, LeaveNoKeyBehind) {
  const auto folders = [&] {
    const std::filesystem::directory_iterator all(folder_ / "private");
    return std::distance(begin(all), end(all));
  };
  {
    const auto notes = Open("notes");
    EXPECT_EQ(folders(), 1);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / "private")) {
      EXPECT_EQ(std::filesystem::status(entry).permissions() & std::filesystem::perms(077),
                std::filesystem::perms::none)
          << entry.path();
    }
  }
  EXPECT_EQ(folders(), 0);
}

class CertificateCheckTest : public testing::Test {
 protected:
  std::string Problem(const CertificateFiles& files, std::int64_t now_unix) const {
    return std::string(CheckCertificate(files, "notes", now_unix).status().message());
  }
  CertificateFiles FilesOf(const Certified& certified) const {
    return {.certificate = certified.CertificatePem(),
            .key = certified.KeyPem(),
            .authority = authority_.CertificatePem()};
  }

  const Certified authority_ = admin::NewAuthority(days(100));
  const Certified notes_ = Certify(authority_, "notes", days(30));
  const std::int64_t now_ = NowUnix();
};

TEST_F(CertificateCheckTest, AGoodPairSaysItsServiceAndItsEnd) {
  const auto checked = CheckCertificate(FilesOf(notes_), "notes", now_);
  ASSERT_TRUE(checked.ok()) << checked.status();
  EXPECT_EQ(checked->service, "notes");
  EXPECT_NEAR(static_cast<double>(checked->not_after_unix), static_cast<double>(now_ + 30 * 86'400),
              60);
}

TEST_F(CertificateCheckTest, TimeIsLookedAt) {
  EXPECT_EQ(Problem(FilesOf(notes_), now_ + 31 * 86'400), "has expired");
  EXPECT_EQ(Problem(FilesOf(notes_), now_ - 3'600), "is not valid yet");
  EXPECT_EQ(Problem(FilesOf(notes_), now_ + 29 * 86'400), "");
}

TEST_F(CertificateCheckTest, EachProblemHasItsName) {
  const Certified stranger = Certify(admin::NewAuthority(days(10)), "notes", days(5));
  CertificateFiles files = FilesOf(stranger);
  EXPECT_THAT(Problem(files, now_), HasSubstr("does not lead to the authority"));
  files = FilesOf(Certify(authority_, "goals", days(5)));
  EXPECT_EQ(Problem(files, now_), "is of another service, or of none");
  files = FilesOf(Certify(authority_, "notes,URI:spiffe://rapport/sa/goals", days(5)));
  EXPECT_EQ(Problem(files, now_), "names more than one service");
  files = FilesOf(Certify(authority_, "notes,URI:spiffe://elsewhere/sa/notes", days(5)));
  EXPECT_EQ(Problem(files, now_), "has a URI that is no name of a service");
  files = FilesOf(notes_);
  files.authority = "nothing";
  EXPECT_EQ(Problem(files, now_), "authority is not whole PEM");
  files = FilesOf(authority_);
  EXPECT_THAT(Problem(files, now_), HasSubstr("server"));
}

TEST_F(CertificateCheckTest, HalfAFileIsNeverAccepted) {
  const CertificateFiles whole = FilesOf(notes_);
  // Without its last newline a file still says everything.
  for (std::size_t size = 0; size + 1 < whole.certificate.size(); size += 7) {
    CertificateFiles half = whole;
    half.certificate.resize(size);
    EXPECT_NE(Problem(half, now_), "") << size;
  }
  for (std::size_t size = 0; size + 1 < whole.key.size(); size += 7) {
    CertificateFiles half = whole;
    half.key.resize(size);
    EXPECT_NE(Problem(half, now_), "") << size;
  }
}

TEST_F(CertificateCheckTest, WithoutAnAuthorityOnlyThePairCounts) {
  CertificateFiles files = FilesOf(Certify(authority_, "goals", days(5)));
  files.authority.clear();
  EXPECT_EQ(Problem(files, now_), "");
}

TEST(SpiffeId, NamesAServiceOrNothing) {
  EXPECT_EQ(ServiceOfSpiffeId("spiffe://rapport/sa/notes"), "notes");
  EXPECT_EQ(ServiceOfSpiffeId("spiffe://rapport/sa/edge-2"), "edge-2");
  for (const std::string_view id :
       {"", "notes", "spiffe://rapport/sa/", "spiffe://rapport/sa/notes/x",
        "spiffe://rapport/notes", "spiffe://rapport.evil/sa/notes", "SPIFFE://rapport/sa/notes",
        "spiffe://rapport/sa/Notes", "spiffe://rapport/sa/notes?x", " spiffe://rapport/sa/notes"}) {
    EXPECT_EQ(ServiceOfSpiffeId(id), std::nullopt) << id;
  }
  EXPECT_TRUE(ServiceOfSpiffeId("spiffe://rapport/sa/" + std::string(63, 'a')));
  EXPECT_FALSE(ServiceOfSpiffeId("spiffe://rapport/sa/" + std::string(64, 'a')));
}

TEST(PrivateFolder, RemovesWhatAKilledProcessLeft) {
  ScratchFolder parent;
  const std::string orphan = parent / "rapport-private.orphan";
  std::filesystem::create_directory(orphan);
  WriteText(orphan + "/lock", "");
  WriteText(orphan + "/tls.key", "left behind");
  std::filesystem::create_directory(parent / "of-somebody-else");
  const auto first = PrivateFolder::Make(parent.path());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_FALSE(std::filesystem::exists(orphan));
  EXPECT_TRUE(std::filesystem::exists(parent / "of-somebody-else"));
  const auto second = PrivateFolder::Make(parent.path());
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(std::filesystem::exists((*first)->path()));  // Its process lives.
}

TEST(PrivateFolder, IsNotTakenForAnOrphanByOthersThatStartAtTheSameMoment) {
  ScratchFolder parent;
  std::atomic<int> made = 0, lost = 0;
  {
    std::vector<std::jthread> processes;
    for (int i = 0; i < 8; ++i) {
      processes.emplace_back([&] {
        for (int round = 0; round < 300; ++round) {
          const auto folder = PrivateFolder::Make(parent.path());
          made += folder.ok();
          lost += folder.ok() && !std::filesystem::exists((*folder)->path() + "/lock");
        }
      });
    }
  }
  EXPECT_EQ(made, 8 * 300);
  EXPECT_EQ(lost, 0);
}

TEST(PrivateFolder, SaysWhenItCantBeMade) {
  EXPECT_EQ(PrivateFolder::Make("/does/not/exist").status().code(),
            absl::StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace rapport::runtime
