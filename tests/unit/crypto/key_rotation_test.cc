// Rotating what wraps the keys: the data stays as it is and stays readable.
#include "platform/crypto/key_rotation.h"

#include "keys_fixture.h"

#include <map>

namespace rapport::crypto {
namespace {

class KeyRotationTest : public KeysFixture {
 protected:
  // Families with something sealed each.
  void MakeFamilies(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string family = "family-" + std::to_string(i);
      sealed_[family] = Make(family)->Seal(family, "plain");
    }
  }
  void ExpectAllReadable() {
    ring_ = NewRing();
    for (const auto& [family, sealed] : sealed_) {
      const auto key = ring_->Find("harbour", family, KeyClass::kRecord);
      ASSERT_TRUE(key.ok()) << key.status() << family;
      ASSERT_TRUE((*key)->Open(family, sealed).ok()) << family;
    }
  }
  absl::StatusOr<int> Rewrap() {
    const KeyWrapping wrapping("notes", keks_);
    KeyRotation rotation(wrapping, *db_);
    return RunSync(rotation.RewrapAgencyKeys(context_));
  }
  absl::StatusOr<int> RotateAgencyKey(const std::string& agency = "harbour") {
    const KeyWrapping wrapping("notes", keks_);
    KeyRotation rotation(wrapping, *db_);
    return RunSync(rotation.RotateAgencyKey(context_, agency));
  }
  void UseKeks(std::initializer_list<const Secret*> keks) {
    keks_.clear();
    for (const Secret* kek : keks) keks_.push_back(Copy(*kek));
    ring_ = NewRing();
  }

  std::map<std::string, std::string> sealed_;
};

TEST_F(KeyRotationTest, ANewKekReplacesTheOldOne) {
  const Secret before = Copy(keks_[0]), after = NewSecret();
  MakeFamilies(3);
  Make("f1", KeyClass::kRecord, "meadow");
  UseKeks({&after, &before});  // added
  ExpectAllReadable();
  EXPECT_EQ(*Rewrap(), 2);
  ExpectAllReadable();
  EXPECT_EQ(*Rewrap(), 0) << "a second run finds nothing to do";
  UseKeks({&after});  // the old one retired
  ExpectAllReadable();
  MakeFamilies(4);
  UseKeks({&before});
  EXPECT_TRUE(absl::IsUnavailable(ring_->Find("harbour", "family-0", KeyClass::kRecord).status()));
}

TEST_F(KeyRotationTest, ARotationThatCannotOpenAKeyChangesNothing) {
  const Secret first = Copy(keks_[0]), second = NewSecret(), third = NewSecret();
  Make("f1", KeyClass::kRecord, "meadow");
  UseKeks({&second, &first});
  Make("f1", KeyClass::kRecord, "anchor");  // looked at before meadow
  UseKeks({&third, &second});
  EXPECT_TRUE(absl::IsUnavailable(Rewrap().status()));
  UseKeks({&second});
  EXPECT_TRUE(ring_->Find("anchor", "f1", KeyClass::kRecord).ok());
}

TEST_F(KeyRotationTest, ANewAgencyKeyWrapsEveryFamily) {
  MakeFamilies(1'203);  // more than two pages
  Make("family-0", KeyClass::kPsychotherapy);
  EXPECT_EQ(*RotateAgencyKey(), 1'204);
  EXPECT_EQ(Sql("SELECT 1 FROM agency_key WHERE agency_id = $1 AND version = 2", {"harbour"}), 1);
  EXPECT_EQ(Sql("SELECT 1 FROM agency_key"), 1) << "the old one is gone";
  ExpectAllReadable();
  EXPECT_NE(Make("later"), nullptr);
  EXPECT_EQ(*RotateAgencyKey(), 1'205);
  ExpectAllReadable();
}

TEST_F(KeyRotationTest, AnInterruptedRotationIsRunAgain) {
  MakeFamilies(3);
  std::string agency_key, family_key;
  Sql("SELECT wrapped FROM agency_key", {},
      [&](const db::Row& row) { agency_key = std::string(row.Bytes(0)); });
  Sql("SELECT wrapped FROM family_key WHERE family_id = $1", {db::Blob{"family-1"}},
      [&](const db::Row& row) { family_key = std::string(row.Bytes(0)); });
  EXPECT_EQ(*RotateAgencyKey(), 3);
  // As if it had ended before this family: both agency keys there, the family under the old one.
  Sql("INSERT INTO agency_key (agency_id, version, made_us, wrapped) VALUES ($1, 1, 0, $2)",
      {"harbour", db::Blob{agency_key}});
  Sql("UPDATE family_key SET wrapped = $2 WHERE family_id = $1",
      {db::Blob{"family-1"}, db::Blob{family_key}});
  ExpectAllReadable();
  EXPECT_EQ(*RotateAgencyKey(), 3);
  EXPECT_EQ(Sql("SELECT 1 FROM agency_key"), 1);
  ExpectAllReadable();
}

TEST_F(KeyRotationTest, AnAgencyKeyUnderAnotherVersionDoesNotOpen) {
  MakeFamilies(2);
  Sql("UPDATE agency_key SET version = 2");
  EXPECT_TRUE(absl::IsUnavailable(RotateAgencyKey().status()));
  Sql("UPDATE agency_key SET version = 1");
  ExpectAllReadable();
}

TEST_F(KeyRotationTest, RunningServicesFollow) {
  MakeFamilies(2);
  const Key before = *ring_->Find("harbour", "family-0", KeyClass::kRecord);
  ASSERT_TRUE(RotateAgencyKey().ok());
  clock_.Advance(std::chrono::minutes(5));
  EXPECT_TRUE(SameKey(*ring_->Find("harbour", "family-0", KeyClass::kRecord), before));
  EXPECT_NE(Make("later"), nullptr);
}

TEST_F(KeyRotationTest, AnUnknownAgencyHasNothingToRotate) {
  EXPECT_TRUE(absl::IsNotFound(RotateAgencyKey("nowhere").status()));
  EXPECT_EQ(*Rewrap(), 0);
}

}  // namespace
}  // namespace rapport::crypto
