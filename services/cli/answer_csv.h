// AnswerCsv: any answer as comma-separated values for a program: a list as a row an entry, a column
// for each value that any of them has, by its path; anything else as field,value. Values are whole
// and as in JSON: resource names, times in UTC. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include <ostream>

namespace rapport::cli {

void WriteAnswerCsv(const nlohmann::json& answer, std::ostream& out);

}  // namespace rapport::cli
