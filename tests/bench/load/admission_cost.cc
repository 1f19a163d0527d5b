// admission_cost: what admission adds to a call, by 1 and by 2 threads: nanoseconds of each thread.
#include "platform/rpc/admission.h"

#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

namespace {

using rapport::rpc::Admission;
using Clock = std::chrono::steady_clock;

constexpr int kCalls = 2'000'000, kInFlight = 16;

void Calls(Admission& admission) {
  std::vector<Admission::Ticket> tickets(kInFlight);
  for (int i = 0; i < kCalls; ++i) {
    Admission::Ticket& ticket = tickets[static_cast<std::size_t>(i % kInFlight)];
    admission.Leave(ticket);
    if (!admission.Enter(ticket, 2 + i % 2, Clock::now())) continue;
    admission.EnterAgency(ticket, "harbour-house-agency");
  }
  for (auto& ticket : tickets) admission.Leave(ticket);
}

}  // namespace

int main() {
  for (const int count : {1, 2}) {
    Admission admission(4'096);
    const auto began = Clock::now();
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([&] { Calls(admission); });
    for (auto& thread : threads) thread.join();
    const std::chrono::duration<double, std::nano> took = Clock::now() - began;
    std::printf("%d thread%s: %.0f ns a call, its clock included\n", count, count > 1 ? "s" : "",
                took.count() / kCalls);
  }
  return 0;
}
