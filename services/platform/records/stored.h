// Stored: a record with its message parsed. How services hold what they loaded. Value type.
#pragma once

#include "platform/records/records.h"

#include <absl/status/statusor.h>

#include <utility>

namespace rapport::records {

template <typename Message>
struct Stored {
  Record record;
  Message message;
};

// DATA_LOSS: the payload is no such message.
template <typename Message>
absl::StatusOr<Stored<Message>> Parse(Record record) {
  Stored<Message> stored;
  if (!stored.message.ParseFromString(record.payload)) {
    return absl::DataLossError("a record's payload is not the message of its kind");
  }
  stored.record = std::move(record);
  return stored;
}

// The record with `message` as its payload.
template <typename Message>
Record With(Record record, const Message& message) {
  record.payload = message.SerializeAsString();
  return record;
}

}  // namespace rapport::records
