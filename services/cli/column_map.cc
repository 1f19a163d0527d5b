#include "cli/column_map.h"

#include "platform/base/strings.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rapport::cli {

absl::Status NameColumns(std::string_view mapping, Csv& csv) {
  if (mapping.empty()) return absl::OkStatus();
  const auto wrong = [](std::initializer_list<std::string_view> what) {
    return absl::InvalidArgumentError(Absl(Concat(what)));
  };
  std::set<std::string> names;
  std::vector<std::pair<std::size_t, std::string>> renamed;
  for (const auto& one : absl::StrSplit(Absl(mapping), ',')) {
    const std::vector<std::string> sides = absl::StrSplit(one, '=');
    if (sides.size() != 2) {
      return wrong({"--columns: NAME=TITLE,... is expected, not '", Std(one), "'"});
    }
    const std::string name(absl::StripAsciiWhitespace(sides[0]));
    const std::string title(absl::StripAsciiWhitespace(sides[1]));
    const auto found = std::ranges::find(csv.header, title);
    if (found == csv.header.end()) {
      return wrong({"--columns: the file has no column '", title, "'"});
    }
    if (!names.insert(name).second) return wrong({"--columns: ", name, " is named twice"});
    renamed.emplace_back(found - csv.header.begin(), name);
  }
  // What the file calls by a name that is now another column's is not that.
  for (std::string& title : csv.header) {
    if (names.contains(title)) title.clear();
  }
  for (const auto& [column, name] : renamed) csv.header[column] = name;
  return absl::OkStatus();
}

}  // namespace rapport::cli
