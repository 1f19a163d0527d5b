"""From a pod's template to the arguments of `podman run`. Whatever a template says that isn't carried out is Unsupported."""
import json
import re

from .objects import Unsupported, bytes_of, cores_of

# Scheduling and accounts mean nothing on one machine without an API server.
_POD_LEFT_OUT = {"serviceAccountName", "automountServiceAccountToken", "enableServiceLinks", "priorityClassName",
                 "topologySpreadConstraints"}
_POD = {"containers", "initContainers", "volumes", "securityContext", "restartPolicy", "terminationGracePeriodSeconds"} | _POD_LEFT_OUT
_CONTAINER = {"name", "image", "command", "args", "env", "envFrom", "ports", "startupProbe", "readinessProbe", "livenessProbe",
              "lifecycle", "resources", "securityContext", "volumeMounts"}
_POD_SECURITY = {"runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup", "fsGroupChangePolicy", "seccompProfile"}
_SECURITY = {"allowPrivilegeEscalation", "readOnlyRootFilesystem", "capabilities", "runAsUser", "runAsGroup", "runAsNonRoot"}


def main_container(template):
    """The first container of a pod, by which it is known. Unsupported: a field, of it or of another, that this tool would leave out in
    silence."""
    spec = template["spec"]
    _refuse("pod", spec, _POD)
    _refuse("pod's securityContext", spec.get("securityContext", {}), _POD_SECURITY)
    for container in spec["containers"] + spec.get("initContainers", []):
        _refuse("container", container, _CONTAINER | {"restartPolicy"} if is_sidecar(container) else _CONTAINER)
        _refuse("securityContext", container.get("securityContext", {}), _SECURITY)
    for container in spec["containers"][1:] + spec.get("initContainers", []):
        if "lifecycle" in container:
            raise Unsupported(f"lifecycle of {container['name']}")
    return spec["containers"][0]


def is_sidecar(container):
    """Whether an init container goes on running."""
    return container.get("restartPolicy") == "Always"


def _refuse(name, found, known):
    if set(found) - known:
        raise Unsupported(f"{name} with {sorted(set(found) - known)}")


def identity(template, container=None):
    """(user, group, fsGroup) of a pod's first container or another one; fsGroup is None without one. Unsupported: one that could be root."""
    pod = template["spec"].get("securityContext", {})
    own = pod | (container or main_container(template)).get("securityContext", {})
    user = own.get("runAsUser")
    if own.get("runAsNonRoot") and not user:
        raise Unsupported("runAsNonRoot without a runAsUser")
    return user or 0, own.get("runAsGroup", 0), pod.get("fsGroup")


def environment(container, objects, fields):
    """Variables of a container, $(NAME) of earlier ones filled in. `fields` answers a fieldRef."""
    found = {}
    for source in container.get("envFrom", []):
        kind, reference = ("ConfigMap", "configMapRef") if "configMapRef" in source else ("Secret", "secretRef")
        found |= {key: value.decode() for key, value in objects.data(kind, source[reference]["name"]).items()}
    for variable in container.get("env", []):
        found[variable["name"]] = _value(variable, objects, fields, found)
    return found


def _value(variable, objects, fields, earlier):
    source = variable.get("valueFrom")
    if source is None:
        return expand(str(variable.get("value", "")), earlier)
    if "configMapKeyRef" in source:
        reference = source["configMapKeyRef"]
        return objects.data("ConfigMap", reference["name"])[reference["key"]].decode()
    if "secretKeyRef" in source:
        reference = source["secretKeyRef"]
        return objects.data("Secret", reference["name"])[reference["key"]].decode()
    if "fieldRef" in source and source["fieldRef"]["fieldPath"] in fields:
        return fields[source["fieldRef"]["fieldPath"]]
    raise Unsupported(f"variable {variable['name']}")


def expand(text, variables):
    """$(NAME) becomes the variable's value; an unknown one stays as it is, $$( is a plain $(."""
    return re.sub(r"\$(\$\()|\$\(([A-Za-z_][A-Za-z0-9_]*)\)",
                  lambda found: found[1] or variables.get(found[2], found[0]), text)


def run_arguments(template, variables, mounts, other=None):
    """Arguments of `podman run` behind the name, for the pod's first container or another one: `mounts` is [(folder of the machine,
    path, read-only)]."""
    container = other or main_container(template)
    user, group, fs_group = identity(template, container)
    security = container.get("securityContext", {})
    limits = container.get("resources", {}).get("limits", {})
    arguments = ["--user", f"{user}:{group}"]
    if fs_group is not None:
        arguments += ["--group-add", str(fs_group)]
    if security.get("readOnlyRootFilesystem"):
        arguments += ["--read-only", "--read-only-tmpfs=false"]
    for capability in security.get("capabilities", {}).get("drop", []):
        arguments += ["--cap-drop", capability]
    if security.get("allowPrivilegeEscalation") is False:
        arguments += ["--security-opt", "no-new-privileges"]
    if "memory" in limits:
        arguments += ["--memory", str(bytes_of(limits["memory"]))]
    if "cpu" in limits:
        arguments += ["--cpus", str(cores_of(limits["cpu"]))]
    for name, value in variables.items():
        arguments += ["--env", f"{name}={value}"]
    for folder, path, read_only in mounts:
        arguments += ["--volume", f"{folder}:{path}{':ro' if read_only else ''}"]
    if "command" in container:
        arguments += ["--entrypoint", json.dumps([expand(word, variables) for word in container["command"]])]
    return arguments + [container["image"], *(expand(str(word), variables) for word in container.get("args", []))]
