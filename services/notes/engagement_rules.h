// How each member took part over a period: counts from sessions and notes. Pure.
#pragma once

#include "platform/base/access_facts.h"

#include <rapport/notes/v1/engagement.pb.h>
#include <rapport/notes/v1/note.pb.h>
#include <rapport/notes/v1/session.pb.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace rapport::notes {

// Half open, microseconds UTC.
struct TimeRange {
  std::int64_t from_us = INT64_MIN;
  std::int64_t to_us = INT64_MAX;
};

// True when the two have a moment in common.
bool Overlaps(const Period& period, const TimeRange& range);

// How much voice a participation is, 0 (quiet) to 1 (led); nullopt: none was observed.
std::optional<double> VoiceOf(v1::Participation participation);

// The member's part in `held` (held sessions of the range) and in `notes` of those sessions; drafts
// count for nothing.
v1::MemberEngagement EngagementOf(const std::string& member, std::span<const v1::Session> held,
                                  std::span<const v1::Note> notes);

}  // namespace rapport::notes
