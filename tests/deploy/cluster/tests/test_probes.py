"""Probes: what a kubelet concludes."""
import http.server
import socket
import threading
import unittest
from concurrent import futures

import grpc

from ..probes import Health, ask

READY = {"periodSeconds": 2, "failureThreshold": 2}
LIVE = {"periodSeconds": 10, "failureThreshold": 3}


class HealthOfAContainer(unittest.TestCase):
    def test_without_probes_it_is_ready_at_once(self):
        health = Health({})
        self.assertTrue(health.started and health.ready)
        self.assertEqual(health.due(0), [])

    def test_nothing_else_is_asked_before_the_startup_probe_succeeded(self):
        health = Health({"startupProbe": {}, "readinessProbe": READY, "livenessProbe": LIVE})
        self.assertEqual(health.due(0), ["startupProbe"])
        health.answered("startupProbe", True, 0)
        self.assertEqual(health.due(0), ["readinessProbe", "livenessProbe"])
        self.assertFalse(health.ready)

    def test_one_good_answer_makes_it_ready_and_only_the_threshold_of_bad_ones_unready(self):
        health = Health({"readinessProbe": READY})
        health.answered("readinessProbe", True, 0)
        self.assertTrue(health.ready)
        health.answered("readinessProbe", False, 2)
        self.assertTrue(health.ready)
        self.assertFalse(health.answered("readinessProbe", False, 4), "a restart is the liveness probe's")
        self.assertFalse(health.ready)

    def test_a_success_begins_the_count_of_failures_anew(self):
        health = Health({"livenessProbe": LIVE})
        answers = [health.answered("livenessProbe", good, 0) for good in (False, False, True, False, False, False)]
        self.assertEqual(answers, [False] * 5 + [True])

    def test_a_startup_probe_that_never_succeeds_restarts(self):
        health = Health({"startupProbe": {"failureThreshold": 2}})
        self.assertEqual([health.answered("startupProbe", False, now) for now in (0, 10)], [False, True])

    def test_it_is_asked_once_a_period(self):
        health = Health({"readinessProbe": READY})
        health.answered("readinessProbe", True, 5)
        self.assertEqual((health.due(6.9), health.due(7)), ([], ["readinessProbe"]))

    def test_a_restart_begins_from_nothing(self):
        health = Health({"readinessProbe": READY | {"initialDelaySeconds": 3}})
        health.answered("readinessProbe", True, 5)
        health.began(10)
        self.assertEqual((health.ready, health.due(12), health.due(13)), (False, [], ["readinessProbe"]))


def never(_command, _seconds):
    raise AssertionError("nothing is run in the container")


class Asking(unittest.TestCase):
    def test_http_from_200_to_399_is_good(self):
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                self.send_response(204 if self.path == "/ready" else 500)
                self.end_headers()

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass
        with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            container = {"name": "c", "ports": [{"name": "health", "containerPort": server.server_port}]}
            for path, good in (("/ready", True), ("/other", False)):
                self.assertEqual(ask({"httpGet": {"path": path, "port": "health"}}, container, "127.0.0.1", never), good)
            server.shutdown()

    def test_tcp_is_good_when_somebody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            probe = {"tcpSocket": {"port": server.getsockname()[1]}}
            self.assertTrue(ask(probe, {}, "127.0.0.1", never))
        self.assertFalse(ask(probe, {}, "127.0.0.1", never))

    def test_grpc_is_good_when_the_named_service_serves(self):
        def check(request, _context):
            return b"\x08\x01" if request == b"\x0a\x05ready" else b"\x08\x02"
        server = grpc.server(futures.ThreadPoolExecutor(1))
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(
            "grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(check)})])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        answers = [ask({"grpc": {"port": port, "service": name}}, {}, "127.0.0.1", never) for name in ("ready", "live", "")]
        server.stop(None).wait()
        self.assertEqual(answers, [True, False, False])

    def test_a_command_is_run_in_the_container(self):
        self.assertTrue(ask({"exec": {"command": ["x"]}, "timeoutSeconds": 3}, {}, "", lambda *asked: asked == (["x"], 3)))
