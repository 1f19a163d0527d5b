"""What a kubelet does with a container while it runs."""
import select
import time

from . import probes
from .podman import execute, podman

_TICK_MS = 100


class Kept:
    """A running container, asked its probes. Who inherits has: container (of the template), container_name, address, grace (seconds),
    _health, _stopping (an Event), event(text), and changed(), called when readiness may have changed."""

    def _watch(self, watched):
        """Until `watched` (podman.running) says that it ended, or it is to be stopped."""
        if watched is None:
            return
        poll = select.poll()
        poll.register(watched, select.POLLIN)
        while not self._stopping.is_set() and not poll.poll(_TICK_MS):
            for kind in self._health.due(time.monotonic()):
                self._ask(kind)

    def _ask(self, kind):
        good = probes.ask(self._health.probe(kind), self.container, self.address,
                          lambda command, seconds: execute(self.container_name, command, seconds))
        before = self._health.ready
        if self._health.answered(kind, good, time.monotonic()):
            self.event(f"{self.container_name} failed its {kind}")
            podman("stop", "--time", str(self.grace), self.container_name)
        if self._health.ready != before:
            self.changed()
