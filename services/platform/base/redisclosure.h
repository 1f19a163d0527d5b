// What goes with every word of somebody's treatment for substance use, wherever it is shown.
#pragma once

namespace rapport {

// The short form of 42 CFR 2.32(a)(2), as the rule words it.
inline constexpr char kRedisclosureNotice[] =
    "42 CFR part 2 prohibits unauthorized use or disclosure of these records.";

}  // namespace rapport
