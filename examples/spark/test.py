#!/usr/bin/env python3
"""Tags 1,000 records on a Spark cluster of two workers, kills one of them on the way, and
compares what comes out with a single run of minitag.

    python3 examples/spark/test.py target/release/minitag

Needs Java 17 and pyspark; says so and does nothing where they are missing.
"""

import importlib.util
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
RECORDS = 1000
PARTITIONS = 10
PATIENCE = 600

THINGS = [
    "a parser library for Rust", "a database engine with SQL", "a puzzle game",
    "a command line tool", "a neural network that writes text", "a key-value store",
    "a text adventure in the terminal", "bindings for a C library", "a garden diary",
]


def catalogue():
    """1,000 records, some of which fail."""
    for n in range(RECORDS):
        one, other = THINGS[n % 9], THINGS[(n * 5 + n // 9) % 9]
        record = {"id": str(n), "text": f"Number {n}: {one}, together with {other}."}
        if n % 97 == 50:
            del record["text"]
        yield json.dumps(record) + "\n"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Cluster:
    """A master and two workers, each in a session of its own, as if on a machine."""

    def __init__(self, folder):
        self.folder = folder
        self.home = pathlib.Path(importlib.util.find_spec("pyspark").origin).parent
        self.environment = {
            **os.environ,
            "SPARK_HOME": str(self.home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_WORKER_DIR": str(folder / "work"),
            "PYSPARK_PYTHON": sys.executable,
        }
        port, page = free_port(), free_port()
        self.url = f"spark://127.0.0.1:{port}"
        deploy = "org.apache.spark.deploy"
        self.daemons = [self.daemon(
            "master", f"{deploy}.master.Master", "--host", "127.0.0.1",
            "--port", str(port), "--webui-port", str(page))]
        for n in (1, 2):
            self.daemons.append(self.daemon(
                f"worker{n}", f"{deploy}.worker.Worker", "--host", "127.0.0.1", "--cores", "1",
                "--memory", "1g", "--webui-port", str(free_port()), self.url))

    def daemon(self, name, *command):
        log = open(self.folder / f"{name}.log", "wb")
        return subprocess.Popen(
            [self.home / "bin" / "spark-class", *command], env=self.environment,
            stdout=log, stderr=log, start_new_session=True)

    def processes(self, daemon):
        """What runs on that machine: ids and names."""
        listed = subprocess.run(
            ["ps", "-s", str(self.daemons[daemon].pid), "-o", "pid=,comm="],
            capture_output=True, text=True)
        return [line.split(None, 1) for line in listed.stdout.splitlines()]

    def unplug(self, daemon):
        for pid, _ in self.processes(daemon):
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.daemons[daemon].wait()

    def stop(self):
        for daemon in range(len(self.daemons)):
            self.unplug(daemon)


def without_lines(text):
    """The records of an output, without the numbers of their lines: a partition counts its own."""
    records = [json.loads(line) for line in text.splitlines()]
    for record in records:
        record.pop("line", None)
    return records


def check(minitag, folder):
    source, tags, output = folder / "in.jsonl", folder / "tags.txt", folder / "out"
    source.write_text("".join(catalogue()))
    tags.write_text("ai\ncli\ndatabase\ngame\nlib\n")
    options = ["--tags", str(tags), "-m", "nano", "-t", "1"]

    cluster = Cluster(folder)
    try:
        log = open(folder / "job.log", "wb")
        job = subprocess.Popen(
            [cluster.home / "bin" / "spark-submit", "--master", cluster.url,
             "--conf", "spark.executor.memory=512m", "--conf", "spark.driver.memory=512m",
             HERE / "tag.py", source, output, "--minitag", minitag,
             "--partitions", str(PARTITIONS), "--", *options],
            env=cluster.environment, stdout=log, stderr=log)
        killed = False
        started = time.monotonic()
        while job.poll() is None:
            assert time.monotonic() - started < PATIENCE, "the job takes too long"
            done = list(output.glob("**/part-*"))
            if not killed and len(done) >= 2:
                at_work = any(name == "minitag" for _, name in cluster.processes(1))
                if at_work:
                    assert not (output / "_SUCCESS").exists()
                    cluster.unplug(1)
                    killed = True
                    print(f"worker 1 of 2 killed at its work, {len(done)} parts being there")
            time.sleep(0.02)
        said = (folder / "job.log").read_text(errors="replace")
        assert job.returncode == 0, f"the job failed:\n{said[-5000:]}"
        assert killed, "the job was over before a worker could be killed"
        assert "Lost executor" in said, f"Spark did not notice:\n{said[-5000:]}"
    finally:
        cluster.stop()

    # A program that cannot start is a failure, and no empty output.
    wrong = subprocess.run(
        [cluster.home / "bin" / "spark-submit", "--master", "local[1]", HERE / "tag.py", source,
         folder / "none", "--minitag", minitag, "--", "--tags", str(tags), "-m", "nope.gguf"],
        env=cluster.environment, capture_output=True, text=True)
    assert wrong.returncode != 0 and "error code 3" in wrong.stderr, wrong.stderr[-5000:]
    assert not (folder / "none" / "_SUCCESS").exists()

    parts = sorted(output.glob("part-*"))
    tagged = without_lines("".join(part.read_text() for part in parts))
    ids = [record["id"] for record in tagged]
    assert ids == [str(n) for n in range(RECORDS)], "not every record came back once, in order"
    with open(source, "rb") as records:
        single = subprocess.run(
            [minitag, "batch", "-", "-o", "-", "-q", *options], stdin=records,
            stdout=subprocess.PIPE, text=True)
    assert single.returncode == 1, single
    assert tagged == without_lines(single.stdout), "not what a single run gives"
    failed = sum("error" in record for record in tagged)
    assert failed > 0
    print(f"{RECORDS} records in {len(parts)} parts, {failed} of them error records: each came back "
          f"once, as in a single run ({time.monotonic() - started:.0f} s)")


def main():
    for missing, name in [
        (shutil.which("java") is None, "java"),
        (importlib.util.find_spec("pyspark") is None, "pyspark (`pip install pyspark`)"),
    ]:
        if missing:
            print(f"skipped: there is no {name}", file=sys.stderr)
            return
    minitag = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        check(minitag, pathlib.Path(folder))


if __name__ == "__main__":
    main()
