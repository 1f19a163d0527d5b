#include "cli/rating_calls.h"

#include "cli/client.h"
#include "platform/base/strings.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/sealer.h"

#include <algorithm>

namespace rapport::cli {
namespace {

constexpr std::size_t kRowsPerMessage = 500, kBarWidth = 30;

// `40,000`.
std::string Grouped(std::size_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

}  // namespace

std::string CallId(std::string_view digest, const RatingsImport& as, int first_line) {
  return RequestIdOf(crypto::Sha256({crypto::Identity(
      {digest, as.system, as.instrument, as.columns, std::to_string(first_line)})}));
}

std::vector<std::string> MessagesOf(const std::vector<alliance::v1::ImportRow>& rows,
                                    const std::string& request_id, const RatingsImport& as) {
  std::vector<std::string> messages;
  for (std::size_t from = 0; from == 0 || from < rows.size(); from += kRowsPerMessage) {
    alliance::v1::ImportRatingsRequest message;
    if (from == 0) {
      message.mutable_header()->set_request_id(request_id);
      message.mutable_header()->set_instrument(as.instrument);
      message.mutable_header()->set_system(as.system);
    }
    for (std::size_t i = from; i < std::min(rows.size(), from + kRowsPerMessage); ++i) {
      *message.add_rows() = rows[i];
    }
    messages.push_back(message.SerializeAsString());
  }
  return messages;
}

std::string ProgressBar(std::size_t done, std::size_t all) {
  const std::size_t filled = all == 0 ? kBarWidth : kBarWidth * done / all;
  return Concat({"  [", std::string(filled, '#'), std::string(kBarWidth - filled, '.'), "]  ",
                 Grouped(done), " of ", Grouped(all), " rows"});
}

}  // namespace rapport::cli
