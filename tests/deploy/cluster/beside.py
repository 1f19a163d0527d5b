"""A container beside the first one of its pod: kept running as its template says until the pod is stopped."""
import threading
import time

from . import probes
from .kept import Kept
from .podman import PodmanError, podman, running
from .rollout import back_off


class Beside(Kept):
    """A pod is ready only while all that is beside its first container runs and is ready."""

    def __init__(self, pod, container):
        self.restarts, self.container = 0, container
        self.container_name = f"{pod.container_name}-{container['name']}"
        self.grace, self.event, self.changed = pod.grace, pod.event, pod.changed
        self._pod, self._health, self._alive = pod, probes.Health(container), False
        self._stopping, self._begun = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)

    @property
    def ready(self):
        return self._alive and self._health.ready

    @property
    def address(self):
        return self._pod.address

    def start(self, arguments):
        """Makes the container with these arguments of podman; comes back when it runs."""
        podman("create", "--name", self.container_name, *arguments)
        self._thread.start()
        self._begun.wait(60)

    def kill(self):
        """SIGKILL of its process."""
        podman("kill", "--signal", "KILL", self.container_name)

    def stop(self, seconds):
        """Ends it for good and removes it."""
        self.leave()
        podman("stop", "--time", str(seconds), self.container_name)
        podman("rm", "--force", self.container_name)

    def leave(self):
        """Nobody keeps it any more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _keep(self):
        try:
            while not self._stopping.is_set():
                podman("start", self.container_name)
                with running(self.container_name) as watched:
                    self._health.began(time.monotonic())
                    self._runs(True)
                    self._begun.set()
                    self._watch(watched)
                if self._stopping.is_set():
                    return
                self._runs(False)
                self.restarts += 1
                self.event(f"{self.container_name} ended, restart {self.restarts}")
                self._stopping.wait(back_off(self.restarts))
        except PodmanError as error:
            self.event(f"{self.container_name} is kept no more: {error}")
        finally:
            self._begun.set()

    def _runs(self, now):
        self._alive = now
        self.changed()
