#include "bench/live/watchers.h"

#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/schema/times.h"

#include <absl/hash/hash.h>
#include <fmt/format.h>
#include <rapport/alliance/v1/signal_watch.pb.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace rapport::bench {
namespace {

constexpr char kPath[] = "/rapport.alliance.v1.AllianceService/WatchSignals";
constexpr int kOpenSeconds = 60;
constexpr std::int64_t kQuietMicros = 3'000'000;
// Opening is measured by what it leaves behind, not by how fast it goes.
constexpr std::size_t kOpenAtOnce = 200;

std::string FamilyOf(const std::string& signal) {
  return signal.substr(0, signal.find('/', signal.find('/') + 1));
}

}  // namespace

std::int64_t NowMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

struct Watchers::Stream final : Http2Client::Call {
  explicit Stream(Watchers& to) : owner(to) {}

  void OnMessage(std::string_view bytes) override {
    alliance::v1::WatchSignalsResponse response;
    if (!response.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      owner.failed_ = absl::DataLossError("an answer can't be read");
      return;
    }
    if (cursor.empty()) {
      cursor = response.cursor();
      ++owner.begun_;
    }
    const std::int64_t now_us = NowMicros();
    for (const auto& signal : response.signals()) {
      const std::int64_t evaluated_us = schema::ToMicros(signal.update_time());
      arrivals.push_back({.change = absl::HashOf(signal.name(), signal.etag()),
                          .family = FamilyOf(signal.name()),
                          .raised = schema::ToMicros(signal.open_time()) == evaluated_us,
                          .at_us = now_us,
                          .evaluated_us = evaluated_us});
      owner.families_.insert(arrivals.back().family);
      owner.last_arrival_us_ = now_us;
    }
  }

  void OnEnd(int status, const std::string& message) override {
    if (!owner.failed_.ok()) return;
    owner.failed_ =
        absl::UnavailableError(Absl(fmt::format("a watch ended with {} {}", status, message)));
  }

  Watchers& owner;
  std::string cursor;  // of its first answer
  std::vector<Arrival> arrivals;
};

Watchers::Watchers(Http2Client& client, Tokens clinicians)
    : client_(client), clinicians_(std::move(clinicians)) {}

Watchers::~Watchers() = default;

std::unique_ptr<Watchers::Stream> Watchers::Start(const std::string& token, std::size_t connection,
                                                  const std::string& after) {
  auto stream = std::make_unique<Stream>(*this);
  alliance::v1::WatchSignalsRequest request;
  request.set_after(after);
  client_.Send(connection, kPath, request.SerializeAsString(), token, stream.get());
  return stream;
}

absl::Status Watchers::Await(std::size_t begun, int seconds) {
  const std::int64_t until_us = NowMicros() + seconds * std::int64_t{1'000'000};
  while (begun_ < begun) {
    if (NowMicros() > until_us) {
      return absl::DeadlineExceededError(
          Absl(fmt::format("{} of {} watches have begun", begun_, begun)));
    }
    RETURN_IF_ERROR(client_.Wait(10));
    RETURN_IF_ERROR(failed_);
  }
  return absl::OkStatus();
}

absl::Status Watchers::Open(std::size_t count, std::size_t connections) {
  for (std::size_t i = 0; i < count; ++i) {
    streams_.push_back(Start((*clinicians_)[i % clinicians_->size()], i % connections, ""));
    RETURN_IF_ERROR(client_.Flush(i % connections));
    if (begun_ + kOpenAtOnce < i) RETURN_IF_ERROR(Await(i - kOpenAtOnce, kOpenSeconds));
  }
  return Await(count, kOpenSeconds);
}

absl::Status Watchers::ReadAgain(const std::string& token, std::vector<Arrival>* changes) {
  begun_ = 0;
  again_ = Start(token, 0, streams_.front()->cursor);
  RETURN_IF_ERROR(client_.Flush(0));
  RETURN_IF_ERROR(Await(1, kOpenSeconds));
  last_arrival_us_ = NowMicros();
  while (NowMicros() - last_arrival_us_ < kQuietMicros) {
    RETURN_IF_ERROR(client_.Wait(10));
    RETURN_IF_ERROR(failed_);
  }
  *changes = again_->arrivals;
  return absl::OkStatus();
}

std::vector<const std::vector<Arrival>*> Watchers::arrivals() const {
  std::vector<const std::vector<Arrival>*> all;
  for (const auto& stream : streams_) all.push_back(&stream->arrivals);
  return all;
}

}  // namespace rapport::bench
