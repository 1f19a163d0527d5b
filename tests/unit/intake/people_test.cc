// Whom a privacy officer finds by name: names and nothing else, and the trail says why they looked.
#include "unit/intake/intake_fixture.h"

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class X5FindPeople : public IntakeTest {
 protected:
  absl::StatusOr<v1::FindPeopleResponse> Find(const std::string& text,
                                              const std::string& page_token = {}) {
    RETURN_IF_ERROR(support::MissingRpc<v1::FindPeopleRequest>());
    Call call(*this, "pia", "", Viewer::kAgency);
    call.request_id.clear();
    v1::FindPeopleRequest request;
    request.set_text(text);
    request.set_purpose(v1::LOOKUP_PURPOSE_DISCLOSURES);
    request.set_page_size(page_size_);
    request.set_page_token(page_token);
    auto found = RunSync(service_.FindPeople(call, request));
    shown_ = call.disclosed_members;
    return found;
  }
  std::vector<std::string> Members(const std::string& text) {
    const auto found = Find(text);
    EXPECT_TRUE(found.ok()) << found.status();
    std::vector<std::string> members;
    if (!found.ok()) return members;
    for (const auto& one : found->people()) members.push_back(one.member());
    return members;
  }

  int page_size_ = 0;
  std::vector<std::string> shown_;  // whose disclosure the last answer is
  const std::string family_ = NewFamily().name();
  const std::string mira_ = NewMember(family_, "Mira Ünal", 1990).name();
  const std::string tom_ = NewMember(family_, "Tom Ünal", 2016).name();
};

TEST_F(X5FindPeople, WhoHasTheNameIsFoundWithTheFamily) {
  const auto found = Find("unal MIRA");
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_THAT(found->people(), SizeIs(1));
  const v1::FoundPerson& person = found->people(0);
  EXPECT_EQ(person.member(), mira_);
  EXPECT_EQ(person.display_name(), "Mira Ünal");
  EXPECT_EQ(person.family(), family_);
  EXPECT_EQ(person.family_display_name(), "Example family");
  const auto id = *names_.ReadMember(mira_);
  EXPECT_THAT(shown_, ElementsAre(id.family + id.id)) << "in their own accounting";
}

TEST_F(X5FindPeople, TheFamilysNameFindsEverybodyOfIt) {
  EXPECT_THAT(Members("example"), UnorderedElementsAre(mira_, tom_));
  EXPECT_THAT(Members("tom example"), ElementsAre(tom_)) << "words of both";
  EXPECT_THAT(Members("exam"), IsEmpty()) << "whole words";
}

TEST_F(X5FindPeople, WhoLeftIsStillAskedAbout) {
  v1::ListMembersRequest list;
  list.set_parent(family_);
  v1::EndMembershipRequest end;
  end.set_name(tom_);
  end.set_etag(Do(Staff(family_), &IntakeService::ListMembers, list).members(1).etag());
  Do(Staff(family_), &IntakeService::EndMembership, end);
  EXPECT_THAT(Members("tom"), ElementsAre(tom_));
}

TEST_F(X5FindPeople, NothingFindsNobody) {
  for (const char* nothing : {" ", "-", "\"'"}) {
    EXPECT_EQ(Find(nothing).status().code(), absl::StatusCode::kInvalidArgument) << nothing;
  }
}

TEST_F(X5FindPeople, ManyComeInPages) {
  page_size_ = 1;
  const auto first = Find("unal");
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = Find("unal", first->next_page_token());
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(first->people(0).member(), mira_);
  EXPECT_EQ(second->people(0).member(), tom_);
  EXPECT_THAT(second->next_page_token(), IsEmpty());
}

TEST_F(X5FindPeople, EverySearchIsInTheTrailOnceWithWhatItWasForAlsoWhenNobodyIsFound) {
  const std::int64_t before = store_.Number("SELECT count(*) FROM audit");
  EXPECT_THAT(Members("nobody"), IsEmpty());
  EXPECT_EQ(store_.Number("SELECT count(*) FROM audit"), before + 1);
  page_size_ = 1;
  const auto first = Find("unal");
  ASSERT_TRUE(first.ok() && Find("unal", first->next_page_token()).ok());
  EXPECT_EQ(store_.Number("SELECT count(*) FROM audit"), before + 2) << "not of each page";
}

}  // namespace
}  // namespace rapport::intake
