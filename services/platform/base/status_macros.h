// RETURN_IF_ERROR and ASSIGN_OR_RETURN for functions, CO_ twins for coroutines.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <utility>

#define RAPPORT_JOIN_(a, b) a##b
#define RAPPORT_JOIN(a, b) RAPPORT_JOIN_(a, b)

#define RETURN_IF_ERROR(expression) \
  if (absl::Status status_ = (expression); !status_.ok()) return status_
#define CO_RETURN_IF_ERROR(expression) \
  if (absl::Status status_ = (expression); !status_.ok()) co_return status_

#define RAPPORT_ASSIGN_(temporary, target, expression, leave) \
  auto temporary = (expression);                              \
  if (!temporary.ok()) leave temporary.status();              \
  target = *std::move(temporary)
#define ASSIGN_OR_RETURN(target, expression) \
  RAPPORT_ASSIGN_(RAPPORT_JOIN(result_, __LINE__), target, expression, return)
#define CO_ASSIGN_OR_RETURN(target, expression) \
  RAPPORT_ASSIGN_(RAPPORT_JOIN(result_, __LINE__), target, expression, co_return)
