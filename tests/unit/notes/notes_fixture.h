// A notes service over a real database in a folder of the test, with a family of fictional people
// and goals and intake that answer what the test says.
#pragma once

#include "notes/note_content.h"
#include "notes/notes_service.h"
#include "platform/base/access_checker.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"
#include "platform/crypto/public_ids.h"
#include "platform/schema/errors.h"
#include "platform/schema/public_id_codec.h"
#include "platform/schema/times.h"
#include "support/run_use_case.h"
#include "support/service_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapport/intake/v1/consent.pb.h>
#include <rapport/options/v1/options.pb.h>

#include <functional>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rapport::notes {

inline constexpr std::int64_t kMinute = 60 * 1'000'000LL;
inline constexpr std::int64_t kHour = 60 * kMinute;
inline constexpr std::string_view kAgency = "agency-a";

class FakeHomework final : public HomeworkSource {
 public:
  Task<absl::StatusOr<std::vector<DueItem>>> Due(CallContext&, std::string family,
                                                 std::int64_t before_us) override {
    ++asked;
    asked_family = family;
    asked_before_us = before_us;
    if (!reachable) co_return absl::UnavailableError("goals is down");
    co_return due;
  }
  bool reachable = true;
  std::vector<DueItem> due;
  int asked = 0;
  std::string asked_family;
  std::int64_t asked_before_us = 0;
};

class FakeRosters final : public RosterSource {
 public:
  Task<absl::StatusOr<std::string>> FamilyOf(CallContext&, type::v1::ExternalId id) override {
    const auto found = families.find(id.value());
    co_return found == families.end() ? std::string() : found->second;
  }
  Task<absl::StatusOr<intake::v1::Roster>> RosterAt(CallContext&, std::string family,
                                                    std::int64_t) override {
    co_return rosters[family];
  }
  Task<absl::StatusOr<Staff>> StaffOf(CallContext& context) override {
    co_return staff[context.principal->subject];
  }
  Task<absl::StatusOr<Ties>> TiesOf(CallContext&, std::string family) override {
    ++asked_for_ties;
    if (!reachable) co_return absl::UnavailableError("intake is down");
    co_return ties[family];
  }
  std::map<std::string, Ties> ties;  // by the family's inner id
  int asked_for_ties = 0;
  std::map<std::string, Staff> staff;  // by the account's subject
  Task<absl::StatusOr<std::vector<MemberName>>> NamesOf(CallContext&, std::string) override {
    if (!reachable) co_return absl::UnavailableError("intake is down");
    co_return called;
  }
  bool reachable = true;
  std::vector<MemberName> called;
  std::map<std::string, std::string> families;  // external value to name
  std::map<std::string, intake::v1::Roster> rosters;
};

// The test's clock, and a place between a use case's reading and its commit: the first time it is
// asked after `between` was set, it runs that first.
class HookedClock final : public Clock {
 public:
  explicit HookedClock(const Clock& clock) : clock_(clock) {}
  std::int64_t NowMicros() const override {
    if (auto run = std::exchange(between, nullptr)) run();
    return clock_.NowMicros();
  }
  mutable std::function<void()> between;

 private:
  const Clock& clock_;
};

// Lets the caller into the families of `allowed` and no other.
class FakeAccess final : public AccessChecker {
 public:
  Task<absl::StatusOr<Access>> Check(CallContext& context, std::string_view, std::string family,
                                     std::string) override {
    if (!allowed.contains(family)) co_return schema::NotFound();
    co_return context.access;
  }
  std::set<std::string> allowed;
};

class NotesTest : public testing::Test {
 protected:
  NotesTest()
      : public_ids_(store_.suite),
        ids_(public_ids_),
        etags_(store_.suite.Key(crypto::SuiteKey::kEtag, kAgency)),
        deps_{*store_.db, *store_.records, ids_, etags_, store_.suite, clock_, access_, caches_},
        names_(ids_, kAgency),
        service_(deps_, homework_, rosters_) {
    facts_.family = family_;
    facts_.state = CaseState::kOpen;
    for (const std::string& member : {mother_, son_, uncle_}) AddMember(member);
    AddHelper(author_, false);
    AddHelper(second_, false);
    AddHelper(trainee_, true);
    facts_.supervisors.push_back(
        {.professional = supervisor_, .supervisee = trainee_, .period = {1, 0}});
  }

  void AddMember(const std::string& member) {
    facts_.members.push_back({.member = member, .direct = true, .period = {1, 0}});
    facts_.consents.push_back({member, intake::v1::CONSENT_PURPOSE_TREATMENT, {1, 0}});
    facts_.consents.push_back({member, intake::v1::CONSENT_PURPOSE_CONJOINT_TREATMENT, {1, 0}});
  }
  void AddHelper(const std::string& professional, bool trainee) {
    facts_.helpers.push_back(
        {.professional = professional, .direct = true, .trainee = trainee, .period = {1, 0}});
  }

  // A call of somebody on the care team (or of whoever `viewer` says), with an own request id.
  struct Call : support::TestCall {
    Call(NotesTest& test, const std::string& professional, Viewer viewer,
         std::initializer_list<options::v1::Role> roles = {})
        : TestCall(kAgency, "subject-" + professional, test.family_) {
      Principal caller = *principal;
      for (const options::v1::Role role : roles) caller.roles.Add(role);
      principal = std::make_shared<const Principal>(std::move(caller));
      access.viewer = viewer;
      access.professional = professional;
      access.facts = std::make_shared<AccessFacts>(test.facts_);
      request_id = "request-" + std::to_string(++test.requests_);
      request_hash = std::string(32, static_cast<char>('a' + test.requests_ % 26));
    }
  };
  Call CallOf(const std::string& professional, Viewer viewer = Viewer::kCareTeam) {
    return Call(*this, professional, viewer);
  }

  // The same of somebody whose token says which roles they have.
  Call CallInRoles(const std::string& professional,
                   std::initializer_list<options::v1::Role> roles) {
    return Call(*this, professional, Viewer::kCareTeam, roles);
  }

  // Runs one use case to its end.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Run(
      CallContext& call,
      NotesService::Answer<Response> (NotesService::*use_case)(CallContext&, const Request&),
      const Request& request) {
    return support::RunUseCase<Request, Response>(
        *store_.answers, call, [&] { return (service_.*use_case)(call, request); });
  }
  template <typename Request, typename Response>
  absl::StatusOr<Response> RunAs(
      const std::string& professional,
      NotesService::Answer<Response> (NotesService::*use_case)(CallContext&, const Request&),
      const Request& request, Viewer viewer = Viewer::kCareTeam) {
    auto call = CallOf(professional, viewer);
    return Run(call, use_case, request);
  }

  std::string MemberName(const std::string& member) const { return names_.Member(family_, member); }

  // A plan for mother and son with both therapists, an hour from now.
  v1::ScheduleSessionRequest Plan() const {
    v1::ScheduleSessionRequest request;
    request.set_parent(names_.Family(family_));
    v1::Session& session = *request.mutable_session();
    session.set_format(v1::SESSION_FORMAT_SUBSYSTEM);
    session.set_mode(v1::SESSION_MODE_OFFICE);
    const std::int64_t start_us = store_.clock.NowMicros() + kHour;
    *session.mutable_scheduled_start_time() = schema::ToTimestamp(start_us);
    *session.mutable_scheduled_end_time() = schema::ToTimestamp(start_us + kHour);
    session.add_invited_members(MemberName(mother_));
    session.add_invited_members(MemberName(son_));
    session.add_invited_professionals(names_.Professional(author_));
    session.add_invited_professionals(names_.Professional(second_));
    session.add_invited_professionals(names_.Professional(trainee_));
    return request;
  }
  v1::Session Scheduled() {
    auto response = RunAs(author_, &NotesService::ScheduleSession, Plan());
    EXPECT_TRUE(response.ok()) << response.status();
    return response->session();
  }
  v1::Session Started() {
    v1::StartSessionRequest request;
    const v1::Session session = Scheduled();
    request.set_name(session.name());
    request.set_etag(session.etag());
    auto response = RunAs(author_, &NotesService::StartSession, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response->session();
  }
  v1::Attendance Entry(const std::string& person, v1::Presence presence) const {
    v1::Attendance entry;
    entry.set_person(person);
    entry.set_presence(presence);
    if (presence == v1::PRESENCE_ABSENT) entry.set_absence_reason(v1::ABSENCE_REASON_ILLNESS);
    return entry;
  }
  // Everyone invited was there, the son quietly.
  absl::StatusOr<v1::RecordAttendanceResponse> Attend(const v1::Session& session) {
    v1::RecordAttendanceRequest request;
    request.set_name(session.name());
    request.set_etag(session.etag());
    for (const std::string& member : session.invited_members()) {
      *request.add_attendance() = Entry(member, v1::PRESENCE_PRESENT);
    }
    request.mutable_attendance(1)->set_participation(v1::PARTICIPATION_QUIET);
    return RunAs(author_, &NotesService::RecordAttendance, request);
  }
  absl::StatusOr<v1::EndSessionResponse> End(const v1::Session& session, bool no_show = false) {
    v1::EndSessionRequest request;
    request.set_name(session.name());
    request.set_etag(session.etag());
    request.set_no_show(no_show);
    return RunAs(author_, &NotesService::EndSession, request);
  }
  // Started, attended, an hour long.
  v1::Session Held() {
    auto attended = Attend(Started());
    EXPECT_TRUE(attended.ok()) << attended.status();
    store_.clock.Advance(std::chrono::hours(1));
    auto ended = End(attended->session());
    EXPECT_TRUE(ended.ok()) << ended.status();
    return ended->session();
  }

  v1::CreateNoteRequest Draft(const v1::Session& session) const {
    v1::CreateNoteRequest request;
    request.set_parent(session.name());
    request.mutable_note()->set_format(v1::NOTE_FORMAT_DAP);
    for (const auto kind :
         {v1::SECTION_KIND_DATA, v1::SECTION_KIND_ASSESSMENT, v1::SECTION_KIND_PLAN}) {
      auto& section = *request.mutable_note()->add_sections();
      section.set_kind(kind);
      section.add_statements()->set_text("what was said");
    }
    request.mutable_note()->mutable_sections(0)->mutable_statements(0)->set_about_member(
        MemberName(mother_));
    return request;
  }
  v1::Note Drafted(const v1::Session& session, const std::string& author) {
    auto response = RunAs(author, &NotesService::CreateNote, Draft(session));
    EXPECT_TRUE(response.ok()) << response.status();
    return response->note();
  }
  absl::StatusOr<v1::SignNoteResponse> Sign(const v1::Note& note, const std::string& signer,
                                            bool sign_only = false) {
    v1::SignNoteRequest request;
    request.set_name(note.name());
    request.set_etag(note.etag());
    request.set_sign_only(sign_only);
    return RunAs(signer, &NotesService::SignNote, request);
  }
  absl::StatusOr<v1::GetNoteResponse> Get(const v1::Note& note, const std::string& professional) {
    v1::GetNoteRequest request;
    request.set_name(note.name());
    return RunAs(professional, &NotesService::GetNote, request);
  }
  // The types of the events in the log, oldest first.
  std::vector<std::int64_t> Events() {
    std::vector<std::int64_t> types;
    const absl::Status read = store_.Read([&](db::Tx& tx) {
      return tx
          .Run("SELECT event_type FROM outbox WHERE agency_id = $1 ORDER BY sequence", {kAgency},
               [&](const db::Row& row) { types.push_back(row.Int(0)); })
          .status();
    });
    EXPECT_TRUE(read.ok()) << read;
    return types;
  }

  const std::string family_ = support::TestId("family");
  const std::string mother_ = support::TestId("mother"), son_ = support::TestId("son");
  const std::string uncle_ = support::TestId("uncle");
  const std::string author_ = support::TestId("author"), second_ = support::TestId("second");
  const std::string trainee_ = support::TestId("trainee");
  const std::string supervisor_ = support::TestId("supervisor");
  support::ServiceStore store_{{.key_class = KeyClassOf}};
  crypto::PublicIds public_ids_;
  schema::PublicIdCodec ids_;
  schema::Etags etags_;
  FakeAccess access_;
  HookedClock clock_{store_.clock};
  const records::ServiceCaches caches_{store_.Caches(ids_)};
  records::ServiceDeps deps_;
  schema::Names names_;
  FakeHomework homework_;
  FakeRosters rosters_;
  NotesService service_;
  AccessFacts facts_;
  int requests_ = 0;
};

// Code, reason and everything that is listed with it.
inline std::string ReasonOf(const absl::Status& status) { return schema::ReasonOf(status); }

}  // namespace rapport::notes
