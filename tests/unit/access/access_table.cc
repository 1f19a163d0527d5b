#include "unit/access/access_table.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

namespace rapport::access {
namespace {

using Cells = std::vector<std::string>;

const Cells kColumns = {"RPC",    "team",   "treats", "supervises", "author",
                        "intake", "agency", "member", "invited",    "mesh"};
constexpr int kWaysOfStaff = 6;
const Cells kAloneColumns = {"RPC", "mesh"};

std::string Trimmed(const std::string& text) {
  const auto from = text.find_first_not_of(' ');
  if (from == std::string::npos) return {};
  return text.substr(from, text.find_last_not_of(' ') - from + 1);
}

// "| a | b |" as {"a", "b"}.
Cells CellsOf(const std::string& line) {
  Cells cells;
  for (std::size_t from = 1; from < line.size();) {
    const std::size_t to = std::min(line.find('|', from), line.size());
    cells.push_back(Trimmed(line.substr(from, to - from)));
    from = to + 1;
  }
  return cells;
}

Cells WordsOf(const std::string& cell) {
  std::istringstream stream(cell);
  return Cells(std::istream_iterator<std::string>(stream), {});
}

class Reader {
 public:
  void Line(const std::string& line) {
    ++number_;
    if (line.starts_with("## ")) {
      service_ = line.substr(3);
      columns_ = nullptr;
    } else if (line.starts_with("|")) {
      Row(CellsOf(line));
    }
  }

  AccessTable Take() { return std::move(table_); }

 private:
  void Row(const Cells& cells) {
    if (cells == kColumns || cells == kAloneColumns) {
      columns_ = cells == kColumns ? &kColumns : &kAloneColumns;
      return;
    }
    // The table that explains the columns, and the line under a heading.
    if (columns_ == nullptr || cells[0].starts_with("---")) return;
    if (cells.size() != columns_->size()) return Fault("another number of cells than columns");
    const bool alone = columns_ == &kAloneColumns;
    const std::string name = alone ? cells[0] : service_ + "/" + cells[0];
    Expectation row;
    row.services_alone = alone;
    if (alone) {
      Mesh(cells[1], row);
    } else {
      for (int way = 0; way < kWaysOfStaff; ++way)
        Roles(static_cast<Way>(way), cells[way + 1], row);
      row.member_named = Person(Way::kMember, "member", cells[7], row);
      row.invited_named = Person(Way::kInvited, "invitation", cells[8], row);
      Mesh(cells[9], row);
    }
    if (!table_.rows.emplace(name, std::move(row)).second) Fault("a second row of " + name);
  }

  void Roles(Way way, const std::string& cell, Expectation& row) {
    for (const std::string& word : WordsOf(cell)) {
      if (way == Way::kAgency && word == "token") {
        row.any_token = true;
      } else {
        row.roles[way].insert(word);
      }
    }
  }

  // Whether the request must name them.
  bool Person(Way way, const char* role, const std::string& cell, Expectation& row) {
    if (cell.empty()) return false;
    if (cell != "any" && cell != "named") Fault("'" + cell + "' is neither 'any' nor 'named'");
    row.roles[way].insert(role);
    return cell == "named";
  }

  void Mesh(const std::string& cell, Expectation& row) {
    for (const std::string& word : WordsOf(cell)) {
      if (word.starts_with("consent:")) {
        row.consent = word.substr(8);
      } else if (word.starts_with("scope:")) {
        row.scope = word.substr(6);
      } else if (word == "emergency") {
        row.in_emergency = true;
      } else {
        row.mesh.insert(word);
      }
    }
  }

  void Fault(const std::string& what) {
    table_.faults.push_back("line " + std::to_string(number_) + ": " + what);
  }

  AccessTable table_;
  std::string service_;
  const Cells* columns_ = nullptr;
  int number_ = 0;
};

}  // namespace

AccessTable ReadAccessTable(const std::string& path) {
  std::ifstream file(path);
  Reader reader;
  for (std::string line; std::getline(file, line);) reader.Line(line);
  return reader.Take();
}

}  // namespace rapport::access
