// InstrumentShelf: the shipped instruments, read once when the service starts. Never changes
// afterwards. Thread-safe.
#pragma once

#include <rapport/alliance/v1/instrument.pb.h>

#include <absl/status/statusor.h>

#include <string_view>
#include <vector>

namespace rapport::alliance {

class InstrumentShelf {
 public:
  // INTERNAL: a shipped definition has a fault; the service does not start.
  static absl::StatusOr<InstrumentShelf> Load();

  // By code and version.
  const std::vector<v1::Instrument>& all() const { return instruments_; }
  // Null: none is shipped under this name.
  const v1::Instrument* Find(std::string_view name) const;

 private:
  explicit InstrumentShelf(std::vector<v1::Instrument> instruments)
      : instruments_(std::move(instruments)) {}

  std::vector<v1::Instrument> instruments_;
};

}  // namespace rapport::alliance
