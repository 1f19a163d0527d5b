"""Folders of the machine that are mounted into a pod, laid out as a kubelet does."""
import os
import pathlib
import shutil
import subprocess

from .objects import Unsupported, bytes_of

_DEFAULT_EMPTY = 64 * 2**20


class Volumes:
    """Volumes of one pod below `folder`; claims of all pods are below `claims`, named after the claim, and outlive the pod.
    `owner` is (user, group, fsGroup)."""

    def __init__(self, folder, claims, template, claim_templates, pod_name, owner, objects):
        self._folder, self._claims, self._objects = pathlib.Path(folder), pathlib.Path(claims), objects
        self._owner = owner
        self._listed = {volume["name"]: volume for volume in template["spec"].get("volumes", [])}
        for claim in claim_templates:
            name = claim["metadata"]["name"]
            self._listed[name] = {"persistentVolumeClaim": {"claimName": f"{name}-{pod_name}"}}
        self._mounted = []

    def mounts(self, container):
        """Makes what a container mounts: [(folder, path, read-only)]."""
        found = []
        for mount in container.get("volumeMounts", []):
            if set(mount) - {"name", "mountPath", "readOnly"}:
                raise Unsupported(f"a mount with {sorted(mount)}")
            found.append((str(self._make(mount["name"])), mount["mountPath"], mount.get("readOnly", False)))
        return found

    def refresh(self):
        """Writes ConfigMaps and Secrets anew, as they are now: all files of a volume change in one step."""
        for name, volume in self._listed.items():
            if self._files(volume) is not None:
                write(self._folder / name, self._files(volume), self._owner[2])

    def remove(self):
        """Takes away all but the claims."""
        remove_tree(self._folder)

    def _make(self, name):
        volume = self._listed[name]
        if "persistentVolumeClaim" in volume:
            return self._own(self._claims / volume["persistentVolumeClaim"]["claimName"])
        folder = self._folder / name
        if folder in self._mounted:
            return folder  # another container's, too
        if "emptyDir" in volume:
            size = bytes_of((volume["emptyDir"] or {}).get("sizeLimit", _DEFAULT_EMPTY))
            folder.mkdir(parents=True, exist_ok=True)
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", str(folder)], check=True)
            self._mounted.append(folder)
            return self._own(folder)
        write(folder, self._files(volume), self._owner[2])
        return folder

    def _own(self, folder):
        """With an fsGroup a volume belongs to it and what is made inside inherits it."""
        folder.mkdir(parents=True, exist_ok=True)
        group = self._owner[2]
        os.chown(folder, 0, group if group is not None else 0)
        os.chmod(folder, 0o2777 if folder in self._mounted else 0o2775)
        return folder

    def _files(self, volume):
        """{path: (bytes, mode)} of a volume made of ConfigMaps and Secrets; None for any other."""
        if "configMap" in volume:
            return self._of("ConfigMap", volume["configMap"], volume["configMap"].get("defaultMode", 0o644))
        if "secret" in volume:
            return self._of("Secret", volume["secret"], volume["secret"].get("defaultMode", 0o644))
        if "projected" in volume:
            mode, files = volume["projected"].get("defaultMode", 0o644), {}
            for source in volume["projected"]["sources"]:
                kind, field = ("ConfigMap", "configMap") if "configMap" in source else ("Secret", "secret")
                files |= self._of(kind, source[field], mode)
            return files
        if "persistentVolumeClaim" in volume or "emptyDir" in volume:
            return None
        raise Unsupported(f"volume {sorted(volume)}")

    def _of(self, kind, source, mode):
        data = self._objects.data(kind, source.get("secretName") or source["name"])
        items = source.get("items") or [{"key": key, "path": key} for key in data]
        return {item["path"]: (data[item["key"]], item.get("mode", mode)) for item in items}


def remove_tree(folder):
    """Removes a folder with all that is mounted in it; nothing happens when it isn't there."""
    mounts = pathlib.Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    for path in (line.split()[1] for line in mounts):
        if path.startswith(f"{folder}/"):
            subprocess.run(["umount", "--lazy", path], check=False)
    shutil.rmtree(folder, ignore_errors=True)


def write(folder, files, group):
    """{path: (bytes, mode)} into `folder`: each a link into `..data`, which is itself a link to a folder of this moment and is
    changed at once. The group may read whatever the owner may."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    before = os.readlink(folder / "..data") if (folder / "..data").is_symlink() else None
    moment = folder / f"..{int(before[2:]) + 1 if before else 1}"
    moment.mkdir()
    for path, (content, mode) in files.items():
        file = moment / path
        file.write_bytes(content)
        os.chown(file, 0, group if group is not None else 0)
        os.chmod(file, mode | 0o440 if group is not None else mode)
        if not (folder / path).is_symlink():
            (folder / path).symlink_to(f"..data/{path}")
    (folder / "..new").symlink_to(moment.name)
    os.replace(folder / "..new", folder / "..data")
    for old in folder.iterdir():
        if old.is_symlink() and os.readlink(old).startswith("..data/") and old.name not in files:
            old.unlink()
    if before:
        shutil.rmtree(folder / before)
