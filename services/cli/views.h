// Views: answers as tables. What a table shows is data (the list in views.cc), so that a new one is
// a few lines: which method, which list of the answer, which columns. Used by the methods'
// commands and by `show` in case files. Thread-safe: everything is constant.
#pragma once

#include "cli/people.h"

#include <google/protobuf/descriptor.h>
#include <nlohmann/json.hpp>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace rapport::cli {

// A column titled `name` holds whole resource names, for the next call; it is shown on demand only.
struct Column {
  std::string_view title;
  std::string_view
      path;  // within one entry; of a list of entries or texts: each, separated by commas
  // What every value begins with and nobody needs to read: "GOAL_STATE_".
  std::string_view prefix = {};
  // Where a list of entries is shown: the part of each.
  std::string_view part = {};
  // What is said after the part of each: "Mira endorses, Tom objects".
  std::string_view said = {};
  // An entry of which nothing is said is left out.
  bool said_only = false;
  // The parts are somebody's own words: each in quotation marks, apart by semicolons; an entry
  // without words says so.
  bool quoted = false;
};

struct Section {
  std::string_view list;  // path of the list in the answer; a single message is a list of one
  std::vector<Column> columns;
};

struct View {
  // The command, with the method's flags; no verb: the noun alone. Neither: only the method's own
  // command shows it.
  std::string_view noun, verb;
  std::string_view help;
  std::string_view method;  // "goals/ListGoals"
  std::vector<Section> sections;
};

const std::vector<View>& Views();
// Those of them that have no noun of their own: lists of records.
std::vector<View> RecordViews();

// The view of a method; null: it has none.
const View* ViewOf(std::string_view method);

struct ViewStyle {
  bool names = false;  // whole resource names too
  bool colour = false;
  std::string_view indent = {};  // before every line
  bool csv = false;              // comma-separated values, whole, an empty line between tables
  int width = 0;                 // columns that tables fit in; 0: any
};

// One table a section that has entries, or a line that there is none, and of what. Nothing is cut.
void PrintView(const View& view, const nlohmann::json& answer, const People& people,
               const ViewStyle& style, std::ostream& out);

// An answer that has no view: `field  value`, one a line, fields inside others by their path; below
// them each list as a table under its path, a list inside a list with its entry's values before its
// own; then, whole, what has several lines. `nothing`: what an empty one says.
void PrintAnswer(const nlohmann::json& answer, const People& people, const ViewStyle& style,
                 std::ostream& out, std::string_view nothing = "done");

// What an empty answer of `method` says: "no urgent tasks" of a list, "nothing to show" of what is
// read, "done" of what was done.
std::string NothingOf(const google::protobuf::MethodDescriptor& method);

}  // namespace rapport::cli
