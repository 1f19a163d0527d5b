#include "bench/paper_rating.h"

#include <fmt/format.h>

#include <cstdint>
#include <utility>

namespace rapport::bench {

std::string Uuid(std::mt19937_64& random) {
  const std::uint64_t a = random(), b = random();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", a >> 32, a >> 16 & 0xffff, a & 0xfff,
                     0x8000 | (b >> 48 & 0x3fff), b & 0xffff'ffff'ffff);
}

alliance::v1::SubmitRatingRequest PaperRating(const Population::Family& family,
                                              const std::string& member, const std::string& session,
                                              const alliance::v1::Instrument& instrument, int steps,
                                              std::string request_id) {
  alliance::v1::SubmitRatingRequest request;
  request.set_parent(family.name);
  request.set_request_id(std::move(request_id));
  alliance::v1::Rating& rating = *request.mutable_rating();
  rating.set_rater(member);
  rating.set_session(session);
  rating.set_instrument(instrument.name());
  rating.set_mode(alliance::v1::RATING_MODE_PAPER);
  auto &about = *rating.add_parts(), &once = *rating.add_parts();
  about.set_target(family.professional);
  once.set_target(family.name);
  for (const auto& item : instrument.items()) {
    auto& answer =
        item.asked() == alliance::v1::ASKED_ONCE ? *once.add_answers() : *about.add_answers();
    answer.set_item(item.number());
    answer.set_steps(steps);
  }
  return request;
}

}  // namespace rapport::bench
