// Intake's use cases, and what alliance tells it.
#pragma once

#include "intake/event_handler.h"
#include "unit/intake/intake_fixture.h"

#include <rapport/internal/v1/event.pb.h>

namespace rapport::intake {

class IntakeEventTest : public IntakeTest {
 protected:
  // Alliance says that a member told it; whether anything changed here.
  bool NotSafe(const std::string& member) {
    internal::v1::NotSafe body;
    const auto who = names_.ReadMember(member);
    body.set_member(who->id);
    internal::v1::EventEnvelope event;
    event.set_agency(std::string(kAgency));
    event.set_source("alliance");
    event.set_type(internal::v1::EVENT_TYPE_SAFETY_CHANGED);
    event.set_family(who->family);
    event.set_at_us(store_.clock.NowMicros());
    event.set_body(body.SerializeAsString());
    Call call(*this, "service/alliance", names_.Family(who->family), Viewer::kPeer);
    call.request_id.clear();
    auto changes = RunSync(events_.Handle(call, event));
    EXPECT_TRUE(changes.ok()) << changes.status();
    if (!changes.ok() || !changes->has_value()) return false;
    const auto committed =
        RunSync(store_.records->Commit(call, **std::move(changes), v1::GetFamilyResponse()));
    EXPECT_TRUE(committed.ok()) << committed.status();
    return true;
  }
  struct Next final : records::EventHandler {
    Task<absl::StatusOr<std::optional<records::Changes>>> Handle(
        CallContext&, const internal::v1::EventEnvelope&) override {
      co_return std::nullopt;
    }
  };
  Next next_;
  IntakeEvents events_{deps_, next_};
};

}  // namespace rapport::intake
