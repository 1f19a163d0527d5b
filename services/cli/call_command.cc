// rapport call METHOD JSON: one call of any method.
#include "cli/commands.h"
#include "cli/methods.h"
#include "platform/base/services.h"
#include "platform/base/strings.h"

#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>

#include <iostream>
#include <memory>

namespace rapport::cli {
namespace {

struct Options {
  std::string method, json = "{}";
};

int RunCall(const Common& common, const Options& options) {
  const auto* method = FindMethod(options.method);
  const std::string service = options.method.substr(0, options.method.find('/'));
  const bool shared = method == nullptr && !ServiceNamed(service).empty();
  if (shared && service.size() < options.method.size()) {
    method = FindShared(options.method.substr(service.size() + 1));
  }
  if (method == nullptr) {
    std::cerr << "no such method: " << options.method << " (write it like intake/GetFamily)\n";
    return 2;
  }
  google::protobuf::DynamicMessageFactory factory;
  std::unique_ptr<google::protobuf::Message> request(
      factory.GetPrototype(method->input_type())->New());
  std::unique_ptr<google::protobuf::Message> answer(
      factory.GetPrototype(method->output_type())->New());
  const auto parsed = google::protobuf::util::JsonStringToMessage(options.json, request.get());
  if (!parsed.ok()) {
    std::cerr << "not a " << method->input_type()->name() << ": " << parsed.message() << "\n";
    return 2;
  }
  const auto* id = method->input_type()->FindFieldByName("request_id");
  if (id != nullptr && request->GetReflection()->GetString(*request, id).empty()) {
    request->GetReflection()->SetString(request.get(), id, NewRequestId());
  }
  return WithClient(common, [&](Client& client, const Caller& caller) {
    const std::string full = Concat({shared ? service + "/" : "", FullName(*method)});
    absl::Status status = client.Call(caller, full, *request, answer.get());
    if (!status.ok()) return status;
    google::protobuf::util::JsonPrintOptions print;
    print.add_whitespace = true;
    print.preserve_proto_field_names = true;
    std::string json;
    if (!google::protobuf::util::MessageToJsonString(*answer, &json, print).ok()) {
      return absl::InternalError("the answer can't be shown as JSON");
    }
    std::cout << json;
    return absl::OkStatus();
  });
}

}  // namespace

void AddCallCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* call = app.add_subcommand("call", "Make one call and print the answer as JSON");
  call->add_option("method", options->method, "Like intake/GetFamily")->required();
  call->add_option("request", options->json, "The request as JSON")->capture_default_str();
  call->callback([options, &chosen] {
    chosen = [options](const Common& common) { return RunCall(common, *options); };
  });
}

}  // namespace rapport::cli
