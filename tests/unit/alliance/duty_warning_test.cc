// Where nobody is on duty whoever runs the suite is told, and not whose agency it is.
#include "alliance/duty_warning.h"
#include "support/captured_logs.h"
#include "unit/alliance/urgent_fixture.h"

#include <gmock/gmock.h>

namespace rapport::alliance {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kRest =
    "    display_name: One\n    issuer: https://id.example.org\n    jwks: keys.json\n"
    "    time_zone: Europe/Berlin\n";

crypto::Agencies Agencies(const std::vector<std::string>& all) {
  std::string text = "agencies:\n";
  for (const std::string& one : all) text += "  - id: " + one + "\n" + std::string(kRest);
  auto agencies = crypto::Agencies::Parse(text, "agencies.yaml");
  EXPECT_TRUE(agencies.ok()) << agencies.status();
  return *std::move(agencies);
}

using DutyWarningService = UrgentServiceA14;

TEST_F(DutyWarningService, IsGivenOncePerAgencyThatIsServed) {
  const crypto::Agencies agencies =
      Agencies({"harbour", "mill\n    on_duty: sam", "shore", "gone\n    state: closed"});
  DutyWarning warning(deps_, agencies);
  const support::CapturedLogs logs;
  for (int round = 0; round < 2; ++round) {
    for (const crypto::Agency& agency : agencies.all()) {
      ASSERT_TRUE(warning.Round(agency.id).ok());
    }
  }
  EXPECT_EQ(warning.without(), 2u);
  const auto lines = logs.Lines();
  ASSERT_EQ(lines.size(), 2u);
  for (const std::string& line : lines) {
    EXPECT_THAT(line, HasSubstr("on_duty"));
    EXPECT_THAT(line, Not(HasSubstr("harbour")));
    EXPECT_THAT(line, Not(HasSubstr("shore")));
  }
}

TEST_F(DutyWarningService, EndsWhenSomebodyIsPutOnDutyAndComesAgainWhenNobodyIs) {
  const crypto::Agencies agencies = Agencies({std::string(kAgency)});
  DutyWarning warning(deps_, agencies);
  const support::CapturedLogs logs;
  const auto put = [&](const std::vector<std::string>& subjects) {
    v1::SetDutyRequest request;
    request.mutable_subjects()->Assign(subjects.begin(), subjects.end());
    const auto seen = Run(Everywhere("olga"), &AllianceService::GetDuty, v1::GetDutyRequest());
    ASSERT_TRUE(seen.ok()) << seen.status();
    request.set_etag(seen->duty().etag());
    ASSERT_TRUE(Run(Everywhere("olga"), &AllianceService::SetDuty, request).ok());
    ASSERT_TRUE(warning.Round(kAgency).ok());
  };
  ASSERT_TRUE(warning.Round(kAgency).ok());
  EXPECT_EQ(warning.without(), 1u);
  put({"subject-night"});
  EXPECT_EQ(warning.without(), 0u);
  put({});
  EXPECT_EQ(warning.without(), 1u);
  EXPECT_EQ(logs.Lines().size(), 2u);
}

}  // namespace
}  // namespace rapport::alliance
