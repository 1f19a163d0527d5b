#include "unit/rules/sql_rules.h"

#include <algorithm>
#include <cctype>
#include <regex>
#include <set>

namespace rapport::sql {
namespace {

struct Token {
  enum class Kind { kWord, kNumber, kParameter, kText, kName, kSymbol } kind;
  std::string text;
};
using Tokens = std::vector<Token>;
using Findings = std::vector<Finding>;

const std::set<std::string> kKeywords{
    "ADD",       "ALL",    "ALTER",   "AND",    "AS",    "ASC",      "BETWEEN", "BIGINT",
    "BOOLEAN",   "BY",     "BYTEA",   "CASE",   "CAST",  "CHECK",    "COLLATE", "COLUMN",
    "CONFLICT",  "CREATE", "DEFAULT", "DELETE", "DESC",  "DISTINCT", "DO",      "DROP",
    "ELSE",      "END",    "EXCEPT",  "EXISTS", "FALSE", "FIRST",    "FOREIGN", "FROM",
    "GROUP",     "HAVING", "IF",      "IN",     "INDEX", "INNER",    "INSERT",  "INTERSECT",
    "INTO",      "IS",     "JOIN",    "KEY",    "LAST",  "LEFT",     "LIMIT",   "NOT",
    "NOTHING",   "NULL",   "NULLS",   "ON",     "OR",    "ORDER",    "PRIMARY", "REFERENCES",
    "RETURNING", "SELECT", "SET",     "TABLE",  "TEXT",  "THEN",     "TRUE",    "UNION",
    "UNIQUE",    "UPDATE", "USING",   "VALUES", "WHEN",  "WHERE",    "WITH"};
// Not ours, and never a column's name: found in any case. (KEY, FIRST, LAST and the like may be.)
const std::set<std::string> kNeverNames{"for",    "ilike", "like",    "offset",  "any",
                                        "pragma", "glob",  "trigger", "lateral", "array"};
const std::set<std::string> kFunctions{"abs", "coalesce", "count", "max", "min"};
const std::set<std::string> kSymbols{"(", ")",  ",",  ".", ";", "=", "<>", "<",
                                     ">", "<=", ">=", "+", "-", "*", "||"};
const std::set<std::string> kTypes{"TEXT", "BIGINT", "BOOLEAN", "BYTEA"};
// About the file, not about an agency.
const std::set<std::string> kTablesOfNobody{"schema_version"};

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}
std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

Tokens Tokenize(std::string_view text) {
  static const std::regex kToken(
      "\\s+|--[^\\n]*|/\\*[^*]*\\*/"                 // skipped
      "|('(?:[^']|'')*')|(\"[^\"]*\")|(\\$[0-9]+)"   // 1 text, 2 name, 3 parameter
      "|([A-Za-z_][A-Za-z0-9_]*)|([0-9]+)"           // 4 word, 5 number
      "|(::|->>|->|<>|<=|>=|==|!=|\\|\\||[^\\s])");  // 6 symbol
  constexpr Token::Kind kKinds[] = {Token::Kind::kText,      Token::Kind::kName,
                                    Token::Kind::kParameter, Token::Kind::kWord,
                                    Token::Kind::kNumber,    Token::Kind::kSymbol};
  Tokens tokens;
  const std::string all(text);
  for (std::sregex_iterator it(all.begin(), all.end(), kToken), end; it != end; ++it) {
    for (std::size_t group = 1; group <= 6; ++group) {
      if ((*it)[group].matched) tokens.push_back({kKinds[group - 1], it->str()});
    }
  }
  return tokens;
}

std::vector<Tokens> Statements(const Tokens& tokens) {
  std::vector<Tokens> statements(1);
  for (const Token& token : tokens) {
    if (token.text == ";") {
      statements.emplace_back();
    } else {
      statements.back().push_back(token);
    }
  }
  std::erase_if(statements, [](const Tokens& s) { return s.empty(); });
  return statements;
}

// One statement and where its words are.
class Statement {
 public:
  explicit Statement(Tokens tokens) : tokens_(std::move(tokens)) {}

  std::size_t size() const { return tokens_.size(); }
  const Token& operator[](std::size_t i) const { return tokens_[i]; }
  std::string At(std::size_t i) const { return i < tokens_.size() ? tokens_[i].text : ""; }
  bool IsWord(std::size_t i) const {
    return i < tokens_.size() && tokens_[i].kind == Token::Kind::kWord;
  }
  // Whether `words` stand in a row at `i`; "$" is any parameter, "*" anything.
  bool Match(std::size_t i, std::initializer_list<std::string_view> words) const {
    for (const std::string_view word : words) {
      if (i >= tokens_.size()) return false;
      const bool parameter = word == "$" && tokens_[i].kind == Token::Kind::kParameter;
      if (!parameter && word != "*" && tokens_[i].text != word) return false;
      ++i;
    }
    return true;
  }
  // Where they first stand in a row, or size().
  std::size_t Find(std::initializer_list<std::string_view> words) const {
    for (std::size_t i = 0; i < size(); ++i) {
      if (Match(i, words)) return i;
    }
    return size();
  }
  bool Has(std::initializer_list<std::string_view> words) const { return Find(words) < size(); }

 private:
  Tokens tokens_;
};

void CheckWords(const Statement& statement, Findings& findings) {
  for (std::size_t i = 0; i < statement.size(); ++i) {
    if (!statement.IsWord(i)) continue;
    const std::string word = statement.At(i);
    const std::string upper = Upper(word), lower = Lower(word);
    const bool called = statement.At(i + 1) == "(";
    if (word == upper && kKeywords.count(word) != 0) continue;
    if (word == upper || kNeverNames.count(lower) != 0) {
      findings.push_back({called ? "function" : "keyword", word});
      continue;
    }
    // A name before a parenthesis is a function, but where a list of columns follows a table.
    const std::string before = i > 0 ? statement.At(i - 1) : "";
    const bool table = before == "INTO" || before == "TABLE" || before == "ON" ||
                       before == "REFERENCES" || before == "WITH" || before == "EXISTS";
    if (called && !table && kFunctions.count(word) == 0) findings.push_back({"function", word});
    static const std::set<std::string> kMayBeNames{"KEY", "FIRST", "LAST", "TEXT", "DO", "INDEX"};
    if (kKeywords.count(upper) != 0 && kMayBeNames.count(upper) == 0) {
      findings.push_back({"upper-case", word});
    }
  }
}

void CheckSymbols(const Statement& statement, Place place, Findings& findings) {
  std::set<int> parameters;
  for (std::size_t i = 0; i < statement.size(); ++i) {
    const Token& token = statement[i];
    if (token.kind == Token::Kind::kSymbol && kSymbols.count(token.text) == 0) {
      findings.push_back({"symbol", token.text});
    }
    if (token.kind == Token::Kind::kParameter) parameters.insert(std::stoi(token.text.substr(1)));
    const bool order = i > 0 && statement.At(i - 1) == "COLLATE";
    if (token.kind == Token::Kind::kName && !(order && token.text == "\"C\"")) {
      findings.push_back({"quoted name", token.text});
    }
    if (token.text == "COLLATE" && (place == Place::kService || statement.At(i + 1) != "\"C\"")) {
      findings.push_back({"collation", "belongs to the column and is \"C\""});
    }
  }
  if (!parameters.empty() &&
      (*parameters.begin() != 1 || *parameters.rbegin() != static_cast<int>(parameters.size()))) {
    findings.push_back({"parameters", "are not $1 to $n"});
  }
  if (place == Place::kMigration && !parameters.empty()) {
    findings.push_back({"parameters", "in a migration"});
  }
}

void CheckForms(const Statement& statement, Findings& findings) {
  for (const char* verb : {"INSERT", "UPDATE", "DELETE"}) {
    if (statement.Has({"(", verb})) findings.push_back({"changing subquery", verb});
  }
  if (statement.Has({"AS", "BYTEA"})) findings.push_back({"cast", "to BYTEA"});
  if (statement.Has({"$", "IS"}))
    findings.push_back({"parameter type", "a bare parameter IS NULL"});
  if (statement.Has({"COLUMN", "IF"})) findings.push_back({"keyword", "ADD COLUMN IF NOT EXISTS"});
  const std::size_t conflict = statement.Find({"ON", "CONFLICT"});
  if (statement.Has({"ON", "CONFLICT"})) {
    if (!statement.Match(conflict + 2, {"(", "agency_id"}) && !statement.Has({"schema_version"})) {
      findings.push_back({"tenant", "ON CONFLICT names no key that begins with agency_id"});
    }
    const std::size_t select = statement.Find({"SELECT"});
    if (select < conflict && statement.Find({"WHERE"}) > conflict) {
      findings.push_back({"insert from select", "ON CONFLICT needs WHERE TRUE before it"});
    }
  }
}

bool IsOfNobody(const Statement& statement) {
  for (std::size_t i = 0; i < statement.size(); ++i) {
    if (kTablesOfNobody.count(statement.At(i)) != 0) return true;
  }
  return false;
}

void CheckTenant(const Statement& statement, Findings& findings) {
  if (IsOfNobody(statement)) return;
  if (statement.At(0) == "INSERT" &&
      !statement.Match(0, {"INSERT", "INTO", "*", "(", "agency_id"})) {
    findings.push_back({"tenant", "agency_id is not the first column"});
  }
  if ((statement.At(0) != "INSERT" || statement.Has({"SELECT"})) &&
      !statement.Has({"agency_id", "=", "$"})) {
    findings.push_back({"tenant", "no agency_id = $n"});
  }
}

// The items of the list that opens at `open`, split at its commas.
std::vector<Statement> ItemsAt(const Statement& statement, std::size_t open) {
  std::vector<Tokens> items(1);
  int depth = 0;
  for (std::size_t i = open; i < statement.size(); ++i) {
    const std::string text = statement.At(i);
    depth += text == "(" ? 1 : text == ")" ? -1 : 0;
    if (depth == 0) break;
    if (i == open) continue;
    if (depth == 1 && text == ",") {
      items.emplace_back();
    } else {
      items.back().push_back(statement[i]);
    }
  }
  return {items.begin(), items.end()};
}

void CheckColumn(const Statement& column, Findings& findings) {
  const std::string name = column.At(0);
  if (kTypes.count(column.At(1)) == 0) findings.push_back({"type", name + " " + column.At(1)});
  if (!column.Has({"NOT", "NULL"})) findings.push_back({"not null", name});
  for (const char* inlined : {"PRIMARY", "UNIQUE", "REFERENCES"}) {
    if (column.Has({inlined})) findings.push_back({"tenant", name + ": a key of one column"});
  }
}

void CheckTable(const Statement& statement, Findings& findings) {
  const std::size_t open = statement.Find({"("});
  const bool nobody = IsOfNobody(statement);
  std::string key_columns;
  std::vector<std::pair<std::string, bool>> columns;  // name, TEXT without an order
  for (const Statement& item : ItemsAt(statement, open)) {
    if (item.At(0) == "CHECK") continue;
    if (item.At(0) == "PRIMARY" || item.At(0) == "UNIQUE" || item.At(0) == "FOREIGN") {
      const std::size_t list = item.Find({"("});
      if (item.At(list + 1) != "agency_id" && !nobody) {
        findings.push_back({"tenant", item.At(0) + " key does not begin with agency_id"});
      }
      for (std::size_t i = list; item.At(0) == "PRIMARY" && i < item.size(); ++i) {
        key_columns += " " + item.At(i) + " ";
      }
      continue;
    }
    CheckColumn(item, findings);
    columns.emplace_back(item.At(0), item.At(1) == "TEXT" && !item.Has({"COLLATE"}));
  }
  if (key_columns.empty()) findings.push_back({"tenant", "no primary key"});
  for (const auto& [name, unordered] : columns) {
    if (unordered && key_columns.find(" " + name + " ") != std::string::npos) {
      findings.push_back({"collation", name + " is a key: TEXT COLLATE \"C\""});
    }
  }
}

void CheckSchema(const Statement& statement, Findings& findings) {
  if (statement.Match(0, {"CREATE", "TABLE"})) {
    CheckTable(statement, findings);
  } else if (statement.Match(0, {"CREATE", "INDEX"}) ||
             statement.Match(0, {"CREATE", "UNIQUE", "INDEX"})) {
    if (!statement.Has({"(", "agency_id"})) {
      findings.push_back({"tenant", "index does not begin with agency_id"});
    }
  } else if (statement.Match(0, {"ALTER", "TABLE", "*", "ADD", "COLUMN"})) {
    Tokens column;
    for (std::size_t i = 5; i < statement.size(); ++i) column.push_back(statement[i]);
    CheckColumn(Statement(column), findings);
    if (!statement.Has({"DEFAULT"})) findings.push_back({"not null", "a new column has a DEFAULT"});
  } else if (!statement.Match(0, {"DROP", "TABLE"}) && !statement.Match(0, {"DROP", "INDEX"}) &&
             !statement.Match(0, {"INSERT"}) && !statement.Match(0, {"UPDATE"}) &&
             !statement.Match(0, {"DELETE"})) {
    findings.push_back({"statement", statement.At(0) + " " + statement.At(1)});
  }
}

// What only the driver says, to its engine.
bool IsOfTheEngine(const Statement& statement) {
  static const std::set<std::string> kStarts{"BEGIN",   "COMMIT",   "PRAGMA",
                                             "RELEASE", "ROLLBACK", "SAVEPOINT"};
  return kStarts.count(statement.At(0)) != 0;
}

bool IsSchema(const Statement& statement) {
  return statement.At(0) == "CREATE" || statement.At(0) == "ALTER" || statement.At(0) == "DROP";
}

}  // namespace

bool LooksLikeSql(std::string_view text) {
  static const std::regex kStart(
      "\\s*(SELECT\\s|INSERT\\s+(OR\\s|INTO\\s)|REPLACE\\s+INTO|UPDATE\\s+\\w+\\s+SET\\s|"
      "DELETE\\s+FROM\\s|WITH\\s+\\w+\\s|CREATE\\s+\\w+\\s+\\w|ALTER\\s+TABLE|DROP\\s+(TABLE|INDEX)"
      "|"
      "TRUNCATE\\s|"
      "MERGE\\s+INTO|LOCK\\s+TABLE|PRAGMA\\s|VACUUM\\b|ATTACH\\s|EXPLAIN\\s|BEGIN$|BEGIN\\s+"
      "(IMMEDIATE|TRANSACTION|ISOLATION)|COMMIT$|ROLLBACK$|ROLLBACK\\s+TO|SAVEPOINT\\s|"
      "select\\s+\\S+\\s+from\\s|insert\\s+into\\s|update\\s+\\w+\\s+set\\s+\\w+\\s*=|"
      "delete\\s+from\\s+\\w+\\s+where\\s|create\\s+table\\s)[\\s\\S]*");
  return std::regex_match(text.begin(), text.end(), kStart);
}

std::vector<Finding> Check(std::string_view text, Place place) {
  Findings findings;
  for (Tokens& tokens : Statements(Tokenize(text))) {
    const Statement statement(std::move(tokens));
    if (place == Place::kDriver && IsOfTheEngine(statement)) continue;
    const bool schema = place == Place::kMigration || IsSchema(statement);
    CheckWords(statement, findings);
    CheckSymbols(statement, schema ? Place::kMigration : place, findings);
    CheckForms(statement, findings);
    if (schema) {
      CheckSchema(statement, findings);
    } else {
      CheckTenant(statement, findings);
    }
  }
  return findings;
}

std::string Flat(std::string_view text) {
  std::string flat;
  for (const char c : text) {
    const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!blank) flat += c;
    if (blank && !flat.empty() && flat.back() != ' ') flat += ' ';
  }
  return flat;
}

}  // namespace rapport::sql
