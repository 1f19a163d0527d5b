"""Commands of podman. Containers of this tool carry the label `cluster`, by which they are found again."""
import contextlib
import os
import pathlib
import subprocess

# Of the repository, unless somebody has one of their own.
os.environ.setdefault("CONTAINERS_CONF", str(pathlib.Path(__file__).parents[3] / "deploy/images/containers.conf"))


class PodmanError(Exception):
    pass


def podman(*words, check=True, timeout=120):
    """Output of a command; PodmanError with what it said when it fails."""
    done = subprocess.run(["podman", *words], capture_output=True, text=True, timeout=timeout, check=False)
    if check and done.returncode != 0:
        raise PodmanError(f"podman {' '.join(words)[:400]}: {done.stderr.strip()[-600:]}")
    return done.stdout.strip()


@contextlib.contextmanager
def running(container):
    """A descriptor that can be read when the container's first process ended; None when it runs no more."""
    pid = int(podman("inspect", "--format", "{{.State.Pid}}", container))
    try:
        watched = os.pidfd_open(pid) if pid else None
    except ProcessLookupError:
        watched = None
    try:
        yield watched
    finally:
        if watched is not None:
            os.close(watched)


def execute(container, command, seconds):
    """Whether a command in a running container ends with 0 in time."""
    try:
        return subprocess.run(["podman", "exec", container, *command], capture_output=True, timeout=seconds + 1,
                              check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def remove_all(label):
    """Ends and removes every container of a label's value. On a busy machine one may need longer to die than podman waits."""
    for _ in range(5):
        found = podman("ps", "--all", "--quiet", "--filter", f"label=cluster={label}").split()
        if not found:
            return
        podman("rm", "--force", "--time", "0", *found, check=False)
    raise PodmanError(f"not removed: {found}")
