// I8: what a member told in private, in notes on sessions with others, under each secrets policy.
#include "notes/secrets_rules.h"
#include "notes_fixture.h"

namespace rapport::notes {
namespace {

namespace iv = intake::v1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

v1::Statement Told(const std::string& by, v1::SharingGround ground = {}) {
  v1::Statement statement;
  statement.set_text("wants to move out");
  statement.set_told_in_private_by(by);
  if (ground != v1::SHARING_GROUND_UNSPECIFIED) {
    statement.mutable_sharing()->set_ground(ground);
    statement.mutable_sharing()->set_reason("agreed on the telephone");
  }
  return statement;
}

// The table of domain.md 10.7: may what the mother (an adult), the son (a minor) or the aunt (who
// does not attend) told be raised, without a decision and with each ground.
TEST(Secrets, I8_EachPolicyLetsBeRaisedWhatItSays) {
  constexpr auto kMay = Raising::kMay, kAsk = Raising::kNeedsDecision, kNot = Raising::kMayNot;
  const struct {
    iv::SecretsPolicyOption choice;
    const char* teller;
    Raising none, discretion, always_told;
  } rows[] = {
      {iv::SECRETS_POLICY_OPTION_UNSPECIFIED, "mother", kNot, kNot, kNot},
      {iv::SECRETS_POLICY_OPTION_UNSPECIFIED, "son", kNot, kNot, kNot},
      {iv::SECRETS_POLICY_OPTION_STRICT, "mother", kNot, kNot, kNot},
      {iv::SECRETS_POLICY_OPTION_STRICT, "son", kNot, kNot, kNot},
      {iv::SECRETS_POLICY_OPTION_NO_SECRETS, "mother", kMay, kMay, kMay},
      {iv::SECRETS_POLICY_OPTION_NO_SECRETS, "son", kNot, kNot, kNot},
      {iv::SECRETS_POLICY_OPTION_NO_SECRETS, "aunt", kNot, kNot, kNot},
      {iv::SECRETS_POLICY_OPTION_THERAPIST_DISCRETION, "mother", kAsk, kMay, kAsk},
      {iv::SECRETS_POLICY_OPTION_THERAPIST_DISCRETION, "son", kAsk, kMay, kAsk},
      {iv::SECRETS_POLICY_OPTION_MINOR_ZONE, "mother", kNot, kNot, kNot},
      {iv::SECRETS_POLICY_OPTION_MINOR_ZONE, "son", kAsk, kAsk, kMay},
  };
  for (const auto& row : rows) {
    const SecretsThen secrets{row.choice, {"mother"}, {"son"}};
    SCOPED_TRACE(iv::SecretsPolicyOption_Name(row.choice) + " " + row.teller);
    EXPECT_EQ(RaisingOf(Told(row.teller), secrets), row.none);
    EXPECT_EQ(RaisingOf(Told(row.teller, v1::SHARING_GROUND_DISCRETION), secrets), row.discretion);
    EXPECT_EQ(RaisingOf(Told(row.teller, v1::SHARING_GROUND_ALWAYS_TOLD), secrets),
              row.always_told);
    EXPECT_EQ(RaisingOf(v1::Statement(), secrets), kMay) << "said before everybody";
  }
}

TEST(Secrets, I8_ASessionWithWhoToldItKeepsNothingOut) {
  const v1::Statement told = Told("mother");
  const SecretsThen strict{iv::SECRETS_POLICY_OPTION_STRICT, {"mother"}, {}};
  v1::Session session;
  session.add_invited_members("mother");
  const PlacedStatements statements = {{"here", &told}};
  EXPECT_THAT(UnmetForSecrets(statements, session, strict), IsEmpty());
  session.add_invited_members("son");
  EXPECT_THAT(UnmetForSecrets(statements, session, strict), SizeIs(1));
  session.mutable_invited_members()->DeleteSubrange(0, 1);
  EXPECT_THAT(UnmetForSecrets(statements, session, strict), SizeIs(1)) << "another's session";
}

class SecretsTest : public NotesTest {
 protected:
  SecretsTest() {
    rosters_.called = {{MemberName(son_), "Tom Harbour"},
                       {MemberName(mother_), "Mira Harbour"},
                       {MemberName(uncle_), "Emil Tide"}};
    for (auto& member : facts_.members) {
      if (member.member != son_) continue;
      const auto today = schema::DateOf(store_.clock.NowMicros());
      member.birth_year = today.year() - 12;
      member.birth_month = member.birth_day = 1;
    }
  }
  void InForce(iv::SecretsPolicyOption choice) { facts_.secrets_policies = {{choice, {1, 0}}}; }
  // A note on a session of mother and son, with one statement about the son.
  v1::CreateNoteRequest NoteSaying(const v1::Session& session, const v1::Statement& statement) {
    v1::CreateNoteRequest request;
    request.set_parent(session.name());
    request.mutable_note()->set_format(v1::NOTE_FORMAT_FREE);
    auto& section = *request.mutable_note()->add_sections();
    section.set_kind(v1::SECTION_KIND_NARRATIVE);
    *section.add_statements() = statement;
    return request;
  }
  v1::Statement ByTheMother(v1::SharingGround ground = {}) const {
    v1::Statement statement = Told(MemberName(mother_), ground);
    statement.set_about_member(MemberName(son_));
    return statement;
  }
  v1::Session Alone(const std::string& member) {
    v1::ScheduleSessionRequest plan = Plan();
    plan.mutable_session()->set_format(v1::SESSION_FORMAT_INDIVIDUAL);
    plan.mutable_session()->clear_invited_members();
    plan.mutable_session()->add_invited_members(MemberName(member));
    const v1::Session session = RunAs(author_, &NotesService::ScheduleSession, plan)->session();
    v1::StartSessionRequest start;
    start.set_name(session.name());
    start.set_etag(session.etag());
    return RunAs(author_, &NotesService::StartSession, start)->session();
  }
  // What the son's extract says, whatever the session.
  std::vector<std::string> SonsExtract() {
    v1::GetMemberExtractRequest request;
    request.set_name(MemberName(son_));
    std::vector<std::string> texts;
    const auto extract = RunAs(author_, &NotesService::GetMemberExtract, request);
    EXPECT_TRUE(extract.ok()) << extract.status();
    for (const auto& session : extract->sessions()) {
      for (const auto& note : session.notes()) {
        for (const auto& statement : note.statements()) texts.push_back(statement.text());
      }
    }
    return texts;
  }
};

TEST_F(SecretsTest, I8_StrictKeepsPrivateItemsOutOfJointNotesHoweverTheyComeIn) {
  InForce(iv::SECRETS_POLICY_OPTION_STRICT);
  const v1::Session session = Held();
  const auto refused =
      RunAs(author_, &NotesService::CreateNote, NoteSaying(session, ByTheMother()));
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.status()));
  EXPECT_EQ(ReasonOf(refused.status()), "PRIVATE_ITEM");
  EXPECT_THAT(schema::StatusDetails(refused.status()), HasSubstr("note.sections[0].statements[0]"));

  const v1::Note draft = Drafted(session, author_);
  v1::UpdateNoteRequest update;
  *update.mutable_note() = draft;
  *update.mutable_note()->mutable_sections(0)->mutable_statements(0) = ByTheMother();
  update.mutable_update_mask()->add_paths("sections");
  update.set_etag(draft.etag());
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::UpdateNote, update).status()), "PRIVATE_ITEM");

  const v1::Note locked = Sign(draft, author_)->note();
  v1::AddAddendumRequest add;
  add.set_name(locked.name());
  add.set_etag(locked.etag());
  add.set_reason("forgotten");
  *add.add_statements() = ByTheMother();
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::AddAddendum, add).status()), "PRIVATE_ITEM");
  v1::AmendNoteRequest amend;
  amend.set_name(locked.name());
  amend.set_etag(locked.etag());
  amend.set_reason("put right");
  auto& correction = *amend.add_corrections();
  correction.set_section(v1::SECTION_KIND_DATA);
  correction.set_statement(1);
  *correction.mutable_after() = ByTheMother();
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::AmendNote, amend).status()), "PRIVATE_ITEM");

  const auto alone =
      RunAs(author_, &NotesService::CreateNote, NoteSaying(Alone(mother_), ByTheMother()));
  ASSERT_TRUE(alone.ok()) << alone.status();
  EXPECT_THAT(alone->warnings(), IsEmpty());
}

TEST_F(SecretsTest, I8_WhileNoneIsInForceNothingIsRaised) {
  const auto refused = RunAs(author_, &NotesService::CreateNote, NoteSaying(Held(), ByTheMother()));
  EXPECT_EQ(ReasonOf(refused.status()), "PRIVATE_ITEM");
}

TEST_F(SecretsTest, I8_DiscretionAsksForTheDecisionBeforeItIsShared) {
  InForce(iv::SECRETS_POLICY_OPTION_THERAPIST_DISCRETION);
  const v1::Session session = Held();
  EXPECT_EQ(
      ReasonOf(
          RunAs(author_, &NotesService::CreateNote, NoteSaying(session, ByTheMother())).status()),
      "SHARING_DECISION_MISSING");
  const auto taken = RunAs(author_, &NotesService::CreateNote,
                           NoteSaying(session, ByTheMother(v1::SHARING_GROUND_DISCRETION)));
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->note().sections(0).statements(0).sharing().reason(), "agreed on the telephone");
  ASSERT_TRUE(Sign(taken->note(), author_).ok());
  EXPECT_THAT(SonsExtract(), ElementsAre("wants to move out"));
}

TEST_F(SecretsTest, I8_NoSecretsWarnsAtEntryAndTakesWhatSomebodyWhoSignedTold) {
  InForce(iv::SECRETS_POLICY_OPTION_NO_SECRETS);
  const auto taken = RunAs(author_, &NotesService::CreateNote, NoteSaying(Held(), ByTheMother()));
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_THAT(taken->warnings(), ElementsAre(v1::NOTE_WARNING_PRIVATE_MAY_BE_RAISED));
  v1::Statement plain;
  plain.set_text("slept badly");
  const auto alone = RunAs(author_, &NotesService::CreateNote, NoteSaying(Alone(mother_), plain));
  EXPECT_THAT(alone->warnings(), ElementsAre(v1::NOTE_WARNING_PRIVATE_MAY_BE_RAISED));
  const auto minor = RunAs(author_, &NotesService::CreateNote, NoteSaying(Alone(son_), plain));
  EXPECT_THAT(minor->warnings(), IsEmpty()) << "who signed nothing gave no permission";
}

TEST_F(SecretsTest, I8_AMinorsZoneLetsOutWhatIsAlwaysTold) {
  InForce(iv::SECRETS_POLICY_OPTION_MINOR_ZONE);
  const v1::Session session = Held();
  v1::Statement told = Told(MemberName(son_));
  EXPECT_EQ(ReasonOf(RunAs(author_, &NotesService::CreateNote, NoteSaying(session, told)).status()),
            "SHARING_DECISION_MISSING");
  told = Told(MemberName(son_), v1::SHARING_GROUND_ALWAYS_TOLD);
  EXPECT_TRUE(RunAs(author_, &NotesService::CreateNote, NoteSaying(session, told)).ok());
}

TEST_F(SecretsTest, I8_ThePolicyOfTheDayItWasToldHoldsWhateverIsAgreedLater) {
  const v1::Session session = Held();
  const std::int64_t began_us = schema::ToMicros(session.start_time());
  facts_.secrets_policies = {{iv::SECRETS_POLICY_OPTION_STRICT, {1, began_us + 1}},
                             {iv::SECRETS_POLICY_OPTION_NO_SECRETS, {began_us + 1, 0}}};
  EXPECT_EQ(
      ReasonOf(
          RunAs(author_, &NotesService::CreateNote, NoteSaying(session, ByTheMother())).status()),
      "PRIVATE_ITEM");
  facts_.secrets_policies = {{iv::SECRETS_POLICY_OPTION_NO_SECRETS, {1, 0}}};
  const auto taken = RunAs(author_, &NotesService::CreateNote, NoteSaying(session, ByTheMother()));
  ASSERT_TRUE(taken.ok()) << taken.status();
  ASSERT_TRUE(Sign(taken->note(), author_).ok());
  EXPECT_THAT(SonsExtract(), SizeIs(1));
  // Whatever else lets it into the record, an extract asks again.
  facts_.secrets_policies = {{iv::SECRETS_POLICY_OPTION_STRICT, {1, 0}}};
  EXPECT_THAT(SonsExtract(), IsEmpty());
}

TEST_F(SecretsTest, N9_WhoFindsWhatWasToldInPrivateSeesThatItWas) {
  InForce(iv::SECRETS_POLICY_OPTION_STRICT);
  const auto created =
      RunAs(author_, &NotesService::CreateNote, NoteSaying(Alone(mother_), ByTheMother()));
  v1::SearchNotesRequest search;
  search.set_parent(names_.Family(family_));
  search.set_query("move");
  const auto found = RunAs(author_, &NotesService::SearchNotes, search);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_THAT(found->hits(), SizeIs(1));
  EXPECT_EQ(found->hits(0).matches(0).told_in_private_by(), MemberName(mother_));
}

TEST_F(SecretsTest, I8_OnlyAMemberTellsAndOnlyWhatWasToldIsDecidedOn) {
  InForce(iv::SECRETS_POLICY_OPTION_NO_SECRETS);
  const v1::Session session = Held();
  v1::Statement statement = Told(names_.Member(family_, support::TestId("nobody")));
  EXPECT_EQ(
      ReasonOf(RunAs(author_, &NotesService::CreateNote, NoteSaying(session, statement)).status()),
      "INVALID_REQUEST");
  statement = Told(MemberName(mother_), v1::SHARING_GROUND_DISCRETION);
  statement.clear_told_in_private_by();
  EXPECT_EQ(
      ReasonOf(RunAs(author_, &NotesService::CreateNote, NoteSaying(session, statement)).status()),
      "INVALID_REQUEST");
}

}  // namespace
}  // namespace rapport::notes
