// rapport-admin as an operator runs it: the real binary, on files of a scratch folder.
#include "keys_fixture.h"
#include "platform/crypto/local_issuer.h"
#include "platform/crypto/suite_secret.h"
#include "platform/crypto/token_verifier.h"
#include "support/scratch_folder.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <string>
#include <vector>

namespace rapport::crypto {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Outcome {
  int code = -1;
  std::string out, err;
};

class Admin : public KeysFixture {
 protected:
  Outcome Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), std::string(std::getenv("RAPPORT_BIN")) + "/rapport-admin");
    const std::string out = folder_ / "stdout", err = folder_ / "stderr";
    const pid_t child = fork();
    if (child == 0) {
      std::vector<char*> argv;
      for (std::string& argument : arguments) argv.push_back(argument.data());
      argv.push_back(nullptr);
      dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
      dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
      execv(argv[0], argv.data());
      _exit(127);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadText(out), ReadText(err)};
  }
  void Works(std::vector<std::string> arguments) {
    const Outcome outcome = Run(std::move(arguments));
    EXPECT_EQ(outcome.code, 0) << outcome.err;
  }
  std::string Fails(std::vector<std::string> arguments) {
    const Outcome outcome = Run(std::move(arguments));
    EXPECT_NE(outcome.code, 0);
    EXPECT_NE(outcome.code, -1) << "it crashed";
    return outcome.err + outcome.out;
  }
  static mode_t ModeOf(const std::string& path) {
    struct stat facts{};
    EXPECT_EQ(stat(path.c_str(), &facts), 0) << path;
    return facts.st_mode & 0777;
  }
  std::vector<std::string> AddHarbour(std::vector<std::string> more = {}) const {
    std::vector<std::string> add = {
        "agency",      "add",           "--file",         folder_ / "agencies.yaml",
        "--id",        "harbour",       "--name",         "Harbour House",
        "--time-zone", "Europe/Berlin", "--local-issuer", folder_ / "issuer"};
    add.insert(add.end(), more.begin(), more.end());
    return add;
  }
};

TEST_F(Admin, SaysWhatItCanDo) {
  const Outcome help = Run({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* command : {"agency", "authority", "issuer", "keys", "secret", "token"}) {
    EXPECT_THAT(help.out, HasSubstr(command));
  }
  EXPECT_THAT(Fails({}), HasSubstr("subcommand"));
  EXPECT_THAT(Fails({"keys"}), HasSubstr("subcommand"));
  EXPECT_THAT(Fails({"secret", "new"}), HasSubstr("file"));
}

TEST_F(Admin, MakesASecretOnce) {
  const std::string path = folder_ / "suite.secret";
  Works({"secret", "new", path});
  const std::string made = ReadText(path);
  EXPECT_EQ(ModeOf(path), 0600u);
  EXPECT_TRUE(SuiteSecret::Load(path).ok());
  EXPECT_THAT(Fails({"secret", "new", path}), HasSubstr("is there already"));
  Works({"secret", "new", path, "--if-missing"});
  EXPECT_EQ(ReadText(path), made);
  Works({"secret", "new", folder_ / "other.secret"});
  EXPECT_NE(ReadText(folder_ / "other.secret"), made);
}

TEST_F(Admin, MakesEverythingATokenNeeds) {
  Works({"issuer", "new", folder_ / "issuer", "--url", "https://issuer.example.org"});
  Works(AddHarbour());
  const Outcome token =
      Run({"token", "--issuer", folder_ / "issuer", "--agency", "harbour", "--sub", "user-1",
           "--roles", "clinician,supervisor", "--minutes", "5"});
  ASSERT_EQ(token.code, 0) << token.err;
  ASSERT_TRUE(token.out.ends_with('\n'));

  auto agencies = Agencies::Load(folder_ / "agencies.yaml");
  ASSERT_TRUE(agencies.ok()) << agencies.status();
  const SuiteSecret secret(NewSecret());
  const SystemClock machine_clock;
  TokenVerifier verifier(std::make_shared<const Agencies>(*std::move(agencies)), secret,
                         machine_clock, {});
  const auto principal =
      verifier.Authenticate("Bearer " + token.out.substr(0, token.out.size() - 1));
  ASSERT_TRUE(principal.ok()) << principal.status();
  EXPECT_EQ((*principal)->subject, "user-1");
  EXPECT_NEAR(static_cast<double>((*principal)->expires_unix),
              static_cast<double>(RealMicros() / 1'000'000 + 300), 60);
}

TEST_F(Admin, AddsAnAgencyOnceAndKeepsTheFileAsItIs) {
  Works({"issuer", "new", folder_ / "issuer"});
  const std::string path = folder_ / "agencies.yaml";
  WriteText(path,
            "# ours\nagencies:\n  - id: meadow  # first\n    display_name: M\n    issuer: i\n"
            "    jwks: j\n    time_zone: UTC");
  const std::string before = ReadText(path);
  Works(AddHarbour());
  const std::string added = ReadText(path);
  EXPECT_THAT(added, StartsWith(before));
  Works(AddHarbour());
  EXPECT_EQ(ReadText(path), added);
  EXPECT_THAT(Fails(AddHarbour({"--retention-years", "30"})), HasSubstr("with other settings"));
  EXPECT_EQ(ReadText(path), added);
  const auto agencies = Agencies::Load(path);
  ASSERT_TRUE(agencies.ok()) << agencies.status();
  EXPECT_EQ(agencies->all().size(), 2u);
  EXPECT_TRUE(agencies->Find("harbour")->local_issuer);
  EXPECT_FALSE(agencies->Find("meadow")->local_issuer);
}

TEST_F(Admin, RefusesAnAgencyThatNoServiceWouldRead) {
  Works({"issuer", "new", folder_ / "issuer"});
  EXPECT_THAT(Fails(AddHarbour({"--retention-years", "0"})), HasSubstr("retention_years"));
  EXPECT_THAT(Fails(AddHarbour({"--token-lifetime-seconds", "3601"})),
              HasSubstr("from 60 to 3600"));
  EXPECT_THAT(Fails({"agency", "add", "--file", folder_ / "agencies.yaml", "--id", "Harbour",
                     "--name", "H", "--time-zone", "UTC", "--issuer", "i", "--jwks", "j"}),
              HasSubstr("id: expected"));
  EXPECT_THAT(Fails({"agency", "add", "--file", folder_ / "agencies.yaml", "--id", "harbour",
                     "--name", "H", "--time-zone", "UTC"}),
              HasSubstr("--issuer and --jwks"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "agencies.yaml"));
  WriteText(folder_ / "agencies.yaml", "agencies:\n  - broken\n");
  EXPECT_THAT(Fails(AddHarbour()), HasSubstr("agencies.yaml:2:"));
}

TEST_F(Admin, AnIssuerIsMadeOnce) {
  Works({"issuer", "new", folder_ / "issuer"});
  const std::string key = ReadText(folder_ / "issuer/issuer.key");
  EXPECT_THAT(Fails({"issuer", "new", folder_ / "issuer"}), HasSubstr("is an issuer already"));
  Works({"issuer", "new", folder_ / "issuer", "--if-missing"});
  EXPECT_EQ(ReadText(folder_ / "issuer/issuer.key"), key);
}

TEST_F(Admin, ATokenNamesRolesThatExistAndAMomentThatEnds) {
  Works({"issuer", "new", folder_ / "issuer"});
  const std::vector<std::string> token = {
      "token", "--issuer", folder_ / "issuer", "--agency", "harbour", "--sub", "user-1"};
  const auto with = [&](std::initializer_list<std::string> more) {
    std::vector<std::string> all = token;
    all.insert(all.end(), more);
    return all;
  };
  EXPECT_THAT(Fails(with({"--roles", "wizard"})), HasSubstr("no role wizard"));
  EXPECT_THAT(Fails(with({"--roles", "invitation"})), HasSubstr("no role invitation"));
  EXPECT_THAT(Fails(with({"--minutes", "61"})), HasSubstr("--minutes"));
  EXPECT_THAT(Fails(with({"--issuer", folder_ / "none"})), HasSubstr("issuer"));
  Works(with({}));
}

class AdminKeys : public Admin {
 protected:
  void SetUp() override {
    Admin::SetUp();
    ASSERT_TRUE(WriteKeyFile(kek_, keks_).ok());
    sealed_ = Make("f1")->Seal("identity", "plain");
  }
  std::vector<std::string> Keys(const std::string& command) {
    std::vector<std::string> all = {"keys",  command, "--service", "notes",
                                    "--kek", kek_,    "--db",      db_path()};
    if (command == "rotate-agency") all.insert(all.end(), {"--agency", "harbour"});
    return all;
  }
  void Stop() {
    ring_.reset();
    db_.reset();
  }
  bool Opens() {
    auto keks = ReadKeyFile(kek_, kMostKeysInFile);
    EXPECT_TRUE(keks.ok()) << keks.status();
    keks_ = *std::move(keks);
    OpenDb();
    ring_ = NewRing();
    const auto key = ring_->Find("harbour", "f1", KeyClass::kRecord);
    const bool opens = key.ok() && (*key)->Open("identity", sealed_).ok();
    Stop();
    return opens;
  }

  const std::string kek_ = folder_ / "notes.kek";
  std::string sealed_;
};

TEST_F(AdminKeys, RotatesTheKekOfAStoppedService) {
  const std::string before = ReadText(kek_);
  Stop();
  const Outcome outcome = Run(Keys("rotate-kek"));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("1 agency keys"));
  const std::string after = ReadText(kek_);
  EXPECT_EQ(after.size(), 65u);
  EXPECT_NE(after, before);
  EXPECT_EQ(ModeOf(kek_), 0600u);
  EXPECT_TRUE(Opens());
  Works(Keys("rotate-kek"));
  EXPECT_TRUE(Opens());
}

TEST_F(AdminKeys, TouchesNothingOfARunningService) {
  const std::string before = ReadText(kek_);
  for (const char* command : {"rotate-kek", "rewrap", "rotate-agency"}) {
    EXPECT_THAT(Fails(Keys(command)), HasSubstr("another process"));
  }
  EXPECT_EQ(ReadText(kek_), before);
}

TEST_F(AdminKeys, KeepsEveryKeyThatARowStillNeeds) {
  Stop();
  const std::string right = ReadText(kek_);
  std::vector<Secret> wrong;
  wrong.push_back(NewSecret());
  ASSERT_TRUE(WriteKeyFile(kek_, wrong).ok());
  const std::string before = ReadText(kek_);
  EXPECT_THAT(Fails(Keys("rotate-kek")), HasSubstr("not in the file"));
  EXPECT_THAT(ReadText(kek_), HasSubstr(before)) << "an interrupted rotation loses no key";
  WriteText(kek_, right);
  EXPECT_TRUE(Opens());
}

TEST_F(AdminKeys, RewrapsByTheFirstKeyOfAMountedFile) {
  Stop();
  std::vector<Secret> both;
  both.push_back(NewSecret());
  both.push_back(Copy(keks_[0]));
  ASSERT_TRUE(WriteKeyFile(kek_, both).ok());
  const std::string mounted = ReadText(kek_);
  Works(Keys("rewrap"));
  EXPECT_EQ(ReadText(kek_), mounted);
  both.resize(1);
  ASSERT_TRUE(WriteKeyFile(kek_, both).ok());
  EXPECT_TRUE(Opens());
}

TEST_F(AdminKeys, RotatesAnAgencysKey) {
  Stop();
  const Outcome outcome = Run(Keys("rotate-agency"));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("1 family keys"));
  EXPECT_TRUE(Opens());
}

using Certificate = Owned<X509, X509_free>;

Certificate ReadCertificate(const std::string& path) {
  const std::string pem = ReadText(path);
  const Bio bio(BIO_new_mem_buf(pem.data(), Size(pem)));
  return Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

// X509_V_OK when `leaf` is good for `purpose` under `authority`, for `host` when one is given.
int Verify(const Certificate& authority, const Certificate& leaf, int purpose,
           const char* host = nullptr) {
  const Owned<X509_STORE, X509_STORE_free> store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), authority.get());
  const Owned<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_purpose(parameters, purpose);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
  if (host != nullptr) X509_VERIFY_PARAM_set1_host(parameters, host, 0);
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

std::set<std::string> UrisOf(const Certificate& certificate) {
  std::set<std::string> uris;
  const Owned<GENERAL_NAMES, GENERAL_NAMES_free> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_STRING* text = name->d.uniformResourceIdentifier;
    uris.emplace(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                 static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  return uris;
}

TEST_F(Admin, CertifiesServicesForBothEndsOfAConnection) {
  Works({"authority", folder_ / "tls", "--services", "intake,notes"});
  const Certificate authority = ReadCertificate(folder_ / "tls/ca.pem");
  ASSERT_NE(authority, nullptr);
  EXPECT_EQ(ModeOf(folder_ / "tls/ca.key"), 0600u);
  for (const std::string service : {"intake", "notes"}) {
    const Certificate leaf = ReadCertificate(folder_ / ("tls/" + service + ".pem"));
    ASSERT_NE(leaf, nullptr);
    EXPECT_EQ(ModeOf(folder_ / ("tls/" + service + ".key")), 0600u);
    EXPECT_EQ(Verify(authority, leaf, X509_PURPOSE_SSL_SERVER, "localhost"), X509_V_OK);
    EXPECT_EQ(Verify(authority, leaf, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
    EXPECT_EQ(Verify(authority, leaf, X509_PURPOSE_SSL_SERVER, "other.example.org"),
              X509_V_ERR_HOSTNAME_MISMATCH);
    EXPECT_EQ(X509_check_ip_asc(leaf.get(), "127.0.0.1", 0), 1);
    EXPECT_EQ(X509_check_ip_asc(leaf.get(), "::1", 0), 1);
    EXPECT_EQ(X509_check_ca(leaf.get()), 0) << "a service certifies nobody";
    EXPECT_EQ(UrisOf(leaf), std::set<std::string>{"spiffe://rapport/sa/" + service});
    int days = 0, seconds = 0;
    ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(leaf.get()),
                   X509_get0_notAfter(leaf.get()));
    EXPECT_EQ(days, 30);
    const std::string pem = ReadText(folder_ / ("tls/" + service + ".key"));
    const Bio bio(BIO_new_mem_buf(pem.data(), Size(pem)));
    const KeyPair key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
    EXPECT_EQ(X509_check_private_key(leaf.get(), key.get()), 1);
  }
}

TEST_F(Admin, RenewsUnderTheSameAuthorityWhileItLasts) {
  const std::vector<std::string> command = {"authority", folder_ / "tls", "--services", "notes"};
  Works(command);
  const std::string authority = ReadText(folder_ / "tls/ca.pem");
  const std::string leaf = ReadText(folder_ / "tls/notes.pem");
  Works(command);
  EXPECT_EQ(ReadText(folder_ / "tls/ca.pem"), authority);
  EXPECT_NE(ReadText(folder_ / "tls/notes.pem"), leaf);

  Works({"authority", folder_ / "elsewhere", "--services", "notes"});
  EXPECT_NE(Verify(ReadCertificate(folder_ / "tls/ca.pem"),
                   ReadCertificate(folder_ / "elsewhere/notes.pem"), X509_PURPOSE_SSL_CLIENT),
            X509_V_OK);
  std::filesystem::copy_file(folder_ / "elsewhere/ca.key", folder_ / "tls/ca.key",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(Fails(command), HasSubstr("do not belong together"));
}

TEST_F(Admin, CertifiesNoNameThatCouldBeReadAsAnother) {
  for (const std::string service :
       {"ca", "Notes", "a,URI:spiffe://rapport/sa/edge", "../notes", "9"}) {
    EXPECT_THAT(Fails({"authority", folder_ / "tls", "--services", service}),
                HasSubstr("no service can be named"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "tls"));
}

}  // namespace
}  // namespace rapport::crypto
