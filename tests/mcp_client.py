#!/usr/bin/env python3
"""The client of the Model Context Protocol's own Python SDK (`pip install mcp`) against `minitag mcp`, as `make test-service`
runs it: python tests/mcp_client.py MINITAG

It lists and calls every tool, in both ways in which a session can begin; cancels a call; and dies in the middle of another.
"""

import asyncio
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from mcp import Client, StdioServerParameters

ROOT = pathlib.Path(__file__).resolve().parent.parent
TAGS = str(ROOT / "examples/tags.json")
DOCUMENT = str(ROOT / "examples/lanternfish.md")
PATIENCE = 60

QUESTIONS = {
    "library": {"type": "noul", "instructions": "Is it a library?"},
    "topic": {"type": "choice", "criteria": {"game": None, "database": "It stores data."}},
}
# What each tool is called with, what is in its answer, and an argument that it cannot use. A tool that is not here is a fault.
CALLS = {
    "tag_document": ({"path": DOCUMENT, "names": True, "scores": "all"}, {"id", "tags", "names", "scores"}, {"tags": 7}),
    "tag_many": ({"documents": [{"path": DOCUMENT}, {"text": " "}]}, {"answers", "tagged", "failed"}, {"tags": 7}),
    "explain": ({"text": "A database. It is fast.", "tags": ["database", "game"], "pieces": 2}, {"id", "tags"}, {"pieces": 0}),
    "decide": ({"text": "A database. It is fast.", "questions": QUESTIONS}, {"id", "answers"}, {"questions": {}}),
    "check_tags": ({"tags": ["web app", "web-app"]}, {"tags", "warnings"}, {"tags": 7}),
}
# Far more than is computed before anything else happens.
LONG = {"documents": [{"text": f"Number {n}: a database, a game and a parser."} for n in range(20_000)]}


def server(minitag, folder):
    """The program, which leaves its exit code in a file, whatever becomes of its client."""
    command = '"$@"; echo $? >"$0"'
    args = ["-c", command, str(folder / "code"), minitag, "mcp", "--tags", TAGS, "-m", "nano", "-q", "--no-prefix-cache"]
    return StdioServerParameters(command="sh", args=args)


def exit_code(folder):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        text = (folder / "code").read_text() if (folder / "code").exists() else ""
        if text.endswith("\n"):
            (folder / "code").unlink()
            return int(text)
        time.sleep(0.05)
    return "no end"


async def every_tool(minitag, folder, mode):
    async with Client(server(minitag, folder), mode=mode, read_timeout_seconds=PATIENCE) as client:
        assert client.server_info.name == "minitag", client.server_info
        tools = (await client.list_tools()).tools
        unknown = {tool.name for tool in tools} - set(CALLS)
        assert not unknown, f"{unknown} is not called here"
        missing = set(CALLS) - {tool.name for tool in tools}
        assert not missing, f"there is no {missing}"
        for tool in tools:
            arguments, expected, wrong = CALLS[tool.name]
            result = await client.call_tool(tool.name, arguments)
            assert not result.is_error, (tool.name, result)
            assert json.loads(result.content[0].text) == result.structured_content, (tool.name, result)
            assert expected <= set(result.structured_content), (tool.name, result)
            # What is wrong is said in words, and ends nothing.
            result = await client.call_tool(tool.name, {**arguments, **wrong})
            assert result.is_error and result.content[0].text, (tool.name, result)
        resources = (await client.list_resources()).resources
        assert [resource.name for resource in resources] == ["tags.json"], resources
        content = (await client.read_resource(resources[0].uri)).contents[0]
        assert json.loads(content.text) == json.loads(pathlib.Path(TAGS).read_text()), content
        return len(tools), client.protocol_version


async def cancelled(minitag, folder):
    """How long the next call takes after one that would take very long."""
    async with Client(server(minitag, folder), read_timeout_seconds=PATIENCE) as client:
        begun = asyncio.Event()
        seen = []

        async def progress(done, total, message):
            seen.append((done, total))
            begun.set()

        call = asyncio.create_task(client.call_tool("tag_many", LONG, progress_callback=progress))
        await asyncio.wait_for(begun.wait(), PATIENCE)
        call.cancel()
        started = time.monotonic()
        result = await client.call_tool("tag_document", {"path": DOCUMENT})
        took = time.monotonic() - started
        assert not result.is_error, result
        assert seen[-1][0] < len(LONG["documents"]) and seen[-1][1] == len(LONG["documents"]), seen[-1]
        return took


async def die(minitag, folder):
    """Begins a call that takes very long, and is gone."""
    async with Client(server(minitag, folder)) as client:

        async def progress(done, total, message):
            os.kill(os.getpid(), signal.SIGKILL)

        await client.call_tool("tag_many", LONG, progress_callback=progress)


def main():
    minitag = str(pathlib.Path(sys.argv[1]).resolve())
    if len(sys.argv) > 2:
        asyncio.run(die(minitag, pathlib.Path(sys.argv[2])))
        return
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for mode in ("legacy", "auto"):
            tools, version = asyncio.run(every_tool(minitag, folder, mode))
            assert exit_code(folder) == 0
            print(f"mcp: {tools} tools listed and called, protocol {version} ({mode})")
        took = asyncio.run(cancelled(minitag, folder))
        assert exit_code(folder) == 0
        print(f"mcp: a call cancelled; the next one took {took:.2f} s")
        client = subprocess.run([sys.executable, __file__, minitag, folder])
        assert client.returncode == -signal.SIGKILL, client
        started = time.monotonic()
        code = exit_code(folder)
        assert code == 0, code
        print(f"mcp: the client killed during a call; the server ended {time.monotonic() - started:.1f} s later with exit code {code}")


if __name__ == "__main__":
    main()
