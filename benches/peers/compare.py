#!/usr/bin/env python3
"""Times minitag beside other ways of tagging with the same GGUF file.

All read the same model, prompt and documents, each with its prompt's beginning
(wording and tag list) computed before the clock starts. They take turns, document
by document: what the machine does besides falls on all of them alike. Where two do
not fit into memory, --one-by-one runs each to its end before the next.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from importlib.metadata import version
from pathlib import Path

ASSISTANT = "<|im_start|>assistant\n"
# A word of the vocabulary, ten of which are a sentence: documents of any length.
WORDS = (
    "river stone lantern copper meadow signal harbour window thread engine market "
    "garden bridge paper winter circle ladder morning pocket silver"
).split()


def document(seed: int, tokens: int) -> str:
    """A text of more than so many tokens that no other seed gives."""
    import random

    rng = random.Random(seed)
    sentences = (" ".join(rng.choices(WORDS, k=10)) for _ in range(tokens // 8 + 2))
    return f"Report {seed}\n\n" + "\n\n".join(s.capitalize() + "." for s in sentences)


class Minitag:
    """`minitag batch`, fed and read through pipes."""

    name = "minitag"

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args

    def open(self) -> None:
        args = self.args
        command = [args.minitag, "batch", "-", "-o", "-", "--tags", args.tags, "-m", args.model]
        command += ["--answer", "id", "--budget", str(args.tokens), "--max-tags", str(args.max_tags)]
        command += ["-t", str(args.threads), "-tb", str(args.threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def close(self) -> None:
        self.process.communicate()

    def answer(self, id: str, text: str, _prompt: str) -> str:
        self.process.stdin.write(json.dumps({"id": id, "text": text}) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


def gbnf(args: argparse.Namespace, id: str) -> str:
    """The grammar of all valid answers to a document."""
    command = [args.minitag, "grammar", "--tags", args.tags, "--id", id, "--max-tags", str(args.max_tags)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def llama(args: argparse.Namespace) -> object:
    """The bindings with the model."""
    from llama_cpp import Llama

    threads = {"n_threads": args.threads, "n_threads_batch": args.threads}
    return Llama(args.model, n_ctx=args.context, verbose=False, **threads)


class LlamaCppPython:
    """llama-cpp-python with a GBNF grammar. It keeps the cells of the longest
    common beginning of one prompt and the next by itself."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.name = f"llama-cpp-python {version('llama-cpp-python')}, GBNF"
        self.args = args
        self.until = math.inf

    def open(self) -> None:
        self.llama = llama(self.args)

    def close(self) -> None:
        self.llama.close()

    def give_up_after(self, seconds: float) -> None:
        """Ends the next answers' decoding, which raises, once they have taken that long."""
        from llama_cpp import ggml_abort_callback, llama_set_abort_callback

        self.until = time.perf_counter() + seconds
        # Kept, since llama.cpp has no more than its address.
        self.late = ggml_abort_callback(lambda _: time.perf_counter() > self.until)
        llama_set_abort_callback(self.llama.ctx, self.late, None)

    def answer(self, id: str, _text: str, prompt: str) -> str:
        from llama_cpp import LlamaGrammar

        grammar = LlamaGrammar.from_string(gbnf(self.args, id), verbose=False)
        reply = self.llama.create_completion(prompt, grammar=grammar, temperature=0, max_tokens=200)
        return reply["choices"][0]["text"]


class LlamaServer:
    """llama.cpp's own server, which keeps the cells of the common beginning too, with the same grammar."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.name = f"llama.cpp's server (xllamacpp {version('xllamacpp')}), GBNF"
        self.args = args

    def open(self) -> None:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = self.args.model
        params.n_ctx, params.n_parallel, params.verbosity = self.args.context, 1, 0
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = self.args.threads
        self.server = xllamacpp.Server(params)

    def close(self) -> None:
        del self.server

    def answer(self, id: str, _text: str, prompt: str) -> str:
        body = {"prompt": prompt, "grammar": gbnf(self.args, id), "cache_prompt": True}
        body |= {"temperature": 0, "n_predict": 200}
        address = f"{self.server.listening_address}/completion"
        request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)["content"]


class Guidance:
    """guidance: what is fixed in the answer is fed, each tag is one of those left."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.name = f"guidance {version('guidance')}"
        self.args = args
        self.tags = [json.dumps(tag["id"]) for tag in json.loads(Path(args.tags).read_text())]

    def open(self) -> None:
        from guidance import models

        self.llama = llama(self.args)
        self.model = models.LlamaCpp(self.llama, echo=False)

    def close(self) -> None:
        self.llama.close()

    def answer(self, id: str, _text: str, prompt: str) -> str:
        from guidance import select

        state = self.model + prompt + f'{{"id":{json.dumps(id)},"tags":['
        chosen: list[str] = []
        while len(chosen) < self.args.max_tags:
            comma = "," if chosen else ""
            left = [comma + tag for tag in self.tags if tag not in chosen]
            state += select([*left, "]}"], name="next")
            if state["next"] == "]}":
                break
            chosen.append(state["next"].removeprefix(","))
        return f'{{"id":{json.dumps(id)},"tags":[{",".join(chosen)}]}}'


# What minitag can be compared with, by the names on the command line.
PEERS = {"bindings": LlamaCppPython, "server": LlamaServer, "guidance": Guidance}


def check(answer: str, id: str, tags: set[object], most: int) -> None:
    """Fails where an answer is not what was asked for."""
    value = json.loads(answer)
    valid = value["id"] == id and len(value["tags"]) <= most and set(value["tags"]) <= tags
    if not valid or len(set(value["tags"])) < len(value["tags"]):
        sys.exit(f"not a valid answer: {answer}")


def prompt(args: argparse.Namespace, id: str, text: str) -> str:
    """What minitag shows the model, without the answer's head."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "document.txt"
        path.write_text(text)
        command = [args.minitag, "prompt", str(path), "--json", "--id", id, "--tags", args.tags, "-m", args.model]
        command += ["--answer", "id", "--budget", str(args.tokens), "--max-tags", str(args.max_tags)]
        shown = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    text = shown["text"].removeprefix("<s>")
    return text[: text.rindex(ASSISTANT) + len(ASSISTANT)]


def whole(args: argparse.Namespace, id: str, text: str) -> str:
    """The same prompt with all of a document, as it stands."""
    mark = "Placeholder of a document."
    return prompt(args, id, mark).replace(mark, text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a GGUF file with ChatML tokens")
    parser.add_argument("--tags", required=True, help="a tag list as JSON")
    parser.add_argument("--minitag", default="target/release/minitag", help="the program")
    parser.add_argument("--tokens", type=int, default=1024, help="of a document [1024]")
    parser.add_argument("--document", help="this document instead of made ones; the others are shown all of it")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS), help="only these [all]")
    parser.add_argument("--give-up", type=float, help="on llama-cpp-python after so many times minitag's time")
    parser.add_argument("--one-by-one", action="store_true", help="where they do not fit into memory beside each other")
    parser.add_argument("--rounds", type=int, default=5, help="documents that each is timed with [5]")
    parser.add_argument("--max-tags", type=int, default=3)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--context", type=int, default=4096, help="of the others [4096]")
    args = parser.parse_args()
    tags = {tag["id"] for tag in json.loads(Path(args.tags).read_text())}

    peers = [Minitag(args), *(PEERS[name](args) for name in args.peers)]
    ours = peers[0]
    seconds: dict[str, list[float]] = {peer.name: [] for peer in peers}
    given_up = False

    def ask(peer: Minitag | LlamaCppPython | LlamaServer | Guidance, round: int) -> None:
        nonlocal given_up
        text = document(round, args.tokens if round else 16)
        if args.document and round:
            # Another beginning each time, or the other would know it already.
            text = f"<!-- {round} -->\n" + Path(args.document).read_text()
            shown = whole(args, str(round), text)
        else:
            shown = prompt(args, str(round), text)
        can_be_ended = args.give_up and isinstance(peer, LlamaCppPython)
        if can_be_ended and round:
            peer.give_up_after(args.give_up * statistics.median(seconds[ours.name]))
        start = time.perf_counter()
        try:
            answer = peer.answer(str(round), text, shown)
        except RuntimeError:
            if not can_be_ended or time.perf_counter() < peer.until:
                raise
            read, of = peer.llama.n_tokens, len(peer.llama.tokenize(shown.encode(), special=True))
            answer, given_up = f"given up with {read} of the prompt's {of} tokens read", True
        else:
            check(answer, str(round), tags, args.max_tags)
        took = time.perf_counter() - start
        print(f"{round} {peer.name}: {took:.2f} s, {answer.strip()}", file=sys.stderr)
        if round:
            seconds[peer.name].append(took)

    # The first round computes the prompt's beginning and is not counted.
    rounds = range(args.rounds + 1)
    if args.one_by_one:
        for peer in peers:
            peer.open()
            for round in rounds:
                ask(peer, round)
            peer.close()
    else:
        for peer in peers:
            peer.open()
        for round in rounds:
            for peer in peers if round % 2 else reversed(peers):
                ask(peer, round)

    print(f"{platform.machine()}, {args.threads} threads, {args.tokens} tokens, {args.rounds} rounds\n")
    if given_up:
        print("Answers that were given up count with the time until then: they would have taken longer.\n")
    print("| | s a document (median) | in relation to minitag (median of rounds) |")
    print("|---|---|---|")
    for name, took in seconds.items():
        ratio = statistics.median(t / m for t, m in zip(took, seconds[ours.name]))
        print(f"| {name} | {statistics.median(took):.2f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
