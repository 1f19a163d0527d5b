"""Services: names, addresses, and which pods are behind them."""
import socket
import struct

from .objects import namespace_of, port_of, selects

NAT_CHAIN = "CLUSTER-SERVICES"
REFUSE_CHAIN = "CLUSTER-NOBODY"


def is_headless(service):
    return service["spec"].get("clusterIP") == "None"


def addresses(services, first):
    """One address of its own for each service that isn't headless, from `first` (an ipaddress) on, by name."""
    names = sorted(service["metadata"]["name"] for service in services if not is_headless(service))
    return {name: str(first + index) for index, name in enumerate(names)}


def endpoints(service, pods):
    """Pods that calls go to: ready ones, or all with publishNotReadyAddresses."""
    spec = service["spec"]
    return [pod for pod in pods if pod.namespace == namespace_of(service) and pod.address
            and selects({"matchLabels": spec["selector"]}, pod.labels)
            and (pod.ready or spec.get("publishNotReadyAddresses"))]


def resolve(name, services, own_addresses, pods):
    """Addresses of a name of the cluster; None when there is no such name."""
    for service in services:
        full = f"{service['metadata']['name']}.{namespace_of(service)}.svc.cluster.local"
        if name == full and not is_headless(service):
            return [own_addresses[service["metadata"]["name"]]]
        if name == full:
            return [pod.address for pod in endpoints(service, pods)]
        for pod in endpoints(service, pods) if name.endswith("." + full) else []:
            if name == f"{pod.name}.{full}":
                return [pod.address]
    return None


def lines(services, own_addresses, pods):
    """(lines of the table nat, lines of the table filter) for iptables-restore: a connection to a service goes to any of its
    pods, and is refused at once when there is none."""
    nat, refuse = [f":{NAT_CHAIN} - [0:0]"], [f":{REFUSE_CHAIN} - [0:0]"]
    for service in services:
        if is_headless(service):
            continue
        address = own_addresses[service["metadata"]["name"]]
        behind = endpoints(service, pods)
        for port in service["spec"]["ports"]:
            match = f"-d {address} -p {port.get('protocol', 'TCP').lower()} --dport {port['port']}"
            for index, pod in enumerate(behind):
                target = port_of(pod.container, port.get("targetPort", port["port"]))
                share = f" -m statistic --mode random --probability {1 / (len(behind) - index):.9f}" \
                    if index < len(behind) - 1 else ""
                nat.append(f"-A {NAT_CHAIN} {match}{share} -j DNAT --to-destination {pod.address}:{target}")
            if not behind:
                refuse.append(f"-A {REFUSE_CHAIN} {match} -j REJECT")
    return nat, refuse


def answer(query, look_up):
    """The answer to a DNS query (bytes of a UDP packet). `look_up(name)`: addresses, or None for no such name. Only addresses
    of IPv4 are known: asked for anything else, a name that exists has nothing."""
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("ascii", "replace"))
        at += 1 + query[at]
    kind = struct.unpack(">H", query[at + 1:at + 3])[0]
    found = look_up(".".join(labels).lower())
    records = [b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 5, 4) + socket.inet_aton(address)
               for address in (found or [] if kind == 1 else [])]
    flags = 0x8580 | (3 if found is None else 0)
    return query[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0) + query[12:at + 5] + b"".join(records)
