// The string literals of a C++ source, as the compiler would join them. For tests that read
// sources.
#pragma once

#include <cctype>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rapport {

struct SourceString {
  std::string text;
  int line = 0;  // where it begins
};

namespace source_strings_internal {

struct Token {
  enum class Kind { kWord, kString, kOther } kind;
  std::string text;
  int line;
};

// Splits a source into words, strings and single characters; comments and blanks are gone.
class Scanner {
 public:
  explicit Scanner(std::string_view source) : rest_(source) {}

  std::vector<Token> Tokens() {
    std::vector<Token> tokens;
    while (!rest_.empty()) {
      const int line = line_;
      if (std::isspace(Front()) != 0 || rest_.front() == '\\') {
        Take(1);
      } else if (rest_.starts_with("//")) {
        Take(std::min(rest_.find('\n'), rest_.size()));
      } else if (rest_.starts_with("/*")) {
        Take(std::min(rest_.find("*/", 2), rest_.size() - 2) + 2);
      } else if (rest_.starts_with("R\"")) {
        tokens.push_back({Token::Kind::kString, RawString(), line});
      } else if (rest_.front() == '"') {
        tokens.push_back({Token::Kind::kString, Quoted('"'), line});
      } else if (rest_.front() == '\'') {
        Quoted('\'');
      } else if (std::isalnum(Front()) != 0 || rest_.front() == '_') {
        tokens.push_back({Token::Kind::kWord, Word(), line});
      } else {
        tokens.push_back({Token::Kind::kOther, std::string(Take(1)), line});
      }
    }
    return tokens;
  }

 private:
  int Front() const { return static_cast<unsigned char>(rest_.front()); }
  std::string_view Take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    for (const char c : taken) line_ += c == '\n' ? 1 : 0;
    rest_.remove_prefix(taken.size());
    return taken;
  }
  std::string Word() {
    std::size_t size = 1;
    // A digit separator is part of a number, not a quote.
    while (size < rest_.size() &&
           (std::isalnum(static_cast<unsigned char>(rest_[size])) != 0 || rest_[size] == '_' ||
            (rest_[size] == '\'' && std::isdigit(Front()) != 0))) {
      ++size;
    }
    return std::string(Take(size));
  }
  std::string RawString() {
    const std::size_t open = rest_.find('(');
    const std::string end = ")" + std::string(rest_.substr(2, open - 2)) + "\"";
    const std::size_t close = std::min(rest_.find(end, open), rest_.size());
    std::string text(rest_.substr(open + 1, close - open - 1));
    Take(close + end.size());
    return text;
  }
  std::string Quoted(char quote) {
    std::string text;
    Take(1);
    while (!rest_.empty() && rest_.front() != quote) {
      if (rest_.front() == '\\' && rest_.size() > 1) {
        const char escaped = Take(2)[1];
        text += escaped == 'n' || escaped == '\n' ? ' ' : escaped;
      } else {
        text += Take(1);
      }
    }
    Take(1);
    return text;
  }

  std::string_view rest_;
  int line_ = 1;
};

}  // namespace source_strings_internal

// Neighbouring literals are one, also across a macro that the same source defines as one.
inline std::vector<SourceString> StringsOf(std::string_view source) {
  using source_strings_internal::Token;
  const std::vector<Token> tokens = source_strings_internal::Scanner(source).Tokens();
  std::map<std::string, std::string> macros;
  std::vector<SourceString> strings;
  const std::string* defining = nullptr;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (i >= 2 && tokens[i - 1].text == "define" && tokens[i - 2].text == "#") {
      defining = &token.text;
      continue;
    }
    std::string text;
    const int line = token.line;
    bool found = false;
    for (; i < tokens.size(); ++i) {
      const auto macro = macros.find(tokens[i].text);
      if (tokens[i].kind == Token::Kind::kString) {
        text += tokens[i].text;
      } else if (tokens[i].kind == Token::Kind::kWord && macro != macros.end()) {
        text += macro->second;
      } else {
        break;
      }
      found = true;
    }
    if (!found) {
      defining = nullptr;
      continue;
    }
    --i;
    if (defining != nullptr) {
      macros[*std::exchange(defining, nullptr)] = text;
    } else {
      strings.push_back({text, line});
    }
  }
  return strings;
}

}  // namespace rapport
