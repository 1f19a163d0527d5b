"""What a render of manifests says: objects by kind and name, and the small languages inside them."""
import base64

import yaml

# What stands for something that a cluster does and one machine can't; it is left out knowingly. Any other kind is an error.
LEFT_OUT = {"Namespace", "ServiceAccount", "ResourceQuota", "LimitRange", "PriorityClass", "PodDisruptionBudget",
            "PersistentVolumeClaim",  # a claim is a folder, made when it is mounted
            "ServiceMonitor", "PodMonitor", "PrometheusRule"}  # of the Prometheus operator; who is scraped here is said to Prometheus
TAKEN = {"ConfigMap", "Secret", "Service", "NetworkPolicy", "Deployment", "StatefulSet", "Job", "CronJob"}


class Unsupported(Exception):
    """The manifests say something that this tool doesn't do: better to stop than to run something else."""


class Objects:
    """Objects of one or more renders. A later object takes the place of an earlier one of the same kind and name."""

    def __init__(self, *texts):
        self._objects = {}
        for text in texts:
            self.add(text)

    def add(self, text):
        for document in yaml.safe_load_all(text):
            if not document or document["kind"] in LEFT_OUT:
                continue
            if document["kind"] not in TAKEN:
                raise Unsupported(f"kind {document['kind']}")
            self._objects[document["kind"], document["metadata"]["name"]] = document

    def all(self, kind):
        return [document for (its_kind, _), document in self._objects.items() if its_kind == kind]

    def get(self, kind, name):
        """KeyError when it isn't there."""
        return self._objects[kind, name]

    def data(self, kind, name):
        """Bytes by key of a ConfigMap or Secret. KeyError when it isn't there."""
        document = self.get(kind, name)
        encoded = document.get("data", {}) if kind == "Secret" else document.get("binaryData", {})
        plain = document.get("stringData", {}) if kind == "Secret" else document.get("data", {})
        return {key: base64.b64decode(value) for key, value in encoded.items()} | {
            key: value.encode() for key, value in plain.items()}


def job_of(cron_job, name):
    """What `kubectl create job NAME --from=cronjob/...` makes."""
    inner = cron_job["spec"]["jobTemplate"]
    return {"apiVersion": "batch/v1", "kind": "Job", "spec": inner["spec"],
            "metadata": inner.get("metadata", {}) | {"name": name, "namespace": namespace_of(cron_job)}}


def namespace_of(document):
    return document["metadata"].get("namespace", "default")


def selects(selector, labels):
    """Whether a LabelSelector takes an object with these labels: {} takes everything, None (no selector) nothing."""
    if selector is None:
        return False
    unknown = set(selector) - {"matchLabels", "matchExpressions"}
    if unknown:
        raise Unsupported(f"selector with {unknown}")
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    return all(_fits(expression, labels) for expression in selector.get("matchExpressions", []))


def _fits(expression, labels):
    key, values = expression["key"], expression.get("values", [])
    match expression["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case other:
            raise Unsupported(f"operator {other}")


def bytes_of(quantity):
    """Bytes of a memory quantity: 64Mi, 1Gi, 1000."""
    for suffix, factor in {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "k": 10**3, "M": 10**6, "G": 10**9}.items():
        if str(quantity).endswith(suffix):
            return int(float(str(quantity).removesuffix(suffix)) * factor)
    return int(quantity)


def cores_of(quantity):
    """Cores of a CPU quantity: 200m, 2."""
    text = str(quantity)
    return int(text[:-1]) / 1000 if text.endswith("m") else float(text)


def port_of(container, port):
    """The number of a container's port, by name or number. Unsupported when no port has the name."""
    if isinstance(port, int):
        return port
    for listed in container.get("ports", []):
        if listed.get("name") == port:
            return listed["containerPort"]
    raise Unsupported(f"{container['name']} has no port {port}")
