// An alliance service over a real database in a folder of the test, with an obviously made-up
// family, and intake answering what the test says.
#pragma once

#include "alliance/alliance_service.h"
#include "alliance/event_handler.h"
#include "platform/base/run_sync.h"
#include "platform/base/status_macros.h"
#include "platform/base/strings.h"
#include "platform/crypto/public_ids.h"
#include "platform/records/outbox.h"
#include "platform/schema/errors.h"
#include "platform/schema/public_id_codec.h"
#include "platform/schema/times.h"
#include "support/run_use_case.h"
#include "support/service_store.h"
#include "unit/alliance/builders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapport/intake/v1/consent.pb.h>
#include <rapport/intake/v1/professional.pb.h>
#include <rapport/notes/v1/session.pb.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rapport::alliance {

inline constexpr std::int64_t kHour = 3'600'000'000, kDay = 24 * kHour;
inline constexpr std::string_view kAgency = "agency-a";

class FakeFacts final : public rpc::FactsSource {
 public:
  Facts Peek(std::string_view, std::string_view, options::v1::Freshness) override {
    return nullptr;
  }
  Task<absl::StatusOr<Facts>> Load(CallContext&, std::string, std::string,
                                   options::v1::Freshness) override {
    if (!fails.ok()) co_return fails;
    co_return facts;
  }
  void Forget(std::string_view, std::string_view) override {}
  Facts facts;
  absl::Status fails;  // what every look comes to; OK: facts
};

class FakeRosters final : public RosterSource {
 public:
  Task<absl::StatusOr<std::string>> FamilyOf(CallContext&, type::v1::ExternalId id) override {
    ++families_asked;
    const auto found = families.find(id.value());
    co_return found == families.end() ? std::string() : found->second;
  }
  Task<absl::StatusOr<intake::v1::Roster>> RosterAt(CallContext&, std::string family,
                                                    std::int64_t) override {
    ++rosters_asked;
    if (!fails.ok()) co_return fails;
    co_return rosters[family];
  }
  Task<absl::StatusOr<Caseload>> CaseloadOf(CallContext&) override { co_return caseload; }
  Caseload caseload;
  std::map<std::string, std::string> families;  // external value to name
  std::map<std::string, intake::v1::Roster> rosters;
  absl::Status fails;  // what every look for a roster comes to; OK: none
  int families_asked = 0, rosters_asked = 0;
};

// Grants what the test put in, family by family.
class FakeAccess final : public AccessChecker {
 public:
  Task<absl::StatusOr<Access>> Check(CallContext&, std::string_view, std::string family,
                                     std::string) override {
    const auto found = granted.find(family);
    if (found == granted.end()) co_return schema::NotFound();
    co_return found->second;
  }
  std::map<std::string, Access> granted;
};

class AllianceTest : public ::testing::Test {
 protected:
  AllianceTest()
      : store_({.service = "alliance"}),
        public_ids_(store_.suite),
        ids_(public_ids_),
        etags_(store_.suite.Key(crypto::SuiteKey::kEtag, "alliance")),
        deps_{*store_.db,   *store_.records, ids_,    etags_,
              store_.suite, store_.clock,    access_, caches_},
        names_(ids_, kAgency),
        shelf_(*InstrumentShelf::Load()),
        records_(*store_.records, shelf_),
        service_(deps_, records_, rosters_, [this](std::string_view) { return urgent_; }),
        events_(deps_, records_, facts_source_, [this](std::string_view) { return urgent_; }),
        inbox_(*store_.records, store_.suite, events_) {
    facts_.family = family_;
    facts_.version = 1;
    facts_.state = CaseState::kOpen;
    AddMember(mother_, 1985);
    AddMember(father_, 1983);
    AddMember(child_, 2017);
    AddHelper(therapist_);
  }

  void AddMember(const std::string& member, int birth_year) {
    facts_.members.push_back({.member = member,
                              .direct = true,
                              .birth_year = birth_year,
                              .birth_month = 1,
                              .birth_day = 1,
                              .period = {1, 0}});
    facts_.consents.push_back({member, intake::v1::CONSENT_PURPOSE_RATINGS, {1, 0}});
  }
  void AddHelper(const std::string& professional) {
    facts_.helpers.push_back({.professional = professional,
                              .role = intake::v1::THERAPIST_SYSTEM_ROLE_THERAPIST,
                              .direct = true,
                              .period = {1, 0}});
  }

  // A call with a request id of its own. Calls are neither copied nor moved.
  struct Call : support::TestCall {
    using Invitation = std::shared_ptr<const Principal::Invitation>;
    Call(AllianceTest& test, const std::string& who, Viewer viewer,
         std::vector<std::string> members = {}, std::string professional = {},
         Invitation invitation = nullptr)
        : TestCall(kAgency, "subject-" + who, test.family_) {
      access.viewer = viewer;
      access.members = std::move(members);
      access.professional = std::move(professional);
      access.facts = std::make_shared<AccessFacts>(test.facts_);
      if (invitation != nullptr) {
        auto holder = std::make_shared<Principal>(*principal);
        holder->invitation = std::move(invitation);
        principal = std::move(holder);
      }
      request_id = "request-" + std::to_string(++test.requests_);
      request_hash = std::string(32, static_cast<char>('a' + test.requests_ % 26));
    }
  };
  Call ByMember(const std::string& member) {
    return Call(*this, member, Viewer::kMember, std::vector<std::string>{member});
  }
  Call ByTherapist() {
    return Call(*this, therapist_, Viewer::kCareTeam, std::vector<std::string>(), therapist_);
  }
  Call ByService() { return Call(*this, "importer", Viewer::kAgency); }

  template <typename Request, typename Response>
  absl::StatusOr<Response> Run(
      CallContext& call,
      AllianceService::Answer<Response> (AllianceService::*use_case)(CallContext&, const Request&),
      const Request& request) {
    return support::RunUseCase<Request, Response>(
        *store_.answers, call, [&] { return (service_.*use_case)(call, request); });
  }
  template <typename Request, typename Response>
  absl::StatusOr<Response> Run(
      Call&& call,
      AllianceService::Answer<Response> (AllianceService::*use_case)(CallContext&, const Request&),
      const Request& request) {
    CallContext& same = call;
    return Run(same, use_case, request);
  }

  // What notes tells of a whole-family session that everyone of `present` attended, and the others
  // missed. It took the hour before now.
  internal::v1::SessionHeld Held(const std::string& session,
                                 const std::vector<std::string>& present) const {
    internal::v1::SessionHeld held;
    held.set_session(session);
    held.set_format(notes::v1::SESSION_FORMAT_WHOLE_FAMILY);
    held.set_started_us(store_.clock.NowMicros() - kHour);
    held.set_ended_us(store_.clock.NowMicros());
    for (const AccessFacts::Member& member : facts_.members) {
      Attend(held, member.member, false, Has(present, member.member));
    }
    for (const AccessFacts::Helper& helper : facts_.helpers) {
      Attend(held, helper.professional, true, true);
    }
    return held;
  }
  static bool Has(const std::vector<std::string>& all, const std::string& one) {
    return std::ranges::find(all, one) != all.end();
  }
  static void Attend(internal::v1::SessionHeld& held, const std::string& person, bool professional,
                     bool present) {
    auto& attendee = *held.add_attendees();
    attendee.set_person(person);
    attendee.set_professional(professional);
    attendee.set_presence(present ? notes::v1::PRESENCE_PRESENT : notes::v1::PRESENCE_ABSENT);
  }

  internal::v1::EventEnvelope Event(const std::string& source, internal::v1::EventType type,
                                    std::int64_t version, const std::string& body) {
    internal::v1::EventEnvelope event;
    event.set_agency(std::string(kAgency));
    event.set_source(source);
    event.set_sequence(++sequence_);
    event.set_type(type);
    event.set_family(family_);
    event.set_version(version);
    event.set_at_us(store_.clock.NowMicros());
    event.set_body(body);
    return event;
  }
  // Through the inbox, as the mesh delivers it.
  absl::Status Deliver(const internal::v1::EventEnvelope& event) {
    facts_source_.facts = std::make_shared<AccessFacts>(facts_);
    const std::string sealed =
        store_.suite.SealerFor(crypto::SuiteKey::kEvent, kAgency)
            ->Seal(records::WireIdentity(event.source(), kAgency), event.SerializeAsString());
    const std::vector<std::string_view> envelopes = {sealed};
    support::TestCall call(kAgency, "relay");
    return RunSync(inbox_.Apply(call, std::string(kAgency), event.source(), envelopes)).status();
  }
  // A session just ended; its inner id.
  std::string Hold(const std::string& session, const std::vector<std::string>& present) {
    const absl::Status told = Deliver(Event("notes", internal::v1::EVENT_TYPE_SESSION_HELD, 1,
                                            Held(session, present).SerializeAsString()));
    EXPECT_TRUE(told.ok()) << told;
    return session;
  }
  // Members of whom intake was told that they said that they are not safe, or `by_answer` that it
  // is hardly safe to speak, in order. Inner ids.
  std::vector<std::string> NotSafeTold(bool by_answer = false) {
    absl::StatusOr<records::Outbox::Batch> batch = records::Outbox::Batch();
    const std::vector<int> types = {internal::v1::EVENT_TYPE_SAFETY_CHANGED};
    const absl::Status read = store_.Read([&](db::Tx& tx) {
      batch = store_.outbox->NextBatch(tx, kAgency, "intake", types, 100);
      return batch.status();
    });
    EXPECT_TRUE(read.ok()) << read;
    const auto sealer = store_.suite.SealerFor(crypto::SuiteKey::kEvent, kAgency);
    std::vector<std::string> members;
    for (const auto& event : batch->events) {
      const auto open = sealer->Open(records::WireIdentity("alliance", kAgency), event.wire);
      EXPECT_TRUE(open.ok()) << open.status();
      internal::v1::EventEnvelope envelope;
      internal::v1::NotSafe body;
      EXPECT_TRUE(envelope.ParseFromString(*open) && body.ParseFromString(envelope.body()));
      if (body.by_answer() == by_answer) members.push_back(body.member());
    }
    return members;
  }
  // What the process's own relay does: everything in the log that is for the service itself.
  void Relay() {
    facts_source_.facts = std::make_shared<AccessFacts>(facts_);
    const std::vector<int> types = {internal::v1::EVENT_TYPE_RATING_RECORDED,
                                    internal::v1::EVENT_TYPE_RATING_REQUEST_EXPIRED,
                                    internal::v1::EVENT_TYPE_SAFETY_CHANGED};
    for (;;) {
      absl::StatusOr<records::Outbox::Batch> batch = records::Outbox::Batch();
      ASSERT_TRUE(store_
                      .Read([&](db::Tx& tx) {
                        batch = store_.outbox->NextBatch(tx, kAgency, "self", types, 100);
                        return batch.status();
                      })
                      .ok());
      std::vector<std::string_view> wires;
      for (const auto& event : batch->events) wires.push_back(event.wire);
      int applied = 0;
      if (!wires.empty()) {
        support::TestCall call(kAgency, "relay");
        auto result = RunSync(inbox_.Apply(call, std::string(kAgency), "alliance", wires));
        ASSERT_TRUE(result.ok()) << result.status();
        applied = *result;
      }
      ASSERT_TRUE(
          store_.Write([&](db::Tx& tx) { return records::Outbox::Advance(tx, *batch, applied); })
              .ok());
      if (wires.empty() && !batch->more) return;
    }
  }

  // A pulse of `rater` about the therapist: every item of the helper `steps`, room `room`.
  v1::SubmitRatingRequest Pulse(const std::string& session, const std::string& rater, int steps,
                                int room, std::string_view code = "pulse-adult") const {
    v1::SubmitRatingRequest request;
    request.set_parent(names_.Family(family_));
    v1::Rating& rating = *request.mutable_rating();
    rating.set_rater(names_.Member(family_, rater));
    rating.set_session(names_.Session(family_, session));
    const v1::Instrument& instrument = *shelf_.Find(Concat({"instruments/", code, ".1"}));
    rating.set_instrument(instrument.name());
    rating.set_mode(v1::RATING_MODE_OWN_DEVICE);
    v1::RatingPart &about = *rating.add_parts(), &once = *rating.add_parts();
    about.set_target(names_.Professional(therapist_));
    once.set_target(names_.Family(family_));
    for (const v1::Item& item : instrument.items()) {
      v1::Answer& answer =
          item.asked() == v1::ASKED_ONCE ? *once.add_answers() : *about.add_answers();
      answer.set_item(item.number());
      answer.set_steps(item.asked() == v1::ASKED_ONCE ? room : steps);
    }
    return request;
  }
  absl::StatusOr<v1::SubmitRatingResponse> Rate(const std::string& session,
                                                const std::string& rater, int steps, int room,
                                                std::string_view code = "pulse-adult") {
    return Run(ByMember(rater), &AllianceService::SubmitRating,
               Pulse(session, rater, steps, room, code));
  }

  std::vector<v1::RatingRequest> Requests(Call&& call) {
    v1::ListRatingRequestsRequest request;
    request.set_parent(names_.Family(family_));
    auto response = Run(std::move(call), &AllianceService::ListRatingRequests, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return {response->rating_requests().begin(), response->rating_requests().end()};
  }
  // The one request of this member.
  v1::RatingRequest RequestOf(const std::string& member) {
    const auto all = Requests(ByMember(member));
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? v1::RatingRequest() : all[0];
  }
  std::vector<v1::Signal> Signals(bool closed_too = false) {
    v1::ListSignalsRequest request;
    request.set_parent(names_.Family(family_));
    request.set_include_closed(closed_too);
    auto response = Run(ByTherapist(), &AllianceService::ListSignals, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return {response->signals().begin(), response->signals().end()};
  }
  v1::AllianceMap Map(Call&& call, std::int64_t at_us = 0) {
    v1::GetAllianceMapRequest request;
    request.set_parent(names_.Family(family_));
    if (at_us != 0) *request.mutable_at_time() = schema::ToTimestamp(at_us);
    auto response = Run(std::move(call), &AllianceService::GetAllianceMap, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->Parsed().alliance_map() : v1::AllianceMap();
  }

  std::string family_ = support::TestId("family");
  const std::string mother_ = support::TestId("mother"), father_ = support::TestId("father");
  const std::string child_ = support::TestId("child");
  const std::string therapist_ = support::TestId("therapist");
  support::ServiceStore store_;
  crypto::PublicIds public_ids_;
  schema::PublicIdCodec ids_;
  schema::Etags etags_;
  FakeAccess access_;
  const records::ServiceCaches caches_{store_.Caches(ids_)};
  records::ServiceDeps deps_;
  schema::Names names_;
  FakeRosters rosters_;
  UrgentSettings urgent_{.on_duty = {"subject-duty", "subject-deputy"},
                         .emergency_contacts = "Harbour House, at any hour: 555-0100"};
  FakeFacts facts_source_;
  InstrumentShelf shelf_;
  AllianceStore records_;
  AllianceService service_;
  AllianceEvents events_;
  records::Inbox inbox_;
  AccessFacts facts_;
  int requests_ = 0;
  std::int64_t sequence_ = 0;
};

inline std::string ReasonOf(const absl::Status& status) { return schema::ReasonOf(status); }

}  // namespace rapport::alliance
