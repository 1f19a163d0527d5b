// The wire side of alliance: which method is served by which use case.
#pragma once

#include "alliance/agency_reports.h"
#include "alliance/alliance_service.h"
#include "alliance/signal_watch.h"
#include "platform/rpc/method.h"

namespace rapport::alliance {

// All must outlive it.
rpc::BoundService MakeAllianceRpc(AllianceService& service, SignalWatch& watch,
                                  AgencyReports& reports);

}  // namespace rapport::alliance
