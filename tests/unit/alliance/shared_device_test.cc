// What a form says and asks about safety, and what it keeps from a device that the family shares.
#include "unit/alliance/urgent_fixture.h"

namespace rapport::alliance {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The device may be looked at by whoever holds it next.
class SharedDeviceA14 : public UrgentServiceA14 {
 protected:
  SharedDeviceA14() { session_ = Hold(support::TestId("session-1"), {mother_, child_}); }
  v1::RatingInvitation Invite(bool shared) {
    v1::CreateRatingInvitationRequest invite;
    invite.set_rating_request(RequestOf(mother_).name());
    invite.set_shared_device(shared);
    const auto response = Run(ByTherapist(), &AllianceService::CreateRatingInvitation, invite);
    EXPECT_TRUE(response.ok()) << response.status();
    return response->rating_invitation();
  }
  Call Holding(const v1::RatingInvitation& invitation) {
    const auto id = names_.Read(schema::patterns::kRatingInvitation, invitation.name());
    return Call(*this, "invitation", Viewer::kInvited, std::vector<std::string>{mother_}, "",
                std::make_shared<const Principal::Invitation>(
                    Principal::Invitation{id->id, family_, session_, mother_}));
  }
  v1::RatingForm Form(Call&& call, bool shared = false) {
    v1::GetRatingFormRequest get;
    get.set_rating_request(RequestOf(mother_).name());
    get.set_shared_device(shared);
    const auto form = Run(std::move(call), &AllianceService::GetRatingForm, get);
    EXPECT_TRUE(form.ok()) << form.status();
    return form->rating_form();
  }
  std::string session_;
};

TEST_F(SharedDeviceA14, AFormSaysBeforeTheFirstAnswerWhatIsToBeKnown) {
  const v1::RatingForm form = Form(ByMember(mother_));
  EXPECT_FALSE(form.notice().empty());
  EXPECT_EQ(form.emergency_contacts(), urgent_.emergency_contacts);
  EXPECT_THAT(form.concerns(),
              ElementsAre(v1::CONCERN_KIND_TALK_TO_ME_SOON, v1::CONCERN_KIND_NOT_SAFE));
  EXPECT_TRUE(form.asks_comment());
}

TEST_F(SharedDeviceA14, AFormPromisesNobodyWhoCannotBeReached) {
  EXPECT_THAT(Form(ByMember(mother_)).notice(), HasSubstr("are told at once"));
  facts_.helpers[0].subjects.clear();
  EXPECT_THAT(Form(ByMember(mother_)).notice(), HasSubstr("the person on duty is told at once"));
  EXPECT_THAT(Form(ByMember(mother_)).notice(), Not(HasSubstr("therapists and the person")));
  urgent_.on_duty.clear();
  const std::string alone = Form(ByMember(mother_)).notice();
  EXPECT_THAT(alone, Not(HasSubstr("told at once")));
  EXPECT_THAT(alone, HasSubstr("nobody can be reached through it now"));
}

TEST_F(SharedDeviceA14, NothingAboutSafetyIsAskedThere) {
  for (const v1::RatingForm& form :
       {Form(ByMember(mother_), /*shared=*/true), Form(Holding(Invite(/*shared=*/true)))}) {
    EXPECT_TRUE(form.shared_device());
    EXPECT_THAT(form.concerns(), IsEmpty());
    EXPECT_THAT(form.parts(0).items(), ElementsAre(1, 2, 4, 5, 6, 7, 8));
    EXPECT_FALSE(form.emergency_contacts().empty());
  }
}

TEST_F(SharedDeviceA14, AnAnswerAboutSafetyCannotHaveComeFromThere) {
  auto request = Pulse(session_, mother_, 50, 50);
  request.mutable_rating()->set_mode(v1::RATING_MODE_SHARED_DEVICE);
  EXPECT_EQ(Run(ByMember(mother_), &AllianceService::SubmitRating, request).status().code(),
            absl::StatusCode::kInvalidArgument);
  auto& answers = *request.mutable_rating()->mutable_parts(0)->mutable_answers();
  answers.erase(std::remove_if(answers.begin(), answers.end(),
                               [](const auto& answer) { return answer.item() == 9; }),
                answers.end());
  EXPECT_TRUE(Run(ByMember(mother_), &AllianceService::SubmitRating, request).ok());
}

TEST_F(SharedDeviceA14, AnInvitationForASharedDeviceIsAnsweredAsSuch) {
  const v1::RatingInvitation invitation = Invite(/*shared=*/true);
  EXPECT_TRUE(invitation.shared_device());
  EXPECT_EQ(invitation.code(), invitation.rating_request() + "#" + invitation.token());
  EXPECT_EQ(
      Run(Holding(invitation), &AllianceService::SubmitRating, Pulse(session_, mother_, 50, 50))
          .status()
          .code(),
      absl::StatusCode::kInvalidArgument);
}

TEST_F(SharedDeviceA14, AnInvitationThatIsUsedIsStillGoodForAConcern) {
  const v1::RatingInvitation invitation = Invite(/*shared=*/false);
  ASSERT_TRUE(
      Run(Holding(invitation), &AllianceService::SubmitRating, Pulse(session_, mother_, 50, 50))
          .ok());
  EXPECT_TRUE(Report(Holding(invitation), mother_, v1::CONCERN_KIND_NOT_SAFE).ok());
}

}  // namespace
}  // namespace rapport::alliance
