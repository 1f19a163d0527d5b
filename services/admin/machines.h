// Machines: the life cycle of every resource that has one, each as the table that its service goes
// by. For the command that prints them and for tests. Constants only.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace rapport::admin {

struct Machine {
  std::string_view name;  // "case", "session"
  std::string (*dot)();   // in Graphviz's language, one edge a row of the table
};

// In the order a family meets them.
std::span<const Machine> Machines();

}  // namespace rapport::admin
