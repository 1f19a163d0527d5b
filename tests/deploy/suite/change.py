"""Updates while people work."""
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
