"""Workers that are pods of Kubernetes, which Dask's operator starts, and starts anew where they are lost."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dask
import distributed

from winnow.pipelines.engine.work import cluster, cluster_worker, heartbeat
from winnow.pipelines.engine.work.cluster_file import Kubernetes

PATIENCE_SECONDS = 900.0
"""As long the first pod may take: a node may have to come first, and an image to it."""


def render_spec(asked: Kubernetes, name: str) -> dict[str, Any]:
    """The resource `DaskCluster` that the operator is given."""
    from dask_kubernetes.operator import make_cluster_spec  # here: an extra

    config: dict[str, Any] = {}
    dask.config.set(cluster.configure(asked.offer()), config=config)
    size = str(asked.size())
    share = {"cpu": "1", "memory": size}
    spec: dict[str, Any] = make_cluster_spec(
        name=name,
        image=asked.image,
        n_workers=asked.workers,
        resources={"limits": share, "requests": share},
        env={**asked.env, "DASK_INTERNAL_INHERIT_CONFIG": dask.config.serialize(config)},
        worker_command=["dask", "worker", "--nthreads", "1", "--memory-limit", size],
    )
    for part in ("worker", "scheduler"):
        (container,) = spec["spec"][part]["spec"]["containers"]
        container["envFrom"] = [{"secretRef": {"name": secret}} for secret in asked.secrets]
        if part == "worker" and "GPU" in asked.offer():
            gpus = share | {"nvidia.com/gpu": f"{asked.offer()['GPU']:g}"}
            container["resources"] = {"limits": gpus, "requests": gpus}
    return spec


@contextmanager
def open_pods(
    asked: Kubernetes, say: Callable[[str], None], sign: heartbeat.Tell
) -> Iterator[cluster.OnDask]:
    """Workers in pods, for as long as it is open; ConnectionError where there are none to be had."""
    from dask_kubernetes.operator import KubeCluster

    ours = cluster_worker.describe()
    name = f"{asked.name}-{uuid.uuid4().hex[:8]}"
    with dask.config.set(cluster.QUIET):
        try:
            there = KubeCluster(
                custom_cluster_spec=render_spec(asked, name), namespace=asked.namespace, quiet=True
            )
        except Exception as error:  # of the clients of Kubernetes and HTTP, each of its own
            raise ConnectionError(f"Kubernetes: {type(error).__name__}: {error}") from error
        with there, distributed.Client(there) as client:
            say(f"{asked.workers} pods asked of Kubernetes, {name}")
            try:
                client.wait_for_workers(1, timeout=PATIENCE_SECONDS)
            except TimeoutError:
                why = f"no worker came in {PATIENCE_SECONDS / 60:.0f} minutes: kubectl get pods says why"
                raise ConnectionError(f"Kubernetes, {name}: {why}") from None
            yield cluster.OnDask(client, sign, say, ours=ours)
