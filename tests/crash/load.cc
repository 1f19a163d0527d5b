#include "crash/load.h"

#include "platform/base/strings.h"

#include <rapport/alliance/v1/rating.pb.h>
#include <rapport/goals/v1/goal_requests.pb.h>
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
    switch (options_.all_services ? i % 5 : 4 * (i % 2)) {
      case 0:
        CreateFamily(label);
        break;
      case 1:
        HoldSession(label);
        break;
      case 2:
        RateAnew(label);
        break;
      case 3:
        ProposeGoal(label);
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

template <typename Response, typename Request>
Response Load::Write(const std::string& as, const std::string& method, Request request) {
  request.set_request_id(support::NewUuid());
  Response response;
  response.ParseFromString(Insist(as, method, request).body);
  return response;
}

void Load::CreateFamily(const std::string& label) {
  intake::v1::CreateFamilyRequest request;
  request.mutable_family()->set_display_name(label);
  request.mutable_family()->mutable_referral()->set_source(intake::v1::REFERRAL_SOURCE_SELF);
  const auto created = Write<intake::v1::CreateFamilyResponse>(
      "ida", "rapport.intake.v1.IntakeService/CreateFamily", request);
  Add(ledger_.families, {label, created.family().name()});
}

void Load::HoldSession(const std::string& label) {
  const auto write = [this]<typename Response>(Response, std::string_view method, auto request) {
    return Write<Response>("anna", Concat({"rapport.notes.v1.SessionNotesService/", method}),
                           std::move(request));
  };
  notes::v1::ScheduleSessionRequest plan;
  plan.set_parent(options_.family);
  auto& session = *plan.mutable_session();
  session.set_format(notes::v1::SESSION_FORMAT_INDIVIDUAL);
  session.set_mode(notes::v1::SESSION_MODE_OFFICE);
  session.set_location(label);
  session.mutable_scheduled_start_time()->set_seconds(options_.now);
  session.mutable_scheduled_end_time()->set_seconds(options_.now + 3'600);
  session.add_invited_members(options_.mira);
  session.add_invited_professionals(options_.anna);
  const auto planned = write(notes::v1::ScheduleSessionResponse(), "ScheduleSession", plan);
  const std::string name = planned.session().name();
  Add(ledger_.sessions, {label, name});

  notes::v1::StartSessionRequest start;
  start.set_name(name);
  start.set_etag(planned.session().etag());
  const auto begun = write(notes::v1::StartSessionResponse(), "StartSession", start);
  notes::v1::RecordAttendanceRequest there;
  there.set_name(name);
  there.set_etag(begun.session().etag());
  for (const std::string& person : {options_.mira, options_.anna}) {
    auto& one = *there.add_attendance();
    one.set_person(person);
    one.set_presence(notes::v1::PRESENCE_PRESENT);
  }
  const auto attended = write(notes::v1::RecordAttendanceResponse(), "RecordAttendance", there);
  notes::v1::EndSessionRequest end;
  end.set_name(name);
  end.set_etag(attended.session().etag());
  write(notes::v1::EndSessionResponse(), "EndSession", end);

  notes::v1::CreateNoteRequest draft;
  draft.set_parent(name);
  draft.mutable_note()->set_format(notes::v1::NOTE_FORMAT_FREE);
  auto& section = *draft.mutable_note()->add_sections();
  section.set_kind(notes::v1::SECTION_KIND_NARRATIVE);
  section.add_statements()->set_text(label);
  const auto drafted = write(notes::v1::CreateNoteResponse(), "CreateNote", draft);
  notes::v1::SignNoteRequest sign;
  sign.set_name(drafted.note().name());
  sign.set_etag(drafted.note().etag());
  const auto locked = write(notes::v1::SignNoteResponse(), "SignNote", sign);
  Add(ledger_.notes, {label, locked.note().name()});
}

void Load::ProposeGoal(const std::string& label) {
  goals::v1::ProposeGoalRequest request;
  request.set_parent(options_.family);
  request.mutable_goal()->add_owners(options_.mira);
  request.mutable_goal()->set_scope(goals::v1::GOAL_SCOPE_INDIVIDUAL);
  request.mutable_goal()->set_words(label);
  const auto proposed = Write<goals::v1::ProposeGoalResponse>(
      "anna", "rapport.goals.v1.GoalsService/ProposeGoal", request);
  Add(ledger_.goals, {label, proposed.goal().name()});
}

void Load::RateAnew(const std::string& label) {
  alliance::v1::CreateInstrumentRequest request;
  google::protobuf::TextFormat::ParseFromString(options_.instrument, request.mutable_instrument());
  request.mutable_instrument()->set_code(label);
  const auto created = Write<alliance::v1::CreateInstrumentResponse>(
      "ida", "rapport.alliance.v1.AllianceService/CreateInstrument", request);
  const std::string instrument = created.instrument().name();
  Add(ledger_.instruments, {label, instrument});
  alliance::v1::SubmitRatingRequest submit;
  submit.set_parent(options_.family);
  auto& rating = *submit.mutable_rating();
  rating.set_rater(options_.mira);
  rating.set_session(options_.session);
  rating.set_instrument(instrument);
  rating.set_mode(alliance::v1::RATING_MODE_OWN_DEVICE);
  auto& part = *rating.add_parts();
  part.set_target(options_.anna);
  for (const auto& item : request.instrument().items()) {
    auto& answer = *part.add_answers();
    answer.set_item(item.number());
    answer.set_steps(4);
  }
  const auto rated = Write<alliance::v1::SubmitRatingResponse>(
      "mira", "rapport.alliance.v1.AllianceService/SubmitRating", submit);
  Add(ledger_.ratings, {instrument, rated.rating().name()});
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
