#include "platform/runtime/process_metrics.h"

#include "platform/base/clock.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <system_error>

namespace rapport::runtime {
namespace {

using telemetry::Metric;
using telemetry::Observe;

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double CpuSeconds() {
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) != 0) return kUnknown;
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  double total_pages = 0, resident_pages = 0;
  if (!(file >> total_pages >> resident_pages)) return kUnknown;
  return resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double OpenFiles() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (error) return kUnknown;
  // One of them is the directory being read.
  return static_cast<double>(std::distance(begin(files), end(files)) - 1);
}

}  // namespace

std::array<telemetry::Observation, 4> ObserveProcess() {
  const double started = 1e-6 * static_cast<double>(RealMicros());
  return {Observe(Metric::kProcessCpu, &CpuSeconds),
          Observe(Metric::kProcessMemory, &ResidentBytes),
          Observe(Metric::kProcessFiles, &OpenFiles),
          Observe(Metric::kProcessStart, [started] { return started; })};
}

}  // namespace rapport::runtime
