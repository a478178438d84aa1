"""What studies over seeds found, for people to read: two engines compared, or one's medians.

    python -m examples.distributions out/*.json > docs/seeds.md
    python -m examples.distributions out/npslstm-20.json --table examples/seeds.json

Reads the reports of `python -m examples --seeds N --json FILE`, any number of them; an engine's may
lie in several files and differ in the number of seeds. The first command prints a page of Markdown,
the second writes the small file from which `python -m examples` takes its column of medians.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

from scipy.stats import mannwhitneyu

from examples import PROGRAMS
from examples.seeds import figure

TABLE = Path(__file__).with_name("seeds.json")
ENGINES = ("npslstm", "keras")
LEVEL = 0.05  # p-values below it are counted

PAGE = """# The example programs over many seeds

Every program was run with the seeds 0, 1, 2, ... on {engines}. The numbers and this page come from

{commands}

npslstm and Keras draw different random numbers from the same seed, so that no run of one is a run
of the other; what they must share is the distribution. For every score the table gives the median,
the range, and the number of seeds. p is the p-value of the two-sided Mann-Whitney U test: how
probable a difference between the two columns like this one, or a larger one, is if both are drawn
from one distribution. "same" stands where all values of both are equal. By chance alone one
p-value in twenty is below {level}; here it is {low} of {tests}. What a score means is said in the
program. mnist ran on the 10,000 images of MNIST's test files, 9,000 of them to train, in a folder
named by NPSLSTM_MNIST.

{table}
"""


def read(paths):
    """All reports, each a dictionary as `seeds.write` makes it."""
    return [json.loads(Path(path).read_text()) for path in paths]


def values_of(reports, engine):
    """For each program each score's values over the seeds. Raises ValueError if one is in twice."""
    found = {}
    for report in reports:
        if report["engine"] == engine:
            for program, summary in report["programs"].items():
                if program in found:
                    raise ValueError(f"{program} is in two reports of {engine}: leave one out.")
                found[program] = {
                    name: [tidy(value) for value in score["values"]]
                    for name, score in summary["scores"].items()
                }
    return found


def tidy(value):
    """Six digits of a number, fewer than float32 has; whole numbers without a decimal point."""
    value = float(f"{value:.6g}")
    return int(value) if value.is_integer() else value


def middle(values):
    """The median of these values, between the two in the middle of an even number of them."""
    values = sorted(values)
    return tidy((values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2)


def medians(reports):
    """npslstm's [median, least, greatest] of every score, as lines of JSON: one line a program."""
    found = values_of(reports, "npslstm")
    counts = {len(values) for scores in found.values() for values in scores.values()}
    if len(counts) != 1:
        raise ValueError(f"A table has one number of seeds; these reports have {sorted(counts)}.")
    lines = []
    for program in filter(found.get, PROGRAMS):
        scores = {name: [middle(v), min(v), max(v)] for name, v in found[program].items()}
        lines.append(f"  {json.dumps(program)}: {json.dumps(scores)}")
    programs = ",\n".join(lines)
    return f'{{\n "seeds": {counts.pop()},\n "programs": {{\n{programs}\n }}\n}}\n'


def p_value(ours, theirs):
    """Of the Mann-Whitney U test; None if there is nothing to test, all values being equal."""
    if len({*ours, *theirs}) == 1:
        return None
    return float(mannwhitneyu(ours, theirs, alternative="two-sided").pvalue)


def cells(values):
    """Median, range and number of seeds, as one engine's two columns of the table."""
    if not values:
        return "-", "-"
    spread = f" ({figure(min(values))} to {figure(max(values))})" if len(set(values)) > 1 else ""
    return figure(middle(values)) + spread, str(len(values))


def rows(ours, theirs):
    """For each score of each program its line of Markdown, and its p-value or None."""
    for program in PROGRAMS:
        pair = ours.get(program, {}), theirs.get(program, {})
        for i, name in enumerate(dict.fromkeys([*pair[0], *pair[1]])):
            columns = [scores.get(name, ()) for scores in pair]
            p, text = None, "-"
            if all(columns):
                p = p_value(*columns)
                text = "same" if p is None else f"{p:.2g}" if p < 0.01 else f"{p:.2f}"
            label = "" if i else f"`{program}`"
            line = (label, name, *cells(columns[0]), *cells(columns[1]), text)
            yield f"| {' | '.join(line)} |", p


def commands(reports):
    """What to type for such reports, an engine's of equal numbers of seeds by one command."""
    groups = defaultdict(set)
    for report in reports:
        groups[report["engine"], report["seeds"]] |= set(report["programs"])
    for (engine, seeds), programs in groups.items():
        option = "" if engine == "npslstm" else f" --engine {engine}"
        which = [] if programs == set(PROGRAMS) else sorted(programs, key=PROGRAMS.index)
        start = f"python -m examples --seeds {seeds}{option} --json out/{engine}-{seeds}.json"
        yield " ".join([start, *which])
    yield "python -m examples.distributions out/*.json > docs/seeds.md"


def name_of(reports, engine):
    """The engine with its version and, if it has a choice of them, its backend."""
    texts = []
    for report in reports:
        if report["engine"] == engine:
            backend = report.get("backend", engine)
            on = "" if backend == engine else f" on {backend}"
            texts.append(f"{engine} {report['version']}{on}")
    return ", ".join(dict.fromkeys(texts))


def compare(reports):
    """The page of Markdown that compares npslstm with Keras."""
    lines, p_values = zip(*rows(*(values_of(reports, e) for e in ENGINES)), strict=True)
    tested = [p for p in p_values if p is not None]
    heading = [
        "| program | score | npslstm: median (range) | seeds | Keras: median (range) | seeds | p |",
        "| --- | --- | --: | --: | --: | --: | --: |",
    ]
    return PAGE.format(
        engines=" and ".join(filter(None, (name_of(reports, engine) for engine in ENGINES))),
        commands="\n".join(f"    {command}" for command in commands(reports)),
        level=LEVEL,
        low=sum(p < LEVEL for p in tested),
        tests=len(tested),
        table="\n".join([*heading, *lines]),
    )


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="python -m examples.distributions", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("reports", nargs="+", type=Path, metavar="report")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write npslstm's medians there")
    chosen = parser.parse_args(arguments)
    reports = read(chosen.reports)
    if chosen.table:
        chosen.table.write_text(medians(reports))
    else:
        print(compare(reports), end="")


if __name__ == "__main__":
    main()
