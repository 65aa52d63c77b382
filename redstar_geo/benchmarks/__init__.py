"""What is measured, each benchmark as a file of at most 20 lines that says which items are asked, and how.

To add one, write such a file, here or anywhere else:

    title: SolidGeo, free answers
    source: {kind: exam_file, name: solidgeo, split: test}   # a source of `redstar_geo.sources.catalogue`
    protocol: free                                           # choices · free · as_given · tests
    keep: {level: [solid geometry]}                          # only items with one of these in their `meta`
    category: year                                           # the key of `meta` that scores are split by
    items: 120                                               # how many its owners count
    citation: Who, where, when

Here, it goes by its file's name, and one line in `suites.yaml` puts it into a suite; elsewhere it goes by its path.
A benchmark by whose own rules an answer is right without an exact match names the key of `meta` that holds the rule:
`decimals` (both values are rounded to so many) or `tolerance` (the largest difference). `protocol: judged` is for sets
whose owners have a model score the answers, which have a Python file here too (`judged.PROTOCOLS`); a file with
`harness:` names a task of lm-evaluation-harness.

`load("geoqa_free")` is one of them, `resolve(["geometry", "my.yaml"])` those of suites, names and paths, and
`problems(benchmark)` its items, from the hub or a local path.
"""

from redstar_geo.benchmarks.benchmark import Benchmark, HarnessTask, category, problems
from redstar_geo.benchmarks.library import load, names, resolve, suites

__all__ = ["Benchmark", "HarnessTask", "category", "load", "names", "problems", "resolve", "suites"]
