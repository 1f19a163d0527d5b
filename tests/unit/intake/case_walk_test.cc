// Random walks of calls, by whoever may make them, through the whole service beside a model of the
// case (case_model.h): after each call the case stands where the model says it does, what is
// refused is refused for the reasons that the model knows, and leaves nothing behind. RAPPORT_SEED
// plays one walk alone, RAPPORT_LONG=1 many more.
#include "unit/intake/case_walk.h"
#include "support/long.h"
#include "support/test_database.h"

#include <cstdlib>

namespace rapport::intake {
namespace {

TEST_P(CaseWalk, I1_GoesAsTheModelSaysAndIsRefusedForItsReasons) {
  if (const char* seed = std::getenv("RAPPORT_SEED")) {
    Walk(static_cast<std::uint32_t>(std::strtoul(seed, nullptr, 10)));
    return;
  }
  std::uint32_t seed = std::random_device{}();
  constexpr int kWalks = 50;
  for (int walk = 0; walk < kWalks; ++walk) {
    if (!Walk(seed++)) return;
  }
  for (const char* reached : {"OPEN", "ON_HOLD", "CLOSED", "REDIRECTED", "emergency"}) {
    EXPECT_GT(moves_[reached], 0) << reached << ": the walks do not come there";
  }
}

INSTANTIATE_TEST_SUITE_P(Walks, CaseWalk,
                         testing::Range(0, support::Long()         ? 400
                                           : support::OnPostgres() ? 1
                                                                   : 3));

}  // namespace
}  // namespace rapport::intake
