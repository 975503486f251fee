#!/usr/bin/env python3
"""Tags a corpus of JSON lines on a Spark cluster: each partition through one minitag.

    spark-submit --master spark://HOST:7077 tag.py IN OUT -- --tags /shared/tags.json -m /shared/model.gguf

IN is a file or a folder of JSON lines, {"id":"7462","text":"..."}, that every machine can
read; OUT is a folder that gets part-00000, part-00001 and so on, in the order of IN. What
stands behind `--` goes to minitag; its paths must be there on every machine.
"""

import argparse
import os
import shlex
import sys

from pyspark import SparkConf, SparkContext

# 1 says that some records could not be tagged. They are error records in the output, and
# no run of the same task would tag them: that is a success. Anything else is a failure,
# after which Spark tries the task again, elsewhere.
RUN = '"$@"; code=$?; [ $code -eq 1 ] || exit $code'


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("input", metavar="IN")
    parser.add_argument("output", metavar="OUT")
    parser.add_argument("--minitag", default="minitag", metavar="PATH",
                        help="the program, on every machine [default: minitag]")
    parser.add_argument("--partitions", type=int, default=None, metavar="N",
                        help="at least so many parts [default: what Spark makes of IN]")
    own, options = sys.argv[1:], []
    if "--" in own:
        at = own.index("--")
        own, options = own[:at], own[at + 1:]
    args = parser.parse_args(own)

    batch = [args.minitag, "batch", "-", "-o", "-", "--quiet", *options]
    command = shlex.join(["sh", "-c", RUN, "minitag", *batch])
    # pipe() starts the program with this environment and nothing else.
    known = ("PATH", "HOME", "LD_LIBRARY_PATH", "XDG_CACHE_HOME", "HF_HOME")
    environment = {name: os.environ[name] for name in known if name in os.environ}

    spark = SparkContext(conf=SparkConf().setAppName("minitag"))
    records = spark.textFile(args.input, minPartitions=args.partitions)
    records.pipe(command, env=environment, checkCode=True).saveAsTextFile(args.output)
    spark.stop()


if __name__ == "__main__":
    main()
