#include "platform/crypto/invitation_code.h"

#include "platform/base/strings.h"
#include "platform/crypto/digest.h"
#include "platform/crypto/random.h"

#include <absl/strings/ascii.h>

namespace rapport::crypto {
namespace {

// Crockford's: no I, L, O and U.
constexpr char kLetters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kRandom = 10, kCheck = 2, kAll = kRandom + kCheck;
// An agency's name has 63 characters at most; the rest are blanks and dashes.
constexpr std::size_t kMostTyped = 120;

// Letters and digits alone, in capitals.
std::string Plain(std::string_view typed) {
  std::string plain;
  for (const char c : typed) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c))) continue;
    plain += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  return plain;
}

// As it is written, where letters that look alike were typed.
char Meant(char c) { return c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c; }

// The letters that `random` ends with in a code of this agency's.
std::string CheckOf(const SuiteSecret& secret, std::string_view agency, std::string_view random) {
  const Secret key =
      Hkdf(secret.Key(SuiteKey::kInvitation, agency).view(), "invitation code check");
  const std::string mac = HmacSha256(key.view(), {random});
  std::string check;
  for (std::size_t i = 0; i < kCheck; ++i)
    check += kLetters[static_cast<unsigned char>(mac[i]) % 32];
  return check;
}

}  // namespace

std::string NewInvitationCode(const SuiteSecret& secret, std::string_view agency) {
  unsigned char bytes[kRandom];
  RandomBytes(bytes, sizeof bytes);
  std::string letters;
  for (const unsigned char byte : bytes) letters += kLetters[byte % 32];
  letters += CheckOf(secret, agency, letters);
  std::string code(agency);
  for (std::size_t i = 0; i < kAll; ++i) {
    if (i % 4 == 0) code += '-';
    code += letters[i];
  }
  return code;
}

std::string LettersOfCode(std::string_view typed) {
  if (typed.size() > kMostTyped) return {};
  const std::string plain = Plain(typed);
  if (plain.size() < kAll) return {};
  std::string letters = plain.substr(plain.size() - kAll);
  for (char& c : letters) c = Meant(c);
  return letters.find('U') == std::string::npos ? letters : std::string();
}

std::optional<std::string> AgencyOfCode(const SuiteSecret& secret, const Agencies& agencies,
                                        std::string_view typed) {
  const std::string letters = LettersOfCode(typed);
  if (letters.empty()) return std::nullopt;
  const std::string plain = Plain(typed), name = plain.substr(0, plain.size() - kAll);
  // Two names may be one without their dashes; the check is of one of them.
  for (const Agency& agency : agencies.all()) {
    if (agency.state != Agency::State::kActive || Plain(agency.id) != name) continue;
    const std::string check = CheckOf(secret, agency.id, letters.substr(0, kRandom));
    if (ConstantTimeEqual(check, std::string_view(letters).substr(kRandom))) return agency.id;
  }
  return std::nullopt;
}

}  // namespace rapport::crypto
