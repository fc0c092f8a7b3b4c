"""Jobs of SLURM: the script that is handed in, and what becomes of jobs that end.

`make gate NAME=cluster` asks a real one; here its commands are a script that keeps a table."""

import os
import re
import subprocess
import sys

import dask
import pytest

from winnow.pipelines.engine.work import cluster_slurm, cluster_worker
from winnow.pipelines.engine.work.cluster_file import Slurm
from winnow.pipelines.engine.work.cluster_slurm import Jobs

COMMAND = """#!{python} -S
import os, sys
from pathlib import Path
name, words, folder = Path(sys.argv[0]).name, sys.argv[1:], Path({folder!r})
(folder / "asked").open("a").write(" ".join([name, *words]) + "\\n")
if (folder / f"{{name}}.fails").exists():
    sys.exit((folder / f"{{name}}.fails").read_text())
if name == "sbatch" and "--parsable" in words:
    (folder / "script").write_text(sys.stdin.read())
    number = len(list(folder.glob("*.job"))) + 1
    (folder / f"{{number}}.job").write_text("RUNNING|None")
    print(f"{{number}};here")
elif name == "squeue":
    for job in sorted(folder.glob("*.job")):
        if job.read_text() != "gone":
            print(f"{{job.stem}}|{{job.read_text()}}")
elif name == "scontrol":
    print(f"JobId={{words[-1]}} JobState=FAILED ExitCode=1:0 NodeList=n7")
"""


@pytest.fixture
def asked(tmp_path):
    return Slurm(
        kind="slurm",
        jobs=2,
        cores=4,
        memory="8GB",
        walltime="1-02:00:00",
        queue="cpu",
        directives=["--account=web"],
        prologue=["module load python"],
        python="/env with space/python",
        interface="ib0",
        logs=str(tmp_path / "jobs"),
    )


@pytest.fixture
def commands(tmp_path, monkeypatch):
    """The folder of a SLURM that keeps a file for each job."""
    folder = tmp_path / "slurm"
    folder.mkdir()
    for name in ("sbatch", "squeue", "scontrol", "scancel"):
        (folder / name).write_text(COMMAND.format(python=sys.executable, folder=str(folder)))
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


@pytest.fixture
def jobs(asked, commands):
    said: list[str] = []
    made = Jobs(asked, "the script", "winnow-1", said.append)
    made.said = said
    made.start()
    return made


def look(jobs: Jobs) -> None:
    jobs.look_at = 0.0
    assert jobs.tend()


def test_the_script(asked, tmp_path):
    config = {"distributed": {"comm": {"tls": {"ca-file": "-----BEGIN\nPEM\n"}}}}
    script = cluster_slurm.render_script(asked, "tls://10.0.0.1:8786", "winnow-1", config)
    lines = script.splitlines()
    for line in (
        "#SBATCH -J winnow-1",
        "#SBATCH -p cpu",
        "#SBATCH -n 1",
        "#SBATCH --cpus-per-task=4",
        "#SBATCH --mem=8G",
        "#SBATCH -t 1-02:00:00",
        "#SBATCH --account=web",
        f"#SBATCH -e {tmp_path}/jobs/winnow-1-%J.err",
        "module load python",
    ):
        assert line in lines, script
    command = lines[-1]
    assert command.startswith("'/env with space/python' -m distributed.cli.dask_worker tls://10.0.0.1:8786 ")
    for words in ("--name $SLURM_JOB_ID ", "--nthreads 1 ", "--nworkers 4 ", "--memory-limit 1.86GiB "):
        assert words in command
    assert f"--preload {cluster_worker.__name__}" in command and "--interface ib0" in command
    (blob,) = re.findall(r"INHERIT_CONFIG=(\S+)", script)
    assert dask.config.deserialize(blob) == config
    assert subprocess.run(["bash", "-n"], input=script, text=True).returncode == 0
    ends = next(line for line in lines if line.startswith(f"export {cluster_worker.ENDS}="))
    for given, least in (("export SLURM_JOB_END_TIME=77\n", "77"), ("unset SLURM_JOB_END_TIME\n", "")):
        told = subprocess.run(
            ["bash", "-c", f"{given}{ends}\necho ${cluster_worker.ENDS} $(date +%s)"],
            capture_output=True,
            text=True,
            check=True,
        )
        until, now = told.stdout.split()
        assert until == least or abs(int(until) - int(now) - 26 * 3600) <= 2


def test_a_job_that_ends_is_asked_for_again(jobs, commands):
    jobs.came |= {"1", "2"}
    look(jobs)
    assert jobs.ids == {"1", "2"} and jobs.said == ["SLURM: 2 running; 0 workers"]
    (commands / "1.job").write_text("gone")
    (commands / "2.job").write_text("COMPLETING|None")
    look(jobs)
    assert jobs.ids == {"3", "4"}
    assert jobs.said[1:] == ["SLURM: 2 of 2 jobs ended (2 FAILED): asked for again"]
    assert (commands / "script").read_text() == "the script"
    (commands / "4.job").write_text("PENDING|Priority")
    look(jobs)
    assert jobs.said[-1] == "SLURM: 1 pending (Priority), 1 running; 0 workers"
    count = (commands / "asked").read_text().count("squeue")
    assert jobs.tend() and (commands / "asked").read_text().count("squeue") == count  # not at every call
    jobs.cancel()
    assert (commands / "asked").read_text().endswith("scancel --quiet --name=winnow-1\n")


def test_jobs_that_end_before_a_worker_comes_are_told_with_their_logs(jobs, commands, tmp_path):
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs/winnow-1-1.err").write_text("first\nNo module named 'distributed'\n")
    for job in ("1", "2"):
        (commands / f"{job}.job").write_text("gone")
    look(jobs)
    told = "job 1 of SLURM ended before a worker came: FAILED, exit code 1:0, on n7\n  first\n  No module"
    assert jobs.said[0].startswith(told)
    assert (
        jobs.said[1].startswith("job 2 of") and "`logs` must be a folder that all nodes see" in jobs.said[1]
    )
    (commands / "3.job").write_text("gone")
    jobs.workers.count = 1
    look(jobs)  # there is another worker
    jobs.workers.count = 0
    (commands / "4.job").write_text("gone")
    jobs.look_at = 0.0
    with pytest.raises(ConnectionError, match="the last 4 jobs of SLURM ended before a worker came"):
        jobs.tend()


def test_a_worker_that_came_ends_the_count(jobs, commands):
    for number in range(1, 9, 2):
        (commands / f"{number}.job").write_text("gone")
        (commands / f"{number + 1}.job").write_text("gone")
        look(jobs)
        jobs.came.add(str(number + 2))
    assert jobs.vain <= 2


def test_slurm_that_does_not_answer_is_told_once_and_asked_again(jobs, commands):
    (commands / "squeue.fails").write_text("slurmctld is down")
    look(jobs)
    look(jobs)
    assert jobs.said == ["squeue: slurmctld is down; asked again"] and jobs.ids == {"1", "2"}


def test_what_slurm_refuses_is_told_in_its_words(asked, commands):
    (commands / "sbatch.fails").write_text("sbatch: error: invalid partition specified: cpu")
    with pytest.raises(ConnectionError, match="invalid partition specified: cpu"):
        Jobs(asked, "", "winnow-1", print).start()


def test_without_slurm_it_is_said(asked, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConnectionError, match="sbatch is not on this machine: start the run where jobs"):
        Jobs(asked, "", "winnow-1", print).start()


def test_a_network_that_is_not_there_is_named(asked):
    with (
        pytest.raises(ConnectionError, match="interface: 'ib0' is not a valid network interface"),
        cluster_slurm.open_jobs(asked, print, print, None),
    ):
        pass
