"""Names and addresses of services."""
import dataclasses
import ipaddress
import struct
import unittest

from .. import services


@dataclasses.dataclass
class Pod:
    name: str
    address: str
    ready: bool = True
    namespace: str = "rapport"
    container: dict = dataclasses.field(default_factory=lambda: {"name": "c", "ports": [{"name": "api", "containerPort": 8443}]})
    labels: dict = dataclasses.field(default_factory=lambda: {"app": "notes"})


def service(name, **spec):
    return {"metadata": {"name": name, "namespace": "rapport"},
            "spec": {"selector": {"app": "notes"}, "ports": [{"port": 443, "targetPort": "api"}], **spec}}


HEADLESS, WITH_ADDRESS = service("notes", clusterIP="None"), service("notes-api")
PODS = [Pod("notes-0", "10.0.0.2"), Pod("notes-1", "10.0.0.3"), Pod("notes-2", "10.0.0.4", ready=False)]
OWN = services.addresses([HEADLESS, WITH_ADDRESS], ipaddress.ip_address("10.1.0.1"))


class Names(unittest.TestCase):
    def resolve(self, name, pods=PODS):
        return services.resolve(name, [HEADLESS, WITH_ADDRESS], OWN, pods)

    def test_a_headless_service_is_its_ready_pods(self):
        self.assertEqual(self.resolve("notes.rapport.svc.cluster.local"), ["10.0.0.2", "10.0.0.3"])
        self.assertEqual(self.resolve("notes.rapport.svc.cluster.local", []), [])

    def test_any_other_has_an_address_of_its_own_that_stays(self):
        self.assertEqual(OWN, {"notes-api": "10.1.0.1"})
        self.assertEqual(self.resolve("notes-api.rapport.svc.cluster.local", []), ["10.1.0.1"])

    def test_a_pod_has_a_name_below_its_service(self):
        self.assertEqual(self.resolve("notes-1.notes.rapport.svc.cluster.local"), ["10.0.0.3"])

    def test_there_are_no_other_names(self):
        for name in ("notes", "notes.other.svc.cluster.local", "example.org", "notes-9.notes.rapport.svc.cluster.local"):
            self.assertIsNone(self.resolve(name), name)


class Rules(unittest.TestCase):
    def test_each_ready_pod_gets_the_same_share(self):
        nat, refuse = services.lines([HEADLESS, WITH_ADDRESS], OWN, PODS)
        match = f"-A {services.NAT_CHAIN} -d 10.1.0.1 -p tcp --dport 443"
        self.assertEqual(nat[1:], [
            f"{match} -m statistic --mode random --probability 0.500000000 -j DNAT --to-destination 10.0.0.2:8443",
            f"{match} -j DNAT --to-destination 10.0.0.3:8443"])
        self.assertEqual(refuse[1:], [])

    def test_a_service_with_nobody_behind_it_refuses(self):
        nat, refuse = services.lines([WITH_ADDRESS], OWN, PODS[2:])
        self.assertEqual((len(nat), refuse[1:]), (1, [f"-A {services.REFUSE_CHAIN} -d 10.1.0.1 -p tcp --dport 443 -j REJECT"]))


class Dns(unittest.TestCase):
    @staticmethod
    def query(name, kind):
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        return b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + labels + b"\x00" + struct.pack(">HH", kind, 1)

    def answer(self, name, kind=1):
        packet = services.answer(self.query(name, kind), {"notes.local": ["10.0.0.2", "10.0.0.3"]}.get)
        self.assertEqual(packet[:2], b"\x12\x34")
        flags, _, answers = struct.unpack(">HHH", packet[2:8])
        return flags & 15, answers, packet[-4:]

    def test_addresses(self):
        self.assertEqual(self.answer("Notes.local"), (0, 2, bytes([10, 0, 0, 3])))

    def test_a_name_that_is_known_has_no_addresses_of_ipv6(self):
        self.assertEqual(self.answer("notes.local", 28)[:2], (0, 0))

    def test_a_name_that_is_not_known(self):
        self.assertEqual(self.answer("other.local")[:2], (3, 0))
