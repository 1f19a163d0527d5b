"""NetworkPolicies as rules of iptables: who may open a connection to whom."""
from dataclasses import dataclass, field

from .objects import Unsupported, namespace_of, selects

CHAIN = "CLUSTER-POLICY"


@dataclass(frozen=True)
class Place:
    """A pod as a policy sees it. `ports`: numbers by name."""
    name: str
    namespace: str
    labels: dict = field(hash=False)
    address: str
    ports: dict = field(default_factory=dict, hash=False)


def lines(policies, places):
    """Lines for iptables-restore: CHAIN, to which forwarded packets of pods go, and one chain a pod and direction that a
    policy selects. A reply to what was allowed passes. `places` are all pods that there are, DNS included."""
    out = [f":{CHAIN} - [0:0]", f"-A {CHAIN} -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN"]
    for place in places:
        for direction in ("Ingress", "Egress"):
            chosen = [policy for policy in policies if namespace_of(policy) == place.namespace
                      and direction in _directions(policy) and selects(policy["spec"].get("podSelector", {}), place.labels)]
            if not chosen:
                continue
            chain = f"CLUSTER-{direction[0]}-{place.address}"
            out.append(f":{chain} - [0:0]")
            for policy in chosen:
                for rule in policy["spec"].get(direction.lower()) or []:
                    out += [f"-A {chain} {match} -j RETURN".replace("  ", " ")
                            for match in _matches(rule, direction, policy, place, places)]
            out.append(f"-A {chain} -j DROP")
            out.append(f"-A {CHAIN} {'-d' if direction == 'Ingress' else '-s'} {place.address} -j {chain}")
    return out


def _directions(policy):
    spec = policy["spec"]
    return spec.get("policyTypes") or ["Ingress"] + (["Egress"] if "egress" in spec else [])


def _matches(rule, direction, policy, place, places):
    peers = rule.get("from" if direction == "Ingress" else "to")
    flag = "-s" if direction == "Ingress" else "-d"
    for other in places if peers else [None]:
        if other and not any(_is_peer(peer, policy, other) for peer in peers):
            continue
        where = f"{flag} {other.address}" if other else ""
        for port in rule.get("ports") or [None]:
            if port is None:
                yield where
                continue
            # A port's name is the receiver's.
            receiver = place if direction == "Ingress" else other
            number = _number(port, receiver)
            if number is not None:
                yield f"{where} -p {port.get('protocol', 'TCP').lower()} --dport {number}".strip()


def _number(port, receiver):
    if "endPort" in port:
        raise Unsupported("a range of ports")
    if isinstance(port["port"], int):
        return port["port"]
    if receiver is None:
        raise Unsupported("a port by name to anywhere")
    return receiver.ports.get(port["port"])


def _is_peer(peer, policy, place):
    if "ipBlock" in peer:
        raise Unsupported("ipBlock")
    if "namespaceSelector" in peer:
        if not selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": place.namespace}):
            return False
    elif place.namespace != namespace_of(policy):
        return False
    return selects(peer.get("podSelector", {}), place.labels)
