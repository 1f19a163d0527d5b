#include "bench/live/rating_stream.h"

#include "bench/live/watchers.h"
#include "bench/paper_rating.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/times.h"

#include <fmt/format.h>

#include <algorithm>

namespace rapport::bench {
namespace {

constexpr char kPath[] = "/rapport.alliance.v1.AllianceService/SubmitRating";
constexpr int kUsual = 70, kLow = 20;

}  // namespace

struct RatingStream::Unary final : Http2Client::Call {
  void OnMessage(std::string_view bytes) override {
    alliance::v1::SubmitRatingResponse response;
    if (low == nullptr || !response.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return;
    }
    low->handled_us = schema::ToMicros(response.rating().create_time());
    low->answered_us = NowMicros();
  }
  void OnEnd(int status, const std::string& message) override {
    owner->latencies_us_.push_back(static_cast<double>(NowMicros()) - intended_us);
    ++owner->answered_;
    if (status != 0 && owner->failed_.ok()) {
      owner->failed_ =
          absl::InternalError(Absl(fmt::format("a rating was refused: {} {}", status, message)));
    }
    delete this;
  }

  RatingStream* owner = nullptr;
  Low* low = nullptr;  // of a rating that can raise a signal
  double intended_us = 0;
};

RatingStream::RatingStream(const Options& options, const Population& population,
                           const Tokens& clinicians, const alliance::v1::Instrument& instrument,
                           Http2Client& client)
    : options_(options),
      population_(population),
      clinicians_(clinicians),
      instrument_(instrument),
      client_(client),
      random_(options.seed) {
  lows_.reserve(population.families.size());  // pointers into it stay good
}

void RatingStream::Send(std::size_t connection) {
  const std::size_t members = population_.families.front().members.size();
  const std::size_t in_group = options_.group * members;
  const std::size_t group = sent_ / in_group, rest = sent_ % in_group;
  const std::size_t member = rest / options_.group;
  const std::size_t number = group * options_.group + rest % options_.group;
  const Population::Family& family = population_.families[number];
  // Neighbours have different clinicians; those who are told are to be different ones too.
  const std::size_t turn = number + number / clinicians_->size();
  const bool low = member + 1 == members && turn % options_.one_in == 0;
  auto* call = new Unary;
  call->owner = this;
  call->intended_us = due_us_;
  if (low) call->low = &lows_[family.name];
  const auto request =
      PaperRating(family, family.members[member],
                  family.unrated_sessions[static_cast<std::size_t>(options_.session)], instrument_,
                  low ? kLow : kUsual, Uuid(random_));
  client_.Send(connection, kPath, request.SerializeAsString(),
               (*clinicians_)[static_cast<std::size_t>(family.clinician)], call);
  ++sent_;
}

absl::StatusOr<bool> RatingStream::Continue(std::size_t connections) {
  RETURN_IF_ERROR(failed_);
  const auto now_us = static_cast<double>(NowMicros());
  if (began_us_ == 0) {
    began_us_ = NowMicros();
    due_us_ = now_us;
  }
  std::exponential_distribution<double> gap_us(options_.a_second / 1e6);
  while (sent_ < options_.ratings && due_us_ <= now_us) {
    const std::size_t connection = sent_ % connections;
    Send(connection);
    RETURN_IF_ERROR(client_.Flush(connection));
    due_us_ += gap_us(random_);
  }
  if (answered_ < options_.ratings) return true;
  ended_us_ = NowMicros();
  return false;
}

int RatingStream::Pause() const {
  if (sent_ == options_.ratings) return 10;
  return std::clamp(static_cast<int>((due_us_ - static_cast<double>(NowMicros())) / 1000), 0, 10);
}

}  // namespace rapport::bench
