"""The pods' network: a bridge, one network namespace a pod, and the rules of iptables between them. A pod keeps its address
when its container restarts. Everything is named after the bridge, and taken away by name."""
import ipaddress
import os
import subprocess
import threading

from . import policy, services

CUT_CHAIN = "CLUSTER-CUT"


class Network:
    """`pods` and `service_addresses` are networks like 10.89.77.0/24. The first address of `pods` is the machine's."""

    def __init__(self, bridge, pods, service_addresses):
        self._bridge = bridge
        self._pods, self._services = ipaddress.ip_network(pods), ipaddress.ip_network(service_addresses)
        self._hosts = self._pods.hosts()
        self.gateway = str(next(self._hosts))
        self.first_service = next(self._services.hosts())
        self._lock = threading.Lock()
        self._plugged = {}
        self._cut = {}

    def up(self):
        self.down()
        with open("/proc/sys/net/bridge/bridge-nf-call-iptables", encoding="ascii") as setting:
            if setting.read().strip() != "1":
                raise RuntimeError("packets between pods don't pass iptables here (net.bridge.bridge-nf-call-iptables)")
        # A bridge without an address of its own takes its ports' lowest, and changes it as pods come and go: then nobody
        # finds the gateway for a while.
        _ip(f"link add {self._bridge} address 02:00:0a:59:4d:01 type bridge",
            f"address add {self.gateway}/{self._pods.prefixlen} dev {self._bridge}",
            f"link set {self._bridge} up",
            f"route add {self._services} dev {self._bridge}")
        with open(f"/proc/sys/net/ipv4/conf/{self._bridge}/forwarding", "w", encoding="ascii") as setting:
            setting.write("1")
        self.rules([], [], [], [])
        for table, chain, rule in self._hooks():
            subprocess.run(["iptables", "-w", "-t", table, "-I", chain, *rule], check=True)

    def plug(self, name):
        """Makes the network of a pod: (address, path of its network namespace)."""
        with self._lock:
            address = str(next(self._hosts))
            self._plugged[name] = address
        space, port = f"{self._bridge}-{name}", f"rp{int(ipaddress.ip_address(address)) - int(self._pods.network_address)}"
        subprocess.run(["ip", "netns", "add", space], check=True)
        _ip(f"link add {port} type veth peer name eth0 netns {space}", f"link set {port} master {self._bridge}",
            f"link set {port} up")
        _ip("link set lo up", f"address add {address}/{self._pods.prefixlen} dev eth0", "link set eth0 up",
            f"route add default via {self.gateway}", space=space)
        return address, f"/run/netns/{space}"

    def unplug(self, name):
        with self._lock:
            self._plugged.pop(name, None)
        subprocess.run(["ip", "netns", "delete", f"{self._bridge}-{name}"], check=False)

    def rules(self, policies, places, service_list, pods, addresses=None):
        """Makes policies and services what they are now, in one step a table."""
        nat, refuse = services.lines(service_list, addresses or {}, pods)
        with self._lock:
            cut = [f":{CUT_CHAIN} - [0:0]"]
            for address in self._cut.values():
                cut += [f"-A {CUT_CHAIN} -s {address} -j DROP", f"-A {CUT_CHAIN} -d {address} -j DROP"]
            _restore("nat", nat)
            _restore("filter", cut + refuse + policy.lines(policies, places))

    def cut(self, pods):
        """Loses all packets between these pods and others from the next `rules` on; open connections are not told. The machine's
        probes still come through, as a kubelet's do when a cluster's network fails."""
        self._cut = {pod.name: pod.address for pod in pods}

    def down(self):
        for table, chain, rule in self._hooks():
            while subprocess.run(["iptables", "-w", "-t", table, "-D", chain, *rule], capture_output=True, check=False).returncode == 0:
                pass
        for table in ("filter", "nat"):
            listed = subprocess.run(["iptables", "-w", "-t", table, "-S"], capture_output=True, text=True, check=True).stdout
            chains = [line.split()[1] for line in listed.splitlines() if line.startswith("-N CLUSTER-")]
            for action in ("-F", "-X"):
                for chain in chains:
                    subprocess.run(["iptables", "-w", "-t", table, action, chain], check=True)
        # A namespace's end takes its ports along, but when the kernel comes to it: the next one may want the name before.
        ports = f"/sys/class/net/{self._bridge}/brif"
        for port in os.listdir(ports) if os.path.isdir(ports) else []:
            subprocess.run(["ip", "link", "delete", port], capture_output=True, check=False)
        for space in os.listdir("/run/netns") if os.path.isdir("/run/netns") else []:
            if space.startswith(f"{self._bridge}-"):
                subprocess.run(["ip", "netns", "delete", space], check=False)
        subprocess.run(["ip", "link", "delete", self._bridge], capture_output=True, check=False)

    def _hooks(self):
        """Where packets of pods come by. A pod's way to DNS ends at the machine (INPUT) and is subject to its policies, too;
        what the machine itself sends to a pod, like a probe, is not: as with a kubelet."""
        for chain in (policy.CHAIN, services.REFUSE_CHAIN, CUT_CHAIN):  # the last is asked first
            yield "filter", "FORWARD", ["-i", self._bridge, "-j", chain]
        for chain in (policy.CHAIN, services.REFUSE_CHAIN):
            yield "filter", "INPUT", ["-i", self._bridge, "-j", chain]
        yield "filter", "OUTPUT", ["-o", self._bridge, "-j", services.REFUSE_CHAIN]
        for chain in ("PREROUTING", "OUTPUT"):
            yield "nat", chain, ["-d", str(self._services), "-j", services.NAT_CHAIN]


def _restore(table, lines):
    """Chains that are named are replaced, others stay."""
    text = "\n".join([f"*{table}", *sorted(lines, key=lambda line: not line.startswith(":")), "COMMIT", ""])
    subprocess.run(["iptables-restore", "-w", "--noflush"], input=text, text=True, check=True)


def _ip(*commands, space=None):
    within = ["-n", space] if space else []
    subprocess.run(["ip", *within, "-batch", "-"], input="\n".join(commands) + "\n", text=True, check=True)
