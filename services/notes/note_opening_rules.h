// Opening notes that the law keeps apart: what can be proposed, who may approve it, and until when
// the two may read. Pure: resource messages and access facts in, findings out.
#pragma once

#include "notes/values.h"
#include "platform/base/access_facts.h"
#include "platform/base/machine.h"

#include <rapport/notes/v1/note_opening.pb.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace rapport::notes {

inline constexpr std::int64_t kProposalLastsUs = 30 * 86'400'000'000LL;
inline constexpr std::int64_t kOpeningLastsUs = 7 * 86'400'000'000LL;

// Faults of a proposal at `now_us`; `author` is the inner id of the one it names. The author is or
// was on the family's therapist system; one who is said to have left is not on it now; the days are
// in order.
Faults FaultsOfOpening(const v1::NoteOpening& opening, std::string_view author,
                       const AccessFacts& facts, std::int64_t now_us);

// What happens to one; kTime: nobody approved it in time, or its time is over.
enum class OpeningEvent : std::uint8_t { kPropose, kApprove, kRead, kTime };
using OpeningMachine = Machine<v1::OpeningState, OpeningEvent>;
const OpeningMachine& OpeningLife();

// `created_us`: when it was proposed.
v1::OpeningState StateOfOpening(const v1::NoteOpening& opening, std::int64_t created_us,
                                std::int64_t now_us);

// Why `subject` can't approve it now: what the table has against it, or OWN_PROPOSAL. Nullopt: they
// can.
std::optional<StateRefusal> WhyNotApproved(const v1::NoteOpening& opening, std::int64_t created_us,
                                           std::string_view subject, std::int64_t now_us);

// One of the two who may read.
bool IsOfOpening(const v1::NoteOpening& opening, std::string_view subject);

// Whether a note of `author` (a name) written at `at_us` is among those opened.
bool Covers(const v1::NoteOpening& opening, std::string_view author, std::int64_t at_us);

}  // namespace rapport::notes
