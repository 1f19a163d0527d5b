#include "cli/comments.h"

#include "cli/verbs.h"
#include "platform/base/strings.h"

#include <absl/strings/str_replace.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <cctype>
#include <utility>
#include <vector>

// The descriptor set with comments that the build made, as it is.
__asm__(
    ".section .rodata\n"
    ".global rapport_comments_begin\n"
    ".global rapport_comments_end\n"
    "rapport_comments_begin:\n"
    ".incbin \"" RAPPORT_COMMENTS
    "\"\n"
    "rapport_comments_end:\n"
    ".text\n");
extern "C" const char rapport_comments_begin[], rapport_comments_end[];

namespace rapport::cli {
namespace {

using google::protobuf::DescriptorPool;

// The process's own pool has no comments: generated code leaves them out.
const DescriptorPool& Pool() {
  static const DescriptorPool* const pool = [] {
    google::protobuf::FileDescriptorSet set;
    set.ParseFromArray(rapport_comments_begin,
                       static_cast<int>(rapport_comments_end - rapport_comments_begin));
    auto* made = new DescriptorPool();
    for (const auto& file : set.file()) made->BuildFile(file);
    return made;
  }();
  return *pool;
}

template <typename Descriptor>
std::string Comment(const Descriptor* descriptor) {
  google::protobuf::SourceLocation at;
  if (descriptor == nullptr || !descriptor->GetSourceLocation(&at)) return {};
  std::string text;
  std::size_t start = 0;
  while (start < at.leading_comments.size()) {
    const std::size_t end =
        std::min(at.leading_comments.find('\n', start), at.leading_comments.size());
    std::string line = at.leading_comments.substr(start, end - start);
    line.erase(0, line.find_first_not_of(' '));
    if (!text.empty() && !line.empty()) text += ' ';
    text += line;
    start = end + 1;
  }
  return text;
}

// Codes of refusals, as proto comments have them, in words.
constexpr std::pair<std::string_view, std::string_view> kWords[] = {
    {"ABORTED", "refused"},
    {"ALREADY_EXISTS names", "the refusal names"},
    {"ALREADY_EXISTS:", "refused:"},
    {"CANCELLED", "cut off"},
    {"FAILED_PRECONDITION", "refused"},
    {"INVALID_ARGUMENT", "refused"},
    {"NOT_FOUND", "not found"},
    {"OUT_OF_RANGE", "refused"},
    {"PERMISSION_DENIED", "not permitted"},
    {"UNAUTHENTICATED", "refused"},
    {"UNAVAILABLE", "not available"}};

// Usage texts say themselves what is required.
std::string FirstSentence(std::string text) {
  constexpr std::string_view kRequired = "Required.";
  if (text.starts_with(kRequired)) text.erase(0, std::min(text.size(), kRequired.size() + 1));
  const std::size_t end = text.find(". ");
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

}  // namespace

std::string SummaryOf(const google::protobuf::MethodDescriptor& method) {
  return FirstSentence(CommentOf(method));
}

std::string SummaryOf(const google::protobuf::FieldDescriptor& field) {
  return FirstSentence(Comment(Pool().FindFieldByName(field.full_name())));
}

std::string CommentOf(const google::protobuf::MethodDescriptor& method) {
  return Comment(Pool().FindMethodByName(method.full_name()));
}

std::string ForPeople(std::string_view comment) {
  static constexpr std::string_view kStart = ". ";  // of a sentence
  static const auto* const words = [] {
    auto* all = new std::vector<std::pair<std::string, std::string>>;
    for (const auto& [code, word] : kWords) {
      std::string first(word);
      first[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(first[0])));
      all->emplace_back(code, word);
      all->emplace_back(Concat({kStart, code}), Concat({kStart, first}));
    }
    return all;
  }();
  return absl::StrReplaceAll(Concat({kStart, WithCommands(comment)}), *words).substr(kStart.size());
}

}  // namespace rapport::cli
