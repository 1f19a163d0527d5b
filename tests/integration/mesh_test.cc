// Between services: who may call whom, what holds while one of them is down, and what it is told
// when it comes back.
#include "integration/demo_suite.h"

#include <rapport/alliance/v1/alliance_service.pb.h>
#include <rapport/internal/v1/access_service.pb.h>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <map>
#include <set>

namespace rapport::integration {
namespace {

using support::Eventually;
using support::Reply;
using support::Suite;

// What a mesh listener says to a holder of FOLDER/NAME.pem, whose authority FOLDER/ca.pem is not
// asked for.
class MeshCaller {
 public:
  MeshCaller(const Suite& suite, const std::string& service, const std::string& folder,
             const std::string& name) {
    grpc::SslCredentialsOptions tls;
    tls.pem_root_certs = ReadText(suite.folder() + "/authority/ca.pem");
    if (!name.empty()) {
      tls.pem_cert_chain = ReadText(folder + "/" + name + ".pem");
      tls.pem_private_key = ReadText(folder + "/" + name + ".key");
    }
    channel_ =
        grpc::CreateChannel(Concat({"localhost:", std::to_string(suite.Port(service, "mesh"))}),
                            grpc::SslCredentials(tls));
  }
  Reply Call(const std::string& method, const google::protobuf::Message& request,
             const std::string& header = {}) const {
    support::ExchangeOptions options;
    if (!header.empty()) options.metadata = {{"authorization", header}};
    return support::Exchange(channel_, Concat({"/", method}), {request.SerializeAsString()},
                             options);
  }

 private:
  std::shared_ptr<grpc::Channel> channel_;
};

internal::v1::GetAccessFactsRequest Facts() {
  internal::v1::GetAccessFactsRequest request;
  request.set_agency("harbour");
  request.set_family(std::string(16, '\1'));
  return request;
}

constexpr char kFacts[] = "rapport.internal.v1.AccessService/GetAccessFacts";

TEST(Mesh, OnlyAServicesOwnCertificateIsLetIn) {
  Suite suite;
  suite.Start("intake");
  const std::string authority = suite.folder() + "/authority";
  const std::string other = suite.folder() + "/other";
  support::RunProgram(
      {support::Binary("rapport-admin"), "authority", other, "--services", "notes"});
  support::RunProgram(
      {support::Binary("rapport-admin"), "authority", authority, "--services", "stranger"});
  // NOT_FOUND: let in, and there is no such family.
  EXPECT_EQ(MeshCaller(suite, "intake", authority, "notes").Call(kFacts, Facts()).reason(),
            "NOT_FOUND");
  // Nobody, or somebody of another authority: no connection.
  EXPECT_EQ(MeshCaller(suite, "intake", authority, "").Call(kFacts, Facts()).code, kUnavailable);
  EXPECT_EQ(MeshCaller(suite, "intake", other, "notes").Call(kFacts, Facts()).code, kUnavailable);
  // A certificate of the right authority for no service of the suite.
  EXPECT_EQ(MeshCaller(suite, "intake", authority, "stranger").Call(kFacts, Facts()).reason(),
            "PEER_NOT_PERMITTED");
  // Intake is not among those that may ask intake.
  EXPECT_EQ(MeshCaller(suite, "intake", authority, "intake").Call(kFacts, Facts()).reason(),
            "PEER_NOT_PERMITTED");
}

TEST(Mesh, AServiceMayCallOnlyWhatNamesIt) {
  Suite suite;
  suite.Start("intake");
  suite.AddDemoPeople();
  const MeshCaller notes(suite, "intake", suite.folder() + "/authority", "notes");
  intake::v1::CreateFamilyRequest create;
  create.mutable_family()->set_display_name("Not by a service");
  create.mutable_family()->mutable_referral()->set_source(intake::v1::REFERRAL_SOURCE_SELF);
  create.set_request_id(support::NewUuid());
  // Not even with a good token of somebody who may.
  EXPECT_EQ(notes.Call(Concat({kIntake, "CreateFamily"}), create, suite.header("ida")).reason(),
            "PEER_NOT_PERMITTED");
  // What names it needs the caller's token beside the certificate.
  const std::string list = Concat({kIntake, "ListFamilies"});
  EXPECT_EQ(notes.Call(list, intake::v1::ListFamiliesRequest()).reason(), "UNAUTHENTICATED");
  EXPECT_TRUE(notes.Call(list, intake::v1::ListFamiliesRequest(), suite.header("ida")).ok());
}

TEST(Mesh, InternalMethodsAreNotOnThePublicListener) {
  Suite suite;
  suite.Start("intake");
  suite.AddDemoPeople();
  const Reply reply = support::Exchange(suite.channel("intake"), Concat({"/", kFacts}),
                                        {Facts().SerializeAsString()},
                                        {.metadata = {{"authorization", suite.header("ida")}}});
  EXPECT_EQ(reply.code, kUnimplemented) << reply.Text();
}

class Outages : public DemoSuite {
 protected:
  Reply ListSessions() {
    notes::v1::ListSessionsRequest request;
    request.set_parent(family_);
    return suite_.Call("anna", Concat({kNotes, "ListSessions"}), request);
  }
  Reply Cancel(const notes::v1::Session& session) {
    notes::v1::CancelSessionRequest request;
    request.set_name(session.name());
    request.set_etag(session.etag());
    request.set_reason(notes::v1::CANCEL_REASON_BY_AGENCY);
    request.set_request_id(support::NewUuid());
    return suite_.Call("anna", Concat({kNotes, "CancelSession"}), request);
  }

  // The sessions that Mira has a form for.
  std::set<std::string> Asked() {
    alliance::v1::ListRatingRequestsRequest request;
    request.set_parent(family_);
    const auto due = Get<alliance::v1::ListRatingRequestsResponse>(
        "mira", Concat({kAlliance, "ListRatingRequests"}), request);
    std::set<std::string> sessions;
    for (const auto& one : due.rating_requests()) sessions.insert(one.session());
    return sessions;
  }
};

TEST_F(Outages, WithoutIntakeReadingGoesOnForAWhileAndWritingStopsAtOnce) {
  Play();
  const notes::v1::Session session = Schedule(1);
  ASSERT_TRUE(ListSessions().ok());
  suite_.Kill("intake");
  // What is known of the family is too old for a write after 5 s.
  Reply refused;
  EXPECT_TRUE(Eventually(
      [&] {
        auto wrong = session;
        wrong.set_etag("\"00000000000000000000000000000000\"");
        refused = Cancel(wrong);
        return refused.code == kUnavailable;
      },
      std::chrono::seconds(30)))
      << refused.Text();
  EXPECT_EQ(refused.reason(), "DEPENDENCY_UNAVAILABLE");
  const Reply stale = ListSessions();
  EXPECT_TRUE(stale.ok()) << stale.Text();
  suite_.Start("intake");
  EXPECT_TRUE(Eventually([&] { return Cancel(session).ok(); }, std::chrono::seconds(30)));
}

TEST_F(Outages, WhatHappenedWhileAllianceWasDownIsToldWhenItIsBack) {
  Play();
  const auto before = Asked();
  suite_.Kill("alliance");
  std::set<std::string> held;
  for (const int hour : {1, 3}) {
    const notes::v1::Session session = Schedule(hour);
    Hold(session, hour);
    held.insert(session.name());
  }
  // Notes dies too, with what it has not told.
  suite_.Kill("notes");
  suite_.Start("notes");
  suite_.Start("alliance");
  std::set<std::string> asked;
  EXPECT_TRUE(Eventually(
      [&] {
        asked = Asked();
        return std::includes(asked.begin(), asked.end(), held.begin(), held.end());
      },
      std::chrono::seconds(30 * support::kSlowness)));
  // Each once: the count of what is new is the count of what was held.
  for (const auto& session : before) asked.erase(session);
  EXPECT_EQ(asked, held);
}

}  // namespace
}  // namespace rapport::integration
