"""The vocabulary of a GGUF with byte-level BPE, as each decoder wants it."""

from gguf import GGUFReader
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers


def byte_of():
    """The byte behind each character of a byte-level vocabulary."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in plain]
    return {**{chr(byte): byte for byte in plain}, **{chr(256 + place): byte for place, byte in enumerate(rest)}}


class Vocabulary:
    def __init__(self, path):
        fields = GGUFReader(path).fields
        words = lambda key: [bytes(fields[key].parts[place]).decode() for place in fields[key].data]
        kinds = fields["tokenizer.ggml.token_type"]
        self.end = int(fields["tokenizer.ggml.eos_token_id"].parts[-1][0])
        self.pieces = words("tokenizer.ggml.tokens")
        special = [int(kinds.parts[place][0]) != 1 for place in kinds.data]
        bytes_of = byte_of()
        self.bytes = [None if odd else bytes(bytes_of[c] for c in piece) for piece, odd in zip(self.pieces, special)]
        merges = [tuple(merge.split(" ")) for merge in words("tokenizer.ggml.merges")]
        self.tokenizer = Tokenizer(models.BPE(vocab={piece: place for place, piece in enumerate(self.pieces)}, merges=merges))
        self.tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
        self.tokenizer.decoder = decoders.ByteLevel()
        self.tokenizer.add_special_tokens([AddedToken(p, special=True) for p, odd in zip(self.pieces, special) if odd])

    def encode(self, text):
        return self.tokenizer.encode(text, add_special_tokens=False).ids
