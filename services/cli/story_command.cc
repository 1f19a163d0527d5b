// rapport story FILE: plays a case file, or only checks it.
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/story.h"
#include "cli/table.h"

#include <chrono>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace rapport::cli {
namespace {

struct Options {
  std::string file, clock_file;
  std::vector<std::string> people;
  bool check = false;
};

int RunStory(const Common& common, const Options& options) {
  const auto text = ReadFile(options.file);
  if (!text.ok()) {
    std::cerr << text.status().message() << "\n";
    return 2;
  }
  StoryFile story = ParseStory(*text);
  const std::string tokens = common.state + "/tokens";
  const auto missing =
      options.people.empty() ? MissingPeople(story, tokens) : UnknownPeople(story, options.people);
  story.mistakes.insert(story.mistakes.end(), missing.begin(), missing.end());
  if (!options.people.empty()) {
    const auto unknown = UnknownNames(story);
    story.mistakes.insert(story.mistakes.end(), unknown.begin(), unknown.end());
  }
  for (const StoryMistake& mistake : story.mistakes) {
    std::cerr << options.file << ":" << mistake.line << ": expected " << mistake.expected << "\n";
  }
  if (!story.mistakes.empty()) return 2;
  if (options.check) {
    if (options.people.empty() && !std::filesystem::is_directory(tokens)) {
      std::cerr << "Who calls was not checked: there is no " << tokens << ", and no --people\n";
    }
    return 0;
  }
  auto client = Client::Open(common.state);
  if (!client.ok()) return Fail(client.status());
  const auto start = std::chrono::steady_clock::now();
  const absl::Status played =
      PlayStory(story, **client, options.clock_file, TerminalHasColour(), std::cout);
  if (!played.ok()) {
    std::cerr << options.file << ": " << played.message() << "\n";
    return 1;
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::cout << (*client)->calls() << " calls in " << std::fixed << std::setprecision(1) << seconds
            << " s\n";
  return 0;
}

}  // namespace

void AddStoryCommand(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* story = app.add_subcommand("story", "Play a case file through the public APIs");
  story->add_option("file", options->file, "The case file (YAML)")->required();
  story->add_option("--clock-file", options->clock_file, "The services' demo clock");
  CLI::Option* check =
      story->add_flag("--check", options->check, "Only say what is wrong with the file");
  story
      ->add_option("--people", options->people,
                   "Who will have a token, if nobody has one yet: then whom commands name must be "
                   "somebody whom an earlier step enters")
      ->needs(check);
  story->callback([options, &chosen] {
    chosen = [options](const Common& common) { return RunStory(common, *options); };
  });
}

}  // namespace rapport::cli
