// The issuer of installations without an identity provider.
#include "platform/crypto/local_issuer.h"

#include "platform/crypto/key_set.h"
#include "support/scratch_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace rapport::crypto {
namespace {

constexpr const char* kUrl = "https://issuer.example.org";

TEST(LocalIssuer, IsTheSameWhenOpenedAgain) {
  const ScratchFolder folder;
  const auto made = LocalIssuer::Create(folder / "issuer", kUrl);
  ASSERT_TRUE(made.ok()) << made.status();
  const auto opened = LocalIssuer::Open(folder / "issuer");
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->url(), kUrl);
  EXPECT_EQ(opened->key_id(), made->key_id());
  const auto keys = KeySet::Parse(ReadText(opened->jwks_path()));
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_NE(keys->Find(opened->key_id()), nullptr);
}

TEST(LocalIssuer, NeverReplacesAKey) {
  const ScratchFolder folder;
  const auto made = LocalIssuer::Create(folder / "issuer", kUrl);
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE(absl::IsAlreadyExists(LocalIssuer::Create(folder / "issuer", kUrl).status()));
  EXPECT_EQ(LocalIssuer::Open(folder / "issuer")->key_id(), made->key_id());
}

TEST(LocalIssuer, KeepsItsKeyToItsOwner) {
  const ScratchFolder folder;
  ASSERT_TRUE(LocalIssuer::Create(folder / "issuer", kUrl).ok());
  struct stat facts{};
  ASSERT_EQ(stat((folder / "issuer/issuer.key").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600u);
  EXPECT_EQ(ReadText(folder / "issuer/jwks.json").find("\"d\""), std::string::npos);
}

TEST(LocalIssuer, SaysWhatIsWrongWithAFolder) {
  const ScratchFolder folder;
  EXPECT_FALSE(LocalIssuer::Open(folder / "none").ok());
  ASSERT_TRUE(LocalIssuer::Create(folder / "issuer", kUrl).ok());
  WriteText(folder / "issuer/issuer.key", "garbage");
  const auto broken = LocalIssuer::Open(folder / "issuer");
  EXPECT_NE(std::string(broken.status().message()).find("issuer.key: is no P-256"),
            std::string::npos);
}

}  // namespace
}  // namespace rapport::crypto
