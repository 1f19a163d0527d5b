// libpq, loaded when a PostgreSQL is first asked for: with it come twenty libraries (Kerberos,
// LDAP, GnuTLS), 3 MiB and some milliseconds of start-up, which a service on a file has no need of.
// Shared, so that security updates reach us. Used by the driver in this folder only. Thread-safe.
#pragma once

#include <absl/status/status.h>
#include <libpq-fe.h>

namespace rapport::db {

// The functions of libpq that the driver calls.
#define RAPPORT_LIBPQ(each)                                                                        \
  each(PQclear) each(PQcmdStatus) each(PQcmdTuples) each(PQconnectPoll) each(PQconnectStartParams) \
      each(PQconninfoFree) each(PQconninfoParse) each(PQconsumeInput) each(PQerrorMessage)         \
          each(PQescapeLiteral) each(PQfinish) each(PQflush) each(PQfreemem) each(PQftype)         \
              each(PQgetlength) each(PQgetResult) each(PQgetvalue) each(PQisBusy) each(PQnparams)  \
                  each(PQntuples) each(PQparamtype) each(PQresultErrorField) each(PQresultStatus)  \
                      each(PQsendDescribePrepared) each(PQsendPrepare) each(PQsendQuery)           \
                          each(PQsendQueryPrepared) each(PQsetnonblocking)                         \
                              each(PQsetNoticeReceiver) each(PQsocket) each(PQstatus)              \
                                  each(PQtransactionStatus)

struct PostgresLibrary {
#define RAPPORT_LIBPQ_MEMBER(name) decltype(&::name) name = nullptr;
  RAPPORT_LIBPQ(RAPPORT_LIBPQ_MEMBER)
#undef RAPPORT_LIBPQ_MEMBER
};

// Before the first call of a function: UNAVAILABLE when this machine has no libpq.
absl::Status LoadPostgresLibrary();
// What was loaded.
const PostgresLibrary& Pq();

}  // namespace rapport::db
