// World: one running suite for all conformance tests, in which the demo's case and the rest of the
// methods were played. Every method of every service is known by descriptor, never by a list; a
// method that is added is tested without a line here.
#pragma once

#include "conformance/request_builder.h"
#include "platform/schema/method_table.h"
#include "support/suite.h"

#include <google/protobuf/descriptor.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace rapport::conformance {

struct PublicMethod {
  const google::protobuf::MethodDescriptor* descriptor;
  std::string name;  // "rapport.intake.v1.IntakeService/GetFamily"
  schema::MethodPolicy policy;
};

// A call that succeeded in the story.
struct Sample {
  std::string as, method, request, answer;
};

// What came of repeating a write of the story at once, with the same request id.
struct Repeat {
  std::string method;
  std::string first, again;  // answers
  support::Reply changed;    // the same id, another body
};

class World {
 public:
  // Started on first use; gone with the process.
  static World& Get();

  support::Suite suite;
  std::vector<PublicMethod> methods;       // that people may call
  std::vector<PublicMethod> for_services;  // of the same services, for other services alone
  std::vector<Sample> samples;
  std::vector<Repeat> repeats;
  Names names;  // of what is in the story's family

  // Somebody who may call `method` with what RequestFor makes.
  std::string CallerOf(const PublicMethod& method) const;
  // A request that passes validation and authorisation for CallerOf, every field filled. Whether
  // the use case likes it is another question. A fresh request id each time.
  std::unique_ptr<google::protobuf::Message> RequestFor(const PublicMethod& method) const;
  // The same with ids that exist nowhere.
  std::unique_ptr<google::protobuf::Message> UnknownFor(const PublicMethod& method) const;
  support::Reply Call(const std::string& as, const PublicMethod& method,
                      const google::protobuf::Message& request) {
    return suite.Call(as, method.name, request);
  }

  // These bytes, by CallerOf.
  support::Reply SendBytes(const PublicMethod& method, const std::string& bytes) {
    return suite.Send(method.name, bytes,
                      {.metadata = {{"authorization", suite.header(CallerOf(method))}}});
  }

  World(const World&) = delete;

 private:
  World();
  void FindMethods();
  void Play();
  void AskWhatNoStoryAsks();
};

}  // namespace rapport::conformance
