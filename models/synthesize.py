#!/usr/bin/env python3
"""Write MiniCPM3 GGUF files with random weights, for tests and benchmarks.

The files have the metadata keys, tensor names and shapes of a converted
MiniCPM3 model, so any program that runs MiniCPM3 can load them. The weights
are random (fixed by --seed), so the answers mean nothing; they only are
repeatable and depend on the input.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import re
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import gguf
import numpy as np
import sentencepiece as spm
import tokenizers
import tokenizers.models
import tokenizers.pre_tokenizers
import tokenizers.trainers
from gguf import GGMLQuantizationType as Q

EXAMPLES = """examples:
  synthesize.py --size tiny --tokenizer digits --seed 1 --type f32 -o tiny-digits.gguf
  synthesize.py --size tiny --tokenizer multi --seed 2 --type q8_0 -o tiny-multi-2.gguf
  synthesize.py --size tiny --tokenizer joined --seed 3 --type q8_0 -o tiny-joined.gguf
  synthesize.py --tokenizer bytes --decision openjev --seed 4 --type f16 -o tiny-openjev.gguf
  synthesize.py --size 4b --tokenizer multi --type q4_k_m -o minicpm3-4b-random.gguf
"""

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

# Templates of decision models, of this project's own writing: each asks as its type is asked.
QUESTION_TEMPLATES = {
    "openjev": """\
<|im_start|>user
State:
{{ state if state is string else state | tojson }}

Question: {{ instructions }}
Options:
{% for o in options %}
[{{ 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'[loop.index0] }}] {{ o.key }}\
{% if o.description is not none %}: {{ o.description }}{% endif %}{{ '\\n' }}
{%- endfor %}

Answer with one letter.<|im_end|>
<|im_start|>assistant{{ '\\n' }}
""",
    # The document and all questions as JSON, without a sign that could begin a token; the one to answer at the end.
    "nimble": """\
<|im_start|>user
{"context": {{ state | tojson | replace('<', '\\\\u003c') | replace('>', '\\\\u003e') }}, "questions": [
{%- for q in questions -%}
{"name": {{ q.id | tojson }}, "asks": {{ q.instructions | tojson }}, "answers": {
{%- for o in q.options %}{{ o.label | tojson }}: {{ o.key | tojson }}{% if o.description %}, {{ o.description | tojson }}{% endif %}{% if not loop.last %}, {% endif %}{% endfor -%}
} }{% if not loop.last %}, {% endif %}
{%- endfor -%}
]}

Answer {{ id | tojson }} with its code.<|im_end|>
<|im_start|>assistant{{ '\\n' }}
""",
    # Yes or no on a scale.
    "lev": """\
<|im_start|>system
Choose.<|im_end|>
<|im_start|>user
{{ state if state is string else state | tojson }}

# {{ instructions if instructions else id }}
{% if type == 'noul' %}
{% for o in options %}{% if o.key == 'true' and o.description %}yes: {{ o.description }}{{ '\\n' }}{% endif %}{% endfor %}
From no (0) to yes (8):<|im_end|>
{% else %}
{% for o in options %}
{{ o.label }}. {% if type == 'score' %}level {{ o.key }} of {{ options | length - 1 }}{% else %}{{ o.key }}{% endif %}\
{% if o.description %}: {{ o.description }}{% endif %}{{ '\\n' }}
{%- endfor %}
One letter:<|im_end|>
{% endif %}
<|im_start|>assistant{{ '\\n' }}
""",
}

# What their logits are divided by.
TEMPERATURES = {
    "openjev": {"choice": 0.85, "noul": 1.5},
    "nimble": {},
    "lev": {"choice": 1.75, "choice.small": 1.25, "noul": 2.0, "score": 0.5},
}

SPECIAL_TOKENS = [
    "<|im_end|>",
    "<|im_start|>",
    "<|tool_call|>",
    "<|execute_start|>",
    "<|execute_end|>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
]

# Pieces that a `multi` vocabulary must contain.
MULTI_PIECES = ["17", "33", "33]", "7462", '"tags"', '":[']

# Pieces of an answer that a `joined` and a `bytes` vocabulary must contain: what the real
# MiniCPM3-4B joins.
JOINED_PIECES = ['":', '["', '","', '"]', "[]", "]}", '":["']

# Constants that MiniCPM3 implementations fix in code rather than in the file.
SCALE_EMB = 12.0
DIM_MODEL_BASE = 256

# Spread (standard deviation) of the logits that the weights are scaled for.
LOGIT_STD = 2.8


class SynthesisError(Exception):
    """A request that cannot be met; the message is shown to the user."""


@dataclass(frozen=True)
class Shape:
    """Hyper-parameters of one model size."""

    name: str
    layers: int
    hidden: int
    ffn: int
    heads: int
    q_lora: int
    kv_lora: int
    nope: int
    rope: int
    vocab: int
    trained_vocab: int
    types: tuple[str, ...]
    long_factor_scale: float
    context: int = 32768
    rms_eps: float = 1e-5

    @property
    def v_head(self) -> int:
        """Value head size: llama.cpp derives it as hidden / heads."""
        return self.hidden // self.heads


SHAPES = {
    "tiny": Shape(
        name="tiny", layers=3, hidden=64, ffn=160, heads=4, q_lora=32, kv_lora=32,
        nope=16, rope=16, vocab=1536, trained_vocab=1528,
        types=("f32", "f16", "q8_0"), long_factor_scale=2.0,
    ),
    "4b": Shape(
        name="4b", layers=62, hidden=2560, ffn=6400, heads=40, q_lora=768, kv_lora=256,
        nope=64, rope=32, vocab=73448, trained_vocab=8192,
        types=("q4_k_m", "q4_0", "iq4_nl", "q8_0"), long_factor_scale=1.0,
    ),
}

FILE_TYPES = {
    "f32": gguf.LlamaFileType.ALL_F32,
    "f16": gguf.LlamaFileType.MOSTLY_F16,
    "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0,
    "q4_0": gguf.LlamaFileType.MOSTLY_Q4_0,
    "iq4_nl": gguf.LlamaFileType.MOSTLY_IQ4_NL,
    "q4_k_m": gguf.LlamaFileType.MOSTLY_Q4_K_M,
}


def note(message: str) -> None:
    """Tell the user what is going on, on stderr."""
    print(message, file=sys.stderr, flush=True)


# --- text the tokenizers are trained on ------------------------------------

SUBJECTS = """the editor|a small team|our customer|the court|every teacher|the new driver|a careful nurse|the bank|
the city council|an old farmer|the reader|a software engineer|the goalkeeper|her doctor|the museum|a young writer|
the airline|the research group|my neighbour|the kitchen staff|the government|an insurance company|the orchestra|
a database administrator|the printer|this document|the last chapter|a short message|the annual report""".replace("\n", "").split("|")

VERBS = """explains|has changed|compares|will publish|describes|cannot find|repairs|was asked about|is looking for|
reviewed|measures|wants to sell|keeps|has forgotten|recommends|is worried about|tested|promised|replaced|
should not ignore|discovered|is responsible for|wrote about|collected""".replace("\n", "").split("|")

OBJECTS = """the payment system|a list of labels|the weather forecast|fresh bread and cheese|an index on the table|
the stolen bicycle|a train ticket to the coast|the football match|tax rules for small companies|the password policy|
a broken water pump|the history of the region|machine learning models|the price of electricity|vaccines for children|
a recipe for apple cake|the rental contract|memory leaks in the server|the election results|pictures of wild birds|
the exhaust of the engine|a refund for the order|classical music|the width of the bridge|network cables|
the growth of the economy|questions about privacy|a second opinion|the school library|winter clothes""".replace("\n", "").split("|")

ENDINGS = """because the old one failed|before the end of the month|without any further delay|in the northern part of the country|
after a long discussion|when the temperature falls|as soon as possible|for the first time|with a simple example|
according to the newspaper|although it is expensive|if nobody objects|every Monday morning|at the request of the owner|
and nothing else|which surprised everyone|under the following conditions|during the holidays""".replace("\n", "").split("|")

INSTRUCTIONS = [
    "Choose the tags that fit the document.",
    "Answer with a JSON object and nothing else.",
    "Which of the following labels apply to this text?",
    "Use only the numbers from the list above.",
    'The field "tags" holds a list of numbers.',
    'Write "tags" first, then close the list.',
    "If no label fits, return an empty list.",
    "You are a careful assistant who assigns tags to documents.",
    "Title: ",
    "Document:",
    "Tags:",
]

CHINESE_SUBJECTS = "这篇文章|用户|我们的客户|医生|老师|这家公司|银行|政府|研究人员|新的系统|数据库|城市|记者|工程师|孩子们".split("|")
CHINESE_VERBS = "介绍了|需要|正在讨论|没有找到|提供|改变了|关注|比较|推荐|测试了|发现|支持".split("|")
CHINESE_OBJECTS = "机器学习模型|电子支付|天气预报|足球比赛|健康问题|数据安全|历史资料|房屋租赁合同|火车票|新能源汽车|经济增长|学校图书馆|标签列表|文件分类|音乐会".split("|")
CHINESE_ENDINGS = "，因为旧的已经不能用了|，但是价格很高|，在下个月之前|，请选择合适的标签|，只返回数字|，并且没有其他问题|".split("|")

FIELDS = ["tags", "tags", "tags", "labels", "ids", "score", "page", "item", "parent", "color", "path", "kind", "sum", "box", "key"]
BEFORE = list("([=:<#|/") + ["of", "in", "no", "a"]
AFTER = list(")]=:>#|/;.,!?") + ["or", "is"]
COMMON_NUMBERS = [33, 17, 7462, 12, 5, 42, 8, 100, 256, 61, 19, 2024, 88, 310, 7, 450, 24, 1999, 64, 3, 905, 71, 58, 11]

ONSETS = "b br c ch cl d dr f fl g gr h j k l m n p pl pr qu r s sh sl st t th tr v w z".split()
VOWELS = "a e i o u ai ea ou io".split()
CODAS = ["", "", "n", "r", "l", "s", "t", "m", "nd", "st", "ck"]


def english_line(rng: random.Random) -> str:
    """One English sentence."""
    words = [rng.choice(SUBJECTS), rng.choice(VERBS), rng.choice(OBJECTS), rng.choice(ENDINGS)]
    sentence = " ".join(words)
    return sentence[0].upper() + sentence[1:] + rng.choice([".", ".", ".", "?", "!"])


def chinese_line(rng: random.Random) -> str:
    """One Chinese sentence."""
    parts = [CHINESE_SUBJECTS, CHINESE_VERBS, CHINESE_OBJECTS, CHINESE_ENDINGS]
    return "".join(rng.choice(part) for part in parts) + "。"


def common_number(rng: random.Random) -> int:
    """A number out of COMMON_NUMBERS, the first ones more often."""
    weights = [1 / rank**0.6 for rank in range(1, len(COMMON_NUMBERS) + 1)]
    return rng.choices(COMMON_NUMBERS, weights)[0]


def json_line(rng: random.Random) -> str:
    """One line of JSON, most often a list of numbers."""
    numbers = [common_number(rng) for _ in range(rng.randint(1, 5))]
    comma = rng.choice([",", ",", ", "])
    values = "[" + comma.join(map(str, numbers)) + "]"
    field = rng.choice(FIELDS)
    form = rng.randrange(6)
    if form < 2:
        return '{"' + field + '":' + values + "}"
    if form == 2:
        return '{"' + field + '": ' + values + ', "title": "' + english_line(rng) + '"}'
    if form == 3:
        return '{"' + field + '","' + rng.choice(FIELDS) + '","name"}'
    if form == 4:
        return values
    return '{"id":' + str(common_number(rng)) + ',"name":"' + rng.choice(OBJECTS) + '"}'


def quoted_line(rng: random.Random) -> str:
    """Quoted words and lists amid changing neighbours, so that they become pieces of their own."""
    word = rng.choice(["tags", "tags", "tags", rng.choice(FIELDS)])
    field = rng.choice(FIELDS) + rng.choice(["", "X", "_2", "z", "."])
    return f'{rng.choice(BEFORE)}"{word}"{rng.choice(AFTER)} {field}":[{common_number(rng)}]'


def names_line(rng: random.Random) -> str:
    """A list of names or an empty one: as an answer, or amid changing neighbours."""
    names = [rng.choice(OBJECTS).split()[-1] for _ in range(rng.choice([0, 1, 1, 2, 3]))]
    if rng.random() < 0.4:
        answer = {"id": str(common_number(rng)), rng.choice(FIELDS): names}
        return json.dumps(answer, separators=(",", ":"))
    values = json.dumps(names, separators=(",", ":"))
    return f"{rng.choice(FIELDS)}{rng.choice(BEFORE)}{values}{rng.choice(AFTER)}"


def label_line(rng: random.Random) -> str:
    """One numbered label or instruction, as in a prompt."""
    if rng.random() < 0.5:
        return rng.choice(INSTRUCTIONS)
    return f"{common_number(rng)}: {rng.choice(OBJECTS)}"


def invented_word(rng: random.Random) -> str:
    """A pronounceable word that does not exist; feeds a large vocabulary."""
    syllables = rng.choice([2, 2, 3, 3, 4])
    return "".join(rng.choice(ONSETS) + rng.choice(VOWELS) + rng.choice(CODAS) for _ in range(syllables))


def invented_lines(rng: random.Random) -> Iterator[str]:
    """Lines of invented words, each word several times over."""
    words = [invented_word(rng) for _ in range(9000)]
    for _ in range(4):
        rng.shuffle(words)
        for start in range(0, len(words), 12):
            yield " ".join(words[start:start + 12]) + "."


def training_lines(kind: str, large: bool) -> list[str]:
    """The text a tokenizer is trained on; the same at every run."""
    rng = random.Random(20240905)
    makers = [english_line, english_line, chinese_line, json_line, quoted_line, label_line]
    if kind in ("joined", "bytes"):
        makers = [english_line, english_line, chinese_line, json_line, names_line, names_line, label_line]
    lines = [rng.choice(makers)(rng) for _ in range(6000)]
    lines += INSTRUCTIONS * 20
    lines.append("".join(chr(code) for code in range(33, 127)) * 3)
    if large:
        lines += invented_lines(rng)
    return lines


# --- tokenizer --------------------------------------------------------------

@dataclass(frozen=True)
class Vocabulary:
    """Tokens in id order, as GGUF stores them."""

    tokens: list[bytes]
    scores: list[float]
    types: list[int]
    merges: list[str] | None = None

    def check_lengths(self, expected: int) -> None:
        """Fail unless there are exactly `expected` tokens."""
        if not len(self.tokens) == len(self.scores) == len(self.types) == expected:
            raise SynthesisError(f"vocabulary has {len(self.tokens)} tokens instead of {expected}")


def train_sentencepiece(lines: list[str], size: int, kind: str) -> spm.SentencePieceProcessor:
    """Train a BPE SentencePiece model in memory."""
    model = io.BytesIO()
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(lines), model_writer=model, model_type="bpe",
        vocab_size=size, byte_fallback=True, character_coverage=0.9999,
        normalization_rule_name="identity", add_dummy_prefix=True,
        remove_extra_whitespaces=False, split_digits=kind != "multi",
        # What a real vocabulary joins is punctuation with punctuation, not with words.
        split_by_unicode_script=kind == "joined", split_by_number=False,
        num_threads=1, minloglevel=2,
    )
    return spm.SentencePieceProcessor(model_proto=model.getvalue())


def train_tokenizer(kind: str, shape: Shape) -> spm.SentencePieceProcessor:
    """Train the tokenizer; a smaller one where the text does not yield enough pieces."""
    lines = training_lines(kind, large=shape.trained_vocab > 4000)
    try:
        return train_sentencepiece(lines, shape.trained_vocab, kind)
    except RuntimeError as error:
        limit = re.search(r"value <= (\d+)", str(error))
        if limit is None:
            raise SynthesisError(f"training the tokenizer failed: {error}") from error
        size = int(limit.group(1))
        note(f"the training text yields only {size} pieces; the rest is filled up")
        return train_sentencepiece(lines, size, kind)


def piece_type(processor: spm.SentencePieceProcessor, index: int) -> gguf.TokenType:
    """GGUF token type of a SentencePiece piece."""
    if processor.is_unknown(index):
        return gguf.TokenType.UNKNOWN
    if processor.is_control(index):
        return gguf.TokenType.CONTROL
    if processor.is_unused(index):
        return gguf.TokenType.UNUSED
    if processor.is_byte(index):
        return gguf.TokenType.BYTE
    return gguf.TokenType.NORMAL


def build_byte_vocabulary(shape: Shape) -> Vocabulary:
    """A byte-level BPE, as GPT-2 and Llama 3 have it, with the special tokens at the end."""
    size = shape.vocab - len(SPECIAL_TOKENS)
    bpe = tokenizers.Tokenizer(tokenizers.models.BPE())
    bpe.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=size, special_tokens=["<unk>", "<s>", "</s>"], show_progress=False,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
    )
    bpe.train_from_iterator(training_lines("bytes", large=False), trainer)
    model = json.loads(bpe.to_str())["model"]
    pieces = sorted(model["vocab"], key=model["vocab"].get)
    check_pieces("bytes", pieces)
    fill = [f"<unused_{index}>" for index in range(size - len(pieces))]
    normal, control = gguf.TokenType.NORMAL, gguf.TokenType.CONTROL
    vocabulary = Vocabulary(
        tokens=[text.encode() for text in pieces + fill + SPECIAL_TOKENS],
        scores=[0.0] * shape.vocab,
        types=[control] * 3 + [normal] * (len(pieces) - 3)
        + [gguf.TokenType.UNUSED] * len(fill) + [control] * len(SPECIAL_TOKENS),
        merges=[" ".join(pair) for pair in model["merges"]],
    )
    vocabulary.check_lengths(shape.vocab)
    return vocabulary


def build_vocabulary(kind: str, shape: Shape) -> Vocabulary:
    """Trained pieces, then unused fill, then the special tokens at the end."""
    if kind == "bytes":
        return build_byte_vocabulary(shape)
    processor = train_tokenizer(kind, shape)
    pieces = [processor.id_to_piece(index) for index in range(processor.get_piece_size())]
    check_pieces(kind, pieces)
    fill = [f"<unused_{index}>" for index in range(shape.vocab - len(SPECIAL_TOKENS) - len(pieces))]
    vocabulary = Vocabulary(
        tokens=[text.encode() for text in pieces + fill + SPECIAL_TOKENS],
        scores=[processor.get_score(index) for index in range(len(pieces))]
        + [-100000.0] * len(fill) + [-1000.0] * len(SPECIAL_TOKENS),
        types=[piece_type(processor, index) for index in range(len(pieces))]
        + [gguf.TokenType.UNUSED] * len(fill) + [gguf.TokenType.CONTROL] * len(SPECIAL_TOKENS),
    )
    vocabulary.check_lengths(shape.vocab)
    return vocabulary


def check_pieces(kind: str, pieces: list[str]) -> None:
    """Fail if the vocabulary is not of the kind asked for."""
    if pieces[:3] != ["<unk>", "<s>", "</s>"]:
        raise SynthesisError(f"unexpected first pieces: {pieces[:3]}")
    wanted = {"multi": MULTI_PIECES, "joined": JOINED_PIECES, "bytes": JOINED_PIECES}.get(kind, [])
    missing = [piece for piece in wanted if piece not in pieces]
    if missing:
        raise SynthesisError(f"the {kind} vocabulary lacks {missing}")
    if kind in ("multi", "bytes"):
        return
    joined = [p for p in pieces if len(p) > 1 and re.search(r"\d", p) and not re.fullmatch(r"<0x..>", p)]
    if joined:
        raise SynthesisError(f"the {kind} vocabulary has pieces longer than a digit: {joined[:5]}")


# --- tensors ----------------------------------------------------------------

@dataclass(frozen=True)
class Tensor:
    """One tensor of the file: rows x columns (or one row), and its spread."""

    name: str
    shape: tuple[int, ...]
    std: float
    layer: int = -1


def rope_factors(count: int, scale: float) -> np.ndarray:
    """Long-rope factors: an S-curve from about 1 to 17, which is MiniCPM3's at count 16."""
    place = (np.arange(count) + 0.5) * 16 / count - 8
    return (scale * (1 + 16 / (1 + np.exp(-0.7462698 * place)))).astype(np.float32)


def layer_tensors(shape: Shape, layer: int) -> list[Tensor]:
    """Weights of one layer, spread so that activations keep a size near 1."""
    key = shape.nope + shape.rope
    sizes = {
        "attn_q_a": (shape.q_lora, shape.hidden, 1.0),
        "attn_q_b": (shape.heads * key, shape.q_lora, 2.0),
        "attn_kv_a_mqa": (shape.kv_lora + shape.rope, shape.hidden, 1.0),
        "attn_kv_b": (shape.heads * (shape.nope + shape.v_head), shape.kv_lora, 1.3),
        "attn_output": (shape.hidden, shape.heads * shape.v_head, 2.0),
        "ffn_gate": (shape.ffn, shape.hidden, 1.0),
        "ffn_up": (shape.ffn, shape.hidden, 1.0),
        "ffn_down": (shape.hidden, shape.ffn, 2.0),
    }
    norms = {
        "attn_norm": shape.hidden, "attn_q_a_norm": shape.q_lora,
        "attn_kv_a_norm": shape.kv_lora, "ffn_norm": shape.hidden,
    }
    tensors = [Tensor(f"blk.{layer}.{name}.weight", (size,), 0.1, layer) for name, size in norms.items()]
    tensors += [
        Tensor(f"blk.{layer}.{name}.weight", (rows, columns), gain / columns**0.5, layer)
        for name, (rows, columns, gain) in sizes.items()
    ]
    return tensors


def all_tensors(shape: Shape) -> list[Tensor]:
    """Every tensor of the file in writing order; output shares token_embd."""
    tensors = [
        Tensor("rope_factors_long.weight", (shape.rope // 2,), 0.0),
        Tensor("rope_factors_short.weight", (shape.rope // 2,), 0.0),
        Tensor("token_embd.weight", (shape.vocab, shape.hidden), 0.8 / SCALE_EMB),
        Tensor("output_norm.weight", (shape.hidden,), 0.1),
    ]
    for layer in range(shape.layers):
        tensors += layer_tensors(shape, layer)
    return tensors


def tensor_rng(options: argparse.Namespace, name: str) -> np.random.Generator:
    """A generator that depends on the seed, the tokenizer and the tensor's name only."""
    return np.random.default_rng([options.seed, zlib.crc32(f"{options.tokenizer} {name}".encode())])


def vector_values(shape: Shape, tensor: Tensor, rng: np.random.Generator) -> np.ndarray:
    """Values of a norm or of the rope factors."""
    count = tensor.shape[0]
    if tensor.name.startswith("rope_factors_short"):
        return rope_factors(count, 1.0)
    if tensor.name.startswith("rope_factors_long"):
        return rope_factors(count, shape.long_factor_scale)
    values = 1 + tensor.std * rng.standard_normal(count, dtype=np.float32)
    if tensor.name.startswith("output_norm"):
        # Random signs: with shared embeddings the last token would otherwise
        # always be the likeliest next one.
        spread = DIM_MODEL_BASE / shape.hidden * shape.hidden**0.5 * 0.8 / SCALE_EMB
        values *= rng.choice([-1, 1], count) * LOGIT_STD / spread
    return values.astype(np.float32)


def more_bits(layer: int, layers: int) -> bool:
    """Whether Q4_K_M spends six bits on this layer's sensitive tensors."""
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2


def matrix_type(shape: Shape, tensor: Tensor, type_name: str) -> Q:
    """Storage type of a matrix for the chosen file type."""
    simple = {"f32": Q.F32, "f16": Q.F16, "q8_0": Q.Q8_0}
    if type_name in simple:
        return simple[type_name]
    if tensor.name == "token_embd.weight":
        return Q.Q6_K
    if type_name in ("q4_0", "iq4_nl"):
        return Q[type_name.upper()]
    sensitive = "ffn_down" in tensor.name or "attn_kv_b" in tensor.name
    return Q.Q6_K if sensitive and more_bits(tensor.layer, shape.layers) else Q.Q4_K


# --- random quantised blocks ------------------------------------------------
# Each maker draws blocks whose values have mean 0 and the standard deviation
# asked for; block layouts are ggml's.

def half_bytes(values: np.ndarray) -> np.ndarray:
    """Half-precision numbers as rows of two bytes."""
    return values.astype("<f2").view(np.uint8).reshape(-1, 2)


def random_bytes(rng: np.random.Generator, rows: int, columns: int) -> np.ndarray:
    """A table of random bytes."""
    return np.frombuffer(rng.bytes(rows * columns), np.uint8).reshape(rows, columns)


def random_signs(rng: np.random.Generator, count: int) -> np.ndarray:
    """`count` numbers that are each -1 or 1."""
    return rng.integers(0, 2, count, dtype=np.int8) * np.float32(2) - 1


def blocks_q8_0(rng: np.random.Generator, count: int, std: float) -> np.ndarray:
    """32 values: scale, 32 signed bytes."""
    scale = np.full(count, std / 73.9, np.float32) * random_signs(rng, count)
    return np.hstack([half_bytes(scale), random_bytes(rng, count, 32)])


def blocks_q4_0(rng: np.random.Generator, count: int, std: float) -> np.ndarray:
    """32 values: scale, 32 nibbles minus 8; the random sign makes the mean 0."""
    scale = np.full(count, std / 4.64, np.float32) * random_signs(rng, count)
    return np.hstack([half_bytes(scale), random_bytes(rng, count, 16)])


def blocks_iq4_nl(rng: np.random.Generator, count: int, std: float) -> np.ndarray:
    """32 values: scale, 32 nibbles that name one of 16 values from -127 to 113."""
    scale = np.full(count, std / 70.8, np.float32) * random_signs(rng, count)
    return np.hstack([half_bytes(scale), random_bytes(rng, count, 16)])


def blocks_q4_k(rng: np.random.Generator, count: int, std: float) -> np.ndarray:
    """256 values: scale, offset scale, 8 + 8 six-bit scales, 256 nibbles.

    Scale and offset of a group are the same number, with the offset scale 7.5
    times as large, so that nibbles 0..15 lie evenly around 0.
    """
    groups = rng.integers(32, 64, (count, 8), dtype=np.uint8)
    low, high = groups[:, :4], groups[:, 4:]
    first = low | ((high >> 4) << 6)
    packed = np.hstack([first, first, (high & 15) | ((high & 15) << 4)])
    scale = np.full(count, std / (4.61 * 48.4), np.float32)
    return np.hstack([half_bytes(scale), half_bytes(7.5 * scale), packed, random_bytes(rng, count, 128)])


def blocks_q6_k(rng: np.random.Generator, count: int, std: float) -> np.ndarray:
    """256 values: 128 bytes of low bits, 64 of high bits, 16 signed scales, scale."""
    scales = rng.integers(32, 64, (count, 16), dtype=np.int8)
    scales *= rng.integers(0, 2, (count, 16), dtype=np.int8) * np.int8(2) - np.int8(1)
    scale = np.full(count, std / (18.48 * 48.4), np.float32)
    return np.hstack([random_bytes(rng, count, 192), scales.view(np.uint8), half_bytes(scale)])


BLOCK_MAKERS: dict[Q, Callable[[np.random.Generator, int, float], np.ndarray]] = {
    Q.Q8_0: blocks_q8_0, Q.Q4_0: blocks_q4_0, Q.IQ4_NL: blocks_iq4_nl, Q.Q4_K: blocks_q4_k, Q.Q6_K: blocks_q6_k,
}


def random_blocks(rng: np.random.Generator, tensor: Tensor, kind: Q) -> np.ndarray:
    """A whole matrix of random blocks, without a quantisation pass."""
    block_size, _ = gguf.GGML_QUANT_SIZES[kind]
    rows, columns = tensor.shape
    return BLOCK_MAKERS[kind](rng, rows * columns // block_size, tensor.std).reshape(rows, -1)


def matrix_values(shape: Shape, tensor: Tensor, kind: Q, rng: np.random.Generator) -> np.ndarray:
    """The stored bytes or numbers of a matrix."""
    if shape.name == "4b":
        return random_blocks(rng, tensor, kind)
    values = rng.standard_normal(tensor.shape, dtype=np.float32) * np.float32(tensor.std)
    return gguf.quants.quantize(values, kind)


# --- writing ----------------------------------------------------------------

def add_metadata(writer: gguf.GGUFWriter, shape: Shape, options: argparse.Namespace) -> None:
    """The keys a MiniCPM3 conversion writes."""
    writer.add_name(f"MiniCPM3 {shape.name} random {options.tokenizer} seed {options.seed}")
    writer.add_description("random weights, for tests only")
    writer.add_file_type(FILE_TYPES[options.type])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.hidden)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.ffn)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(shape.rms_eps)
    writer.add_vocab_size(shape.vocab)
    writer.add_q_lora_rank(shape.q_lora)
    writer.add_kv_lora_rank(shape.kv_lora)
    writer.add_key_length(shape.nope + shape.rope)
    writer.add_rope_dimension_count(shape.rope)


def add_tokenizer(writer: gguf.GGUFWriter, vocabulary: Vocabulary) -> None:
    """The tokenizer's keys."""
    writer.add_tokenizer_model("llama" if vocabulary.merges is None else "gpt2")
    writer.add_tokenizer_pre("default" if vocabulary.merges is None else "gpt-2")
    writer.add_token_list(vocabulary.tokens)
    if vocabulary.merges is None:
        writer.add_token_scores(vocabulary.scores)
    else:
        writer.add_token_merges(vocabulary.merges)
    writer.add_token_types(vocabulary.types)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_eot_token_id(len(vocabulary.tokens) - len(SPECIAL_TOKENS))
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(True)
    writer.add_chat_template(CHAT_TEMPLATE)


def add_decision(writer: gguf.GGUFWriter, kind: str) -> None:
    """The keys that make a decision model of a language model."""
    arch = writer.arch
    writer.add_string(f"{arch}.decision.type", kind)
    for name, temperature in TEMPERATURES[kind].items():
        writer.add_float32(f"{arch}.decision.temperature.{name}", temperature)
    writer.add_string("tokenizer.chat_template.systemone", QUESTION_TEMPLATES[kind])


def tensor_kind(shape: Shape, tensor: Tensor, type_name: str) -> Q:
    """Storage type of any tensor; vectors always are F32."""
    return Q.F32 if len(tensor.shape) == 1 else matrix_type(shape, tensor, type_name)


def declare_tensors(writer: gguf.GGUFWriter, tensors: list[Tensor], kinds: list[Q]) -> int:
    """Announce all tensors to the writer; returns their size in bytes."""
    total = 0
    for tensor, kind in zip(tensors, kinds):
        block_size, block_bytes = gguf.GGML_QUANT_SIZES[kind]
        size = int(np.prod(tensor.shape)) // block_size * block_bytes
        writer.add_tensor_info(tensor.name, tensor.shape, np.dtype(np.float32), size, raw_dtype=kind)
        total += size
    return total


def write_tensors(
    writer: gguf.GGUFWriter, shape: Shape, tensors: list[Tensor], kinds: list[Q], options: argparse.Namespace
) -> None:
    """Make and write one tensor after the other."""
    shown = -1
    for tensor, kind in zip(tensors, kinds):
        if tensor.layer >= 0 and tensor.layer % 10 == 0 and tensor.layer != shown:
            shown = tensor.layer
            note(f"layer {shown + 1} of {shape.layers}")
        rng = tensor_rng(options, tensor.name)
        if len(tensor.shape) == 1:
            data = vector_values(shape, tensor, rng)
        else:
            data = matrix_values(shape, tensor, kind, rng)
        writer.write_tensor_data(data)


def write_model(path: Path, shape: Shape, options: argparse.Namespace) -> None:
    """Write the whole file to `path`."""
    note(f"training the {options.tokenizer} tokenizer")
    vocabulary = build_vocabulary(options.tokenizer, shape)
    writer = gguf.GGUFWriter(path, "minicpm3")
    add_metadata(writer, shape, options)
    add_tokenizer(writer, vocabulary)
    if options.decision:
        add_decision(writer, options.decision)
    tensors = all_tensors(shape)
    kinds = [tensor_kind(shape, tensor, options.type) for tensor in tensors]
    total = declare_tensors(writer, tensors, kinds)
    note(f"writing {len(tensors)} tensors, {total / 1e6:,.1f} MB")
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        write_tensors(writer, shape, tensors, kinds, options)
    finally:
        writer.close()


def synthesize(options: argparse.Namespace) -> None:
    """Write under a temporary name, then rename."""
    shape = SHAPES[options.size]
    if options.type not in shape.types:
        raise SynthesisError(f"--size {options.size} can be written as {', '.join(shape.types)}, not as {options.type}")
    if options.size == "tiny" and options.type == "q8_0":
        # With rows of one block, llama.cpp's code for AMX adds the products to memory that nothing was written to.
        shape = replace(shape, q_lora=64, kv_lora=64)
    target: Path = options.output
    if not target.parent.is_dir():
        raise SynthesisError(f"no such folder: {target.parent}")
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    started = time.monotonic()
    try:
        write_model(temporary, shape, options)
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
    note(f"wrote {target} ({target.stat().st_size:,} bytes) in {time.monotonic() - started:.1f} s")


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Write a MiniCPM3 GGUF file with random weights.",
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--size", choices=sorted(SHAPES), default="tiny", help="model size (default: %(default)s)")
    parser.add_argument("--tokenizer", choices=["digits", "multi", "joined", "bytes"], default="digits",
                        help="digits: one token a digit; multi: also tokens such as 17, 7462 and 33]; joined: one token a "
                        "digit, and [\", \",\" and \"] as MiniCPM3-4B has them; bytes: the same in a byte-level BPE "
                        "(default: %(default)s)")
    parser.add_argument("--decision", choices=list(QUESTION_TEMPLATES),
                        help="make it a decision model of this type; its labels are tokens of the `bytes` tokenizer")
    parser.add_argument("--seed", type=int, default=1, help="seed of the weights (default: %(default)s)")
    parser.add_argument("--type", choices=list(FILE_TYPES),
                        help="storage type; tiny: f32, f16, q8_0 (default: f32); 4b: q4_k_m, q4_0, iq4_nl, q8_0 (default: q4_k_m)")
    parser.add_argument("-o", "--output", type=Path, required=True, help="file to write")
    options = parser.parse_args()
    if options.seed < 0:
        parser.error("--seed must not be negative")
    options.type = options.type or SHAPES[options.size].types[0]
    return options


def main() -> int:
    """Run the program; returns the exit code."""
    try:
        synthesize(parse_arguments())
    except (SynthesisError, OSError) as error:
        note(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
