#!/usr/bin/env python3
"""What llama-cpp-python's converter makes of a closed list: the GBNF for a schema, with and without `uniqueItems`.

Requirements: the source archive of llama-cpp-python==0.3.36 (there is no wheel without a compiler); only
llama_cpp/llama_grammar.py of it is read, which needs nothing else.

    pip download --no-deps --no-binary llama-cpp-python llama-cpp-python==0.3.36
    tar xzf llama_cpp_python-0.3.36.tar.gz
    python3 converter.py llama_cpp_python-0.3.36/llama_cpp/llama_grammar.py
"""

import argparse
import importlib.util
import json

from common import TAGS, schema


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", help="llama_grammar.py")
    spec = importlib.util.spec_from_file_location("llama_grammar", parser.parse_args().source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    convert = lambda made: module.json_schema_to_gbnf(json.dumps(made))
    plain = convert(schema())
    print(plain)
    for name, more in [("uniqueItems", {"uniqueItems": True}), ("contains", {"contains": {"const": TAGS[0]}})]:
        print(f"the same grammar with {name}: {convert(schema(**more)) == plain}")


if __name__ == "__main__":
    main()
