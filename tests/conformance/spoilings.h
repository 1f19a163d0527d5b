// What may be wrong with a value of a request, by what its field is: texts, names, numbers, enums,
// times, lists. The same for every method.
#pragma once

#include "conformance/request_builder.h"

#include <functional>
#include <string>
#include <vector>

namespace rapport::conformance {

// One way to spoil a value.
struct Spoiling {
  std::string what;
  bool never_allowed = false;  // else the rules of the use case decide
  std::function<void(const Place&)> apply;
  std::string text;  // what a text becomes; empty: it is no text
};

// Of the value at `place`, or of the list as a whole.
std::vector<Spoiling> SpoilingsOf(const Place& place);

}  // namespace rapport::conformance
