// Who a caller is: told to them alone, in every family that they are in, and nothing of the others.
#include "platform/base/status_macros.h"
#include "support/in_pages.h"
#include "unit/intake/intake_fixture.h"

#include <rapport/internal/v1/intake_records.pb.h>
#include <rapport/options/v1/options.pb.h>

#include <google/protobuf/empty.pb.h>

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class AccountTest : public IntakeTest {
 protected:
  v1::Account Ask(const std::string& subject) {
    Call call(*this, subject, "", Viewer::kAgency);
    call.request_id.clear();
    Principal caller = *call.principal;
    caller.roles.Add(options::v1::ROLE_MEMBER);
    call.principal = std::make_shared<const Principal>(std::move(caller));
    if (const absl::Status gone = support::MissingRpc<v1::GetAccountRequest>(); !gone.ok()) {
      ADD_FAILURE() << gone;
      return {};
    }
    auto answer = RunSync(service_.GetAccount(call, v1::GetAccountRequest()));
    EXPECT_TRUE(answer.ok()) << answer.status();
    shown_ = call.disclosed_members;
    return answer.ok() ? answer->account() : v1::Account();
  }
  std::vector<std::string> MembersOf(const std::string& subject) {
    std::vector<std::string> members;
    const v1::Account account = Ask(subject);
    for (const auto& one : account.memberships()) members.push_back(one.member());
    return members;
  }
  // As the release before linked an account: in the member, and nowhere else.
  void LinkAsBefore(const std::string& member, const std::string& subject) {
    const auto id = *names_.ReadMember(member);
    Call call = Staff();
    call.request_id.clear();
    records::Record record;
    const absl::Status read = db::RunSync(
        deps_.db, call,
        [&](db::Tx& tx) -> absl::Status {
          ASSIGN_OR_RETURN(record, deps_.records.Get(tx, kAgency, id.family, kMember, id.id));
          return absl::OkStatus();
        },
        false);
    EXPECT_TRUE(read.ok()) << read;
    internal::v1::StoredMember stored;
    EXPECT_TRUE(stored.ParseFromString(record.payload));
    stored.add_subjects(subject);
    records::Changes changes(call, 1);
    changes.Update(record, records::With(record, stored));
    const auto done =
        RunSync(deps_.records.Commit(call, std::move(changes), google::protobuf::Empty()));
    EXPECT_TRUE(done.ok()) << done.status();
  }
  std::vector<std::string> shown_;  // whose disclosure the last answer is
  const std::string family_ = NewFamily().name();
  const std::string zoe_ = NewMember(family_, "Zoë Example", 1990).name();
};

TEST_F(AccountTest, AMemberLearnsTheirOwnNames) {
  NewMember(family_, "Max Example", 1988);
  Link(zoe_, "zoe");
  const v1::Account account = Ask("zoe");
  EXPECT_EQ(account.subject(), "zoe");
  EXPECT_THAT(account.roles(), ElementsAre(options::v1::ROLE_MEMBER));
  EXPECT_FALSE(account.has_professional());
  ASSERT_THAT(account.memberships(), SizeIs(1));
  EXPECT_EQ(account.memberships(0).member(), zoe_);
  EXPECT_EQ(account.memberships(0).family(), family_);
  EXPECT_EQ(account.memberships(0).display_name(), "Zoë Example");
  const auto id = *names_.ReadMember(zoe_);
  EXPECT_THAT(shown_, ElementsAre(id.family + id.id));
}

TEST_F(AccountTest, SomebodyInTwoFamiliesSeesBothAndNobodyElseOne) {
  const std::string other = NewFamily().name();
  const std::string there = NewMember(other, "Zoë", 1990).name();
  const std::string father = NewMember(other, "Max", 1988).name();
  Link(zoe_, "zoe");
  Link(there, "zoe");
  Link(father, "max");
  EXPECT_THAT(MembersOf("zoe"), UnorderedElementsAre(zoe_, there));
  EXPECT_THAT(MembersOf("max"), ElementsAre(father));
  EXPECT_THAT(MembersOf("nobody"), IsEmpty());
}

TEST_F(AccountTest, WhoLeftIsAMemberNoMore) {
  Link(zoe_, "zoe");
  v1::ListMembersRequest list;
  list.set_parent(family_);
  v1::EndMembershipRequest end;
  end.set_name(zoe_);
  end.set_reason("moved out");
  end.set_etag(Do(Staff(family_), &IntakeService::ListMembers, list).members(0).etag());
  store_.clock.Advance(std::chrono::hours(1));
  Do(Staff(family_), &IntakeService::EndMembership, end);
  EXPECT_THAT(MembersOf("zoe"), IsEmpty());
}

TEST_F(AccountTest, AProfessionalLearnsWhoTheyAre) {
  const v1::Professional anna = NewProfessional("Anna Sample", "anna");
  const v1::Account account = Ask("anna");
  EXPECT_EQ(account.professional().name(), anna.name());
  EXPECT_EQ(account.professional().display_name(), "Anna Sample");
  EXPECT_EQ(account.professional().kind(), v1::PROFESSIONAL_KIND_STAFF);
  EXPECT_THAT(account.memberships(), IsEmpty());
  EXPECT_THAT(shown_, IsEmpty());
}

TEST_F(AccountTest, AccountsThatWereLinkedBeforeAreFound) {
  const std::string other = NewFamily().name();
  const std::string there = NewMember(other, "Zoë", 1990).name();
  LinkAsBefore(zoe_, "zoe");
  LinkAsBefore(there, "zoe");
  EXPECT_THAT(MembersOf("zoe"), UnorderedElementsAre(zoe_, there));
  EXPECT_THAT(MembersOf("zoe"), UnorderedElementsAre(zoe_, there));
}

// A process of the release before may link while the update is under way.
TEST_F(AccountTest, WhatWasLinkedBesideTheSearchIsFoundAfterTheFamilysNextWrite) {
  EXPECT_THAT(MembersOf("zoe"), IsEmpty());
  LinkAsBefore(zoe_, "zoe");
  NewMember(family_, "Max Example", 1988);
  EXPECT_THAT(MembersOf("zoe"), ElementsAre(zoe_));
}

TEST_F(AccountTest, ManyMembersOfBeforeAreLookedThrough) {
  const auto id = *names_.ReadFamily(family_);
  for (int i = 0; i < 1'200;) {
    Call call = Staff();
    call.request_id.clear();
    records::Changes changes(call, 1);
    for (int k = 0; k < 400; ++k, ++i) {
      const std::string member = support::TestId(std::to_string(10'000 + i));
      internal::v1::StoredMember stored;
      stored.mutable_member()->set_name(names_.Member(id, member));
      stored.mutable_member()->add_periods()->mutable_start_time()->set_seconds(1);
      if (i % 300 == 299) stored.add_subjects("zoe");
      changes.Create(
          records::With(records::Record{.kind = kMember, .family = id, .id = member}, stored));
    }
    EXPECT_TRUE(
        RunSync(deps_.records.Commit(call, std::move(changes), google::protobuf::Empty())).ok());
  }
  EXPECT_THAT(MembersOf("zoe"), SizeIs(4));
}

TEST_F(AccountTest, WhoMayTakeAccountsBackSeesWhichThereAreAndWhoLinkedThem) {
  const auto accounts = [&](const std::string& resource) {
    v1::ListAccountsRequest request;
    request.set_resource(resource);
    return Do(Staff(), &IntakeService::ListAccounts, request).accounts();
  };
  EXPECT_THAT(accounts(zoe_), IsEmpty());
  LinkAsBefore(zoe_, "zoe.of.old");
  Link(zoe_, "zoe");
  v1::CreateMemberInviteRequest invite;
  invite.set_member(zoe_);
  v1::RedeemMemberInviteRequest redeem;
  redeem.set_code(Do(Staff(family_), &IntakeService::CreateMemberInvite, invite).code());
  store_.clock.Advance(std::chrono::hours(1));
  Do(Call(*this, "stranger", "", Viewer::kNone), &IntakeService::RedeemMemberInvite, redeem);
  const auto all = accounts(zoe_);
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].subject(), "zoe.of.old");
  EXPECT_FALSE(all[0].has_link_time()) << "it was not kept";
  EXPECT_THAT(all[0].linked_by(), IsEmpty());
  EXPECT_EQ(all[1].subject(), "zoe");
  EXPECT_EQ(all[1].linked_by(), "ida");
  EXPECT_EQ(all[2].subject(), "stranger");
  EXPECT_EQ(all[2].linked_by(), "stranger") << "by a code";
  EXPECT_EQ(Micros(all[2].link_time()), store_.clock.NowMicros());
  v1::UnlinkAccountRequest unlink;
  unlink.set_resource(zoe_);
  unlink.set_subject("stranger");
  Do(Staff(), &IntakeService::UnlinkAccount, unlink);
  EXPECT_THAT(accounts(zoe_), SizeIs(2));
  Link(zoe_, "stranger");
  EXPECT_EQ(accounts(zoe_)[2].linked_by(), "ida") << "what was taken back is over";
  const std::string anna = NewProfessional("Anna Sample", "anna").name();
  ASSERT_THAT(accounts(anna), SizeIs(1));
  EXPECT_EQ(accounts(anna)[0].linked_by(), "ida");
}

TEST_F(AccountTest, AccountsAreListedByWhoLinkedThemAndWhen) {
  LinkAsBefore(zoe_, "zoe.of.old");
  Link(zoe_, "zoe");
  store_.clock.Advance(std::chrono::hours(1));
  Link(zoe_, "zoe.2");
  v1::ListAccountsRequest request;
  request.set_resource(zoe_);
  const auto listed = [&](const std::string& filter, const std::string& order = {}) {
    return support::InPages(
        request, filter, order,
        [&](const auto& asked) { return Run(Staff(), &IntakeService::ListAccounts, asked); },
        [](const auto& page) {
          std::vector<std::string> subjects;
          for (const v1::LinkedAccount& one : page.accounts()) subjects.push_back(one.subject());
          return subjects;
        });
  };
  EXPECT_THAT(listed(""), ElementsAre("zoe.of.old", "zoe", "zoe.2"));
  EXPECT_THAT(listed("", "link_time desc"), ElementsAre("zoe.2", "zoe", "zoe.of.old"));
  EXPECT_THAT(listed("linked_by = ida", "link_time desc"), ElementsAre("zoe.2", "zoe"));
  EXPECT_THAT(listed("subject = \"zoe.of.old\""), ElementsAre("zoe.of.old"));
  const std::string now = support::TimeText(store_.clock.NowMicros());
  EXPECT_THAT(listed("link_time >= \"" + now + "\""), ElementsAre("zoe.2"));
  EXPECT_THAT(listed("link_time < \"" + now + "\""), ElementsAre("zoe"))
      << "of the oldest nobody knows";
}

}  // namespace
}  // namespace rapport::intake
