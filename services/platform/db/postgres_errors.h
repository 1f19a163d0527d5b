// What PostgreSQL's error codes mean to those who write transactions. Nothing of a server's message
// goes further than its five-character SQLSTATE (messages and details may hold values), but for
// mistakes in a statement, whose messages name tables and columns. Used by the driver only. Pure.
#pragma once

#include <absl/status/status.h>

#include <string_view>

namespace rapport::db {

// The code of a connection that ended without an answer; no server sends it.
inline constexpr std::string_view kConnectionLost = "08006";

// ALREADY_EXISTS: a unique key is taken. DEADLINE_EXCEEDED: statement_timeout or lock_timeout.
// DATA_LOSS: damaged pages. UNAVAILABLE: connection, resources, shutdown, a standby. INTERNAL: a
// mistake of ours, a row that the agency's policy refuses among them.
absl::Status StatusOfState(std::string_view state, std::string_view message);

// Nothing of the transaction stays, and the same again may succeed: it could not be put in an order
// with others (40001), or waited for one that waited for it (40P01).
bool IsOrderFailure(std::string_view state);

// A COMMIT that fails with it was undone for certain. Every other failure of a COMMIT, 40003 above
// all, says nothing about what became of it.
bool IsUndoneAtCommit(std::string_view state);

}  // namespace rapport::db
