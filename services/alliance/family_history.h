// From a family's file to what the family monitor is told, one session after the other.
//
// Called whenever something of a family changed, and for estimates. What a session told can still
// grow after it: late ratings, a note, forms that expire. Ids are resource names, the same over
// sessions; a rating's view of the family itself has the family's name as its target. Pure,
// thread-safe.
#pragma once

#include "alliance/file_view.h"
#include "alliance/signals/session_facts.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rapport::alliance {

// One for each held session, numbered from 1, oldest first, with everything known now. Members are
// those on the roster at the session. Homework counts from two sessions before on until the next
// session begins, and only where somebody in the family had some: what nobody has is no sign.
std::vector<SessionFacts> HistoryOf(const FileView& view);

// The same, kept from one event to the next.
struct History {
  std::vector<SessionFacts> sessions;
  // Of each session: when the next of its forms expires, which changes what it tells.
  std::vector<std::int64_t> good_until_us;
  std::int64_t made_us = 0;
};

// Makes `history` HistoryOf(view), of which `changes` says what is different since it was that of
// the same family under the same access facts, or empty. How many sessions at its front are as they
// were.
std::size_t UpdateHistory(const FileView& view, const FileChanges& changes, History& history);

}  // namespace rapport::alliance
