// What is due in a case. Pure.
#pragma once

#include "intake/case_file.h"

#include <rapport/intake/v1/due_work.pb.h>

#include <cstdint>
#include <vector>

namespace rapport::intake {

// From so long before they are told.
inline constexpr std::int64_t kScreenNoticeUs = 14ll * 24 * 3'600 * 1'000'000;
inline constexpr std::int64_t kConsentNoticeUs = 30ll * 24 * 3'600 * 1'000'000;
// So long after its end work is looked back on, if it was not before.
inline constexpr std::int64_t kLookBackUs = 90ll * 24 * 3'600 * 1'000'000;

// Everything; in no order. Of a case that is redirected or closed only who is to be asked for what
// they said (AskedForWhatWasSaid), and of one that closed lately that it is looked back on.
std::vector<v1::WorklistEntry> DueIn(const CaseFile& file, std::int64_t now_us);

}  // namespace rapport::intake
