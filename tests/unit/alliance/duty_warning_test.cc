// Where nobody is on duty whoever runs the suite is told, and not whose agency it is.
#include "alliance/duty_warning.h"
#include "support/captured_logs.h"

#include <gmock/gmock.h>

namespace rapport::alliance {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kRest =
    "    display_name: One\n    issuer: https://id.example.org\n    jwks: keys.json\n"
    "    time_zone: Europe/Berlin\n";

TEST(DutyWarning, IsGivenOncePerAgencyThatIsServed) {
  std::string text = "agencies:\n";
  for (const char* one :
       {"harbour", "mill\n    on_duty: sam", "shore", "gone\n    state: closed"}) {
    text += std::string("  - id: ") + one + "\n" + std::string(kRest);
  }
  const auto agencies = crypto::Agencies::Parse(text, "agencies.yaml");
  ASSERT_TRUE(agencies.ok()) << agencies.status();
  const support::CapturedLogs logs;
  EXPECT_EQ(WarnOfNobodyOnDuty(*agencies), 2u);
  const auto lines = logs.Lines();
  ASSERT_EQ(lines.size(), 2u);
  for (const std::string& line : lines) {
    EXPECT_THAT(line, HasSubstr("on_duty"));
    EXPECT_THAT(line, Not(HasSubstr("harbour")));
    EXPECT_THAT(line, Not(HasSubstr("shore")));
  }
}

}  // namespace
}  // namespace rapport::alliance
