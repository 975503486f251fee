"""How a text becomes words, and words become character n-grams. The program does the same."""

import re

import regex

RUN = regex.compile(r"[\p{Alphabetic}\p{N}]+")
CAMEL = regex.compile(r"(?<=\p{Lowercase})(?=\p{Uppercase})")
ASCII = re.compile("[a-z0-9]+")
ASCII_CAMEL = re.compile("(?<=[a-z])(?=[A-Z])")
KATAKANA = "\u30a0-\u30ff\u31f0-\u31ff"
# Thai; Hiragana and its marks; Han.
NO_SPACES = "\u0e00-\u0e7f\u3005-\u3007\u3040-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
PAIRED = regex.compile(f"[{NO_SPACES}]")
PIECE = regex.compile(f"[{NO_SPACES}]+|[{KATAKANA}]+|[^{NO_SPACES}{KATAKANA}]+")
NGRAMS = (3, 4, 5)
LONGEST = 40  # characters of a word that are looked at


def lower(text):
    """Lower case, character by character."""
    return "".join(c.lower() for c in text) if not text.isascii() else text.lower()


def words(text):
    """The words of a text, in order. Of scripts without spaces every two neighbours; Katakana is a word."""
    out = []
    if text.isascii():
        return [w[:LONGEST] for w in ASCII.findall(ASCII_CAMEL.sub(" ", text).lower())]
    for run in RUN.findall(text):
        for part in CAMEL.split(run):
            for piece in PIECE.findall(lower(part)):
                if len(piece) > 1 and PAIRED.match(piece):
                    out.extend(piece[i : i + 2] for i in range(len(piece) - 1))
                else:
                    out.append(piece[:LONGEST])
    return out


def fnv1a(data):
    """FNV-1a, 32 bits."""
    h = 0x811C9DC5
    for byte in data:
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    return h


def ngrams(word, buckets):
    """The buckets of the character n-grams of `<word>`, each as often as it occurs."""
    marked = f"<{word}>"
    return [
        fnv1a(marked[i : i + n].encode()) % buckets
        for n in NGRAMS
        for i in range(len(marked) - n + 1)
    ]


SUFFIXES = (
    "ations", "ation", "ators", "ator", "ings", "ing", "ates", "ate", "ions", "ion", "ities", "ity", "ics", "ic",
    "ers", "er", "ors", "or", "ies", "ed", "es", "s", "e", "y",
)


def stem(word):
    """A word without its English endings, so that inflected forms meet; at least four characters stay."""
    while True:
        for suffix in SUFFIXES:
            if word.endswith(suffix) and len(word) - len(suffix) >= 4:
                word = word[: -len(suffix)]
                break
        else:
            return word


def name_parts(name):
    """(words before the last colon or slash, words after it): `use: editing` has a facet and a value."""
    at = max(name.rfind(":"), name.rfind("/")) + 1
    facet, value = words(name[:at]), words(name[at:])
    return (facet, value) if value else ([], facet)
