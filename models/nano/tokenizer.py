"""The tokenizer: BPE pieces learnt from the corpus, kept as a SentencePiece model that llama.cpp's SPM reads alike.

Letters, digits and punctuation never share a piece, except in the names of the known tags, each of which is one
piece. A word may carry the blank before it. No normalisation, no added blank, byte fallback.
`python tokenizer.py` learns it and writes tokenizer.model.
"""

import json
import os
from collections import Counter

import sentencepiece as spm
from sentencepiece import sentencepiece_model_pb2 as proto
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

import clean
import data

PATH = os.environ.get("NANO_TOKENIZER", os.path.join(data.HERE, "tokenizer.model"))
VOCAB = 8192
BLANK = "\u2581"
CONTROL = ["<|im_end|>", "<|im_start|>", "<|tool_call|>", "<|execute_start|>", "<|execute_end|>",
           "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"]
JSON_PIECES = ['","', '["', '"]', ']}', '":"', '":[', '{"', '",', '":', '\n\n', ',"']
CHUNKS = r"\u2581?[\p{L}\p{M}]+|\p{N}{1,3}|\u2581?[^\s\p{L}\p{M}\p{N}\u2581\"]{1,6}|\"|\n+|\u2581+"
MIN_CHAR_COUNT = 6
NAME_ROOM = 120


def texts():
    """What the pieces are learnt from: documents as they are and condensed, and the words of the alias table."""
    for doc in data.corpus():
        yield clean.condense(doc["text"])
        yield clean.strip(doc["text"])
    for entry in data.aliases().values():
        for _ in range(12):
            yield " ".join(entry["names"] + entry["words"])
            yield json.dumps(entry["names"], separators=(",", ":"))
    before, middle, tail, after = data.prompt_parts()
    yield from ["user\n" + before + middle + tail + "3" + after + "assistant\n", '{"id":"docs/readme.md","tags":["'] * 50


def name_chain(spelt):
    """Pieces that join `spelt` (a name as the learnt pieces spell it) from its end to the whole name."""
    return ["".join(spelt[i:]) for i in range(len(spelt) - 2, -1, -1)]


def learn(vocab=VOCAB):
    """Pieces in the order of their merging."""
    lines = [t.replace(" ", BLANK).replace("\t", BLANK) for t in texts()]
    counts = Counter(c for t in lines for c in t)
    alphabet = sorted(c for c, n in counts.items() if n >= MIN_CHAR_COUNT)
    lines = ["".join(c if counts[c] >= MIN_CHAR_COUNT else "\n" for c in t) for t in lines]
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.Split(Regex(CHUNKS), "isolated")
    core.train_from_iterator(lines, trainers.BpeTrainer(vocab_size=vocab, initial_alphabet=alphabet, show_progress=False))
    merges = [m if isinstance(m, list) else m.split(" ") for m in json.loads(core.to_str())["model"]["merges"]]
    return alphabet, ["".join(m) for m in merges]


def build():
    """The SentencePiece model: specials, bytes, letters, merges, names, control tokens."""
    alphabet, merged = learn()
    names = list(data.names_by_id().values())
    ordered = [p for p in dict.fromkeys(merged) if p not in alphabet]
    learnt = set(ordered) | set(alphabet)
    late = [p for p in JSON_PIECES if p not in learnt]      # scored below every learnt merge
    room = VOCAB - 3 - 256 - len(CONTROL) - len(alphabet) - len(late) - NAME_ROOM
    ordered = ordered[:room]
    write(alphabet, ordered + late)
    pieces = Pieces()
    for name in names:
        spelt = [pieces.piece(i) for i in pieces.encode(name)]
        late += [p for p in name_chain(spelt) if p not in late]
    write(alphabet, ordered + late)


def write(alphabet, ordered):
    """The model file; the score of a piece is its rank, earlier is better."""
    model = proto.ModelProto()
    spec, norm = model.trainer_spec, model.normalizer_spec
    spec.model_type, spec.byte_fallback, spec.vocab_size = proto.TrainerSpec.BPE, True, VOCAB
    norm.name, norm.add_dummy_prefix, norm.remove_extra_whitespaces, norm.escape_whitespaces = "identity", False, False, True
    kinds = proto.ModelProto.SentencePiece

    def add(piece, score, kind):
        entry = model.pieces.add()
        entry.piece, entry.score, entry.type = piece, score, kind

    add("<unk>", 0.0, kinds.UNKNOWN)
    add("<s>", 0.0, kinds.CONTROL)
    add("</s>", 0.0, kinds.CONTROL)
    for b in range(256):
        add(f"<0x{b:02X}>", 0.0, kinds.BYTE)
    for rank, piece in enumerate(ordered):
        add(piece, -float(rank), kinds.NORMAL)
    for rank, c in enumerate(alphabet):
        add(c, -float(len(ordered) + rank), kinds.NORMAL)
    while len(model.pieces) < VOCAB - len(CONTROL):
        add(f"<unused{len(model.pieces)}>", -1e9, kinds.UNUSED)
    for piece in CONTROL:
        add(piece, 0.0, kinds.CONTROL)
    with open(PATH, "wb") as f:
        f.write(model.SerializeToString())


class Pieces:
    """encode(text) -> token ids; specials by name."""

    def __init__(self, path=PATH):
        self.core = spm.SentencePieceProcessor(model_file=path)
        self.size = self.core.get_piece_size()
        self.bos, self.eos = 1, 2
        self.end, self.start = self.core.piece_to_id("<|im_end|>"), self.core.piece_to_id("<|im_start|>")

    def encode(self, text):
        return self.core.encode(text) if text else []

    def piece(self, i):
        return self.core.id_to_piece(i)


if __name__ == "__main__":
    build()
    pieces = Pieces()
    print("vocabulary", pieces.size, "unused", sum(pieces.core.is_unused(i) for i in range(pieces.size)))
    for name in data.names_by_id().values():
        ids = pieces.encode(f'"{name}"')
        if len(ids) != 3:
            print(repr(name), [pieces.piece(i) for i in ids])
