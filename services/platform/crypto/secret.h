// Secret: 32 bytes that are wiped when they go. Moved, never copied, never printed.
#pragma once

#include <openssl/crypto.h>

#include <array>
#include <cstddef>
#include <string_view>

namespace rapport::crypto {

class Secret {
 public:
  static constexpr std::size_t kBytes = 32;

  Secret() = default;  // All zero.
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { other.Wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      other.Wipe();
    }
    return *this;
  }
  Secret(const Secret&) = delete;
  ~Secret() { Wipe(); }

  unsigned char* data() { return bytes_.data(); }
  const unsigned char* data() const { return bytes_.data(); }
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }

 private:
  void Wipe() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

  std::array<unsigned char, kBytes> bytes_{};
};

}  // namespace rapport::crypto
