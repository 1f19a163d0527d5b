"""Runs rendered Kubernetes manifests on podman on one machine, with a kubelet's semantics. See cluster.py."""
