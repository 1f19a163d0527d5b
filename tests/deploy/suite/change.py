"""Updates, scale and renewals while people work."""
import ssl
import time

from .expect import described, expect, none_failed
from .world import SERVICES, metric

# Calls on the API and the mesh that a pod has ended.
_CALLS = "grpc_server_handled_total"


def two_updates_in_a_row(world):
    """All services, the edge too, twice. Not one call fails, and every pod ends by itself within its grace."""
    began, stopped = time.monotonic(), []
    with world.load() as result:
        for _ in range(2):
            stopped += world.cluster.roll(*SERVICES, "edge")
        took = time.monotonic() - began
        time.sleep(3)
    none_failed(result)
    killed = [f"{pod} {code} after {seconds:.0f} s" for pod, code, seconds in stopped if code != 0]
    expect(not killed, f"ended otherwise than with 0: {killed}")
    slowest = max(seconds for _, _, seconds in stopped)
    return f"{len(stopped)} pods in {took:.0f} s, each drained with 0 in at most {slowest:.0f} s of 40; {described(result)}"


def scale_out(world, seconds=400):
    """A third pod gets its share when connections to the others reach their age."""
    with world.load() as result:
        before = time.monotonic()
        world.cluster.scale("intake", 3)
        world.cluster.wait_ready(60, "intake")
        share, counted = 0, {}
        while share < 0.2 and time.monotonic() - before < seconds:
            start = {pod.name: metric(pod, _CALLS) for pod in world.cluster.pods("intake")}
            time.sleep(10)
            counted = {pod.name: metric(pod, _CALLS) - start[pod.name] for pod in world.cluster.pods("intake")}
            share = counted["intake-2"] / max(1, sum(counted.values()))
        took = time.monotonic() - before
        world.cluster.scale("intake", 2)
    expect(share >= 0.2, f"after {took:.0f} s the new pod has {share:.0%}: {counted}")
    none_failed(result)
    return f"{share:.0%} of the calls after {took:.0f} s; out and in again: {described(result)}"


def certificates_renewed(world, seconds=60):
    """All certificates at once, under load: no call fails, and what is served is the new one, without a restart."""
    restarts = {pod.name: pod.restarts for pod in world.cluster.pods()}
    pods = [pod for app in (*SERVICES, "edge") for pod in world.cluster.pods(app)]
    old = {pod.name: _served(pod) for pod in pods}
    with world.load() as result:
        world.renew_secrets()
        began = time.monotonic()
        world.cluster.wait(lambda: all(_served(pod) != old[pod.name] for pod in pods), seconds,
                           lambda: [pod.name for pod in pods if _served(pod) == old[pod.name]])
        took = time.monotonic() - began
        time.sleep(5)
    none_failed(result)
    expect({pod.name: pod.restarts for pod in world.cluster.pods()} == restarts, "a pod was restarted")
    return f"{len(pods)} pods serve the new one after {took:.0f} s; {described(result)}"


def _served(pod):
    return ssl.get_server_certificate((pod.address, 8443))
