"""NetworkPolicies become rules. A small reading of those rules says who reaches whom."""
import unittest

from ..objects import Unsupported
from ..policy import CHAIN, Place, lines

DNS = Place("dns", "kube-system", {"k8s-app": "kube-dns"}, "10.0.0.1")
NOTES = Place("notes-0", "rapport", {"app": "notes"}, "10.0.0.2", {"mesh": 8444, "metrics": 9090})
INTAKE = Place("intake-0", "rapport", {"app": "intake"}, "10.0.0.3", {"mesh": 8444})
PROMETHEUS = Place("prometheus-1", "monitoring", {"app": "prometheus"}, "10.0.0.4")
ALL = [DNS, NOTES, INTAKE, PROMETHEUS]


def policy(app, **spec):
    selector = {"matchLabels": {"app": app}} if app else {}
    return {"metadata": {"name": "p", "namespace": "rapport"}, "spec": {"podSelector": selector, **spec}}


def peer(app, **more):
    return {"podSelector": {"matchLabels": {"app": app}}, **more}


def passes(policies, source, target, port, protocol="tcp"):
    """Whether iptables would let a new connection through."""
    rules = [line.split() for line in lines(policies, ALL) if line.startswith("-A")]

    def ends(chain):
        for words in (words for words in rules if words[1] == chain):
            flags = dict(zip(words[2::2], words[3::2]))
            if "-m" in flags or flags.get("-s", source.address) != source.address or flags.get("-d", target.address) != target.address:
                continue
            if flags.get("-p", protocol) != protocol or int(flags.get("--dport", port)) != port:
                continue
            if flags["-j"] in ("RETURN", "DROP"):
                return flags["-j"]
            if ends(flags["-j"]) == "DROP":
                return "DROP"
        return "RETURN"
    return ends(CHAIN) == "RETURN"


class Policies(unittest.TestCase):
    def test_without_a_policy_everything_passes(self):
        self.assertTrue(passes([], INTAKE, NOTES, 1))

    def test_default_deny_shuts_both_ways_but_only_in_its_namespace(self):
        deny = [policy(None, policyTypes=["Ingress", "Egress"])]
        self.assertFalse(passes(deny, INTAKE, NOTES, 8444))
        self.assertFalse(passes(deny, PROMETHEUS, NOTES, 9090))
        self.assertTrue(passes(deny, PROMETHEUS, DNS, 53, "udp"))

    def test_an_edge_needs_both_ends(self):
        into = policy("notes", policyTypes=["Ingress"], ingress=[{"from": [peer("intake")], "ports": [{"port": 8444}]}])
        out = policy("intake", policyTypes=["Egress"], egress=[{"to": [peer("notes")], "ports": [{"port": 8444}]}])
        deny = policy(None, policyTypes=["Ingress", "Egress"])
        self.assertFalse(passes([deny, into], INTAKE, NOTES, 8444))
        self.assertFalse(passes([deny, out], INTAKE, NOTES, 8444))
        self.assertTrue(passes([deny, into, out], INTAKE, NOTES, 8444))
        self.assertFalse(passes([deny, into, out], INTAKE, NOTES, 9090))
        self.assertFalse(passes([deny, into, out], NOTES, INTAKE, 8444))

    def test_a_port_by_name_is_the_receivers(self):
        into = [policy("notes", policyTypes=["Ingress"], ingress=[{"from": [peer("intake")], "ports": [{"port": "mesh"}]}])]
        self.assertTrue(passes(into, INTAKE, NOTES, 8444))
        self.assertFalse(passes(into, INTAKE, NOTES, 9090))

    def test_another_namespace_is_named(self):
        where = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
        ports = [{"port": "metrics"}]
        own = [policy("notes", ingress=[{"from": [peer("prometheus")], "ports": ports}])]
        other = [policy("notes", ingress=[{"from": [peer("prometheus", **where)], "ports": ports}])]
        self.assertFalse(passes(own, PROMETHEUS, NOTES, 9090))
        self.assertTrue(passes(other, PROMETHEUS, NOTES, 9090))
        self.assertFalse(passes(other, INTAKE, NOTES, 9090))

    def test_no_peers_are_everybody_and_no_ports_are_all(self):
        self.assertTrue(passes([policy("notes", ingress=[{"ports": [{"port": 8444}]}])], PROMETHEUS, NOTES, 8444))
        self.assertTrue(passes([policy("notes", ingress=[{}])], PROMETHEUS, NOTES, 1))
        self.assertFalse(passes([policy("notes", ingress=[])], PROMETHEUS, NOTES, 1))

    def test_udp_is_not_tcp(self):
        out = [policy("notes", policyTypes=["Egress"], egress=[{"ports": [{"protocol": "UDP", "port": 53}]}])]
        self.assertTrue(passes(out, NOTES, DNS, 53, "udp"))
        self.assertFalse(passes(out, NOTES, DNS, 53, "tcp"))

    def test_what_is_not_known_is_refused(self):
        for rule in ({"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}, {"ports": [{"port": 1, "endPort": 9}]}):
            self.assertRaises(Unsupported, lines, [policy("notes", ingress=[rule])], ALL)
