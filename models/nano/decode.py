"""The decoding the program does, in Python: every tag that is left and stop compete on exact joint probability."""

import json

import torch

import data


class Scaffold:
    """The token segments around list, document and answer; each segment is tokenised by itself."""

    def __init__(self, pieces):
        self.p = pieces
        self.before, self.middle, self.tail, self.after = data.prompt_parts()
        e = pieces.encode
        self.comma, self.stop, self.newline = e(","), e("]}"), e("\n")
        self.user, self.assistant = e("user\n"), e("assistant\n")
        assert len(self.comma) == 1 and len(self.stop) == 1

    def prefix(self, names):
        listed = json.dumps(names, ensure_ascii=False, separators=(",", ":"))
        return [self.p.bos, self.p.start] + self.user + self.p.encode(self.before + listed + self.middle)

    def suffix(self, max_tags, name="README.md"):
        """All that stands between the document and the first tag."""
        head = '{"id":' + json.dumps(name, ensure_ascii=False) + ',"tags":['
        return (self.p.encode(f"{self.tail}{max_tags}{self.after}") + [self.p.end] + self.newline + [self.p.start]
                + self.assistant + self.p.encode(head))

    def name(self, name):
        return self.p.encode(json.dumps(name, ensure_ascii=False))


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

    def tags(self, text, budget=None, name="README.md"):
        """Names in rank order with their log-scores, and the scores of all first tokens at the first slot."""
        document = self.pieces.encode(text)[:budget]
        hidden, new, _ = self.model(torch.tensor([document + self.scaffold.suffix(self.max_tags, name)]), self.cache)
        past = [(torch.cat([a[0], b[0]], 2), torch.cat([a[1], b[1]], 2)) for a, b in zip(self.cache, new)]
        last = torch.log_softmax(self.model.logits(hidden[0, -1]).float(), -1)
        chosen, left = [], set(range(len(self.names)))
        while len(chosen) < self.max_tags and left:
            stop = last[self.scaffold.stop[0]].item() + self.stop_bias
            base, lead = 0.0, []
            if chosen:
                base, lead = last[self.scaffold.comma[0]].item(), self.scaffold.comma
            best, score, after, logs = None, stop, None, None
            quote = self.paths[0][:1]
            if chosen:
                logp, grown = self.feed(lead + quote, past)
                base += logp[0, quote[0]].item()
            else:
                base += last[quote[0]].item()
                logp, grown = self.feed(quote, past)
            first = logp[-1]
            order = sorted(left, key=lambda i: -first[self.paths[i][1]].item())
            for i in order:
                path = self.paths[i]
                if base + first[path[1]].item() <= score:
                    break
                inner, longer = self.feed(path[1:], grown)
                total = base + first[path[1]].item() + sum(inner[j, path[j + 2]].item() for j in range(len(path) - 2))
                if total > score:
                    best, score, after, logs = i, total, longer, inner[-1]
            if best is None:
                break
            chosen.append((self.names[best], score))
            left.discard(best)
            past, last = after, logs
        return chosen
