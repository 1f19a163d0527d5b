// In which batches contributions of people are published, so that no two figures of an agency
// differ by what fewer than 11 people gave.
//
// Called for GetAgencyInsight. A figure is of whole batches, and batches never change once a figure
// of them was given: what comes later is not published before it is a batch of its own. So windows
// don't tell of anybody by subtraction, and neither does asking again after one more rating. Pure,
// thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rapport::alliance {

// Something one person did, for example a rating, or letting a form run out.
struct Contribution {
  std::int64_t at_us = 0;
  std::uint32_t person = 0;
  bool answered = true;   // false: was asked and did not answer
  std::uint8_t part = 0;  // of those who did not answer; only DividedEnds tells them apart
};

// Ends of batches, inclusive, microseconds, oldest first. Batch i is of what was done after end
// i - 1 and not after end i: answers of at least 11 people, and of those who did not answer none or
// at least 11. `contributions` by time. `before`: what this function gave when figures were
// published last; empty: never. The first time everything up to `now_us` is published, if it is
// enough; later only what is enough by itself. A month (UTC) ends a batch where it can, so that
// windows of months have something to show; beside those there is only the newest end.
std::vector<std::int64_t> PublishedEnds(std::span<const Contribution> contributions,
                                        std::span<const std::int64_t> before, std::int64_t now_us);

// The same where those who did not answer are told apart by part: of each part none or at least 11
// people. Batches end only where one of `ends` is, so that nothing smaller follows from both; who
// comes after the last of them waits. `before`: what this function gave last.
std::vector<std::int64_t> DividedEnds(std::span<const Contribution> contributions,
                                      std::span<const std::int64_t> before,
                                      std::span<const std::int64_t> ends);

// The same for what is published in parts, each of which hides what is small in its batch: a batch
// must not grow then. The first time those of `ends`, later only those of months that are over at
// `now_us`, which stay as they are. `before`: what this function gave last.
std::vector<std::int64_t> LastingEnds(std::span<const Contribution> contributions,
                                      std::span<const std::int64_t> before,
                                      std::span<const std::int64_t> ends, std::int64_t now_us);

// What was done after `after_us` and not after `end_us`.
struct PublishedWindow {
  std::int64_t after_us = 0;
  std::int64_t end_us = 0;
  std::vector<std::int64_t> ends_us = {};  // of its batches; the last one is end_us
  bool Contains(std::int64_t at_us) const { return at_us > after_us && at_us <= end_us; }
};

// The batches that lie wholly in [from_us, to_us). Nullopt: none does.
std::optional<PublishedWindow> WindowOf(std::span<const Contribution> contributions,
                                        std::span<const std::int64_t> ends, std::int64_t from_us,
                                        std::int64_t to_us);

// Start of the calendar month (UTC) that `at_us` lies in, and of the one after it.
std::int64_t MonthStart(std::int64_t at_us);
std::int64_t NextMonthStart(std::int64_t at_us);

}  // namespace rapport::alliance
