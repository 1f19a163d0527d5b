// Rating requests and invitations: due after a session, read, skipped, used once.
#include "platform/crypto/agencies.h"
#include "platform/crypto/invitation.h"
#include "platform/crypto/invitation_code.h"
#include "unit/alliance/alliance_fixture.h"

#include <rapport/internal/v1/sealed.pb.h>

#include <cctype>

#include <thread>

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class RequestService : public AllianceTest {
 protected:
  RequestService() { session_ = Hold(support::TestId("session-1"), {mother_, child_}); }

  absl::StatusOr<v1::CreateRatingInvitationResponse> Invite(const std::string& request,
                                                            int lifetime_seconds = 0) {
    v1::CreateRatingInvitationRequest invite;
    invite.set_rating_request(request);
    invite.set_lifetime_seconds(lifetime_seconds);
    return Run(ByTherapist(), &AllianceService::CreateRatingInvitation, invite);
  }
  // A call of whoever holds the invitation.
  Call Holding(const v1::RatingInvitation& invitation, const std::string& member) {
    const auto id = names_.Read(schema::patterns::kRatingInvitation, invitation.name());
    return Call(*this, "invitation", Viewer::kInvited, std::vector<std::string>{member}, "",
                std::make_shared<const Principal::Invitation>(
                    Principal::Invitation{id->id, family_, session_, member}));
  }
  absl::StatusOr<v1::GetRatingFormResponse> Form(Call&& call, const std::string& request) {
    v1::GetRatingFormRequest get;
    get.set_rating_request(request);
    return Run(std::move(call), &AllianceService::GetRatingForm, get);
  }
  absl::StatusOr<v1::SkipRatingRequestResponse> Skip(Call&& call, const std::string& request,
                                                     const std::string& etag = "") {
    v1::SkipRatingRequestRequest skip;
    skip.set_rating_request(request);
    skip.set_etag(etag);
    return Run(std::move(call), &AllianceService::SkipRatingRequest, skip);
  }

  std::string session_;
};

TEST_F(RequestService, AHeldSessionAsksEveryoneWhoAttendedByAge) {
  const auto all = Requests(ByTherapist());
  std::map<std::string, v1::RatingRequest> by_rater;
  for (const auto& request : all) by_rater[request.rater()] = request;
  ASSERT_THAT(by_rater, SizeIs(3));
  const auto& mother = by_rater[names_.Member(family_, mother_)];
  EXPECT_EQ(mother.instrument(), "instruments/pulse-adult.1");
  EXPECT_EQ(mother.state(), v1::RATING_REQUEST_STATE_DUE);
  EXPECT_THAT(mother.targets(), ElementsAre(names_.Professional(therapist_)));
  EXPECT_EQ(by_rater[names_.Member(family_, child_)].instrument(), "instruments/pulse-child.1");
  const auto& therapist = by_rater[names_.Professional(therapist_)];
  EXPECT_EQ(therapist.instrument(), "instruments/pulse-therapist.1");
  EXPECT_THAT(therapist.targets(),
              ElementsAre(names_.Member(family_, mother_), names_.Member(family_, child_)));
}

TEST_F(RequestService, AMemberSeesTheirOwnOnly) {
  EXPECT_EQ(RequestOf(mother_).rater(), names_.Member(family_, mother_));
  const std::string others = RequestOf(child_).name();
  EXPECT_TRUE(absl::IsNotFound(Form(ByMember(mother_), others).status()));
  EXPECT_TRUE(absl::IsNotFound(Skip(ByMember(mother_), others).status()));
}

TEST_F(RequestService, ReadingTheFormOpensItForTheRaterOnly) {
  const std::string name = RequestOf(mother_).name();
  auto seen = Form(ByTherapist(), name);
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_EQ(RequestOf(mother_).state(), v1::RATING_REQUEST_STATE_DUE);
  auto form = Form(ByMember(mother_), name);
  ASSERT_TRUE(form.ok()) << form.status();
  EXPECT_EQ(form->rating_form().rating_request().state(), v1::RATING_REQUEST_STATE_OPENED);
  EXPECT_EQ(RequestOf(mother_).state(), v1::RATING_REQUEST_STATE_OPENED);
  EXPECT_EQ(RequestOf(mother_).etag(), form->rating_form().rating_request().etag());
  // Items 1, 2 and 4 to 9 about the helper (3 needs homework), 10 to 12 once.
  ASSERT_EQ(form->rating_form().parts_size(), 2);
  EXPECT_THAT(form->rating_form().parts(0).items(), ElementsAre(1, 2, 4, 5, 6, 7, 8, 9));
  EXPECT_THAT(form->rating_form().parts(1).items(), ElementsAre(10, 11, 12));
  EXPECT_FALSE(form->rating_form().notice().empty());
}

TEST_F(RequestService, ARatingMakesItDone) {
  const auto rated = Rate(session_, mother_, 70, 70);
  ASSERT_TRUE(rated.ok()) << rated.status();
  const v1::RatingRequest done = RequestOf(mother_);
  EXPECT_EQ(done.state(), v1::RATING_REQUEST_STATE_DONE);
  EXPECT_EQ(done.rating(), rated->rating().name());
  EXPECT_EQ(ReasonOf(Form(ByMember(mother_), done.name()).status()), "REQUEST_NOT_DUE");
  EXPECT_EQ(ReasonOf(Invite(done.name()).status()), "REQUEST_NOT_DUE");
}

TEST_F(RequestService, TimeMakesItExpired) {
  store_.clock.Advance(std::chrono::hours(24 * 7));
  const v1::RatingRequest expired = RequestOf(mother_);
  EXPECT_EQ(expired.state(), v1::RATING_REQUEST_STATE_EXPIRED);
  EXPECT_EQ(ReasonOf(Skip(ByMember(mother_), expired.name(), expired.etag()).status()),
            "REQUEST_NOT_DUE");
}

TEST_F(RequestService, AFormShowsTheWordingTheAgencyHoldsInTheLanguageAskedFor) {
  v1::SetInstrumentLicenceRequest licence;
  licence.mutable_licence()->set_instrument("instruments/pulse-adult.1");
  licence.mutable_licence()->mutable_attestation()->set_by("the made-up agency");
  v1::InstrumentWording& german = *licence.mutable_licence()->add_wordings();
  german.set_language("de");
  const v1::Instrument pulse = testing::Shipped("pulse-adult");
  for (const v1::Item& item : pulse.items()) {
    v1::ItemWording& words = *german.add_items();
    words.set_number(item.number());
    words.set_wording("erfunden " + std::to_string(item.number()));
  }
  ASSERT_TRUE(Run(ByService(), &AllianceService::SetInstrumentLicence, licence).ok());
  v1::GetRatingFormRequest request;
  request.set_rating_request(RequestOf(mother_).name());
  request.set_language("de-AT");
  const auto form = Run(ByMember(mother_), &AllianceService::GetRatingForm, request);
  ASSERT_TRUE(form.ok()) << form.status();
  EXPECT_EQ(form->rating_form().instrument().language(), "de");
  EXPECT_EQ(form->rating_form().instrument().items(0).wording(), "erfunden 1");
}

TEST_F(RequestService, SkippingNeedsAnEtag) {
  const v1::RatingRequest mothers = RequestOf(mother_), childs = RequestOf(child_);
  EXPECT_EQ(ReasonOf(Skip(ByTherapist(), childs.name()).status()), "ETAG_REQUIRED");
  EXPECT_EQ(ReasonOf(Skip(ByMember(mother_), mothers.name()).status()), "ETAG_REQUIRED");
  EXPECT_TRUE(Skip(ByTherapist(), childs.name(), childs.etag()).ok());
  auto skipped = Skip(ByMember(mother_), mothers.name(), mothers.etag());
  ASSERT_TRUE(skipped.ok()) << skipped.status();
  EXPECT_EQ(skipped->rating_request().state(), v1::RATING_REQUEST_STATE_SKIPPED);
  EXPECT_EQ(skipped->rating_request().etag(), RequestOf(mother_).etag());
}

TEST_F(RequestService, AttendanceThatIsCorrectedChangesWhoIsAsked) {
  ASSERT_TRUE(Deliver(Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, 2,
                            Held(session_, {father_, child_}).SerializeAsString()))
                  .ok());
  EXPECT_EQ(RequestOf(mother_).state(), v1::RATING_REQUEST_STATE_EXPIRED);
  EXPECT_EQ(RequestOf(father_).state(), v1::RATING_REQUEST_STATE_DUE);
  EXPECT_EQ(RequestOf(child_).state(), v1::RATING_REQUEST_STATE_DUE);
}

TEST_F(RequestService, AnOlderVersionOfASessionIsIgnored) {
  ASSERT_TRUE(Deliver(Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, 1,
                            Held(session_, {father_}).SerializeAsString()))
                  .ok());
  EXPECT_EQ(RequestOf(mother_).state(), v1::RATING_REQUEST_STATE_DUE);
  EXPECT_THAT(Requests(ByMember(father_)), SizeIs(0));
}

TEST_F(RequestService, AnInvitationReadsAndSubmitsItsOneFormOnce) {
  const v1::RatingRequest request = RequestOf(mother_);
  const auto invited = Invite(request.name());
  ASSERT_TRUE(invited.ok()) << invited.status();
  const v1::RatingInvitation& invitation = invited->rating_invitation();
  EXPECT_FALSE(invitation.token().empty());
  EXPECT_TRUE(Form(Holding(invitation, mother_), request.name()).ok());
  EXPECT_TRUE(
      absl::IsNotFound(Form(Holding(invitation, mother_), RequestOf(child_).name()).status()));
  auto other_form = Pulse(session_, mother_, 60, 60);
  other_form.mutable_rating()->set_instrument("instruments/srs.1");
  EXPECT_EQ(
      ReasonOf(
          Run(Holding(invitation, mother_), &AllianceService::SubmitRating, other_form).status()),
      "INVITATION_FOR_OTHER");
  const auto form = Pulse(session_, mother_, 60, 60);
  EXPECT_TRUE(Run(Holding(invitation, mother_), &AllianceService::SubmitRating, form).ok());
  EXPECT_EQ(
      ReasonOf(Run(Holding(invitation, mother_), &AllianceService::SubmitRating, form).status()),
      "INVITATION_USED");
  EXPECT_EQ(ReasonOf(Form(Holding(invitation, mother_), request.name()).status()),
            "INVITATION_USED");
}

// On a device that goes from hand to hand a mother could fill in her child's.
TEST_F(RequestService, AnInvitationsFormSaysWhoseItIsAndNobodyElsesName) {
  auto& roster = rosters_.rosters[names_.Family(family_)];
  for (const auto& [member, name] : {std::pair(mother_, "Ada Sample"), {child_, "Mira Sample"}}) {
    auto& one = *roster.add_members();
    one.set_member(names_.Member(family_, member));
    one.set_display_name(name);
  }
  const std::string request = RequestOf(child_).name();
  const auto invited = Invite(request);
  ASSERT_TRUE(invited.ok()) << invited.status();
  const auto form = Form(Holding(invited->rating_invitation(), child_), request);
  ASSERT_TRUE(form.ok()) << form.status();
  EXPECT_EQ(form->rating_form().rater_display_name(), "Mira Sample");
  EXPECT_THAT(form->ShortDebugString(), ::testing::Not(::testing::HasSubstr("Ada")));
  const auto own = Form(ByMember(child_), request);
  EXPECT_EQ(own->rating_form().rater_display_name(), "") << "who has an account asks intake";
}

// An invitation as somebody types it.
class InvitationCodeA13 : public RequestService {
 protected:
  absl::StatusOr<v1::RatingInvitation> Open(const std::string& code) {
    Call call(*this, "code", Viewer::kAgency);
    auto caller = std::make_shared<Principal>(*call.principal);
    caller->roles.Add(options::v1::ROLE_INVITATION);
    call.principal = std::move(caller);
    const std::string header = "Invitation-Code " + code;
    call.bearer = header;
    auto answer =
        Run(call, &AllianceService::GetRatingInvitation, v1::GetRatingInvitationRequest());
    if (!answer.ok()) return answer.status();
    return answer->rating_invitation();
  }
  // Whose the token is.
  internal::v1::InvitationToken Of(const v1::RatingInvitation& invitation) {
    const auto agencies = crypto::Agencies::Parse(
        "agencies:\n- id: agency-a\n  display_name: A\n  issuer: i\n  jwks: k\n  time_zone: UTC\n",
        "/agencies.yaml");
    const auto token = crypto::OpenInvitation(store_.suite, *agencies, invitation.token());
    EXPECT_TRUE(token.ok()) << token.status();
    return token.ok() ? *token : internal::v1::InvitationToken();
  }
};

TEST_F(InvitationCodeA13, OpensWhatTheTokenOpens) {
  const auto made = Invite(RequestOf(mother_).name())->rating_invitation();
  EXPECT_TRUE(made.short_code().starts_with("agency-a-")) << made.short_code();
  EXPECT_LT(made.short_code().size(), 30u);
  std::string typed = made.short_code();
  std::erase(typed, '-');
  for (char& c : typed) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto opened = Open(typed);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->rating_request(), made.rating_request());
  EXPECT_EQ(opened->short_code(), "") << "shown once";
  EXPECT_EQ(Of(*opened).SerializeAsString(), Of(made).SerializeAsString());
}

TEST_F(InvitationCodeA13, EndsWithItsTimeAndOpensAConcernAfterTheFormWasSent) {
  const auto made = Invite(RequestOf(mother_).name())->rating_invitation();
  const auto form = Pulse(session_, mother_, 60, 60);
  ASSERT_TRUE(Run(Holding(made, mother_), &AllianceService::SubmitRating, form).ok());
  EXPECT_TRUE(Open(made.short_code()).ok());
  store_.clock.Advance(std::chrono::hours(25));
  EXPECT_EQ(ReasonOf(Open(made.short_code()).status()), "UNAUTHENTICATED");
}

TEST_F(InvitationCodeA13, OfWhichThereIsNoneIsAsIfThereWereNoCode) {
  Invite(RequestOf(mother_).name()).IgnoreError();
  const auto unknown = Open(crypto::NewInvitationCode(store_.suite, kAgency)).status();
  EXPECT_EQ(unknown, schema::Unauthenticated());
}

TEST_F(InvitationCodeA13, MayBeGuessedThirtyTimesAndThenOneInTwoSeconds) {
  const auto made = Invite(RequestOf(mother_).name())->rating_invitation();
  const std::string wrong = crypto::NewInvitationCode(store_.suite, kAgency);
  for (int i = 0; i < 100; ++i)
    EXPECT_TRUE(Open(made.short_code()).ok()) << "the right one is free";
  int looked = 0;
  while (ReasonOf(Open(wrong).status()) == "UNAUTHENTICATED") ++looked;
  EXPECT_GE(looked, CodeGuesses::kMost);
  EXPECT_LE(looked, CodeGuesses::kMost + 5);
  EXPECT_EQ(ReasonOf(Open(wrong).status()), "OVERLOADED") << "to be tried again";
  CodeGuesses guesses;
  const SteadyClock::time_point now;
  for (int i = 0; i < CodeGuesses::kMost; ++i) guesses.Missed("harbour", now);
  EXPECT_FALSE(guesses.MayLook("harbour", now));
  EXPECT_TRUE(guesses.MayLook("meadow", now));
  EXPECT_TRUE(guesses.MayLook("harbour", now + CodeGuesses::kEach));
}

TEST_F(InvitationCodeA13, WhoHoldsTheTokenIsToldOfItsInvitationAndWhoHasAnAccountOfNone) {
  const auto made = Invite(RequestOf(mother_).name())->rating_invitation();
  Call holder = Holding(made, mother_);
  auto caller = std::make_shared<Principal>(*holder.principal);
  caller->roles.Add(options::v1::ROLE_INVITATION);
  holder.principal = std::move(caller);
  const v1::GetRatingInvitationRequest ask;
  const auto own = Run(holder, &AllianceService::GetRatingInvitation, ask);
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(own->rating_invitation().name(), made.name());
  EXPECT_EQ(own->rating_invitation().token(), "");
  EXPECT_TRUE(absl::IsNotFound(
      Run(ByMember(mother_), &AllianceService::GetRatingInvitation, ask).status()));
}

TEST_F(RequestService, WhileNamesAreNotToBeHadNobodyIsInvitedToASharedDevice) {
  rosters_.fails = schema::Refused(schema::reasons::kDependencyUnavailable);
  v1::CreateRatingInvitationRequest invite;
  invite.set_rating_request(RequestOf(child_).name());
  invite.set_shared_device(true);
  const auto shared = Run(ByTherapist(), &AllianceService::CreateRatingInvitation, invite);
  EXPECT_EQ(ReasonOf(shared.status()), "DEPENDENCY_UNAVAILABLE");
  invite.set_shared_device(false);
  EXPECT_TRUE(Run(ByTherapist(), &AllianceService::CreateRatingInvitation, invite).ok());
}

TEST_F(RequestService, ALaterInvitationEndsTheEarlierOne) {
  const std::string request = RequestOf(mother_).name();
  const auto first = Invite(request), second = Invite(request);
  ASSERT_TRUE(second.ok()) << second.status();
  const auto form = Pulse(session_, mother_, 60, 60);
  EXPECT_EQ(ReasonOf(Run(Holding(first->rating_invitation(), mother_),
                         &AllianceService::SubmitRating, form)
                         .status()),
            "INVITATION_USED");
  EXPECT_TRUE(
      Run(Holding(second->rating_invitation(), mother_), &AllianceService::SubmitRating, form)
          .ok());
}

TEST_F(RequestService, AnInvitationEndsWithItsTimeAndNeverOutlivesTheRequest) {
  const v1::RatingRequest request = RequestOf(mother_);
  const auto shorter = Invite(request.name(), 60);
  store_.clock.Advance(std::chrono::minutes(2));
  EXPECT_EQ(ReasonOf(Run(Holding(shorter->rating_invitation(), mother_),
                         &AllianceService::SubmitRating, Pulse(session_, mother_, 60, 60))
                         .status()),
            "INVITATION_USED");
  const auto longest = Invite(request.name(), 7 * 86'400);
  EXPECT_EQ(longest->rating_invitation().expire_time().seconds(), request.expire_time().seconds());
}

TEST_F(RequestService, OfManyWhoUseAnInvitationAtOnceOneSucceeds) {
  const auto invited = Invite(RequestOf(mother_).name());
  const auto form = Pulse(session_, mother_, 60, 60);
  const auto& invitation = invited->rating_invitation();
  const auto id = names_.Read(schema::patterns::kRatingInvitation, invitation.name());
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 4; ++i) {
    calls.push_back(std::make_unique<Call>(
        *this, "invitation", Viewer::kInvited, std::vector<std::string>{mother_}, "",
        std::make_shared<const Principal::Invitation>(
            Principal::Invitation{id->id, family_, session_, mother_})));
  }
  std::vector<absl::Status> outcomes(calls.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    threads.emplace_back(
        [&, i] { outcomes[i] = RunSync(service_.SubmitRating(*calls[i], form)).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::ranges::count_if(outcomes, [](const auto& one) { return one.ok(); }), 1);
}

TEST_F(RequestService, ProfessionalsAreNotInvited) {
  for (const auto& request : Requests(ByTherapist())) {
    if (request.rater() != names_.Professional(therapist_)) continue;
    EXPECT_EQ(ReasonOf(Invite(request.name()).status()), "RATER_HAS_ACCOUNT");
  }
}

}  // namespace
}  // namespace rapport::alliance
