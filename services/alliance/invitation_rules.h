// Rules of invitations to one form: what one is good for, until when. Called wherever somebody acts
// by one. Pure, thread-safe.
#pragma once

#include "platform/base/machine.h"

#include <rapport/internal/v1/alliance_records.pb.h>

#include <cstdint>

namespace rapport::alliance {

// Only a good one opens its form.
enum class InvitationState : std::uint8_t { kNone, kGood, kUsed, kReplaced, kExpired };
// kTime: it expires.
enum class InvitationEvent : std::uint8_t { kCreate, kFill, kReplace, kTime };
using InvitationMachine = Machine<InvitationState, InvitationEvent>;
const InvitationMachine& InvitationLife();

// `used`: a rating came by it, or the form that it is for was filled in another way.
InvitationState StateOf(const internal::v1::StoredRatingInvitation& invitation, bool used,
                        std::int64_t now_us);

}  // namespace rapport::alliance
