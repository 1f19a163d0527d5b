#include "platform/runtime/telemetry/trace.h"

#include "platform/base/strings.h"
#include "platform/crypto/random.h"

#include <algorithm>
#include <array>
#include <atomic>

namespace rapport::telemetry {
namespace {

std::atomic<int> sampled_percent{100};

constexpr std::size_t kLength = 55;  // 00-{32 digits}-{16 digits}-{2 digits}

bool IsHex(std::string_view digits) {
  return std::all_of(digits.begin(), digits.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

void Write(std::uint64_t number, char* out) {
  for (int i = 15; i >= 0; --i, number >>= 4) out[i] = "0123456789abcdef"[number & 15];
}

}  // namespace

std::optional<TraceId> ParseTraceParent(std::string_view header) {
  if (header.size() < kLength || header[2] != '-' || header[35] != '-' || header[52] != '-') {
    return std::nullopt;
  }
  const std::string_view version = header.substr(0, 2);
  for (const std::string_view digits :
       {version, header.substr(3, 32), header.substr(36, 16), header.substr(53, 2)}) {
    if (!IsHex(digits)) return std::nullopt;
  }
  if (version == "ff") return std::nullopt;
  if (header.size() > kLength && (version == "00" || header[kLength] != '-')) return std::nullopt;
  TraceId trace{.high = *HexNumber(header.substr(3, 16)),
                .low = *HexNumber(header.substr(19, 16)),
                .span = *HexNumber(header.substr(36, 16)),
                .sampled = (*HexNumber(header.substr(53, 2)) & 1) != 0};
  if ((trace.high == 0 && trace.low == 0) || trace.span == 0) return std::nullopt;
  return trace;
}

void SampleTraces(int percent) { sampled_percent.store(percent, std::memory_order_relaxed); }

TraceId StartSpan(std::string_view traceparent) {
  // Odd, so never the forbidden zero.
  std::array<std::uint64_t, 3> random{};
  crypto::RandomBytes(random.data(), sizeof random);
  const std::uint64_t span = random[2] | 1;
  if (const auto caller = ParseTraceParent(traceparent)) {
    return {.high = caller->high,
            .low = caller->low,
            .parent_span = caller->span,
            .span = span,
            .sampled = caller->sampled};
  }
  const auto percent = static_cast<std::uint64_t>(sampled_percent.load(std::memory_order_relaxed));
  return {
      .high = random[0], .low = random[1] | 1, .span = span, .sampled = random[0] % 100 < percent};
}

std::string TraceParent(const TraceId& trace) {
  std::string header = "00-00000000000000000000000000000000-0000000000000000-00";
  Write(trace.high, &header[3]);
  Write(trace.low, &header[19]);
  Write(trace.span, &header[36]);
  if (trace.sampled) header.back() = '1';
  return header;
}

}  // namespace rapport::telemetry
