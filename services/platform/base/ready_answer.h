// ReadyAnswer: an answer whose bytes were made once and are given to many callers.
//
// A use case returns it in place of the message when what it gives is the same for all who may ask;
// the transport sends the bytes as they are. A value; thread-safe.
#pragma once

#include <memory>
#include <string>
#include <utility>

namespace rapport {

// Response: a protobuf message.
template <typename Response>
class ReadyAnswer {
 public:
  // `bytes`: a serialised Response; not null.
  explicit ReadyAnswer(std::shared_ptr<const std::string> bytes) : bytes_(std::move(bytes)) {}
  explicit ReadyAnswer(const Response& response)
      : bytes_(std::make_shared<const std::string>(response.SerializeAsString())) {}

  const std::shared_ptr<const std::string>& bytes() const { return bytes_; }
  Response Parsed() const {
    Response response;
    response.ParseFromString(*bytes_);
    return response;
  }

 private:
  std::shared_ptr<const std::string> bytes_;
};

}  // namespace rapport
