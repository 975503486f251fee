"""Makes the two matrices over the vocabulary smaller: python repack.py OLD.gguf NEW.gguf

The weights in the repository were exported with Q8_0 throughout, before export.py wrote these two as it does now. All
else is copied as it is, but for what the file says of its quality.
"""

import sys

import gguf
import numpy as np

from export import QUALITY, VOCABULARY, VOCABULARY_TYPE


def main():
    old, new = gguf.GGUFReader(sys.argv[1]), gguf.GGUFWriter(sys.argv[2], "minicpm3")
    for name, field in old.fields.items():
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        kind, *inner = field.types
        value = QUALITY if name == "minitag.quality" else field.contents()
        new.add_key_value(name, value, kind, inner[0] if inner else None)
    for tensor in old.tensors:
        data, kind = np.array(tensor.data), tensor.tensor_type
        if tensor.name in VOCABULARY:
            data, kind = gguf.quants.quantize(gguf.quants.dequantize(data, kind), VOCABULARY_TYPE), VOCABULARY_TYPE
        new.add_tensor(tensor.name, data, raw_dtype=kind)
    new.write_header_to_file(), new.write_kv_data_to_file(), new.write_tensors_to_file(), new.close()


if __name__ == "__main__":
    main()
