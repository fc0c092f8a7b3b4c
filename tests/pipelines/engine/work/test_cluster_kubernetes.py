"""Pods: what the operator is given is what its own schema allows. No pod was ever started by it here."""

from pathlib import Path
from typing import Any

import dask
import dask_kubernetes
import jsonschema
import pytest
import yaml

from winnow.pipelines.engine.work import cluster_kubernetes
from winnow.pipelines.engine.work.cluster_file import Kubernetes

CHART = "operator/deployment/helm/dask-kubernetes-operator/crds/daskcluster.yaml"
ASKED = Kubernetes(
    kind="kubernetes",
    workers=3,
    memory="4GB",
    image="here/winnow:1",
    env={"TMPDIR": "/scratch"},
    secrets=["store"],
)


def close(schema: Any) -> Any:
    """The schema, which refuses what Kubernetes would drop without a word: fields that it does not know."""
    if isinstance(schema, list):
        return [close(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: close(each) for name, each in schema.items()}
    if isinstance(schema.get("properties"), dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        closed.setdefault("additionalProperties", False)
    if schema.get("x-kubernetes-int-or-string"):
        closed.pop("anyOf", None)
    return closed


@pytest.fixture(scope="module")
def check():
    definition = yaml.safe_load((Path(dask_kubernetes.__file__).parent / CHART).read_text())
    schema = close(definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
    top = {"type": "string"}
    schema["properties"] |= {"apiVersion": top, "kind": top, "metadata": {"type": "object"}}
    return jsonschema.Draft202012Validator(schema).validate


def test_the_spec_is_valid_by_the_schema_of_the_operator(check):
    spec = cluster_kubernetes.render_spec(ASKED, "winnow-1")
    check(spec)
    assert (spec["kind"], spec["metadata"]) == ("DaskCluster", {"name": "winnow-1"})
    assert spec["spec"]["worker"]["replicas"] == 3
    (worker,) = spec["spec"]["worker"]["spec"]["containers"]
    (scheduler,) = spec["spec"]["scheduler"]["spec"]["containers"]
    assert worker["args"][:6] == ["dask", "worker", "--nthreads", "1", "--memory-limit", "4000000000"]
    assert worker["resources"]["limits"] == {"cpu": "1", "memory": "4000000000"}
    for container in (worker, scheduler):
        assert container["image"] == "here/winnow:1"
        assert container["envFrom"] == [{"secretRef": {"name": "store"}}]
        env = {each["name"]: each["value"] for each in container["env"]}
        assert env["TMPDIR"] == "/scratch"
        config = dask.config.deserialize(env["DASK_INTERNAL_INHERIT_CONFIG"])
        assert dask.config.get("distributed.scheduler.allowed-failures", config=config) == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda spec: spec["spec"]["worker"].update(replica=3),
        lambda spec: spec["spec"]["worker"].update(replicas="3"),
        lambda spec: spec["spec"].pop("scheduler"),
        lambda spec: spec["spec"]["worker"]["spec"]["containers"][0].update(envfrom=[]),
    ],
)
def test_the_schema_tells_a_spec_that_is_wrong(check, damage):
    spec = cluster_kubernetes.render_spec(ASKED, "winnow-1")
    damage(spec)
    with pytest.raises(jsonschema.ValidationError):
        check(spec)


def test_without_kubernetes_it_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))
    with (
        pytest.raises(ConnectionError, match="Kubernetes: "),
        cluster_kubernetes.open_pods(ASKED, print, print),
    ):
        pass
