"""Updates and renewals while people work."""
import ssl
import time

from .expect import described, expect, none_failed
from .world import SERVICES


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


def certificates_renewed(world, seconds=60):
    """All certificates at once, under load: no call fails, and what is served is the new one, without a restart."""
    restarts = {pod.name: pod.restarts for pod in world.cluster.pods()}
    pods = [pod for service in SERVICES for pod in world.cluster.pods(service)]
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
