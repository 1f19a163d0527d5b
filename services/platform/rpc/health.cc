#include "platform/rpc/health.h"

#include "platform/runtime/telemetry/metrics.h"

#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>

namespace rapport::rpc {

using grpc::health::v1::HealthCheckRequest;

// One Check, from before it arrives until its answer was sent.
struct Health::Check {
  explicit Check(Health& health) : owner(health) {
    owner.api_.RequestCheck(&grpc, &request, &answer, owner.queue_->calls(), owner.queue_->calls(),
                            &arrived);
  }

  void OnArrived(bool ok) {
    if (!ok) {  // The listener closes.
      delete this;
      return;
    }
    new Check(owner);
    telemetry::CountSeries(telemetry::Metric::kOtherCalls, "health_check");
    const auto status = owner.StatusOf(request.service());
    if (status == Response::SERVICE_UNKNOWN) {
      answer.FinishWithError({grpc::StatusCode::NOT_FOUND, "no such service"}, &finished);
      return;
    }
    response.set_status(status);
    answer.Finish(response, grpc::Status::OK, &finished);
  }

  Health& owner;
  grpc::ServerContext grpc;
  HealthCheckRequest request;
  Response response;
  grpc::ServerAsyncResponseWriter<Response> answer{&grpc};
  Event arrived{[](void* self, bool ok) { static_cast<Check*>(self)->OnArrived(ok); }, this};
  Event finished{[](void* self, bool) { delete static_cast<Check*>(self); }, this};
};

// One Watch, from before it arrives until its client left or was sent away.
struct Health::Watch {
  explicit Watch(Health& health) : owner(health) {
    grpc.AsyncNotifyWhenDone(&done);
    owner.api_.RequestWatch(&grpc, &request, &writer, owner.queue_->calls(), owner.queue_->calls(),
                            &arrived);
  }

  void OnArrived(bool ok) {
    if (!ok) {  // The listener closes; `done` never comes for a call that never was.
      delete this;
      return;
    }
    new Watch(owner);
    telemetry::CountSeries(telemetry::Metric::kOtherCalls, "health_watch");
    pending = 1;
    if (owner.watches_.size() >= owner.most_watches_) {
      return SendAway({grpc::StatusCode::RESOURCE_EXHAUSTED, "too many watches"});
    }
    owner.watches_.insert(this);
    Tell();
  }

  // Writes what the client does not know yet, one message at a time.
  void Tell() {
    if (busy || left) return;
    if (owner.closed_) return SendAway({grpc::StatusCode::UNAVAILABLE, "closing"});
    const auto status = owner.StatusOf(request.service());
    if (response.status() == status && told) return;
    response.set_status(status);
    told = true;
    Begin();
    writer.Write(response, &written);
  }

  void SendAway(const grpc::Status& why) {
    Begin();
    left = true;
    writer.Finish(why, &written);
  }

  void Begin() {
    busy = true;
    ++pending;
  }

  void OnWritten(bool ok) {
    busy = false;
    left = left || !ok;
    Tell();
    OnEventGone();
  }

  void OnDone() {
    left = true;
    owner.watches_.erase(this);
    OnEventGone();
  }

  void OnEventGone() {
    if (--pending == 0) delete this;
  }

  Health& owner;
  int pending = 0;
  bool busy = false, told = false;
  bool left = false;  // nothing more can be written
  grpc::ServerContext grpc;
  HealthCheckRequest request;
  Response response;
  grpc::ServerAsyncWriter<Response> writer{&grpc};
  Event arrived{[](void* self, bool ok) { static_cast<Watch*>(self)->OnArrived(ok); }, this};
  Event written{[](void* self, bool ok) { static_cast<Watch*>(self)->OnWritten(ok); }, this};
  Event done{[](void* self, bool) { static_cast<Watch*>(self)->OnDone(); }, this};
};

Health::Health(std::vector<std::string> services, std::size_t most_watches)
    : services_(services.begin(), services.end()), most_watches_(most_watches) {
  services_.insert({"", "ready"});
}

Health::Response::ServingStatus Health::StatusOf(const std::string& service) const {
  if (service == "live") return Response::SERVING;
  if (!services_.contains(service)) return Response::SERVICE_UNKNOWN;
  return ready_ ? Response::SERVING : Response::NOT_SERVING;
}

void Health::Arm(ServerQueue& queue) {
  queue_ = &queue;
  new Check(*this);
  new Watch(*this);
}

void Health::Set(bool ready) {
  if (ready_.exchange(ready) != ready) Spawn(TellWatchers());
}

void Health::Close() {
  closed_ = true;
  Spawn(TellWatchers());
}

Task<> Health::TellWatchers() {
  co_await ResumeOn{*queue_};
  const std::vector<Watch*> all(watches_.begin(), watches_.end());
  for (Watch* watch : all) watch->Tell();
}

}  // namespace rapport::rpc
