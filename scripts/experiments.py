#!/usr/bin/env python3
"""Trains a list of models one after the other and writes their losses into a table.

    scripts/experiments.py run QUEUE.toml --runs FOLDER      train what is not done; resumes after a stop
    scripts/experiments.py table QUEUE.toml --runs FOLDER    print the results as Markdown

A queue:

    data = ["maestro.notes", "asap.notes"]   # of `pno train`
    validation = "maestro.notes"             # its validation split is evaluated
    minutes = 22                             # of training, if the machine does nothing else
    windows = [1024, 2048]                   # of the evaluation, in tokens
    preset = "evening"

    [[run]]
    name = "muon"
    flags = {optimizer = "muon", learning_rate = 0.0015}

Each run trains for a fixed number of steps: `minutes` at the speed of its configuration. The speed is
measured first, for 60 seconds, and kept in FOLDER/NAME/speed.json; the script refuses to measure on a busy
machine (--busy allows it). So a run that shares the machine later takes longer, and has the same result. A
run can name `steps` itself.

Uses nothing but Python's standard library. Ctrl-C stops after a checkpoint; the same command resumes.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tomllib

MEASURED_SECONDS = 60
BUSY_LOAD = 0.7


def fail(sentence):
    sys.exit(f"experiments: {sentence}")


def read_queue(path):
    with open(path, "rb") as file:
        queue = tomllib.load(file)
    for key in ("data", "validation", "minutes", "preset", "run"):
        if key not in queue:
            fail(f"{path}: has no {key!r}")
    names = [run["name"] for run in queue["run"]]
    if len(set(names)) != len(names):
        fail(f"{path}: two runs have one name")
    return queue


def command_of(queue, run, folder, pno):
    flags = {"preset": queue["preset"], **queue.get("flags", {}), **run.get("flags", {})}
    data = run.get("data", queue["data"])
    command = [pno, "train", *data, "-o", str(folder)]
    for name, value in flags.items():
        command += ["--" + name.replace("_", "-"), str(value)]
    return command


def answer_of(command):
    """The JSON object that a pno command prints; None if it was interrupted or failed."""
    done = subprocess.run(["nice", "-n", "19", *command, "--json"], stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else None


def measured_speed(queue, run, folder, options):
    """Tokens a second of the configuration with the machine to itself."""
    known = folder / "speed.json"
    if known.exists():
        return json.loads(known.read_text())["tokens_per_s"]
    if os.getloadavg()[0] > BUSY_LOAD and not options.busy:
        fail(f"the load of this machine is {os.getloadavg()[0]:.1f}: the speed of {run['name']!r} is measured "
             "on an idle machine; stop what else runs, or add --busy")
    trial = folder / "trial"
    command = command_of(queue, run, trial, options.pno)
    command += ["--steps", "1000000", "--validation-steps", "0", "--validation-windows", "1",
                "--minutes", str(MEASURED_SECONDS / 60)]
    answer = answer_of(command)
    if answer is None:
        fail(f"the trial of {run['name']!r} failed")
    subprocess.run(["rm", "-rf", str(trial)], check=True)
    known.write_text(json.dumps({"tokens_per_s": answer["tokens_per_s"], "tokens_per_step":
                                 answer["tokens"] / answer["steps"]}))
    return answer["tokens_per_s"]


def steps_of(queue, run, folder, options):
    if "steps" in run:
        return run["steps"]
    tokens_per_s = measured_speed(queue, run, folder, options)
    tokens_per_step = json.loads((folder / "speed.json").read_text())["tokens_per_step"]
    return round(queue["minutes"] * 60 * tokens_per_s / tokens_per_step)


def train(queue, run, options):
    folder = options.runs / run["name"]
    result = folder / "result.json"
    if result.exists():
        return True
    folder.mkdir(parents=True, exist_ok=True)
    steps = steps_of(queue, run, folder, options)
    command = command_of(queue, run, folder / "run", options.pno) + ["--steps", str(steps)]
    if list((folder / "run" / "checkpoint").glob("step-*")):
        command.append("--resume")
    print(f"{run['name']}: {steps} steps", flush=True)
    trained = answer_of(command)
    if trained is None:
        return False
    losses = {}
    for window in queue.get("windows", [1024]):
        losses[str(window)] = answer_of([options.pno, "eval", str(folder / "run" / "model.safetensors"),
                                         queue["validation"], "--split", "validation", "--window", str(window)])
        if losses[str(window)] is None:
            return False
    lines = [json.loads(line) for line in (folder / "run" / "metrics.jsonl").read_text().splitlines()]
    result.write_text(json.dumps({"name": run["name"], "flags": run.get("flags", {}), "steps": steps,
                                  # Of all calls: `pno train` reports those of its last call.
                                  "tokens": max(line.get("tokens", 0) for line in lines),
                                  "seconds": max(line.get("seconds", 0) for line in lines),
                                  "train": trained, "eval": losses}, indent=1))
    return True


def print_table(queue, options):
    windows = [str(window) for window in queue.get("windows", [1024])]
    print("| run | overrides | steps | tokens | minutes | "
          + " | ".join(f"masked, {w} | plain, {w}" for w in windows) + " |")
    print("|---|---|---" + "|---" * (2 + 2 * len(windows)) + "|")
    for run in queue["run"]:
        result = options.runs / run["name"] / "result.json"
        overrides = " ".join(f"`{key}={value}`" for key, value in run.get("flags", {}).items())
        if not result.exists():
            continue
        got = json.loads(result.read_text())
        cells = []
        for window in windows:
            cells += [f"{got['eval'][window]['nll_grammar']:.4f}", f"{got['eval'][window]['nll']:.4f}"]
        print(f"| {run['name']} | {overrides} | {got['steps']} | {got['tokens']:,} | "
              f"{got['seconds'] / 60:.0f} | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", choices=["run", "table"])
    parser.add_argument("queue")
    parser.add_argument("--runs", type=pathlib.Path, required=True, help="folder of the runs")
    parser.add_argument("--pno", default="pno", help="the program")
    parser.add_argument("--only", nargs="*", help="names of runs")
    parser.add_argument("--busy", action="store_true", help="measure speeds on a busy machine")
    options = parser.parse_args()
    queue = read_queue(options.queue)
    if options.job == "table":
        return print_table(queue, options)
    for run in queue["run"]:
        if options.only and run["name"] not in options.only:
            continue
        if not train(queue, run, options):
            fail(f"{run['name']!r} stopped; the same command resumes it")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("experiments: interrupted; the same command resumes")
