"""Random W&B sweep files and commands, and what W&B's own packages make of them.

Files are drawn from the JSON schema that the package `sweeps` publishes, and checked by it. For each parameter the file
notes the values at which its distribution passes some quantiles (sweeps.params.HyperParameter.ppf); for each command
the words that the agent of the package `wandb` would run. WandBAgreementTests and WandBCommandTests compare.

usage: references.py --out FILE [--count N]
"""

import argparse
import importlib.metadata
import json
import math
import os
import random
import string
import warnings

warnings.filterwarnings("ignore")

import jsonschema  # noqa: E402
import yaml  # noqa: E402
from sweeps.config.schema import sweep_config_jsonschema as SCHEMA  # noqa: E402
from sweeps.params import HyperParameter  # noqa: E402
from wandb.sdk.launch.sweeps import utils as wandb_utils  # noqa: E402

# Away from fractions, at which whole numbers change.
QUANTILES = [0.0313179, 0.1718291, 0.4997331, 0.6603117, 0.9301713]
FORMS = [ref["$ref"].rsplit("/", 1)[1] for ref in SCHEMA["definitions"]["parameter"]["anyOf"]]
VARIABLES = {"DATA": "/data set", "EMPTY": "", "N_1": "3"}


def scalar(rng):
    return rng.choice([
        lambda: rng.randint(-50, 5000), lambda: round(rng.uniform(-3, 3), 3), lambda: 10.0 ** rng.randint(-12, 20),
        lambda: rng.choice([True, False]), lambda: rng.choice(["adam", "a b", "it's", "x=1", "yes", "", "null"]),
    ])()


def value(rng, depth=0):
    pick = rng.random()
    if pick < 0.07:
        return None
    if pick < 0.2 and depth < 2:
        return [value(rng, depth + 1) for _ in range(rng.randint(0, 4))]
    one = scalar(rng)
    # JSON has one form for 2 and 2.0; our lists and our wire keep the first.
    return 0.5 if depth and isinstance(one, float) and one == int(one) else one


def bounds(rng, low=1e-4, high=1e3):
    a, b = sorted(math.exp(rng.uniform(math.log(low), math.log(high))) for _ in range(2))
    return {"min": a, "max": b + 0.1}


def parameter(rng, form, depth=0):
    """One parameter of the schema's definition `form`, with or without the keys that may be left out."""
    if form == "param_dict":
        return {"parameters": parameters(rng, rng.randint(1, 3), depth + 1)}
    node = SCHEMA["definitions"][form]
    node = node.get("anyOf", [node])[0]
    names = node["properties"]["distribution"]["enum"]
    config = {}
    if "distribution" in node.get("required", []) or form.endswith("probabilities") or rng.random() < 0.5:
        config["distribution"] = names[0]
    if form == "param_single_value":
        config["value"] = value(rng)
    elif form.startswith("param_categorical"):
        config["values"] = [value(rng) for _ in range(rng.randint(1, 5))]
        if form.endswith("probabilities"):
            weights = [rng.randint(0, 4) for _ in config["values"]]
            weights[0] += 1
            config["probabilities"] = [weight / sum(weights) for weight in weights]
    elif form == "param_int_uniform":
        low = rng.randint(-20, 100)
        config.update(min=low, max=low + rng.randint(1, 200))
    elif form in ("param_loguniform", "param_inv_loguniform", "param_qloguniform"):
        low = rng.uniform(-6, 2)
        config.update(min=low, max=low + rng.uniform(0.5, 4))
    elif "min" in node["properties"]:
        config.update(bounds(rng))
    for key, draw in [
        ("mu", lambda: rng.uniform(-2, 2)), ("sigma", lambda: rng.choice([0, rng.uniform(0.1, 3)])),
        ("a", lambda: rng.uniform(0.5, 4)), ("b", lambda: rng.uniform(0.5, 4)),
        ("q", lambda: rng.choice([1, 0.5, 0.1, 2, 0.25])),
    ]:
        if key in node["properties"] and rng.random() < 0.7:
            config[key] = draw()
    if form.startswith("param_q") and "min" in config:
        # A range without a multiple is refused here, where W&B draws a value outside of it.
        config["max"] = max(config["max"], config["min"] + (2 if form == "param_qloguniform" else 5))
        config["min"] = max(config["min"], 0.5) if form == "param_qloguniform" else config["min"]
        config["max"] = max(config["max"], config["min"] + 1)
    return config


def parameters(rng, count, depth=0):
    result = {}
    for index in range(count):
        forms = [form for form in FORMS if depth < 2 or form != "param_dict"]
        name = rng.choice(string.ascii_letters + "_") + "".join(
            rng.choice(string.ascii_letters + string.digits + "_-") for _ in range(rng.randint(0, 8)))
        result[f"{name}{index}"] = parameter(rng, rng.choice(forms), depth)
    return result


def sweep_file(rng):
    config = {"method": rng.choice(["random", "bayes"]), "parameters": parameters(rng, rng.randint(1, 6))}
    config["metric"] = {"name": rng.choice(["loss", "val/score", "eval.reward"])}
    optional = {
        "goal": lambda: rng.choice(["minimize", "maximize"]), "target": lambda: rng.uniform(0, 1),
        "impute": lambda: "worst", "impute_while_running": lambda: rng.choice(["latest", "false"]),
    }
    for key, draw in optional.items():
        if rng.random() < 0.4:
            config["metric"][key] = draw()
    config["program"] = "train.py"
    for key, draw in {
        "name": lambda: "a sweep", "description": lambda: "two\nlines", "project": lambda: "p", "entity": lambda: "e",
        "run_cap": lambda: rng.randint(1, 1000), "apiVersion": lambda: "v1", "kind": lambda: "sweep",
        "controller": lambda: {"type": "local"}, "job": lambda: "e/p/job:latest", "image_uri": lambda: "img:1",
        "command": lambda: command(rng), "early_terminate": lambda: hyperband(rng),
    }.items():
        if rng.random() < 0.4:
            config[key] = draw()
    return config


def hyperband(rng):
    rule = {"type": "hyperband"}
    rule.update({"min_iter": rng.randint(1, 9)} if rng.random() < 0.5 else
                {"max_iter": rng.randint(9, 300), "s": rng.randint(1, 4)})
    if rng.random() < 0.5:
        rule["eta"] = rng.choice([2, 3, 4, 2.5])
    if rng.random() < 0.5:
        rule["strict"] = rng.choice([True, False])
    return rule


MACROS = ["args", "args_no_hyphens", "args_no_equals", "args_no_boolean_flags", "args_append_hydra",
          "args_override_hydra", "args_json", "args_json_file"]


def command(rng):
    words = rng.choice([["${env}", "${interpreter}", "${program}"], ["python3", "${program}"], ["./run.sh"]])
    extra = ["--flag", "$HOME", "a b", "--data=${envvar:DATA}/x", "${envvar:EMPTY}", "-n${envvar:N_1}${envvar:N_1}",
             7, True, "echo ${HOME}"]
    words = list(words) + rng.sample(extra, rng.randint(0, 4)) + ["${" + rng.choice(MACROS) + "}"]
    if rng.random() < 0.2:
        words.append("${" + rng.choice(MACROS) + "}")
    return words


def expanded(words, values, program):
    """The loop of wandb.wandb_agent.Agent._command_run, with W&B's own functions for all that it puts in."""
    words = wandb_utils.create_sweep_command(list(words))
    macros = wandb_utils.create_sweep_command_args({"args": {name: {"value": v} for name, v in values.items()}})
    macros.update(interpreter=["python3"], program=[program], args_json_file=["/params.json"], env=["/usr/bin/env"])
    result = []
    for word in map(str, words):
        if word.startswith("${") and word.endswith("}"):
            result += macros.get(word[2:-1]) or []
        else:
            result.append(word)
    return result


def leaves(params, prefix=()):
    for name, config in params.items():
        if "parameters" in config:
            yield from leaves(config["parameters"], prefix + (name,))
        else:
            yield ".".join(prefix + (name,)), config


def plain(number):
    return number.item() if hasattr(number, "item") else number


def quantiles(name, config):
    if "values" in config or "value" in config or config.get("sigma", 1) == 0:
        return None
    parameter = HyperParameter(name, config)
    return [plain(parameter.ppf(u)) for u in QUANTILES]


def shown(config):
    values = config.get("values") or ([config["value"]] if "value" in config else None)
    return values and [str(one) for one in values]


def file_case(rng):
    config = sweep_file(rng)
    jsonschema.validate(config, SCHEMA)
    # PyYAML writes 1e-05 without a point, and reads it back as a text.
    text = json.dumps(config) if rng.random() < 0.3 else yaml.safe_dump(
        config, default_flow_style=rng.choice([True, False, None]), sort_keys=rng.choice([True, False]))
    return {
        "text": text,
        "parameters": [
            {"name": name, "quantiles": quantiles(name, c), "values": shown(c)}
            for name, c in leaves(config["parameters"])],
        "metric": config["metric"]["name"], "maximize": config["metric"].get("goal") == "maximize",
        "cap": config.get("run_cap"), "command": [str(word) for word in config.get("command", [])] or None,
    }


def nested_values(rng, count, depth=0):
    result = {}
    for index in range(count):
        name = rng.choice(["lr", "Batch", "use-bn", "_x", "net"]) + str(index)
        group = depth < 2 and rng.random() < 0.15
        result[name] = nested_values(rng, rng.randint(1, 3), depth + 1) if group else value(rng, 1)
    return result


def command_case(rng):
    # By name, as our configurations are.
    values = nested_values(rng, rng.randint(1, 6))
    ordered = json.loads(json.dumps(values, sort_keys=True))
    words = [word if isinstance(word, str) else str(word) for word in command(rng)]
    return {"command": words, "values": values, "program": "src/train.py",
            "expected": expanded(words, ordered, "src/train.py")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--count", type=int, default=300)
    options = parser.parse_args()
    os.environ.update(VARIABLES)
    rng = random.Random(20261124)
    forms = {form: 0 for form in FORMS}
    files = [file_case(rng) for _ in range(options.count)]
    # Whatever the dice say, every form is there.
    for form in FORMS:
        config = {"method": "random", "metric": {"name": "loss"}, "program": "train.py",
                  "parameters": {"x": parameter(rng, form)}}
        jsonschema.validate(config, SCHEMA)
        forms[form] += 1
        files.append({
            "text": json.dumps(config), "metric": "loss", "maximize": False, "cap": None, "command": None,
            "parameters": [
                {"name": name, "quantiles": quantiles(name, c), "values": shown(c)}
                for name, c in leaves(config["parameters"])]})
    packages = {name: importlib.metadata.version(name) for name in ["wandb", "sweeps"]}
    result = {"packages": packages, "quantiles": QUANTILES, "variables": VARIABLES, "forms": sorted(forms),
              "files": files, "commands": [command_case(rng) for _ in range(options.count)]}
    with open(options.out, "w", encoding="utf-8") as file:
        json.dump(result, file, sort_keys=True, indent=None, separators=(",", ":"), allow_nan=False)
    print(f"{len(files)} files, {len(result['commands'])} commands, {packages}")


if __name__ == "__main__":
    main()
