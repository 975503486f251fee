#!/usr/bin/env python3
"""Independent reference for MiniCPM3 GGUF files: logits and scores by transformers.

Reads the weights with gguf.GGUFReader, puts them into transformers'
MiniCPM3ForCausalLM and runs it in float32. Nothing is shared with the program
under test, nor with synthesize.py.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from transformers import MiniCPM3Config, MiniCPM3ForCausalLM
from transformers.utils import logging

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
PROGRAM = ROOT / "target" / "release" / "minitag"
MODELS = ["tiny-digits.gguf", "tiny-multi.gguf"]
# Scores depend on the vocabulary, too.
SCORED_MODELS = [*MODELS, "tiny-joined.gguf", "tiny-bytes.gguf"]
SEED = 20240905
LENGTHS = [1, 17, 200]
FULL_LENGTH = 17
LOGITS_SHOWN = 64
CHOSEN_TOKENS = 16

# What scores.json is about. The wording is its own, so that the program's can
# change; the ids are beginnings of one another in both tokenizers.
SCORED_ID = "7462"
SCORED_WORDING = "Tags: {{tags}}\n\n{{document}}\n\nAt most {{max_tags}} tags."
SCORED_DOCUMENT = """# Lighthouse keeper's almanac

Ten tables for the 17 lamps of the northern coast: when each is lit, how much oil
it burns in a night, and which of them can be seen from 33 sea miles away.

- `tide(hour)` gives the height of the water, `lamp.next()` the next change.
- 附录：一九九九年的灯塔列表。
- Written by hand; the errata are on page 170.
"""
SCORED_TAGS: list[tuple[int | str, str]] = [
    (1, "sea"), (17, "lamps"), (170, "tables"), (3, "tide"), (33, "hand-written"), (334, "灯塔"),
    (7462, "a \"quoted\" name"), (74, "oil"), (999999, "coast"), (20241, "two words"),
    ("web", "web"), ("we\"b", "back\\slash"),
]
ANSWERS = ["id", "name"]

EXAMPLES = """examples:
  reference.py                      write tests/fixtures/reference.json
  reference.py scores               write tests/fixtures/scores.json, with the
                                    prompts of target/release/minitag
  reference.py score REQUEST.json   score candidates, JSON on stdout

REQUEST.json:
  {"model": "tests/fixtures/tiny-digits.gguf", "tokens": [1, 300, 301],
   "candidates": [{"id": 1, "paths": [[400, 402], [400, 410]]},
                  {"id": 17, "paths": [[400, 401]]}], "stop_tokens": [410, 411]}

This is what `minitag prompt --json` prints, with the model's path added.
`tokens` are fed exactly as given (include BOS if the program feeds it). The
log-probability of a path is the sum of its tokens', one after the other; a
candidate that can be written in several ways has the sum of their
probabilities. Stopping is a candidate like the others.
"""

# GGUF names (after "blk.N.") and the names in transformers (after "layers.N.").
LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q_a": "self_attn.q_a_proj",
    "attn_q_a_norm": "self_attn.q_a_layernorm",
    "attn_q_b": "self_attn.q_b_proj",
    "attn_kv_a_mqa": "self_attn.kv_a_proj_with_mqa",
    "attn_kv_a_norm": "self_attn.kv_a_layernorm",
    "attn_kv_b": "self_attn.kv_b_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
GLOBAL_NAMES = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
ROPE_NAMES = ("rope_factors_short.weight", "rope_factors_long.weight")


class UnusableInput(Exception):
    """A model or request that cannot be used; the message is shown to the user."""


def metadata(reader: gguf.GGUFReader, key: str) -> Any:
    """Value of one metadata key."""
    field = reader.get_field(key)
    if field is None:
        raise UnusableInput(f"the model lacks the key {key}")
    return field.contents()


def tensor_values(reader: gguf.GGUFReader) -> dict[str, np.ndarray]:
    """All tensors as float32, rows first."""
    return {
        tensor.name: np.array(gguf.quants.dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        for tensor in reader.tensors
    }


def rope_parameters(reader: gguf.GGUFReader, tensors: dict[str, np.ndarray]) -> dict[str, Any]:
    """Rotary settings as transformers wants them."""
    base_field = reader.get_field("minicpm3.rope.freq_base")
    base = 10000.0 if base_field is None else float(base_field.contents())
    if ROPE_NAMES[0] not in tensors:
        return {"rope_type": "default", "rope_theta": base}
    return {
        "rope_type": "longrope",
        "rope_theta": base,
        "short_factor": tensors[ROPE_NAMES[0]].tolist(),
        "long_factor": tensors[ROPE_NAMES[1]].tolist(),
        "original_max_position_embeddings": metadata(reader, "minicpm3.context_length"),
    }


def model_config(reader: gguf.GGUFReader, tensors: dict[str, np.ndarray]) -> MiniCPM3Config:
    """transformers' configuration from the file's metadata.

    scale_emb, scale_depth and dim_model_base are not in the file; MiniCPM3's
    are 12, 1.4 and 256. The value head size is not either; it is hidden / heads.
    The rotary weights need no reordering: the conversion keeps transformers'
    order, and llama.cpp rotates MiniCPM3 by halves (NEOX), as transformers does.
    """
    def key(name: str) -> Any:
        return metadata(reader, f"minicpm3.{name}")

    rope = key("rope.dimension_count")
    heads = key("attention.head_count")
    return MiniCPM3Config(
        vocab_size=tensors["token_embd.weight"].shape[0],
        hidden_size=key("embedding_length"),
        intermediate_size=key("feed_forward_length"),
        num_hidden_layers=key("block_count"),
        num_attention_heads=heads,
        num_key_value_heads=key("attention.head_count_kv"),
        max_position_embeddings=key("context_length"),
        rms_norm_eps=float(key("attention.layer_norm_rms_epsilon")),
        q_lora_rank=key("attention.q_lora_rank"),
        kv_lora_rank=key("attention.kv_lora_rank"),
        qk_nope_head_dim=key("attention.key_length") - rope,
        qk_rope_head_dim=rope,
        v_head_dim=key("embedding_length") // heads,
        scale_emb=12,
        scale_depth=1.4,
        dim_model_base=256,
        tie_word_embeddings="output.weight" not in tensors,
        rope_parameters=rope_parameters(reader, tensors),
        attn_implementation="eager",
    )


def transformers_name(name: str) -> str:
    """transformers' parameter name of a GGUF tensor."""
    parts = name.removesuffix(".weight").split(".")
    try:
        if parts[0] == "blk":
            return f"model.layers.{parts[1]}.{LAYER_NAMES[parts[2]]}.weight"
        return GLOBAL_NAMES[parts[0]] + ".weight"
    except (KeyError, IndexError) as error:
        raise UnusableInput(f"unknown tensor {name}") from error


def load_model(path: Path) -> MiniCPM3ForCausalLM:
    """transformers' MiniCPM3 with the weights of a GGUF file, in float32."""
    if not path.is_file():
        raise UnusableInput(f"no such file: {path}")
    try:
        reader = gguf.GGUFReader(path)
    except ValueError as error:
        raise UnusableInput(f"{path} is not a GGUF file: {error}") from error
    if metadata(reader, "general.architecture") != "minicpm3":
        raise UnusableInput(f"{path} is not a MiniCPM3 model")
    tensors = tensor_values(reader)
    config = model_config(reader, tensors)
    model = MiniCPM3ForCausalLM(config).float().eval()
    weights = {
        transformers_name(name): torch.from_numpy(values)
        for name, values in tensors.items() if name not in ROPE_NAMES
    }
    if config.tie_word_embeddings:
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    try:
        model.load_state_dict(weights, strict=True)
    except RuntimeError as error:
        raise UnusableInput(f"{path}: tensors do not fit the metadata: {error}") from error
    return model


def all_logits(model: MiniCPM3ForCausalLM, tokens: list[int]) -> torch.Tensor:
    """Logits after each of the tokens."""
    vocab = model.config.vocab_size
    outside = [token for token in tokens if not 0 <= token < vocab]
    if not tokens or outside:
        raise UnusableInput(f"bad token ids: {outside or 'none given'}")
    with torch.no_grad():
        logits = model(torch.tensor([tokens]), use_cache=False).logits[0]
    if not torch.isfinite(logits).all():
        raise UnusableInput("the model gives numbers that are not finite")
    return logits


def rounded(values: torch.Tensor) -> list[float]:
    """Numbers with 7 significant digits."""
    return [float(f"{value:.7g}") for value in values.tolist()]


def one_sequence(model: MiniCPM3ForCausalLM, tokens: list[int], chosen: list[int]) -> dict[str, Any]:
    """Reference values at the last position of one sequence."""
    logits = all_logits(model, tokens)[-1]
    shown = logits if len(tokens) == FULL_LENGTH else logits[:LOGITS_SHOWN]
    log_softmax = torch.log_softmax(logits.double(), dim=-1)
    return {
        "tokens": tokens,
        "logits": rounded(shown),
        "argmax": int(logits.argmax()),
        "chosen": chosen,
        "log_softmax": rounded(log_softmax[chosen]),
    }


def reference_sequences(model: MiniCPM3ForCausalLM) -> list[dict[str, Any]]:
    """Sequences of random tokens, the first of each being BOS."""
    rng = random.Random(SEED)
    vocab = model.config.vocab_size
    sequences = []
    for length in LENGTHS:
        tokens = [1] + [rng.randrange(vocab) for _ in range(length - 1)]
        chosen = sorted(rng.sample(range(vocab), CHOSEN_TOKENS))
        sequences.append(one_sequence(model, tokens, chosen))
    return sequences


def write_text(path: Path, text: str) -> None:
    """Write under a temporary name, then rename."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def make_reference(folder: Path) -> None:
    """Write reference.json for the tiny models."""
    result: dict[str, Any] = {"dtype": "float32", "models": {}}
    for name in MODELS:
        print(f"running {name}", file=sys.stderr)
        result["models"][name] = reference_sequences(load_model(folder / name))
    target = folder / "reference.json"
    write_text(target, json.dumps(result, separators=(",", ":")) + "\n")
    print(f"wrote {target.name} ({target.stat().st_size:,} bytes)", file=sys.stderr)


def path_score(model: MiniCPM3ForCausalLM, tokens: list[int], path: list[int]) -> float:
    """Log-probability of a path after `tokens`."""
    if not path:
        raise UnusableInput("a candidate has a path without tokens")
    logits = all_logits(model, tokens + path)
    log_softmax = torch.log_softmax(logits.double(), dim=-1)
    start = len(tokens) - 1
    return sum(float(log_softmax[start + place, token]) for place, token in enumerate(path))


def log_sum_exp(values: list[float]) -> float:
    """Logarithm of the sum of exponentials."""
    highest = max(values, default=-math.inf)
    if highest == -math.inf:
        return highest
    return highest + math.log(sum(math.exp(value - highest) for value in values))


def score_request(model: MiniCPM3ForCausalLM, request: dict[str, Any]) -> dict[str, Any]:
    """Scores of all candidates of a request, and of stopping."""
    tokens = request["tokens"]
    scores = [
        log_sum_exp([path_score(model, tokens, path) for path in candidate["paths"]])
        for candidate in request["candidates"]
    ]
    stop_tokens = request.get("stop_tokens", [])
    stop = path_score(model, tokens, stop_tokens) if stop_tokens else None
    total = log_sum_exp(scores + ([] if stop is None else [stop]))
    result: dict[str, Any] = {
        "candidates": [
            {"id": candidate["id"], "logprob": score, "normalized": score - total}
            for candidate, score in zip(request["candidates"], scores)
        ]
    }
    if stop is not None:
        result["stop"] = {"logprob": stop, "normalized": stop - total}
    return result


def program_request(program: Path, model: Path, answer: str) -> dict[str, Any]:
    """What the program would feed for the scored document, and the candidates."""
    tags = [{"id": tag, "name": name} for tag, name in SCORED_TAGS]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        document, wording, tag_list = folder / "document", folder / "wording", folder / "tags"
        write_text(document, SCORED_DOCUMENT)
        write_text(wording, SCORED_WORDING)
        write_text(tag_list, json.dumps(tags))
        command = [
            program, "prompt", document, "--json", "--id", SCORED_ID, "--tags", tag_list,
            "--prompt", wording, "--answer", answer, "--budget", "full", "--model", model.resolve(),
        ]
        # In the empty folder no minitag.toml is found.
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise UnusableInput(f"{program.name} prompt failed: {run.stderr.strip()}")
    return json.loads(run.stdout)


def make_scores(folder: Path, program: Path) -> None:
    """Write scores.json: one document and tag list, the tiny models, both answer styles."""
    cases = []
    for name in SCORED_MODELS:
        model = load_model(folder / name)
        for answer in ANSWERS:
            print(f"scoring {name}, {answer}", file=sys.stderr)
            request = program_request(program, folder / name, answer)
            scores = score_request(model, request)
            outcomes = [*scores["candidates"], scores["stop"]]
            cases.append({
                "model": name,
                "answer": answer,
                "tokens": request["tokens"],
                "normalized": [float(f"{outcome['normalized']:.7g}") for outcome in outcomes],
            })
    result = {
        "made_by": "models/reference.py scores",
        "id": SCORED_ID,
        "wording": SCORED_WORDING,
        "document": SCORED_DOCUMENT,
        "tags": [{"id": tag, "name": name} for tag, name in SCORED_TAGS],
        "cases": cases,
    }
    target = folder / "scores.json"
    write_text(target, json.dumps(result, separators=(",", ":"), ensure_ascii=False) + "\n")
    print(f"wrote {target.name} ({target.stat().st_size:,} bytes)", file=sys.stderr)


def score_file(path: Path) -> None:
    """Read a request file and print its scores as JSON."""
    try:
        request = json.loads(path.read_text(encoding="utf-8"))
        model = load_model(Path(request["model"]))
        print(json.dumps(score_request(model, request), indent=1, ensure_ascii=False))
    except json.JSONDecodeError as error:
        raise UnusableInput(f"{path} is not JSON: {error}") from error
    except (KeyError, TypeError) as error:
        raise UnusableInput(f"{path}: missing or wrong field: {error}") from error


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Reference logits and scores of MiniCPM3 GGUF files, by transformers in float32.",
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--fixtures", type=Path, default=FIXTURES, help="folder of the tiny models")
    commands = parser.add_subparsers(dest="command", metavar="{scores,score}")
    scores = commands.add_parser("scores", help="write scores.json")
    scores.add_argument("--program", type=Path, default=PROGRAM, help="the built minitag")
    score = commands.add_parser("score", help="score the candidates of a request file")
    score.add_argument("request", type=Path, help="JSON file")
    return parser.parse_args()


def main() -> int:
    """Run the program; returns the exit code."""
    options = parse_arguments()
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    try:
        if options.command == "score":
            score_file(options.request)
        elif options.command == "scores":
            make_scores(options.fixtures, options.program.resolve())
        else:
            make_reference(options.fixtures)
    except (UnusableInput, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
