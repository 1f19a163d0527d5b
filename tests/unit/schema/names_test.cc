// Names: what has the shape of a name, and that ids come back from the names made of them.
#include "platform/schema/names.h"

#include "platform/crypto/public_ids.h"
#include "platform/schema/public_id_codec.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

namespace rapport::schema {
namespace {

constexpr std::string_view kId = "0123456789abcdef0123456789abcdef";

std::string With(std::string text) {
  for (std::size_t at; (at = text.find('#')) != std::string::npos;) text.replace(at, 1, kId);
  return text;
}

struct ShapeCase {
  std::string_view pattern;
  std::string name;
  bool matches;
};

TEST(NamesTest, TheShapeOfANameIsExact) {
  const ShapeCase cases[] = {
      {patterns::kFamily, With("families/#"), true},
      {patterns::kFamily, With("families/#/"), false},
      {patterns::kFamily, With("/families/#"), false},
      {patterns::kFamily, With("families//#"), false},
      {patterns::kFamily, With("families/#0"), false},
      {patterns::kFamily, "families/0123456789abcdef0123456789abcde", false},
      {patterns::kFamily, "families/0123456789ABCDEF0123456789abcdef", false},
      {patterns::kFamily, "families/0123456789abcdeg0123456789abcdef", false},
      {patterns::kFamily, "families/-", false},
      {patterns::kFamily, "families/", false},
      {patterns::kFamily, "families", false},
      {patterns::kFamily, "", false},
      {patterns::kFamily, "/", false},
      {patterns::kFamily, With("Families/#"), false},
      {patterns::kFamily, With("families/#/members/#"), false},
      {patterns::kFamily, With("families/#") + '\0', false},
      {patterns::kFamily, With(" families/#"), false},
      {patterns::kFamily, With("families/#\n"), false},
      {patterns::kFamily, "families/../../etc/passwd", false},
      {patterns::kMember, With("families/#/members/#"), true},
      {patterns::kMember, With("families/#/members"), false},
      {patterns::kMember, With("families/#/goals/#"), false},
      {patterns::kMember, With("families/#"), false},
      {patterns::kNote, With("families/#/sessions/#/notes/#"), true},
      {patterns::kNote, With("families/#/sessions/-/notes/#"), false},
      {"families/{family}/sessions/-", With("families/#/sessions/-"), true},
      {"families/{family}/sessions/-", With("families/#/sessions/#"), false},
      {"families/{family},families/-", "families/-", true},
      {"families/{family},families/-", With("families/#"), true},
      {"families/{family},families/-", "families/--", false},
      {"families/{family}/members/{member},professionals/{professional}", With("professionals/#"),
       true},
      {"families/{family}/members/{member},professionals/{professional}",
       With("families/#/members/#"), true},
      {"families/{family}/members/{member},professionals/{professional}", With("families/#"),
       false},
      {patterns::kInstrument, "instruments/pulse-adult.1", true},
      {patterns::kInstrument, "instruments/Pulse", false},
      {patterns::kInstrument, "instruments/1pulse", false},
      {patterns::kInstrument, "instruments/", false},
      {patterns::kInstrument, "instruments/" + std::string(63, 'a'), true},
      {patterns::kInstrument, "instruments/" + std::string(64, 'a'), false},
      {"", "", false},
  };
  for (const ShapeCase& c : cases) {
    EXPECT_EQ(MatchesPattern(c.pattern, c.name), c.matches) << c.pattern << " | " << c.name;
  }
}

TEST(NamesTest, Slugs) {
  for (const char* good : {"a", "pulse-adult.1", "a_b", "z9"}) EXPECT_TRUE(IsSlug(good)) << good;
  for (const char* bad : {"", "1a", "-a", "A", "a b", "a/b", "\xc3\xa9", "a\xc3\xa9"}) {
    EXPECT_FALSE(IsSlug(bad)) << bad;
  }
}

TEST(NamesTest, TheFamilyOfAnyNameIsFound) {
  EXPECT_EQ(FamilySegment(With("families/#")), kId);
  EXPECT_EQ(FamilySegment(With("families/#/members/x")), kId);
  EXPECT_EQ(FamilySegment(With("families/#/")), kId);
  EXPECT_EQ(FamilySegment(With("professionals/#")), std::nullopt);
  EXPECT_EQ(FamilySegment("families/-"), std::nullopt);
  EXPECT_EQ(FamilySegment("families/abc/members/x"), std::nullopt);
  EXPECT_EQ(FamilySegment("families/"), std::nullopt);
  EXPECT_EQ(FamilySegment("families"), std::nullopt);
  EXPECT_EQ(FamilySegment(""), std::nullopt);
}

TEST(NamesTest, Wildcards) {
  EXPECT_TRUE(IsAnyFamily("families/-"));
  EXPECT_TRUE(IsAnyFamily("families/-/sessions/-"));
  EXPECT_FALSE(IsAnyFamily("families/-x"));
  EXPECT_FALSE(IsAnyFamily(With("families/#")));
  EXPECT_FALSE(IsAnyFamily(""));
  EXPECT_TRUE(IsWildcard(With("families/#/sessions/-")));
  EXPECT_FALSE(IsWildcard(With("families/#")));
  EXPECT_FALSE(IsWildcard("/-"));
  EXPECT_FALSE(IsWildcard(""));
}

// Names under a real key; ids are random but the seed is printed.
class NamesOfAnAgencyTest : public ::testing::Test {
 protected:
  static crypto::SuiteSecret FixedSecret() {
    crypto::Secret secret;
    std::memset(secret.data(), 7, crypto::Secret::kBytes);
    return crypto::SuiteSecret(std::move(secret));
  }

  std::string NewId() {
    std::string id(16, '\0');
    for (char& byte : id) byte = static_cast<char>(random_());
    return id;
  }

  const unsigned seed_ = std::random_device{}();
  std::mt19937 random_{seed_};
  const crypto::SuiteSecret secret_ = FixedSecret();
  const crypto::PublicIds ids_{secret_};
  const PublicIdCodec codec_{ids_};
  const Names names_{codec_, "north"};
};

TEST_F(NamesOfAnAgencyTest, IdsComeBackFromNames) {
  SCOPED_TRACE(testing::Message() << "seed " << seed_);
  for (int i = 0; i < 2'000; ++i) {
    const std::string family = NewId(), other = NewId(), third = NewId();
    EXPECT_EQ(names_.ReadFamily(names_.Family(family)), family);
    EXPECT_EQ(names_.ReadProfessional(names_.Professional(other)), other);
    EXPECT_EQ(names_.ReadSupervision(names_.Supervision(other)), other);
    EXPECT_EQ(names_.ReadMember(names_.Member(family, other)), (InFamily{family, other}));
    EXPECT_EQ(names_.ReadNote(names_.Note(family, other, third)), (NoteIds{family, other, third}));
    EXPECT_EQ(names_.ReadPerson(names_.Member(family, other)), (PersonId{family, other}));
    EXPECT_EQ(names_.ReadPerson(names_.Professional(other)), (PersonId{{}, other}));
    EXPECT_EQ(names_.Person({family, other}), names_.Member(family, other));
    EXPECT_EQ(names_.Person({{}, other}), names_.Professional(other));
    EXPECT_EQ(FamilyIdIn(names_.Note(family, other, third), "north", codec_), family);
    EXPECT_EQ(MemberIdIn(names_.Member(family, other), "north", codec_), other);
  }
}

TEST_F(NamesOfAnAgencyTest, EveryNameHasTheShapeOfItsPattern) {
  const std::string family = NewId(), id = NewId();
  const std::pair<std::string_view, std::string> all[] = {
      {patterns::kFamily, names_.Family(family)},
      {patterns::kMember, names_.Member(family, id)},
      {patterns::kRelationship, names_.Relationship(family, id)},
      {patterns::kHelper, names_.Helper(family, id)},
      {patterns::kProblem, names_.Problem(family, id)},
      {patterns::kAssessment, names_.Assessment(family, id)},
      {patterns::kSafetyScreen, names_.SafetyScreen(family, id)},
      {patterns::kConsent, names_.Consent(family, id)},
      {patterns::kSecretsPolicy, names_.SecretsPolicy(family, id)},
      {patterns::kSession, names_.Session(family, id)},
      {patterns::kNote, names_.Note(family, family, id)},
      {patterns::kPsychotherapyNote, names_.Note(family, family, id, patterns::kPsychotherapyNote)},
      {patterns::kSudCounselingNote, names_.Note(family, family, id, patterns::kSudCounselingNote)},
      {patterns::kObservation, names_.Observation(family, family, id)},
      {patterns::kGoal, names_.Goal(family, id)},
      {patterns::kHomework, names_.Homework(family, id)},
      {patterns::kRating, names_.Rating(family, id)},
      {patterns::kRatingRequest, names_.RatingRequest(family, id)},
      {patterns::kRatingInvitation, names_.RatingInvitation(family, id)},
      {patterns::kSignal, names_.Signal(family, id)},
      {patterns::kProfessional, names_.Professional(id)},
      {patterns::kSupervision, names_.Supervision(id)},
  };
  for (const auto& [pattern, name] : all) {
    for (const auto& [other_pattern, other_name] : all) {
      EXPECT_EQ(MatchesPattern(pattern, other_name), pattern == other_pattern)
          << pattern << " | " << other_name;
    }
  }
}

TEST_F(NamesOfAnAgencyTest, NamesOfAnotherShapeDoNotRead) {
  const std::string family = NewId(), id = NewId();
  EXPECT_EQ(names_.ReadMember(names_.Goal(family, id)), std::nullopt);
  EXPECT_EQ(names_.ReadMember(names_.Member(family, id) + "/"), std::nullopt);
  EXPECT_EQ(names_.ReadFamily("families/-"), std::nullopt);
  EXPECT_EQ(names_.ReadFamily(""), std::nullopt);
  EXPECT_EQ(names_.ReadNote(names_.Session(family, id)), std::nullopt);
  EXPECT_EQ(names_.ReadPerson(names_.Family(family)), std::nullopt);
  EXPECT_EQ(names_.Read(patterns::kNote, names_.Note(family, id, id)), std::nullopt)
      << "a note has three ids";
  EXPECT_EQ(MemberIdIn(names_.Family(family), "north", codec_), std::nullopt);
  EXPECT_EQ(FamilyIdIn(names_.Professional(id), "north", codec_), std::nullopt);
}

TEST_F(NamesOfAnAgencyTest, ANameMeansSomethingElseInAnotherAgency) {
  const std::string family = NewId();
  const Names south(codec_, "south");
  EXPECT_NE(south.Family(family), names_.Family(family));
  EXPECT_NE(south.ReadFamily(names_.Family(family)), family);
}

TEST_F(NamesOfAnAgencyTest, FormatAndParseAreInverse) {
  const std::vector<std::string_view> slug = {"pulse-adult.1"};
  EXPECT_EQ(FormatName(patterns::kInstrument, slug, "north", codec_), "instruments/pulse-adult.1");
  EXPECT_EQ(ParseName(patterns::kInstrument, "instruments/pulse-adult.1", "north", codec_),
            std::vector<std::string>{"pulse-adult.1"});
  EXPECT_EQ(ParseName(patterns::kInstrument, "instruments/PULSE", "north", codec_), std::nullopt);
  EXPECT_EQ(ParseName("families/-", "families/-", "north", codec_), std::vector<std::string>{});
}

TEST_F(NamesOfAnAgencyTest, TheWrongNumberOfIdsGivesNoName) {
  const std::string id = NewId();
  EXPECT_EQ(FormatName(patterns::kMember, {id}, "north", codec_), "");
  EXPECT_EQ(FormatName(patterns::kFamily, {id, id}, "north", codec_), "");
  EXPECT_EQ(FormatName(patterns::kFamily, {}, "north", codec_), "");
}

// Whatever bytes come in: no crash, and what reads is what the codec would have shown.
TEST_F(NamesOfAnAgencyTest, GarbageNeverReadsAsAName) {
  SCOPED_TRACE(testing::Message() << "seed " << seed_);
  const std::string good = names_.Note(NewId(), NewId(), NewId());
  for (int i = 0; i < 20'000; ++i) {
    std::string name = good;
    const std::size_t at = random_() % name.size();
    switch (random_() % 3) {
      case 0:
        name[at] = static_cast<char>(random_());
        break;
      case 1:
        name.resize(at);
        break;
      default:
        name.insert(at, 1, static_cast<char>(random_()));
    }
    if (const auto note = names_.ReadNote(name)) {
      EXPECT_EQ(names_.Note(note->family, note->session, note->id), name);
    }
  }
}

}  // namespace
}  // namespace rapport::schema
