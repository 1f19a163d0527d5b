// The statements over records, and the table of each class. Records of a class that the law keeps
// apart (psychotherapy notes, substance-use counselling notes) are written once and never changed:
// they have no history and no list over the agency. Between reading.cc and apply.cc only.
// Constants.
#pragma once

#include "platform/crypto/key_ring.h"

namespace rapport::records {

// What is done to the records of one class. Selects give the columns of `ReadRow`, in its order.
struct Table {
  const char* insert;
  const char* select_one;
  // In one family. $4 to $7 are the bounds of (sort_us, id), both exclusive; a flag of 0 switches
  // the condition beside it off.
  const char* list;
  const char* list_newest;
};
const Table& TableOf(crypto::KeyClass key_class);

// Of class kRecord alone.
extern const char kSelectFamily[], kSelectHistory[];
// Lists over the agency, bounds as above.
extern const char kListState[], kListStateNewest[];
extern const char kFirstState[], kNextState[];

}  // namespace rapport::records
