"""The decoding the program does, in Python: every tag that is left and stop compete on exact joint probability."""

import json

import data
import torch

HEAD = '{"id":"0","tags":['


class Scaffold:
    """The token segments around list and document, and an answer as the tokenizer spells the whole of it."""

    def __init__(self, pieces):
        self.p = pieces
        self.before, self.middle, self.tail, self.after = data.prompt_parts()
        e = self.encode = pieces.encode
        self.newline, self.user, self.assistant = e("\n"), e("user\n"), e("assistant\n")
        *self.head, none = e(HEAD + "]}")
        self.none = [none]
        self.quote, one, self.separator, two, *self.close = e(HEAD + '"ai","lib"]}')[len(self.head):]
        assert self.name("ai") == [one] and self.name("lib") == [two]

    def prefix(self, names):
        listed = json.dumps(names, ensure_ascii=False, separators=(",", ":"))
        return [self.p.bos, self.p.start] + self.user + self.p.encode(self.before + listed + self.middle)

    def suffix(self, max_tags):
        """All that stands between the document and the first tag."""
        return (self.p.encode(f"{self.tail}{max_tags}{self.after}") + [self.p.end] + self.newline + [self.p.start]
                + self.assistant + self.head)

    def name(self, name):
        """The tokens between the quotes of a name, wherever it stands in the answer; None if they depend on that."""
        literal = json.dumps(name, ensure_ascii=False)
        within = self.encode(f"{HEAD}{literal},{literal}]}}")[len(self.head) + 1:-len(self.close)]
        tokens = within[:len(within) // 2]
        return tokens if within == [*tokens, self.separator, *tokens] else None


class Tagger:
    """tags(text) for one list of names; `stop_bias` is added to the log-probability of stop."""

    def __init__(self, model, pieces, names, max_tags=3, stop_bias=0.0):
        self.model, self.pieces, self.max_tags, self.stop_bias = model.eval(), pieces, max_tags, stop_bias
        self.scaffold = Scaffold(pieces)
        self.names, self.paths = names, [self.scaffold.name(n) for n in names]
        with torch.no_grad():
            _, self.cache, _ = model(torch.tensor([self.scaffold.prefix(names)]))

    @torch.no_grad()
    def feed(self, ids, past):
        """Log-probabilities after each of `ids`, and the longer cache."""
        hidden, new, _ = self.model(torch.tensor([ids]), past)
        past = [(torch.cat([a[0], b[0]], 2), torch.cat([a[1], b[1]], 2)) for a, b in zip(past, new)]
        return torch.log_softmax(self.model.logits(hidden[0]).float(), -1), past

    @torch.no_grad()
    def tags(self, text, budget=None):
        """Names in rank order with their log-scores."""
        sc, document = self.scaffold, self.pieces.encode(text)[:budget]
        hidden, new, _ = self.model(torch.tensor([document + sc.suffix(self.max_tags)]), self.cache)
        past = [(torch.cat([a[0], b[0]], 2), torch.cat([a[1], b[1]], 2)) for a, b in zip(self.cache, new)]
        last = torch.log_softmax(self.model.logits(hidden[0, -1]).float(), -1)
        chosen, left = [], set(range(len(self.names)))
        while len(chosen) < self.max_tags and left:
            stop, lead = (sc.close, sc.separator) if chosen else (sc.none, sc.quote)
            best, score, after, logs = None, last[stop[0]].item() + self.stop_bias, None, None
            base = last[lead].item()
            logp, grown = self.feed([lead], past)
            first = logp[-1]
            for i in sorted(left, key=lambda i: -first[self.paths[i][0]].item()):
                path = self.paths[i]
                total = base + first[path[0]].item()
                if total <= score:
                    break
                inner, longer = self.feed(path, grown)
                total += sum(inner[j, path[j + 1]].item() for j in range(len(path) - 1))
                if total > score:
                    best, score, after, logs = i, total, longer, inner[-1]
            if best is None:
                break
            chosen.append((self.names[best], score))
            left.discard(best)
            past, last = after, logs
        return chosen
