// Both systems over time: who belongs, who helps, who supervises, whose account is whose; and that
// what others decide by (the access facts) follows at once.
#include "platform/schema/times.h"
#include "support/counting_db.h"
#include "unit/intake/systems_fixture.h"

#include <rapport/options/v1/options.pb.h>

#include <absl/strings/ascii.h>

#include <deque>
#include <latch>
#include <thread>

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

TEST_F(SystemsServiceTest, I2_WhoLeftIsNoLongerOnTheRosterAndStaysInTheRecord) {
  const v1::Member son = NewMember(family_, "Tom Example", 2014);
  ASSERT_THAT(Roster(family_).members(), SizeIs(2));
  v1::EndMembershipRequest end;
  end.set_name(son.name());
  end.set_reason("Moved to his grandmother.");
  end.set_etag(son.etag());
  store_.clock.Advance(std::chrono::hours(1));
  const v1::Member ended = Do(Staff(family_), &IntakeService::EndMembership, end).member();
  ASSERT_THAT(ended.periods(), SizeIs(1));
  EXPECT_EQ(ended.periods(0).end_reason(), "Moved to his grandmother.");
  EXPECT_THAT(Roster(family_).members(), SizeIs(1));
  v1::ListMembersRequest list;
  list.set_parent(family_);
  list.set_include_ended(true);
  EXPECT_THAT(Do(Staff(family_), &IntakeService::ListMembers, list).members(), SizeIs(2));
  end.set_etag(ended.etag());
  EXPECT_EQ(ReasonOf(Run(Staff(family_), &IntakeService::EndMembership, end).status()),
            "ALREADY_ENDED");
}

class RosterOfAMember : public SystemsServiceTest {
 protected:
  v1::Member NewOther(const std::string& name, v1::Involvement involvement) {
    v1::CreateMemberRequest request;
    request.set_parent(family_);
    request.mutable_member()->set_display_name(name);
    request.mutable_member()->set_role(v1::MEMBER_ROLE_PARENT);
    request.mutable_member()->set_involvement(involvement);
    request.mutable_member()->mutable_birth_date()->set_year(1985);
    return Do(Staff(family_), &IntakeService::CreateMember, request).member();
  }
  void Leave(const v1::Member& member) {
    v1::EndMembershipRequest end;
    end.set_name(member.name());
    end.set_etag(member.etag());
    end.set_reason("moved away");
    Do(Staff(family_), &IntakeService::EndMembership, end);
  }
  void Part(const std::string& member, const std::string& other) {
    v1::RecordSafetyScreenRequest request;
    request.set_parent(family_);
    request.mutable_screen()->set_member(member);
    request.mutable_screen()->set_alone(true);
    request.mutable_screen()->set_result(v1::SAFETY_RESULT_SEPARATE_ONLY);
    request.mutable_screen()->add_separate_from(other);
    Do(Staff(family_), &IntakeService::RecordSafetyScreen, request);
    store_.clock.Advance(std::chrono::hours(1));
  }
  absl::StatusOr<v1::GetRosterResponse> Ask(const std::string& member, bool then = false) {
    v1::GetRosterRequest request;
    request.set_name(family_);
    if (then) *request.mutable_at_time() = schema::ToTimestamp(store_.clock.NowMicros());
    cache_.Forget(kAgency, *names_.ReadFamily(family_));
    Call call = Member(family_, member);
    call.access.facts = Facts(family_);
    return Run(std::move(call), &IntakeService::GetRoster, request);
  }
  std::vector<std::string> NamesShownTo(const std::string& member) {
    const auto answer = Ask(member);
    EXPECT_TRUE(answer.ok()) << answer.status();
    std::vector<std::string> names;
    if (!answer.ok()) return names;
    for (const auto& one : answer->roster().members()) names.push_back(one.display_name());
    for (const auto& one : answer->roster().helpers()) names.push_back(one.display_name());
    return names;
  }
};

TEST_F(RosterOfAMember, IsTheNamesOfWhoAttendsAndHelpsAndNothingElse) {
  const v1::Member max = NewOther("Max Example", v1::INVOLVEMENT_DIRECT);
  const v1::Member fritz = NewOther("Fritz Example", v1::INVOLVEMENT_INDIRECT);
  EXPECT_THAT(NamesShownTo(mother_),
              testing::UnorderedElementsAre("Mira Example", "Max Example", "Anna Sample"));
  EXPECT_THAT(NamesShownTo(fritz.name()), ElementsAre("Fritz Example", "Anna Sample"))
      << "who does not attend learns nothing of who does";
  const auto answer = Ask(mother_);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->roster().version(), 0) << "it would count what others do";
  for (const auto& member : answer->roster().members()) {
    v1::RosterMember names;
    names.set_member(member.member());
    names.set_display_name(member.display_name());
    EXPECT_EQ(member.SerializeAsString(), names.SerializeAsString());
  }
  EXPECT_TRUE(absl::IsInvalidArgument(Ask(mother_, /*then=*/true).status()));
  Leave(max);
  EXPECT_THAT(NamesShownTo(mother_), ElementsAre("Mira Example", "Anna Sample"));
}

TEST_F(RosterOfAMember, NothingChangesInItWhenSomebodyIsPartedFromThemNorAfterwards) {
  const v1::Member max = NewOther("Max Example", v1::INVOLVEMENT_DIRECT);
  const v1::Member tom = NewOther("Tom Example", v1::INVOLVEMENT_DIRECT);
  store_.clock.Advance(std::chrono::hours(1));
  const auto of_mother = NamesShownTo(mother_), of_max = NamesShownTo(max.name());
  Part(mother_, max.name());
  EXPECT_EQ(NamesShownTo(mother_), of_mother);
  EXPECT_EQ(NamesShownTo(max.name()), of_max);
  Leave(max);
  EXPECT_EQ(NamesShownTo(mother_), of_mother) << "that he left is not hers to see";
  EXPECT_THAT(NamesShownTo(tom.name()), testing::Not(testing::Contains("Max Example")));
}

TEST_F(SystemsServiceTest, NobodyJoinsTwiceInOneRole) {
  v1::JoinTherapistSystemRequest request;
  request.set_parent(family_);
  request.mutable_helper()->set_professional(anna_.name());
  request.mutable_helper()->set_role(v1::THERAPIST_SYSTEM_ROLE_THERAPIST);
  request.mutable_helper()->set_involvement(v1::INVOLVEMENT_DIRECT);
  EXPECT_EQ(Run(Staff(family_), &IntakeService::JoinTherapistSystem, request).status().code(),
            absl::StatusCode::kAlreadyExists);
  request.mutable_helper()->set_role(v1::THERAPIST_SYSTEM_ROLE_CASE_MANAGER);
  EXPECT_TRUE(Run(Staff(family_), &IntakeService::JoinTherapistSystem, request).ok());
}

TEST_F(SystemsServiceTest, I2_TheTherapistSystemIsFilteredAndOrdered) {
  store_.clock.Advance(std::chrono::hours(1));
  v1::JoinTherapistSystemRequest join;
  join.set_parent(family_);
  join.mutable_helper()->set_professional(anna_.name());
  join.mutable_helper()->set_role(v1::THERAPIST_SYSTEM_ROLE_CASE_MANAGER);
  join.mutable_helper()->set_involvement(v1::INVOLVEMENT_INDIRECT);
  const v1::Helper manager = Do(Staff(family_), &IntakeService::JoinTherapistSystem, join).helper();
  v1::ListTherapistSystemRequest list;
  list.set_parent(family_);
  const auto found = [&](const std::string& filter) {
    list.set_filter(filter);
    std::vector<std::string> names;
    const auto listed = Do(Staff(family_), &IntakeService::ListTherapistSystem, list);
    for (const v1::Helper& one : listed.helpers()) names.push_back(one.name());
    return names;
  };
  EXPECT_THAT(found(""), ElementsAre(helper_.name(), manager.name()));
  EXPECT_THAT(found("role = CASE_MANAGER"), ElementsAre(manager.name()));
  EXPECT_THAT(found("involvement = DIRECT"), ElementsAre(helper_.name()));
  EXPECT_THAT(found("professional = \"" + anna_.name() + "\""),
              ElementsAre(helper_.name(), manager.name()));
  EXPECT_THAT(found("professional = \"professionals/" + std::string(32, '0') + "\""), IsEmpty());
  list.set_order_by("create_time desc");
  EXPECT_THAT(found(""), ElementsAre(manager.name(), helper_.name()));
}

TEST_F(SystemsServiceTest, TheTherapistSystemRefusesWhatItCannotAnswer) {
  v1::ListTherapistSystemRequest list;
  list.set_parent(family_);
  const auto refused = [&] {
    return Run(Staff(family_), &IntakeService::ListTherapistSystem, list).status();
  };
  list.set_filter("shoe_size = 42");
  EXPECT_EQ(ReasonOf(refused()), "FILTER_INVALID");
  list.set_filter("professional = \"professionals/nobody\"");
  EXPECT_EQ(ReasonOf(refused()), "FILTER_INVALID") << "no name of anybody";
  list.clear_filter();
  list.set_order_by("shoe_size");
  EXPECT_TRUE(absl::IsInvalidArgument(refused()));
  list.clear_order_by();
  *list.mutable_at_time() = schema::ToTimestamp(store_.clock.NowMicros());
  list.set_include_ended(true);
  EXPECT_TRUE(absl::IsInvalidArgument(refused()));
}

TEST_F(SystemsServiceTest, WhoLeavesTheTeamIsInNoFactsAfterTheAnswer) {
  ASSERT_EQ(Facts(family_)->helpers.at(0).period.to_us, 0);
  v1::LeaveTherapistSystemRequest leave;
  leave.set_name(helper_.name());
  leave.set_reason("Parental leave.");
  leave.set_etag(helper_.etag());
  store_.clock.Advance(std::chrono::hours(1));
  const auto left = Do(Staff(family_), &IntakeService::LeaveTherapistSystem, leave).helper();
  EXPECT_EQ(left.end_reason(), "Parental leave.");
  EXPECT_EQ(Facts(family_)->helpers.at(0).period.to_us, store_.clock.NowMicros());
}

TEST_F(SystemsServiceTest, I3_ASupervisorIsInTheFactsOfTheFamiliesOfTheSupervisee) {
  EXPECT_THAT(Facts(family_)->supervisors, IsEmpty());
  const v1::Professional sam = NewProfessional("Sam Sample", "sam");
  v1::AssignSupervisorRequest assign;
  assign.mutable_supervision()->set_supervisor(sam.name());
  assign.mutable_supervision()->set_supervisee(anna_.name());
  const auto supervision = Do(Staff(), &IntakeService::AssignSupervisor, assign).supervision();
  const auto facts = Facts(family_);
  ASSERT_THAT(facts->supervisors, SizeIs(1));
  EXPECT_THAT(facts->supervisors[0].subjects, ElementsAre("sam"));
  Link(sam.name(), "sam.at.home");
  EXPECT_THAT(Facts(family_)->supervisors[0].subjects, ElementsAre("sam", "sam.at.home"));
  store_.clock.Advance(std::chrono::hours(1));
  v1::EndSupervisionRequest end;
  end.set_name(supervision.name());
  end.set_etag(supervision.etag());
  Do(Staff(), &IntakeService::EndSupervision, end);
  EXPECT_EQ(Facts(family_)->supervisors.at(0).period.to_us, store_.clock.NowMicros());
}

// What notes asks for a worklist: whom an account is, and whom they supervise now.
TEST_F(SystemsServiceTest, I3_AnAccountsStaffIsItsProfessionalAndWhomTheySuperviseNow) {
  const v1::Professional sam = NewProfessional("Sam Sample", "sam");
  v1::AssignSupervisorRequest assign;
  assign.mutable_supervision()->set_supervisor(sam.name());
  assign.mutable_supervision()->set_supervisee(anna_.name());
  const auto supervision = Do(Staff(), &IntakeService::AssignSupervisor, assign).supervision();
  const auto staff = [&](const char* subject) {
    internal::v1::GetStaffRequest request;
    request.set_agency(std::string(kAgency));
    request.set_subject(subject);
    return Do(Staff(), &IntakeService::GetStaff, request);
  };
  EXPECT_EQ(staff("sam").professional(), *names_.ReadProfessional(sam.name()));
  EXPECT_THAT(staff("sam").supervisees(), ElementsAre(*names_.ReadProfessional(anna_.name())));
  EXPECT_THAT(staff("anna").supervisees(), IsEmpty());
  EXPECT_EQ(staff("nobody").ByteSizeLong(), 0u);
  v1::EndSupervisionRequest end;
  end.set_name(supervision.name());
  end.set_etag(supervision.etag());
  store_.clock.Advance(std::chrono::seconds(1));
  Do(Staff(), &IntakeService::EndSupervision, end);
  EXPECT_THAT(staff("sam").supervisees(), IsEmpty());
}

TEST_F(SystemsServiceTest, I10_ARosterIsGivenAgainUntilTheFamilyOrItsPeopleChange) {
  EXPECT_EQ(Roster(family_).helpers(0).display_name(), "Anna Sample");
  store_.clock.Advance(std::chrono::seconds(1));
  const v1::Roster again = Roster(family_);
  EXPECT_EQ(schema::ToMicros(again.at_time()), store_.clock.NowMicros());
  v1::UpdateProfessionalRequest update;
  update.mutable_professional()->set_name(anna_.name());
  update.mutable_professional()->set_display_name("Anna Example");
  update.mutable_update_mask()->add_paths("display_name");
  v1::ListProfessionalsRequest list;
  const auto listed = Do(Staff(), &IntakeService::ListProfessionals, list);
  update.set_etag(listed.professionals(0).etag());
  Do(Staff(), &IntakeService::UpdateProfessional, update);
  EXPECT_EQ(Roster(family_).helpers(0).display_name(), "Anna Example");
  NewMember(family_, "Tom Example", 2014);
  EXPECT_EQ(Roster(family_).members_size(), 2);
}

TEST_F(SystemsServiceTest, I3_AProfessionalsUpdateCantTakeAnExternalIdAndIsToldWhoseItIs) {
  const auto with_id = [&](std::string_view value) {
    v1::CreateProfessionalRequest create;
    create.mutable_professional()->set_display_name("Some Sample");
    create.mutable_professional()->set_kind(v1::PROFESSIONAL_KIND_STAFF);
    auto& id = *create.mutable_professional()->add_external_ids();
    id.set_system("payroll");
    id.set_value(std::string(value));
    return Do(Staff(), &IntakeService::CreateProfessional, create).professional();
  };
  const v1::Professional first = with_id("P-1");
  const v1::Professional second = with_id("P-2");
  v1::UpdateProfessionalRequest update;
  *update.mutable_professional() = second;
  update.mutable_professional()->mutable_external_ids(0)->set_value("P-1");
  update.mutable_update_mask()->add_paths("external_ids");
  update.set_etag(second.etag());
  const auto taken = Run(Staff(), &IntakeService::UpdateProfessional, update).status();
  EXPECT_EQ(taken.code(), absl::StatusCode::kAlreadyExists) << taken;
  EXPECT_THAT(schema::StatusDetails(taken), testing::HasSubstr(first.name()));
  update.mutable_professional()->mutable_external_ids(0)->set_value("P-3");
  const auto moved = Do(Staff(), &IntakeService::UpdateProfessional, update).professional();
  EXPECT_EQ(moved.external_ids(0).value(), "P-3") << "what was refused changed nothing";
}

TEST(RosterCodec, KeepsWhatARosterSaysAndForHowLong) {
  KnownRoster known{.as_of_us = 5, .until_us = INT64_MAX};
  known.roster.set_family("families/x");
  const auto back = RosterCodec::Decode(RosterCodec::Encode(known));
  ASSERT_NE(back, nullptr);
  EXPECT_EQ(back->roster.family(), "families/x");
  EXPECT_TRUE(back->Holds(5));
  EXPECT_FALSE(back->Holds(4));
  EXPECT_EQ(RosterCodec::Decode("short"), nullptr);
}

TEST_F(SystemsServiceTest, WhatIsReadOfAFamilyIsItsOwnRecordsHoweverManyHelpIt) {
  support::CountingDb counted(*store_.db);
  const records::ServiceDeps deps{counted,      *store_.records, ids_,    etags_,
                                  store_.suite, store_.clock,    access_, caches_};
  IntakeService service(deps, [this](std::string_view) { return rules_; });
  const auto rows = [&](auto use_case, const auto& request) {
    const std::int64_t before = counted.rows();
    Call call = Staff(family_);
    EXPECT_TRUE(RunSync((service.*use_case)(call, request)).ok());
    return counted.rows() - before;
  };
  v1::GetFamilyRequest get;
  get.set_name(family_);
  v1::ListConsentsRequest list;
  list.set_parent(family_);
  const std::int64_t got = rows(&IntakeService::GetFamily, get);
  const std::int64_t listed = rows(&IntakeService::ListConsents, list);
  constexpr int kMore = 5;
  for (int i = 0; i < kMore; ++i) Join(family_, NewProfessional("Ben Sample").name());
  EXPECT_EQ(rows(&IntakeService::GetFamily, get), got + kMore) << "their entries alone";
  EXPECT_EQ(rows(&IntakeService::ListConsents, list), listed + kMore);
}

TEST_F(SystemsServiceTest, AnAccountOfAProfessionalIsInTheFactsOfTheirFamilies) {
  EXPECT_THAT(Facts(family_)->helpers.at(0).subjects, ElementsAre("anna"));
  Link(anna_.name(), "anna.at.home");
  EXPECT_THAT(Facts(family_)->helpers.at(0).subjects, ElementsAre("anna", "anna.at.home"));
}

TEST_F(SystemsServiceTest, AnAccountIsOneProfessionals) {
  const v1::Professional sam = NewProfessional("Sam Sample");
  v1::LinkAccountRequest link;
  link.set_resource(sam.name());
  link.set_subject("anna");
  EXPECT_EQ(Run(Staff(), &IntakeService::LinkAccount, link).status().code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(SystemsServiceTest, AnInviteLinksAnAccountOnceAndNotAfterItsTime) {
  v1::CreateMemberInviteRequest invite;
  invite.set_member(mother_);
  const auto made = Do(Staff(family_), &IntakeService::CreateMemberInvite, invite);
  v1::RedeemMemberInviteRequest redeem;
  redeem.set_code(made.code());
  EXPECT_EQ(Do(Call(*this, "mira", "", Viewer::kNone), &IntakeService::RedeemMemberInvite, redeem)
                .member(),
            mother_);
  EXPECT_THAT(Facts(family_)->members.at(0).subjects, ElementsAre("mira"));
  EXPECT_EQ(Run(Call(*this, "max", "", Viewer::kNone), &IntakeService::RedeemMemberInvite, redeem)
                .status()
                .code(),
            absl::StatusCode::kNotFound);
  const auto late = Do(Staff(family_), &IntakeService::CreateMemberInvite, invite);
  redeem.set_code(late.code());
  store_.clock.Advance(std::chrono::hours(24 * 365));
  EXPECT_EQ(Run(Call(*this, "max", "", Viewer::kNone), &IntakeService::RedeemMemberInvite, redeem)
                .status()
                .code(),
            absl::StatusCode::kNotFound);
}

// A mother with her daughter's letter, a therapist who tries a code out: neither becomes the child.
TEST_F(SystemsServiceTest, I2_AnInviteIsNotForAnotherOfTheFamilyNorForAProfessional) {
  Link(mother_, "mira");
  v1::CreateMemberInviteRequest invite;
  invite.set_member(NewMember(family_, "Max Example", 1988).name());
  const auto made = Do(Staff(family_), &IntakeService::CreateMemberInvite, invite);
  v1::RedeemMemberInviteRequest redeem;
  redeem.set_code(made.code());
  const auto redeemed = [&](const char* who) {
    return Run(Call(*this, who, "", Viewer::kNone), &IntakeService::RedeemMemberInvite, redeem);
  };
  for (const char* who : {"mira", "anna"}) {
    EXPECT_EQ(ReasonOf(redeemed(who).status()), "INVITE_FOR_ANOTHER") << who;
  }
  ASSERT_TRUE(redeemed("max").ok()) << "the code was still good";
  EXPECT_THAT(Facts(family_)->members.at(1).subjects, ElementsAre("max"));
}

TEST_F(SystemsServiceTest, I2_AnAccountIsTakenFromWhoShouldNotHaveHadIt) {
  for (const char* subject : {"mira", "mira.at.work", "somebody"}) Link(mother_, subject);
  v1::UnlinkAccountRequest unlink;
  unlink.set_resource(mother_);
  unlink.set_subject("somebody");
  const auto run = [&] { return Run(Staff(), &IntakeService::UnlinkAccount, unlink); };
  EXPECT_EQ(run()->unlinked_accounts(), 1);
  EXPECT_THAT(Facts(family_)->members.at(0).subjects, ElementsAre("mira", "mira.at.work"));
  EXPECT_EQ(ReasonOf(run().status()), "ACCOUNT_NOT_LINKED");
  unlink.clear_subject();
  EXPECT_EQ(run()->unlinked_accounts(), 2) << "all there are";
  EXPECT_THAT(Facts(family_)->members.at(0).subjects, IsEmpty());
}

TEST_F(SystemsServiceTest, I3_AProfessionalsAccountIsFreeOnceItIsTaken) {
  v1::UnlinkAccountRequest unlink;
  unlink.set_resource(anna_.name());
  ASSERT_EQ(Do(Staff(), &IntakeService::UnlinkAccount, unlink).unlinked_accounts(), 1);
  EXPECT_THAT(Facts(family_)->helpers.at(0).subjects, IsEmpty());
  const v1::Professional sam = NewProfessional("Sam Sample");
  Link(sam.name(), "anna");
}

TEST_F(SystemsServiceTest, AnInviteIsRedeemedHoweverItsLettersWereTyped) {
  v1::CreateMemberInviteRequest invite;
  invite.set_member(mother_);
  std::string typed = " ";
  const auto made = Do(Staff(family_), &IntakeService::CreateMemberInvite, invite);
  for (const char c : made.code()) {
    typed += c == '-' ? ' ' : absl::ascii_tolower(static_cast<unsigned char>(c));
  }
  v1::RedeemMemberInviteRequest redeem;
  redeem.set_code(typed);
  EXPECT_EQ(Do(Call(*this, "mira", "", Viewer::kNone), &IntakeService::RedeemMemberInvite, redeem)
                .member(),
            mother_);
}

}  // namespace
}  // namespace rapport::intake
