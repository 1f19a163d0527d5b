// A running suite in which the demo's case was played; each test its own, so that it may stop,
// damage and restart whatever it likes.
#pragma once

#include "platform/base/strings.h"
#include "support/audit_trail.h"
#include "support/eventually.h"
#include "support/suite.h"

#include <rapport/intake/v1/intake_service.pb.h>
#include <rapport/notes/v1/notes_service.pb.h>

#include <gtest/gtest.h>

#include <string>

namespace rapport::integration {

inline constexpr int kOk = 0, kUnimplemented = 12, kUnavailable = 14;
inline constexpr char kIntake[] = "rapport.intake.v1.IntakeService/";
inline constexpr char kNotes[] = "rapport.notes.v1.SessionNotesService/";
inline constexpr char kAlliance[] = "rapport.alliance.v1.AllianceService/";
inline constexpr char kAudit[] = "rapport.audit.v1.AuditService/";

class DemoSuite : public testing::Test {
 protected:
  explicit DemoSuite(support::Suite::Options options = {}) : suite_(WithDefaults(options)) {}

  // Starts everything and plays the case.
  void Play() {
    suite_.AddPerson("audrey", {"auditor"});
    suite_.StartAll();
    suite_.PlayDemo();
    AwaitEvaluated();
    const auto families = Get<intake::v1::ListFamiliesResponse>(
        "anna", Concat({kIntake, "ListFamilies"}), intake::v1::ListFamiliesRequest());
    ASSERT_GE(families.families_size(), 1);
    family_ = families.families(0).name();
    intake::v1::ListMembersRequest of_family;
    of_family.set_parent(family_);
    const auto members =
        Get<intake::v1::ListMembersResponse>("anna", Concat({kIntake, "ListMembers"}), of_family);
    for (const auto& member : members.members()) {
      if (member.display_name().starts_with("Max")) max_ = member.name();
      if (member.display_name().starts_with("Mira")) mira_ = member.name();
    }
    const auto directory = Get<intake::v1::ListProfessionalsResponse>(
        "ida", Concat({kIntake, "ListProfessionals"}), intake::v1::ListProfessionalsRequest());
    for (const auto& one : directory.professionals()) {
      if (one.display_name().starts_with("Anna")) anna_ = one.name();
    }
  }

  // Everything that the story told alliance is evaluated: its forms, five a session, and the notes
  // that are signed in it. No signal changes by itself any more. Audrey is an auditor.
  void AwaitEvaluated(std::size_t forms = 40, std::size_t notes = 7) {
    const auto lines = [&](std::string_view action) {
      return support::AuditTrail(suite_, "alliance", "audrey",
                                 Concat({"action = \"", action, "\""}))
          .size();
    };
    EXPECT_TRUE(support::Eventually(
        [&] { return lines("rating_request.finish") == forms && lines("note.signed") == notes; }));
  }

  // The answer to a call that must succeed.
  template <typename Response>
  Response Get(const std::string& as, const std::string& method,
               const google::protobuf::Message& request) {
    const support::Reply reply = suite_.CallUntilTaken(as, method, request);
    EXPECT_TRUE(reply.ok()) << method << ": " << reply.Text();
    Response response;
    EXPECT_TRUE(response.ParseFromString(reply.body)) << method;
    return response;
  }

  // A session of Anna and Mira at hour `hour` of the story's clock, as scheduled.
  notes::v1::Session Schedule(int hour) {
    notes::v1::ScheduleSessionRequest request;
    request.set_parent(family_);
    auto& session = *request.mutable_session();
    session.set_format(notes::v1::SESSION_FORMAT_INDIVIDUAL);
    session.set_mode(notes::v1::SESSION_MODE_OFFICE);
    session.mutable_scheduled_start_time()->set_seconds(kStory + hour * 3'600);
    session.mutable_scheduled_end_time()->set_seconds(kStory + (hour + 1) * 3'600);
    session.add_invited_members(mira_);
    session.add_invited_professionals(anna_);
    request.set_request_id(support::NewUuid());
    return Get<notes::v1::ScheduleSessionResponse>("anna", Concat({kNotes, "ScheduleSession"}),
                                                   request)
        .session();
  }

  // Such a session held from its planned beginning to its planned end, everybody present.
  void Hold(notes::v1::Session session, int hour) {
    suite_.SetClock(
        Concat({"2031-09-06T", hour < 2 ? "0" : "", std::to_string(8 + hour), ":00:00Z"}));
    notes::v1::StartSessionRequest start;
    start.set_name(session.name());
    start.set_etag(session.etag());
    start.set_request_id(support::NewUuid());
    notes::v1::StartSessionResponse started;
    // Notes reads the story's clock in its own time, and starts nothing half a day early.
    ASSERT_TRUE(support::Eventually([&] {
      const support::Reply reply = suite_.Call("anna", Concat({kNotes, "StartSession"}), start);
      return reply.ok() && started.ParseFromString(reply.body);
    }));
    session = started.session();
    notes::v1::RecordAttendanceRequest record;
    record.set_name(session.name());
    record.set_etag(session.etag());
    record.set_request_id(support::NewUuid());
    for (const std::string& person : {mira_, anna_}) {
      auto& one = *record.add_attendance();
      one.set_person(person);
      one.set_presence(notes::v1::PRESENCE_PRESENT);
    }
    session = Get<notes::v1::RecordAttendanceResponse>("anna", Concat({kNotes, "RecordAttendance"}),
                                                       record)
                  .session();
    suite_.SetClock(
        Concat({"2031-09-06T", hour < 2 ? "0" : "", std::to_string(8 + hour), ":50:00Z"}));
    notes::v1::EndSessionRequest end;
    end.set_name(session.name());
    end.set_etag(session.etag());
    end.set_request_id(support::NewUuid());
    Get<notes::v1::EndSessionResponse>("anna", Concat({kNotes, "EndSession"}), end);
  }

  support::Suite suite_;
  std::string family_, max_, mira_, anna_;
  // 2031-09-06T08:00:00Z: after whatever the demo plays.
  static constexpr std::int64_t kStory = 1'946'448'000;

 private:
  static support::Suite::Options WithDefaults(support::Suite::Options options) {
    options.settings.try_emplace("lame_duck_seconds", "0");
    return options;
  }
};

}  // namespace rapport::integration
