// A stored signal as it is shown: at the time of the answer, with its etag. Used by the use cases.
#pragma once

#include "alliance/alliance_store.h"
#include "alliance/signal_rules.h"
#include "platform/records/service_deps.h"

#include <string_view>

namespace rapport::alliance {

inline v1::Signal ShowSignal(const records::ServiceDeps& deps, std::string_view agency,
                             const StoredSignal& stored) {
  v1::Signal signal = AsOf(stored.message.signal(), deps.clock.NowMicros());
  signal.set_etag(deps.etags.Show(agency, stored.record.id, stored.record.version));
  return signal;
}

}  // namespace rapport::alliance
