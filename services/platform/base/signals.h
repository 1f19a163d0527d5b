// BlockSignals: for threads of the process's own: no signal is their business, and libraries that
// write to sockets without MSG_NOSIGNAL get an error instead of ending the process.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace rapport {

inline void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace rapport
