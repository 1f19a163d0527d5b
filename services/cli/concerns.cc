#include "cli/concerns.h"

#include "cli/client.h"
#include "platform/base/strings.h"
#include "platform/schema/error_metadata.h"

#include <algorithm>
#include <utility>

namespace rapport::cli {
namespace {

// Each try takes the one who waits for the next question a second or two.
constexpr std::chrono::seconds kBetweenTries{5};
constexpr std::size_t kMostWords = 1000;  // bytes; a concern may have as many characters

// No longer than `size`, and no character parted.
std::string Within(std::string text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  text.resize(size);
  return text;
}

}  // namespace

std::string Concerns::Report(alliance::v1::ConcernKind kind, const std::string& words) {
  alliance::v1::ReportConcernRequest request = blank_;
  request.mutable_concern()->set_kind(kind);
  request.mutable_concern()->set_words(Within(words, kMostWords));
  request.set_request_id(NewRequestId());
  alliance::v1::ReportConcernResponse answer;
  tried_ = now_();
  if (send_(request, &answer).ok()) {
    return Concat({answer.notice(), "\n", answer.emergency_contacts()});
  }
  waiting_.push_back(std::move(request));
  return Concat(
      {"This could not be passed on yet: nobody has read it. It is tried again while you "
       "go on.\nIf you need help now, call: ",
       contacts_});
}

std::string Concerns::AgainInAWhile() {
  if (waiting_.empty() || now_() - tried_ < kBetweenTries) return {};
  return Again();
}

std::string Concerns::Again() {
  std::string told;
  tried_ = now_();
  while (!waiting_.empty()) {
    alliance::v1::ReportConcernResponse answer;
    if (!send_(waiting_.front(), &answer).ok()) return {};
    waiting_.erase(waiting_.begin());
    told = Concat({"What could not be passed on before has been now.\n", answer.notice(), "\n",
                   answer.emergency_contacts()});
  }
  return told;
}

alliance::v1::Concern Concerns::Waiting() const {
  alliance::v1::Concern all;
  std::string words;
  for (const auto& request : waiting_) {
    all.set_kind(std::max(all.kind(), request.concern().kind()));  // the graver is the greater
    if (request.concern().words().empty()) continue;
    words += (words.empty() ? "" : "\n") + request.concern().words();
  }
  all.set_words(Within(std::move(words), kMostWords));
  return all;
}

std::string Concerns::Carried(const absl::Status& sent) {
  const bool stands = sent.ok() || schema::MetadataOf(sent, schema::kConcern) == schema::kKept;
  if (waiting_.empty() || !stands) return {};
  waiting_.clear();
  return Concat({"What could not be passed on before has been now.\nIf you need help now, call: ",
                 contacts_, "\n"});
}

std::string Concerns::Unheard() const {
  if (waiting_.empty()) return {};
  const bool unsafe = Waiting().kind() == alliance::v1::CONCERN_KIND_NOT_SAFE;
  return Concat({"NOBODY HAS READ that ",
                 unsafe ? "you are not safe" : "somebody should talk to you soon",
                 ": it could not be passed on.\nPlease call: ", contacts_});
}

}  // namespace rapport::cli
