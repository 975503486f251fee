"""What all scripts here share: the list, the documents, the prompts, and how an answer is judged."""

import json
import urllib.error
import urllib.request

TAGS = ["network", "text", "text editors", "database", "game", "audio", "security", "web",
        "science", "Café", "c++", "command line"]
MOST = 3

DOCUMENTS = [
    "A small server that listens on a socket and answers DNS queries over UDP and TCP. It caches answers and forwards "
    "what it does not know.",
    "An editor for the terminal with syntax colours, many cursors and undo that survives a restart. Plug-ins are "
    "written in Lua.",
    "Plays MP3 and FLAC files, mixes several tracks and shows a spectrum. Works with ALSA and PulseAudio.",
    "Stores rows in a single file, answers SQL queries and keeps an index on each column. Transactions are atomic.",
    "Checks passwords against a list of leaked hashes and encrypts files with a key that never leaves the machine.",
]

MAPS = "Draws hexagonal maps for board games and exports them as PNG."
TABLES = "Reads tables from PostgreSQL and shows them on a web page."
SOUP = "A recipe for pea soup."

# Examples that lead the model to an answer which a constraint has to prevent or, for the last two, to allow.
EXAMPLES = {
    "twice": [(MAPS, ["game", "game"]), (TABLES, ["web", "web", "web"])],
    "too many": [(MAPS, ["game", "web", "text", "audio", "science"]), (TABLES, ["database", "web", "text", "c++", "game"])],
    "not in the list": [(MAPS, ["board games"]), (TABLES, ["tables", "pages"])],
    "good": [(MAPS, ["game"]), (TABLES, ["database", "web"])],
    "none": [(MAPS, ["game"]), (SOUP, [])],
}


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def messages(document, examples):
    order = f"You choose tags. The tags are: {', '.join(TAGS)}. You answer with a JSON array of at most {MOST} of them, [] if none fits."
    turns = [("system", order)]
    for text, answer in examples:
        turns += [("user", text), ("assistant", compact(answer))]
    return [{"role": role, "content": text} for role, text in turns + [("user", document)]]


def chatml(turns):
    """The prompt that SmolLM2's own template makes of these messages."""
    text = "".join(f"<|im_start|>{turn['role']}\n{turn['content']}<|im_end|>\n" for turn in turns)
    return text + "<|im_start|>assistant\n"


def schema(**more):
    return {"type": "array", "items": {"enum": TAGS}, "maxItems": MOST, **more}


def gbnf(least=0):
    names = " | ".join(json.dumps(compact(tag), ensure_ascii=False) for tag in TAGS)
    some = f'tag ("," tag){{0,{MOST - 1}}}'
    return f'root ::= "[" {f"({some})?" if least == 0 else some} "]"\ntag ::= {names}\n'


def written_out(tags=TAGS):
    """GBNF in which no tag comes twice: a rule for each set of tags that may have been chosen."""
    rules = {}

    def rule(chosen):
        name = "after" + "".join(f"-{place}" for place in sorted(chosen))
        if name not in rules:
            rules[name] = ""
            ways = []
            for place in sorted(set(range(len(tags))) - chosen):
                then = '"]"' if len(chosen) + 1 == MOST else f'("]" | "," {rule(chosen | {place})})'
                ways.append(f"{json.dumps(compact(tags[place]), ensure_ascii=False)} {then}")
            rules[name] = " | ".join(ways)
        return name

    first = rule(frozenset())
    return f'root ::= "[]" | "[" {first}\n' + "".join(f"{name} ::= {ways}\n" for name, ways in rules.items())


def lark(tags=TAGS):
    """llguidance's own grammar: the rule's parameter holds a bit for each tag that was chosen."""
    lines = ['start: "[]" | "[" tag::0x0']
    for bit, tag in enumerate(tags):
        name = json.dumps(compact(tag), ensure_ascii=False)
        lines.append(f"{'tag::_ :' if bit == 0 else '       |'} {name} rest::set_bit({bit}) %if bit_clear({bit})")
    lines.append(f'rest::_ : "]" | "," tag::_ %if bit_count_lt(_, {MOST})')
    return "\n".join(lines)


def faults(text):
    """What is wrong with an answer, as words; an empty list for a good one."""
    try:
        answer = json.loads(text)
    except ValueError:
        return ["not JSON"]
    if not isinstance(answer, list):
        return ["not a list"]
    found = []
    if len(answer) > MOST:
        found.append("too many")
    if len({str(tag) for tag in answer}) < len(answer):
        found.append("twice")
    if any(tag not in TAGS for tag in answer):
        found.append("not in the list")
    return found


def post(address, path, body):
    request = urllib.request.Request(address + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


if __name__ == "__main__":
    cases = [{"kind": kind, "prompt": chatml(messages(document, examples))}
             for kind, examples in EXAMPLES.items() for document in DOCUMENTS]
    print(json.dumps({"tags": TAGS, "most": MOST, "schema": schema(), "cases": cases}))
