"""WebDataset's tar files: a sample is `NUMBER.ids.npy` and `NUMBER.json`, its number and documents' ends."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np

from winnow.mixing.formats.shard import Info, Shard

SUFFIX = ".tar"
SNIPPET = """import webdataset

dataset = webdataset.WebDataset("{folder}/webdataset/{name}.tar", shardshuffle=False).decode()
sample = next(iter(dataset))["ids.npy"]"""


def write(shard: Shard, folder: Path) -> None:
    """`NAME.tar`; times and owners are zero, so that the bytes depend on the samples alone."""
    begins = shard.begins
    with tarfile.open(folder / f"{shard.name}.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
        for number, end in enumerate(shard.ends):
            array = io.BytesIO()
            np.save(array, shard.ids[begins[number] : end])
            ends = shard.borders_of(number).tolist()
            about = json.dumps({"sample": number, "document_ends": ends}).encode()
            for suffix, data in (("ids.npy", array.getvalue()), ("json", about)):
                member = tarfile.TarInfo(f"{number:09d}.{suffix}")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))


def load(folder: Path, name: str, info: Info) -> np.ndarray:
    """The ids of all samples end to end."""
    found = [np.empty(0, info["dtype"])]
    with tarfile.open(folder / f"{name}.tar") as tar:
        for member in tar:
            if member.name.endswith(".npy") and (file := tar.extractfile(member)):
                found.append(np.load(io.BytesIO(file.read())))
    return np.concatenate(found)
