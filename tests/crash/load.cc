#include "crash/load.h"

#include "platform/base/strings.h"

#include <rapport/intake/v1/intake_service.pb.h>
#include <rapport/notes/v1/notes_service.pb.h>

#include <google/protobuf/text_format.h>

#include <time.h>

#include <chrono>

namespace rapport::crash {
namespace {

// What a client may repeat: the service is not there, came too late, or does not know.
bool IsRetryable(int code) {
  constexpr int kCancelled = 1, kDeadlineExceeded = 4, kAborted = 10, kUnavailable = 14;
  return code == kCancelled || code == kDeadlineExceeded || code == kAborted ||
         code == kUnavailable;
}

std::int64_t MonotonicNs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

template <typename Response>
Response Parsed(const support::Reply& reply) {
  Response response;
  response.ParseFromString(reply.body);
  return response;
}

}  // namespace

Load::Load(support::Suite& suite, Options options) : suite_(suite), options_(std::move(options)) {
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this, i] { Run(i); });
}

void Load::Finish() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Load::Run(int thread) {
  for (int i = 0; !stopping_; ++i) {
    const std::string label = Concat({"load-", std::to_string(thread), "-", std::to_string(i)});
    switch (options_.all_services ? i % 4 : 3 * (i % 2)) {
      case 0:
        CreateFamily(label);
        break;
      case 1:
        ScheduleSession(label);
        break;
      case 2:
        CreateInstrument(label);
        break;
      default:
        // Another reader each time: one that was shown it before needs no new line.
        ReadFamily(Concat({"reader-", std::to_string(thread), "-", std::to_string(i)}));
    }
  }
}

support::Reply Load::Insist(const std::string& as, const std::string& method,
                            const google::protobuf::Message& request) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30 * support::kSlowness);
  support::Reply reply;
  do {
    reply = suite_.Send(method, request.SerializeAsString(),
                        {.metadata = {{"authorization", suite_.header(as)}},
                         .deadline = std::chrono::seconds(2 * support::kSlowness)});
    if (!IsRetryable(reply.code)) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // as a client backs off
  } while (std::chrono::steady_clock::now() < end);
  if (reply.ok()) {
    ++acknowledged_;
  } else {
    std::lock_guard lock(mutex_);
    wrong_.push_back(Concat({method, ": ", reply.Text()}));
  }
  return reply;
}

void Load::Add(std::vector<Entry>& entries, Entry entry) {
  if (!entry.resource.empty()) entry.acknowledged_ns = MonotonicNs();
  std::lock_guard lock(mutex_);
  entries.push_back(std::move(entry));
}

void Load::CreateFamily(const std::string& label) {
  intake::v1::CreateFamilyRequest request;
  request.mutable_family()->set_display_name(label);
  request.mutable_family()->mutable_referral()->set_source(intake::v1::REFERRAL_SOURCE_SELF);
  request.set_request_id(support::NewUuid());
  const auto reply = Insist("ida", "rapport.intake.v1.IntakeService/CreateFamily", request);
  Add(ledger_.families, {label, Parsed<intake::v1::CreateFamilyResponse>(reply).family().name()});
}

void Load::ScheduleSession(const std::string& label) {
  notes::v1::ScheduleSessionRequest request;
  request.set_parent(options_.family);
  auto& session = *request.mutable_session();
  session.set_format(notes::v1::SESSION_FORMAT_INDIVIDUAL);
  session.set_mode(notes::v1::SESSION_MODE_OFFICE);
  session.set_location(label);
  session.mutable_scheduled_start_time()->set_seconds(1'940'000'000);
  session.mutable_scheduled_end_time()->set_seconds(1'940'003'600);
  session.add_invited_members(options_.member);
  session.add_invited_professionals(options_.anna);
  request.set_request_id(support::NewUuid());
  const auto reply =
      Insist("anna", "rapport.notes.v1.SessionNotesService/ScheduleSession", request);
  Add(ledger_.sessions,
      {label, Parsed<notes::v1::ScheduleSessionResponse>(reply).session().name()});
}

void Load::CreateInstrument(const std::string& label) {
  alliance::v1::CreateInstrumentRequest request;
  google::protobuf::TextFormat::ParseFromString(options_.instrument, request.mutable_instrument());
  request.mutable_instrument()->set_code(label);
  request.set_request_id(support::NewUuid());
  const auto reply = Insist("ida", "rapport.alliance.v1.AllianceService/CreateInstrument", request);
  Add(ledger_.instruments,
      {label, Parsed<alliance::v1::CreateInstrumentResponse>(reply).instrument().name()});
}

void Load::ReadFamily(const std::string& reader) {
  std::string family = options_.family;
  {
    std::lock_guard lock(mutex_);
    if (!ledger_.families.empty() && !ledger_.families.back().resource.empty()) {
      family = ledger_.families.back().resource;
    }
    suite_.AddPerson(reader, {"admin"});
  }
  intake::v1::GetFamilyRequest request;
  request.set_name(family);
  const auto reply = Insist(reader, "rapport.intake.v1.IntakeService/GetFamily", request);
  if (!reply.ok()) return;
  std::lock_guard lock(mutex_);
  ledger_.reads.emplace(reader, family);
}

}  // namespace rapport::crash
