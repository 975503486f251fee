"""How good other languages are: python languages.py APT_LISTS MINITAG SHARED [GGUF].

The debtags set with its texts in another language (Debian's translations), against the same packages in English. The
list is in English.
"""

import glob
import os
import sys

from condense import condensed
from data import description, stanzas
from evaluate import f1, read
from reference import FILE, Vectors, chosen

LANGUAGES = ("it", "da", "fr", "de", "ja", "zh_CN")


def translated(lists, language, gold):
    """{package: text} in a language."""
    out = {}
    (path,) = glob.glob(f"{lists}/*_bookworm_main_i18n_Translation-{language.replace('_', '%5f')}*")
    for fields in stanzas(path):
        if fields["Package"] in gold and fields["Package"] not in out:
            short, body = description(fields[f"Description-{language}"])
            out[fields["Package"]] = f"# {fields['Package']}\n\n{short}\n\n{body}\n"
    return out


def main():
    lists, program, shared = sys.argv[1:4]
    scorer = Vectors(sys.argv[4] if len(sys.argv) > 4 else FILE)
    folder = os.path.join(shared, "lists", "debtags")
    gold = {d["id"]: d for d in read(os.path.join(folder, "gold.jsonl"))}
    tags = read(os.path.join(folder, "tags.json"))
    at = {t["id"]: n for n, t in enumerate(tags)}
    encoded = scorer.tags([(t["name"], "") for t in tags])

    def score(texts):
        answers = [chosen(scorer.score(condensed(program, text), encoded)) for text in texts.values()]
        return f1([(a, [at[t] for t in gold[name]["tags"]]) for a, name in zip(answers, texts)])

    for language in LANGUAGES:
        texts = translated(lists, language, gold)
        other, english = score(texts), score({name: gold[name]["text"] for name in texts})
        print(f"{language}: {len(texts)} documents, {other:.3f}, {english:.3f} in English, {other / english:.2f}", flush=True)


if __name__ == "__main__":
    main()
