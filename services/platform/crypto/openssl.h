// What every user of OpenSSL here needs: owners of its objects, casts of bytes, and one answer to
// calls that can't fail. Only this folder, runtime's check of
// certificates and services/admin include it.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace rapport::crypto {

template <auto kFree>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
template <typename T, auto kFree>
using Owned = std::unique_ptr<T, Deleter<kFree>>;

using PublicKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyPair = Owned<EVP_PKEY, EVP_PKEY_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using CipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;
using Bio = Owned<BIO, BIO_free_all>;

inline const unsigned char* Bytes(std::string_view s) {
  return reinterpret_cast<const unsigned char*>(s.data());
}
inline unsigned char* Bytes(std::string& s) { return reinterpret_cast<unsigned char*>(s.data()); }
inline int Size(std::string_view s) { return static_cast<int>(s.size()); }

// For calls on valid arguments, which fail only when memory or the crypto library is gone. Going on
// would store something unsealed or unsigned, so the process ends.
inline void Must(bool done) {
  if (!done) std::abort();
}
inline void Must(int result) { Must(result == 1); }

// After a call that failed because of its input. The library keeps errors per thread, and TLS on
// the same thread would take them for its own.
inline void ForgetErrors() { ERR_clear_error(); }

// What a memory BIO holds.
inline std::string Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace rapport::crypto
