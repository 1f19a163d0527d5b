// rapport: the command line client. Everything it does, it does through the public APIs.
#include "cli/client.h"
#include "cli/story.h"
#include "cli/table.h"

#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <CLI/CLI.hpp>

#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

namespace rapport::cli {
namespace {

struct Options {
  std::string state = ".state/demo";
  std::string as;
  std::string method, json;
  std::string story, clock_file;
};

int Fail(const absl::Status& status) {
  std::cerr << Explain(status) << "\n";
  return 1;
}

int RunCall(const Options& options) {
  const auto* method = FindMethod(options.method);
  if (method == nullptr) {
    std::cerr << "no such method: " << options.method << " (write it like intake/GetFamily)\n";
    return 2;
  }
  auto client = Client::Open(options.state);
  if (!client.ok()) return Fail(client.status());
  auto caller = (*client)->As(options.as);
  if (!caller.ok()) return Fail(caller.status());
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
  const absl::Status status = (*client)->Call(*caller, FullName(*method), *request, answer.get());
  if (!status.ok()) return Fail(status);
  google::protobuf::util::JsonPrintOptions print;
  print.add_whitespace = true;
  print.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(*answer, &json, print).ok()) return 1;
  std::cout << json;
  return 0;
}

int RunStory(const Options& options) {
  std::ifstream in(options.story);
  if (!in) {
    std::cerr << "cannot read " << options.story << "\n";
    return 2;
  }
  const StoryFile story = ParseStory({std::istreambuf_iterator<char>(in), {}});
  for (const StoryMistake& mistake : story.mistakes) {
    std::cerr << options.story << ":" << mistake.line << ": expected " << mistake.expected << "\n";
  }
  if (!story.mistakes.empty()) return 2;
  auto client = Client::Open(options.state);
  if (!client.ok()) return Fail(client.status());
  const auto start = std::chrono::steady_clock::now();
  const absl::Status played =
      PlayStory(story, **client, options.clock_file, TerminalHasColour(), std::cout);
  if (!played.ok()) {
    std::cerr << options.story << ": " << played.message() << "\n";
    return 1;
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf("%d calls in %.1f s\n", (*client)->calls(), seconds);
  return 0;
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app("Rapport's command line client");
  app.require_subcommand(1);
  app.add_option("--state", options.state, "Folder with client.yaml and tokens/")
      ->capture_default_str();
  app.add_option("--as", options.as, "Whose token: tokens/NAME.jwt");
  CLI::App* call = app.add_subcommand("call", "Make one call and print the answer as JSON");
  call->add_option("method", options.method, "Like intake/GetFamily")->required();
  call->add_option("request", options.json, "The request as JSON")->default_str("{}");
  CLI::App* story = app.add_subcommand("story", "Play a case file through the public APIs");
  story->add_option("file", options.story, "The case file (YAML)")->required();
  story->add_option("--clock-file", options.clock_file, "The services' demo clock");
  CLI11_PARSE(app, argc, argv);
  if (options.json.empty()) options.json = "{}";
  return *call ? RunCall(options) : RunStory(options);
}

}  // namespace
}  // namespace rapport::cli

int main(int argc, char** argv) { return rapport::cli::Main(argc, argv); }
