"""Writes the model as GGUF: python export.py CHECKPOINT OUT.gguf [--type q8_0|f32]

Then reads the file back, puts its (dequantised) tensors into model.py and compares the logits with the checkpoint's.
"""

import argparse
import os

import data
import gguf
import numpy as np
import tokenizer
import torch
from model import Config, Model

TEMPLATE = ("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
            "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}")
# Tokens of a document that the program shows to this model by default, and what it says of its quality.
BUDGET = 300
QUALITY = "micro-F1 0.65 on 85 real READMEs and 90 tags, with the word vectors"
# The matrices over the vocabulary, two thirds of the file, are kept in fewer bits, which cost nothing (README.md).
VOCABULARY, VOCABULARY_TYPE = {"token_embd.weight", "output.weight"}, gguf.GGMLQuantizationType.Q5_1
LAYER = {"attn_norm": "attn_norm", "q_a": "attn_q_a", "q_a_norm": "attn_q_a_norm", "q_b": "attn_q_b", "kv_a": "attn_kv_a_mqa",
         "kv_a_norm": "attn_kv_a_norm", "kv_b": "attn_kv_b", "o": "attn_output", "ffn_norm": "ffn_norm", "gate": "ffn_gate",
         "up": "ffn_up", "down": "ffn_down"}


def names(config):
    """{parameter of model.py: tensor of the GGUF}."""
    out = {"embed.weight": "token_embd.weight", "norm.weight": "output_norm.weight", "head.weight": "output.weight"}
    for i in range(config.layers):
        out.update({f"layers.{i}.{a}.weight": f"blk.{i}.{b}.weight" for a, b in LAYER.items()})
    return out


def write(model, pieces, path, kind, training):
    c, w = model.c, gguf.GGUFWriter(path, "minicpm3")
    w.add_name("minitag nano")
    w.add_description("Document tagging with MiniCPM3's architecture, trained from nothing; see models/nano/README.md")
    w.add_context_length(4096), w.add_embedding_length(c.dim), w.add_block_count(c.layers), w.add_feed_forward_length(c.ffn)
    w.add_head_count(c.heads), w.add_head_count_kv(c.heads), w.add_layer_norm_rms_eps(c.eps), w.add_rope_freq_base(c.theta)
    w.add_q_lora_rank(c.q_rank), w.add_kv_lora_rank(c.kv_rank), w.add_vocab_size(c.vocab)
    w.add_key_length(c.nope + c.rope), w.add_value_length(c.value), w.add_rope_dimension_count(c.rope)
    w.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0 if kind == "q8_0" else gguf.LlamaFileType.ALL_F32)
    core = pieces.core
    tokens, scores, kinds = [], [], []
    for i in range(pieces.size):
        tokens.append(core.id_to_piece(i).encode()), scores.append(core.get_score(i))
        kinds.append(gguf.TokenType.UNKNOWN if core.is_unknown(i) else gguf.TokenType.CONTROL if core.is_control(i)
                     else gguf.TokenType.UNUSED if core.is_unused(i) else gguf.TokenType.BYTE if core.is_byte(i) else gguf.TokenType.NORMAL)
    w.add_tokenizer_model("llama"), w.add_tokenizer_pre("default")
    w.add_token_list(tokens), w.add_token_scores(scores), w.add_token_types(kinds)
    w.add_bos_token_id(1), w.add_eos_token_id(2), w.add_unk_token_id(0), w.add_eot_token_id(pieces.end)
    w.add_add_bos_token(True), w.add_add_eos_token(False), w.add_add_space_prefix(False)
    w.add_remove_extra_whitespaces(False), w.add_chat_template(TEMPLATE)
    # How the program is to use the model, and what it says of it.
    w.add_string("minitag.answer", "name"), w.add_string("minitag.budget", str(BUDGET))
    w.add_string("minitag.names", "\n".join(name.strip().lower() for name in data.names_by_id().values()))
    w.add_string("minitag.quality", QUALITY)
    # How to make it again.
    for key, value in training.items():
        w.add_string(f"minitag.training.{key}", str(value))
    state = model.state_dict()
    for mine, theirs in names(c).items():
        values = state[mine].float().numpy()
        if values.ndim == 2 and kind == "q8_0":
            quantised = VOCABULARY_TYPE if theirs in VOCABULARY else gguf.GGMLQuantizationType.Q8_0
            w.add_tensor(theirs, gguf.quants.quantize(values, quantised), raw_dtype=quantised)
        else:
            w.add_tensor(theirs, np.ascontiguousarray(values))
    w.write_header_to_file(), w.write_kv_data_to_file(), w.write_tensors_to_file(), w.close()


def read(path):
    """The model of a GGUF file, dequantised."""
    r = gguf.GGUFReader(path)
    get = lambda key: r.fields["minicpm3." + key].contents()
    rope = get("rope.dimension_count")
    c = Config(vocab=get("vocab_size"), dim=get("embedding_length"), layers=get("block_count"), heads=get("attention.head_count"),
               nope=get("attention.key_length") - rope, rope=rope, value=get("attention.value_length"), q_rank=get("attention.q_lora_rank"),
               kv_rank=get("attention.kv_lora_rank"), ffn=get("feed_forward_length"), eps=get("attention.layer_norm_rms_epsilon"),
               theta=get("rope.freq_base"))
    model, tensors = Model(c), {t.name: gguf.quants.dequantize(t.data, t.tensor_type) for t in r.tensors}
    model.load_state_dict({mine: torch.from_numpy(np.array(tensors[theirs])) for mine, theirs in names(c).items()}, strict=True)
    return model.eval()


def load(path):
    """(model, {what the training was: value}) of a checkpoint of train.py, with its averaged weights."""
    state = torch.load(path, weights_only=False)
    model = Model(Config(**state["config"]))
    model.load_state_dict(state["average"], strict=False)
    training = {"steps": state["step"], "seed": state["seed"], "corpus_sha256": state["corpus"], "commit": os.environ.get("COMMIT", "")}
    return model.eval(), training


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint")
    parser.add_argument("out")
    parser.add_argument("--type", default="q8_0", choices=["q8_0", "f32"])
    a = parser.parse_args()
    model, training = load(a.checkpoint)
    write(model, tokenizer.Pieces(os.path.join(os.path.dirname(a.checkpoint), "tokenizer.model")), a.out, a.type, training)
    ids = torch.randint(0, model.c.vocab, (1, 300), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        first = model.logits(model(ids)[0])
        second = (other := read(a.out)).logits(other(ids)[0])
    spread = (first - second).abs().max().item() / first.abs().max().item()
    print(f"{a.out}: {os.path.getsize(a.out) / 1e6:.2f} MB, largest relative logit difference {spread:.2e}")


if __name__ == "__main__":
    main()
