// The four services in one program, over databases in a folder of the test, without gRPC: a call is
// authorised by its policy over intake's facts, validated and run, as the pipeline does it; events
// go through the outboxes and inboxes as relays deliver them.
//
// Clock, ids and keys are the test's: two suites of the same secret that are told the same answer
// the same, byte for byte. For tests; one thread.
#pragma once

#include "platform/base/access_checker.h"
#include "platform/rpc/authorise.h"
#include "platform/schema/method_table.h"
#include "support/service_store.h"
#include "unit/worlds/placed_ids.h"

#include <google/protobuf/message.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rapport::worlds {

inline constexpr std::string_view kAgency = "harbour";

struct Caller {
  std::string subject;
  int role = 0;                                               // rapport.options.v1.Role
  std::shared_ptr<const Principal::Invitation> invitation{};  // of who holds one
};

struct Answer {
  absl::Status status;
  std::shared_ptr<google::protobuf::Message> message;  // null when refused
};

class InProcessSuite {
 public:
  // `secret`: 32 bytes; `clock` is domain time. Both outlive it, and `ids`.
  InProcessSuite(const std::string& secret, const Clock& clock, PlacedIds& ids);
  ~InProcessSuite();

  // Whose turn of which world it is, for ids and request ids.
  void At(std::uint32_t world, std::uint16_t turn);

  // The method is the one that takes this request; a request id is put in where there is none. A
  // page token in the answer is shown as the place it stands for, since its seal is random: the
  // token itself goes to `next_page_token`, when that is not null.
  Answer Call(const Caller& caller, const google::protobuf::Message& request,
              std::string* next_page_token = nullptr);
  template <typename Response, typename Request>
  Response Do(const Caller& caller, const Request& request) {
    Answer answer = Call(caller, request);
    if (answer.status.ok()) return static_cast<const Response&>(*answer.message);
    throw std::runtime_error(request.GetTypeName() + ": " + answer.status.ToString());
  }

  // Who holds the invitation of this token, opened as the verifier does it.
  Caller HolderOf(const std::string& token) const;

  // Everything in the outboxes, to everybody who wants it, until nothing is left.
  void Deliver();

  // Whether there is a way to call the method that takes this request.
  bool CanCall(const google::protobuf::Descriptor* request) const;

 private:
  struct Services;
  struct Method {
    const google::protobuf::MethodDescriptor* descriptor;
    std::string name;
    schema::MethodPolicy policy;
    std::function<Answer(CallContext&, const google::protobuf::Message&)> run;
    const crypto::SuiteSecret* suite;
  };

  template <typename Service, typename... UseCases>
  void Bind(Service& service, UseCases... use_cases);
  void BindAll();
  absl::Status Authorise(CallContext& context, const Method& method,
                         const google::protobuf::Message& request);
  static void ShowPlace(const Method& method, const CallContext& context,
                        const google::protobuf::Message& request, Answer& answer,
                        std::string* next_page_token);
  bool DeliverOnce();

  PlacedIds& ids_;
  const Clock& clock_;
  std::unique_ptr<Services> services_;
  std::map<const google::protobuf::Descriptor*, Method> methods_;
  std::uint32_t world_ = 0;
  std::uint16_t turn_ = 0;
  int calls_ = 0;
};

}  // namespace rapport::worlds
