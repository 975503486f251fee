"""Load on `minitag serve`: python benches/service.py MINITAG [--connections 200] [--requests 10000] [OPTION_OF_SERVE...]

Most requests are good ones, which are also asked alone beforehand. Among them are 1,000 random bodies made from the schema
of a request (half of them spoilt at one place), clients that read slowly or not at all, and clients that send half a
request. Every answer has to be the one that is given to the same request alone, and the memory of the service may not grow
by more than 5 % in the second half. Exits 1 if anything is wrong. Linux, without packages.
"""

import argparse
import asyncio
import json
import os
import pathlib
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

WORDS = "invoice refund parser game database garden robot query camera music train river wool engine letter map".split()
PATIENCE = 300


def sentence(rng):
    return " ".join(rng.choices(WORDS, k=rng.randint(3, 12))).capitalize() + "."


# A request as docs/service.md has it, as a JSON Schema.
TEXT = {"anyOf": [{"type": "string"}, {"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": 3},
                  {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 3}]}
DESCRIPTION = {"anyOf": [TEXT, {"type": "null"}]}
NAMES = {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "minItems": 1, "maxItems": 12}


def question(kind, required, **properties):
    properties = {"type": {"const": kind}, "instructions": TEXT, **properties}
    return {"type": "object", "properties": properties, "required": ["type", *required]}


SCHEMA = {
    "type": "object",
    "required": ["state", "questions"],
    "properties": {
        "state": TEXT,
        "model": {"const": "jev-latest"},
        "seed": {"type": "integer", "minimum": 0, "maximum": 9},
        "questions": {"type": "object", "minProperties": 1, "maxProperties": 3, "additionalProperties": {"anyOf": [
            question("noul", ["instructions"], criteria={"type": "object", "properties": {"true": TEXT, "false": TEXT}}),
            question("choice", ["criteria"], criteria={
                "type": "object", "additionalProperties": DESCRIPTION, "minProperties": 2, "maxProperties": 12}),
            question("score", ["criteria"], criteria={"type": "array", "items": TEXT, "minItems": 2, "maxItems": 10}),
            question("multi_label", ["labels"], labels=NAMES, max={"type": "integer", "minimum": 1, "maximum": 4}),
        ]}},
    },
}


def made(rng, schema):
    """A value that a schema allows."""
    if "anyOf" in schema:
        return made(rng, rng.choice(schema["anyOf"]))
    if "const" in schema:
        return schema["const"]
    kind = schema["type"]
    if kind == "null":
        return None
    if kind == "string":
        return rng.choice([sentence(rng), rng.choice(WORDS), "猫 \u2028 é \"\\", sentence(rng) * 8 if rng.random() < 0.05 else "x"])
    if kind == "integer":
        return rng.randint(schema["minimum"], schema["maximum"])
    if kind == "array":
        count = rng.randint(schema.get("minItems", 0), schema["maxItems"])
        if schema.get("uniqueItems"):
            return rng.sample(WORDS, count)
        return [made(rng, schema["items"]) for _ in range(count)]
    if "additionalProperties" in schema:
        names = rng.sample(WORDS, rng.randint(schema.get("minProperties", 0), schema["maxProperties"]))
        return {name: made(rng, schema["additionalProperties"]) for name in names}
    needed = schema.get("required", [])
    chosen = [name for name in schema["properties"] if name in needed or rng.random() < 0.5]
    return {name: made(rng, schema["properties"][name]) for name in chosen}


def spoilt(rng, value):
    """The same with something else at one place, or without it."""
    if isinstance(value, (dict, list)) and value and rng.random() < 0.8:
        value = value.copy()
        key = rng.choice(list(value)) if isinstance(value, dict) else rng.randrange(len(value))
        if rng.random() < 0.2:
            del value[key]
        else:
            value[key] = spoilt(rng, value[key])
        return value
    return rng.choice([None, True, -1, 1e300, 10**30, "", " ", [], {}, [[[]]], "x" * 5000, {"a": {"b": 1}}, "\ud800"])


def random_body(rng):
    value = made(rng, SCHEMA)
    body = json.dumps(spoilt(rng, value) if rng.random() < 0.5 else value, ensure_ascii=rng.random() < 0.5)
    body = body.encode("utf-8", "surrogatepass")
    # A few are no JSON at all.
    return body[: rng.randrange(len(body))] if rng.random() < 0.05 else body


def good_body(rng):
    """One that is answered."""
    questions = {
        "refund": {"type": "noul", "instructions": "Is it about a refund?"},
        "about": {"type": "choice", "criteria": {name: None for name in WORDS[:6]}},
        "mood": {"type": "score", "criteria": ["sad", "calm", "glad"]},
        "labels": {"type": "multi_label", "labels": WORDS, "max": 3},
    }
    asked = rng.sample(sorted(questions), rng.randint(1, 3))
    return json.dumps({"state": sentence(rng), "questions": {name: questions[name] for name in asked}}).encode()


# A reply that no buffer of a slow reader takes at once: 8 times 255 options with long names.
LONG = json.dumps({"state": "A letter about music.", "questions": {
    f"q{n}": {"type": "choice", "criteria": {f"{WORDS[i % 16]} {i} {'x' * 60}": None for i in range(255)}} for n in range(8)
}}).encode()

# As large as a random one can be: the service keeps the memory that its largest question needed.
LARGEST = json.dumps({"state": "wool " * 300, "questions": {
    kind: {"type": kind, "instructions": "wool " * 300, **more} for kind, more in {
        "noul": {}, "choice": {"criteria": dict.fromkeys(WORDS[:12])}, "score": {"criteria": WORDS[:10]},
        "multi_label": {"labels": WORDS[:12], "max": 4}}.items()
}}).encode()


def request(body):
    return b"POST /v1/systemone HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def parted(reply):
    """(status, body); (0, …) if it is not whole."""
    head, _, body = reply.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:])
    whole = head.startswith(b"HTTP/1.1 ") and int(fields.get("content-length", -1)) == len(body)
    return (int(lines[0].split()[1]) if whole else 0), body


class Load:
    """What is asked of one service, and what was wrong."""

    def __init__(self, port, seed):
        self.port = port
        self.rng = random.Random(seed)
        self.good = [good_body(self.rng) for _ in range(200)]
        self.expected = {}
        self.replies = {}
        self.times = []
        self.faults = []

    async def connected(self, buffer=None):
        sock = socket.socket()
        if buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", self.port))
        return await asyncio.open_connection(sock=sock, limit=4096 if buffer else 2**16)

    async def exchange(self, sent, pause=0):
        reader, writer = await self.connected(4096 if pause else None)
        try:
            writer.write(sent)
            reply = b""
            while part := await reader.read(2048 if pause else -1):
                reply += part
                await asyncio.sleep(pause)
            return parted(reply)
        finally:
            writer.close()

    async def alone(self, body):
        """The reply, and how long it took."""
        started = time.perf_counter()
        reply = await self.exchange(request(body))
        return reply, time.perf_counter() - started

    async def ask_good(self):
        body = self.rng.choice(self.good)
        reply, took = await self.alone(body)
        self.times.append(took)
        if reply != self.expected[body]:
            self.faults.append(f"{reply} instead of {self.expected[body]} to {body}")

    async def ask_random(self):
        while (body := random_body(self.rng)) in self.replies:
            pass
        self.replies[body] = None
        self.replies[body], _ = await self.alone(body)

    async def read_slowly(self):
        reply = await self.exchange(request(LONG), pause=0.02)
        if reply != self.expected[LONG]:
            self.faults.append(f"a slow reader got {reply[0]} and {len(reply[1])} bytes")

    async def read_nothing(self):
        _, writer = await self.connected(4096)
        writer.write(request(LONG))
        await asyncio.sleep(5)
        writer.transport.abort()

    async def send_half(self):
        """Sends a part of a request and goes, or waits for the service to end it."""
        whole = request(self.rng.choice(self.good))
        reader, writer = await self.connected()
        writer.write(whole[: self.rng.randrange(len(whole))])
        try:
            await writer.drain()
            if self.rng.random() < 0.5:
                await asyncio.wait_for(reader.read(), 30)
        except asyncio.TimeoutError:
            self.faults.append("half a request was still waited for after 30 seconds")
        finally:
            writer.transport.abort()

    async def run(self, work, connections):
        """Does all of it, on so many connections at the same time."""
        work = iter(work)

        async def worker():
            for job in work:
                try:
                    await asyncio.wait_for(job(), PATIENCE)
                except (OSError, ValueError, asyncio.TimeoutError) as error:
                    self.faults.append(f"{job.__name__}: {error!r}")

        started = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(connections)))
        return time.perf_counter() - started

    async def compare_random(self):
        """Asks each random body again, alone."""
        for body, reply in self.replies.items():
            again, _ = await self.alone(body)
            if reply != again or again[0] not in (200, 404, 422):
                self.faults.append(f"{reply}, and alone {again}, to {body}")


def memory(pid):
    """Resident bytes of a process and all below it."""
    parents = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            pass
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    pages = sum(int(pathlib.Path(f"/proc/{one}/statm").read_text().split()[1]) for one in family)
    return pages * os.sysconf("SC_PAGE_SIZE")


async def measured(args, server, port):
    load = Load(port, args.seed)
    alone = []
    for body in [*load.good, LONG, LARGEST]:
        load.expected[body], took = await load.alone(body)
        alone.append(took)
        if load.expected[body][0] != 200:
            load.faults.append(f"{load.expected[body]} to {body}")
    odd = args.requests // 200
    work = [load.ask_random] * (args.requests // 10) + [load.read_slowly] * odd + [load.read_nothing] * odd + [load.send_half] * 2 * odd
    work += [load.ask_good] * (args.requests - len(work))
    load.rng.shuffle(work)
    warm_up = len(work) // 2
    took = await load.run(work[:warm_up], args.connections)
    before = memory(server.pid)
    took += await load.run(work[warm_up:], args.connections)
    after = memory(server.pid)
    if after > 1.05 * before:
        load.faults.append(f"resident memory grew from {before} to {after} bytes")
    await load.compare_random()
    _, body = await load.exchange(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    if b"\nminitag_panics_total 0\n" not in body:
        load.faults.append("a panic")
    statuses = [reply[0] for reply in load.replies.values() if reply]
    at = statistics.quantiles(load.times, n=100)
    print(
        f"{len(work)} requests on {args.connections} connections in {took:.0f} s ({len(work) / took:.0f} a second): "
        f"{len(load.times)} good ones, {len(statuses)} random bodies ({statuses.count(200)} of them answered), "
        f"{2 * odd} slow readers, {2 * odd} half requests; good ones took {1000 * at[49]:.0f} ms (p50), "
        f"{1000 * at[98]:.0f} ms (p99), alone {1000 * statistics.median(alone):.1f} ms; "
        f"resident {before / 2**20:.1f} MiB after half of them, {after / 2**20:.1f} MiB at the end"
    )
    return load.faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minitag")
    parser.add_argument("--connections", type=int, default=200)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    args, options = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        # Requests wait even after their clients have gone. As many states of questions as may be kept are there soon.
        command = [args.minitag, "serve", "--listen", "127.0.0.1:0", "-m", "nano", "--queue", "1000"]
        command += ["--resident", "4MiB", "--timeout", str(PATIENCE), "--no-prefix-cache", *options]
        said = pathlib.Path(folder, "said")
        with said.open("wb") as stderr:
            server = subprocess.Popen(command, stderr=stderr, env={**os.environ, "XDG_CACHE_HOME": folder})
        try:
            while "listening on http://" not in said.read_text():
                if server.poll() is not None:
                    sys.exit(said.read_text())
                time.sleep(0.05)
            port = int(said.read_text().rsplit("listening on http://127.0.0.1:", 1)[1].split()[0])
            faults = asyncio.run(measured(args, server, port))
            server.send_signal(signal.SIGTERM)
            if code := server.wait(PATIENCE):
                faults.append(f"the service ended with {code}")
        finally:
            server.terminate()
            server.wait()
    for fault in faults[:10]:
        print(fault[:2000], file=sys.stderr)
    if faults:
        sys.exit(f"service: {len(faults)} faults")


if __name__ == "__main__":
    main()
