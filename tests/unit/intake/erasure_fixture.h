// Families that are to be erased, holds on them, and two administrators.
#pragma once

#include "intake/erasure_service.h"
#include "unit/intake/intake_fixture.h"

#include <rapport/internal/v1/event.pb.h>

#include <google/protobuf/empty.pb.h>

#include <memory>
#include <string>
#include <vector>

namespace rapport::intake {

inline constexpr char kErasureSettings[] = R"(agencies:
  - id: harbour
    display_name: Harbour House
    issuer: https://id.example.org
    jwks: harbour.jwks.json
    time_zone: UTC
    jurisdiction: US-CA
    retention_years: 3
)";

class ErasureI11 : public IntakeTest {
 protected:
  ErasureI11() {
    auto opened = crypto::ErasureList::Open({store_.path("erased")}, store_.suite);
    EXPECT_TRUE(opened.ok()) << opened.status();
    list_ = *std::move(opened);
    eraser_ = std::make_unique<records::Eraser>(records::Eraser::Deps{.db = *store_.db,
                                                                      .keys = *store_.keys,
                                                                      .list = *list_,
                                                                      .chain = *store_.chain,
                                                                      .records = *store_.records,
                                                                      .clock = store_.clock,
                                                                      .machine = store_.machine});
    erasures_ = std::make_unique<ErasureService>(deps_, agencies_, *eraser_);
    family_ = NewFamily("4711").name();
    NewMember(family_, "Example Parent", 1980);
  }

  Call Admin(const std::string& subject, const std::string& family = {}) {
    return Call(*this, subject, family, Viewer::kAgency);
  }
  template <typename Response, typename Request>
  absl::StatusOr<Response> Try(
      Call&& call,
      ErasureService::Answer<Response> (ErasureService::*use_case)(CallContext&, const Request&),
      const Request& request) {
    RETURN_IF_ERROR(support::MissingRpc<Request>());
    // Not as a client repeats it: an approval that is repeated erases by its event, later.
    return RunSync(((*erasures_).*use_case)(call, request));
  }
  void Close() {
    ASSERT_TRUE(Move(family_, v1::FAMILY_STATE_SCREENED).ok());
    const auto moved = Move(family_, v1::FAMILY_STATE_REDIRECTED);
    ASSERT_TRUE(moved.ok()) << moved.status();
  }
  void WaitYears(int years) { store_.clock.Advance(std::chrono::hours(24 * 366) * years); }
  // Closed, and kept as long as the law wants.
  void MakeErasable() {
    Close();
    WaitYears(8);
  }
  absl::StatusOr<v1::EraseFamilyResponse> Ask(const std::string& subject = "ida") {
    v1::EraseFamilyRequest request;
    request.set_name(family_);
    request.set_reason(v1::ERASURE_REASON_RETENTION_OVER);
    return Try(Admin(subject, family_), &ErasureService::EraseFamily, request);
  }
  absl::StatusOr<v1::ApproveErasureResponse> Approve(const v1::Erasure& erasure,
                                                     const std::string& subject = "ulf") {
    v1::ApproveErasureRequest request;
    request.set_name(erasure.name());
    request.set_etag(erasure.etag());
    return Try(Admin(subject), &ErasureService::ApproveErasure, request);
  }
  absl::StatusOr<v1::WithdrawErasureResponse> Withdraw(const v1::Erasure& erasure,
                                                       const std::string& subject = "ulf") {
    v1::WithdrawErasureRequest request;
    request.set_name(erasure.name());
    request.set_etag(erasure.etag());
    return Try(Admin(subject), &ErasureService::WithdrawErasure, request);
  }
  v1::Erasure Status(const std::string& name) {
    v1::GetErasureRequest request;
    request.set_name(name);
    auto got = Try(Admin("ida"), &ErasureService::GetErasure, request);
    EXPECT_TRUE(got.ok()) << got.status();
    return got.ok() ? got->erasure() : v1::Erasure();
  }
  v1::LegalHold Hold() {
    v1::PlaceLegalHoldRequest request;
    request.set_parent(family_);
    request.mutable_legal_hold()->set_matter("file 12");
    auto placed = Try(Admin("ida", family_), &ErasureService::PlaceLegalHold, request);
    EXPECT_TRUE(placed.ok()) << placed.status();
    return placed->legal_hold();
  }
  absl::StatusOr<v1::ReleaseLegalHoldResponse> Release(const v1::LegalHold& hold) {
    v1::ReleaseLegalHoldRequest request;
    request.set_name(hold.name());
    request.set_etag(hold.etag());
    request.set_reason("settled");
    return Try(Admin("ulf", family_), &ErasureService::ReleaseLegalHold, request);
  }
  static std::vector<std::string> UnmetTypes(const absl::Status& status) {
    std::vector<std::string> types;
    for (const char* type :
         {"CASE_NOT_CLOSED", "LEGAL_HOLD", "RECORD_REQUEST_OPEN", "RETENTION_NOT_OVER"}) {
      if (schema::StatusDetails(status).find(type) != std::string::npos) types.push_back(type);
    }
    return types;
  }
  // As the inbox does.
  void Deliver(const std::string& source) {
    internal::v1::EventEnvelope event;
    event.set_agency(std::string(kAgency));
    event.set_family(*names_.ReadFamily(family_));
    event.set_source(source);
    event.set_type(internal::v1::EVENT_TYPE_FAMILY_ERASED);
    Call call = Admin("service/" + source);
    call.request_id.clear();
    auto changes = RunSync(erasures_->Handle(call, event));
    ASSERT_TRUE(changes.ok()) << changes.status();
    if (!changes->has_value()) return;
    auto committed =
        RunSync(deps_.records.Commit(call, **std::move(changes), google::protobuf::Empty()));
    ASSERT_TRUE(committed.ok()) << committed.status();
  }

  crypto::Agencies agencies_ = *crypto::Agencies::Parse(kErasureSettings, "/agencies.yaml");
  std::unique_ptr<crypto::ErasureList> list_;
  std::unique_ptr<records::Eraser> eraser_;
  std::unique_ptr<ErasureService> erasures_;
  std::string family_;
  std::vector<std::string> shown_;  // whose disclosure a list was
};

}  // namespace rapport::intake
