"""Compares model.py with transformers' MiniCPM3ForCausalLM on random weights: python check_model.py"""

import torch
from transformers import MiniCPM3Config, MiniCPM3ForCausalLM

from model import Config, Model

PAIRS = [("attn_norm", "input_layernorm"), ("ffn_norm", "post_attention_layernorm"), ("q_a", "self_attn.q_a_proj"),
         ("q_a_norm", "self_attn.q_a_layernorm"), ("q_b", "self_attn.q_b_proj"), ("kv_a", "self_attn.kv_a_proj_with_mqa"),
         ("kv_a_norm", "self_attn.kv_a_layernorm"), ("kv_b", "self_attn.kv_b_proj"), ("o", "self_attn.o_proj"),
         ("gate", "mlp.gate_proj"), ("up", "mlp.up_proj"), ("down", "mlp.down_proj")]


def as_transformers(model):
    """The same weights in transformers' class."""
    c = model.c
    other = MiniCPM3ForCausalLM(MiniCPM3Config(
        vocab_size=c.vocab, hidden_size=c.dim, intermediate_size=c.ffn, num_hidden_layers=c.layers,
        num_attention_heads=c.heads, num_key_value_heads=c.heads, q_lora_rank=c.q_rank, kv_lora_rank=c.kv_rank,
        qk_nope_head_dim=c.nope, qk_rope_head_dim=c.rope, v_head_dim=c.value, rms_norm_eps=c.eps, hidden_act="silu",
        scale_emb=12, dim_model_base=256, scale_depth=1.4, tie_word_embeddings=False, max_position_embeddings=4096,
        rope_parameters={"rope_type": "default", "rope_theta": c.theta}, pad_token_id=0)).eval()
    mine, state = model.state_dict(), {}
    state["model.embed_tokens.weight"] = mine["embed.weight"]
    state["model.norm.weight"], state["lm_head.weight"] = mine["norm.weight"], mine["head.weight"]
    for i in range(c.layers):
        for a, b in PAIRS:
            state[f"model.layers.{i}.{b}.weight"] = mine[f"layers.{i}.{a}.weight"]
    print(other.load_state_dict(state, strict=False))
    return other


def main():
    torch.manual_seed(0)
    model = Model(Config(vocab=512)).eval()
    ids = torch.randint(0, 512, (2, 70))
    with torch.no_grad():
        hidden, cache, _ = model(ids[:, :40])
        more, _, _ = model(ids[:, 40:], cache, at=torch.arange(30).expand(2, 30))
        mine = model.logits(torch.cat([hidden, more], 1))
        theirs = as_transformers(model)(ids).logits
    print("largest difference", (mine - theirs).abs().max().item(), "largest logit", theirs.abs().max().item())


if __name__ == "__main__":
    main()
