// What other families have to do with one: told to the services that plan sessions, and to nobody
// else.
#include "unit/intake/intake_fixture.h"

#include <rapport/internal/v1/access_service.pb.h>

namespace rapport::intake {
namespace {

using testing::ElementsAre;
using testing::FieldsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class ElsewhereTest : public IntakeTest {
 protected:
  // By names: a member of the asked family, and the other.
  using Ties = std::vector<std::pair<std::string, std::string>>;
  Ties Named(const std::string& family, const auto& ties) {
    Ties named;
    for (const auto& tie : ties) {
      named.emplace_back(names_.Member(*names_.ReadFamily(family), tie.member()),
                         names_.Member(tie.other_family(), tie.other_member()));
    }
    return named;
  }
  internal::v1::GetElsewhereResponse Ask(const std::string& family) {
    internal::v1::GetElsewhereRequest request;
    request.set_agency(std::string(kAgency));
    request.set_family(*names_.ReadFamily(family));
    support::TestCall call(kAgency, "service/notes");
    auto answer = RunSync(service_.GetElsewhere(call, request));
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : internal::v1::GetElsewhereResponse();
  }
  Ties Same(const std::string& family) { return Named(family, Ask(family).same()); }
  Ties Apart(const std::string& family) { return Named(family, Ask(family).apart()); }
  // Nina said, alone, that she is to be kept apart from Fritz.
  void KeepApart(const std::string& family, const std::string& who, const std::string& from) {
    v1::RecordSafetyScreenRequest request;
    request.set_parent(family);
    v1::SafetyScreen& screen = *request.mutable_screen();
    screen.set_member(who);
    screen.set_result(v1::SAFETY_RESULT_SEPARATE_ONLY);
    screen.add_separate_from(from);
    screen.set_alone(true);
    Do(Staff(family), &IntakeService::RecordSafetyScreen, request);
  }

  const std::string north_ = NewFamily().name(), south_ = NewFamily().name();
  const std::string nina_ = NewMember(north_, "Nina Example", 1985).name();
  const std::string fritz_ = NewMember(north_, "Fritz Example", 1983).name();
  const std::string himself_ = NewMember(south_, "Fritz", 1983).name();
  const std::string eva_ = NewMember(south_, "Eva Sample", 1990).name();
};

TEST_F(ElsewhereTest, I9_WhoIsApartInOneFamilyIsApartInAll) {
  KeepApart(north_, nina_, fritz_);
  Link(fritz_, "fritz");
  Link(himself_, "fritz");
  EXPECT_THAT(Same(north_), ElementsAre(FieldsAre(fritz_, himself_)));
  EXPECT_THAT(Apart(north_), ElementsAre(FieldsAre(nina_, himself_)));
  EXPECT_THAT(Same(south_), ElementsAre(FieldsAre(himself_, fritz_)));
  EXPECT_THAT(Apart(south_), ElementsAre(FieldsAre(himself_, nina_)));
}

TEST_F(ElsewhereTest, I9_BothMayBeMembersElsewhere) {
  KeepApart(north_, nina_, fritz_);
  const std::string herself = NewMember(south_, "Nina", 1985).name();
  Link(fritz_, "fritz");
  Link(himself_, "fritz");
  Link(nina_, "nina");
  Link(herself, "nina");
  EXPECT_THAT(Apart(south_),
              UnorderedElementsAre(FieldsAre(himself_, nina_), FieldsAre(himself_, herself),
                                   FieldsAre(herself, fritz_), FieldsAre(herself, himself_)));
  EXPECT_THAT(Apart(north_),
              UnorderedElementsAre(FieldsAre(nina_, himself_), FieldsAre(fritz_, herself)))
      << "what its own records say of its own members is in its facts";
}

TEST_F(ElsewhereTest, WhoHasNoAccountOrAnotherIsNobodyElse) {
  KeepApart(north_, nina_, fritz_);
  EXPECT_THAT(Same(south_), IsEmpty());
  Link(fritz_, "fritz");
  Link(himself_, "another fritz");
  EXPECT_THAT(Same(south_), IsEmpty());
  EXPECT_THAT(Apart(south_), IsEmpty());
}

TEST_F(ElsewhereTest, TwoOfOneFamilyWhoShareAnAccountAreTwo) {
  KeepApart(north_, nina_, fritz_);
  Link(nina_, "home");
  Link(fritz_, "home");
  EXPECT_THAT(Same(north_), IsEmpty());
  EXPECT_THAT(Apart(north_), IsEmpty());
}

TEST_F(ElsewhereTest, AFamilyThatIsNotThereIsNotFound) {
  internal::v1::GetElsewhereRequest request;
  request.set_agency(std::string(kAgency));
  request.set_family(std::string(16, 'x'));
  support::TestCall call(kAgency, "service/notes");
  EXPECT_TRUE(absl::IsNotFound(RunSync(service_.GetElsewhere(call, request)).status()));
}

}  // namespace
}  // namespace rapport::intake
