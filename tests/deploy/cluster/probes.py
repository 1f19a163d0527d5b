"""Probes: what a kubelet asks a container from outside, and what it concludes from the answers."""
import subprocess
import urllib.error
import urllib.request
import socket

import grpc

from .objects import Unsupported, port_of

_KINDS = ("startupProbe", "readinessProbe", "livenessProbe")


class Health:
    """What the answers make of a container: started, ready, or to be restarted. Times are seconds of any one clock."""

    def __init__(self, container):
        self._probes = {kind: container[kind] for kind in _KINDS if kind in container}
        self._streaks = {kind: 0 for kind in _KINDS}  # above zero: successes in a row, below: failures
        self.began()

    def began(self, now=0.0):
        """The container starts, for the first time or again."""
        self.started = "startupProbe" not in self._probes
        self.ready = self.started and "readinessProbe" not in self._probes
        self._streaks = {kind: 0 for kind in _KINDS}
        self._next = {kind: now + probe.get("initialDelaySeconds", 0) for kind, probe in self._probes.items()}

    def due(self, now):
        """Kinds of probes to ask now. Until the startup probe succeeded no other is asked."""
        return [kind for kind, at in self._next.items() if at <= now and (kind == "startupProbe") != self.started]

    def answered(self, kind, good, now):
        """Takes an answer in. True: the container has to be restarted."""
        probe = self._probes[kind]
        self._next[kind] = now + probe.get("periodSeconds", 10)
        streak = self._streaks[kind]
        self._streaks[kind] = (max(streak, 0) + 1) if good else (min(streak, 0) - 1)
        enough_good = self._streaks[kind] >= probe.get("successThreshold", 1)
        enough_bad = self._streaks[kind] <= -probe.get("failureThreshold", 3)
        if kind == "startupProbe" and enough_good:
            self.started = True
            self.ready = "readinessProbe" not in self._probes
        if kind == "readinessProbe" and (enough_good or enough_bad):
            self.ready = enough_good
        return kind != "readinessProbe" and enough_bad

    def probe(self, kind):
        return self._probes[kind]


def ask(probe, container, address, execute):
    """Asks once; `execute(command, seconds)` runs a command in the container and returns whether it ended with 0."""
    seconds = probe.get("timeoutSeconds", 1)
    try:
        if "grpc" in probe:
            return _serving(address, probe["grpc"]["port"], probe["grpc"].get("service", ""), seconds)
        if "httpGet" in probe:
            get = probe["httpGet"]
            url = f"http://{address}:{port_of(container, get['port'])}{get.get('path', '/')}"
            with urllib.request.urlopen(url, timeout=seconds) as answer:
                return 200 <= answer.status < 400
        if "tcpSocket" in probe:
            socket.create_connection((address, port_of(container, probe["tcpSocket"]["port"])), seconds).close()
            return True
        if "exec" in probe:
            return execute(probe["exec"]["command"], seconds)
    except (OSError, urllib.error.URLError, grpc.RpcError, subprocess.TimeoutExpired):
        return False
    raise Unsupported(f"probe {sorted(probe)}")


def _serving(address, port, service, seconds):
    """grpc.health.v1.Health/Check: request {string service = 1}, answer {status = 1}, of which SERVING is 1."""
    name = service.encode()
    request = b"\x0a" + bytes([len(name)]) + name if name else b""
    with grpc.insecure_channel(f"{address}:{port}", [("grpc.enable_http_proxy", 0)]) as channel:
        return channel.unary_unary("/grpc.health.v1.Health/Check")(request, timeout=seconds) == b"\x08\x01"
