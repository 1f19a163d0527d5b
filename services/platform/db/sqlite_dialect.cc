#include "platform/db/sqlite_dialect.h"

#include <cctype>
#include <cstddef>
#include <utility>

namespace rapport::db {
namespace {

constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
    {"BIGINT", "INTEGER"}, {"BOOLEAN", "INTEGER"}, {"BYTEA", "BLOB"}};

bool IsWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The length of what starts at `text` and must not be read as SQL, or 0: a string, a quoted name, a
// comment. A quote inside a quoted text is doubled, which reads as two texts in a row.
std::size_t OpaqueLength(std::string_view text) {
  const char first = text.front();
  const std::string_view two = text.substr(0, 2);
  const bool quoted = first == '\'' || first == '"';
  if (!quoted && two != "--" && two != "/*") return 0;
  const std::string_view end = quoted ? text.substr(0, 1) : two == "--" ? "\n" : "*/";
  const std::size_t found = text.find(end, quoted ? 1 : 2);
  return found == std::string_view::npos ? text.size() : found + end.size();
}

// SQLite's own order of text is that of "C" already, and faster than a collation given to it.
constexpr std::string_view kByteOrder = "COLLATE \"C\"";

// Follows the statements by their first two words.
class StatementHead {
 public:
  void Word(std::string_view word) {
    if (++words_ <= 2) head_.append(word).push_back(' ');
  }
  // The statement ends here: what has to stand before its end.
  std::string_view End() {
    const bool table = head_ == "CREATE TABLE ";
    head_.clear();
    words_ = 0;
    return table ? " STRICT" : "";
  }

 private:
  std::string head_;
  int words_ = 0;
};

}  // namespace

std::string ToSqlite(std::string_view statements) {
  std::string out;
  out.reserve(statements.size() + 64);
  StatementHead head;
  for (std::size_t at = 0; at < statements.size();) {
    const std::string_view rest = statements.substr(at);
    std::size_t length = OpaqueLength(rest);
    std::string_view text = rest.substr(0, length);
    if (rest.substr(0, kByteOrder.size()) == kByteOrder) {
      length = kByteOrder.size();
    } else if (length == 0 && IsWord(rest.front())) {
      while (length < rest.size() && IsWord(rest[length])) ++length;
      text = rest.substr(0, length);
      head.Word(text);
      for (const auto& [common, sqlite] : kTypes) {
        if (text == common) text = sqlite;
      }
    } else if (length == 0) {
      length = 1;
      text = rest.substr(0, 1);
      if (text == ";") out += head.End();
    }
    out += text;
    at += length;
  }
  return out += head.End();
}

}  // namespace rapport::db
