#!/usr/bin/env python3
"""Lets a sampler of Optuna propose the configurations of a HyperSched sweep with `method: external`.

    pip install optuna          (and cmaes for --sampler cmaes)
    hypersched sweep run sweep.yaml
    python3 examples/optuna_bridge.py --daemon http://127.0.0.1:8472 --sweep 1 --sampler tpe

The bridge waits until the sweep wants configurations, asks Optuna for them and tells it what becomes of the trials: the
best value when a trial is complete; when a policy has paused or pruned it, what it reported until then, as a pruned
trial. It keeps nothing: started again on the same sweep, it first tells Optuna about all trials that there are.

Only Optuna and the standard library are needed. It is an example of the protocol (docs/PROTOCOL.md, "Proposals"), and
small enough to be changed for any other library with an ask-and-tell interface.
"""
import argparse
import json
import math
import os
import ssl
import statistics
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState


class Refused(Exception):
    """The daemon's answer to a request that it did not carry out (RFC 9457)."""

    def __init__(self, problem):
        super().__init__(f"{problem.get('title')}: {problem.get('detail', '')} {problem.get('errors', '')}")
        self.code = problem.get("code")


class Daemon:
    """The daemon's HTTP interface."""

    def __init__(self, url, token_file=None, ca_file=None):
        """:param token_file: a file with a token of the role submit, where the daemon asks for one."""
        self.url = url.rstrip("/") + "/api/v1"
        self.token = None
        if token_file:
            with open(token_file) as file:
                if os.fstat(file.fileno()).st_mode & 0o007:
                    raise SystemExit(f"{token_file}: every user of this machine can read it; run: chmod 600 {token_file}")
                self.token = file.read().strip()
        self.tls = ssl.create_default_context(cafile=ca_file) if url.startswith("https:") else None

    def call(self, method, path, body=None, key=None, timeout=30.0, **query):
        """Repeated until there is an answer: all calls here are safe to repeat."""
        url = self.url + path + ("?" + urllib.parse.urlencode(query) if query else "")
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        data = None if body is None else json.dumps(body, allow_nan=False).encode()
        pause = 0.2
        while True:
            try:
                request = urllib.request.Request(url, data=data, headers=headers, method=method)
                if self.token:
                    request.add_unredirected_header("Authorization", f"Bearer {self.token}")
                with urllib.request.urlopen(request, timeout=timeout, context=self.tls) as answer:
                    text = answer.read()
                    return json.loads(text) if text else None
            except urllib.error.HTTPError as error:
                problem = json.loads(error.read() or b"{}")
                if error.code not in (502, 503, 504, 507) and problem.get("code") != "busy":
                    raise Refused(problem) from None
            except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
                print(f"waiting for the daemon: {error}", file=sys.stderr)
            time.sleep(pause)
            pause = min(2 * pause, 5.0)


class Parameter:
    """One parameter of the sweep, in Optuna's words."""

    def __init__(self, spec):
        self.name = spec["name"]
        self.groups = spec.get("groups", [])
        self.conditions = spec.get("conditions", [])
        (self.kind, self.domain), = spec["domain"].items()
        self.step = self.domain.get("q") if isinstance(self.domain, dict) else None
        self.distribution = self._distribution()

    def _distribution(self):
        """None for a constant."""
        kind, d = self.kind, self.domain
        if kind == "constant":
            return None
        if kind == "categorical":
            return CategoricalDistribution(d["values"])
        if kind == "intUniform":
            return IntDistribution(d["min"], d["max"])
        if kind in ("uniform", "quantizedUniform"):
            return FloatDistribution(d["min"], d["max"])
        if kind in ("logUniform", "inverseLogUniform", "quantizedLogUniform"):
            return FloatDistribution(d["min"], d["max"], log=True)
        # A number without bounds by its place in its own distribution; beta, which has bounds, as it is.
        return FloatDistribution(0.0, 1.0) if "eta" in kind else FloatDistribution(1e-6, 1 - 1e-6)

    def is_active(self, values):
        return all(c["parent"] in values and values[c["parent"]] in c["values"] for c in self.conditions)

    def suggest(self, trial):
        """The value for the sweep."""
        if self.distribution is None:
            return self.domain["_0"]
        if isinstance(self.distribution, CategoricalDistribution):
            return trial.suggest_categorical(self.name, self.distribution.choices)
        if isinstance(self.distribution, IntDistribution):
            return trial.suggest_int(self.name, self.distribution.low, self.distribution.high)
        d = self.distribution
        return self._rounded(self._value(trial.suggest_float(self.name, d.low, d.high, log=d.log)))

    def internal(self, value):
        """The inverse: Optuna's value for one of the sweep."""
        if "ormal" in self.kind:
            value = math.log(max(value, 1e-300)) if "log" in self.kind.lower() else value
            share = statistics.NormalDist(self.domain["mu"], self.domain["sigma"]).cdf(value)
            return min(max(share, self.distribution.low), self.distribution.high)
        if isinstance(self.distribution, FloatDistribution):
            return min(max(float(value), self.distribution.low), self.distribution.high)
        return value

    def _value(self, x):
        if "ormal" not in self.kind:
            return x
        value = statistics.NormalDist(self.domain["mu"], self.domain["sigma"]).inv_cdf(x)
        return math.exp(value) if "log" in self.kind.lower() else value

    def _rounded(self, value):
        if self.step is None:
            return value
        multiple = round(value / self.step)
        if "min" in self.domain or "eta" in self.kind:
            low, high = self.domain.get("min", 0), self.domain.get("max", 1)
            multiple = min(max(multiple, math.ceil(low / self.step - 1e-9)), math.floor(high / self.step + 1e-9))
        value = multiple * self.step
        return int(value) if float(self.step).is_integer() else value


def parents_first(parameters):
    """The parameters, each after those that it depends on."""
    done, rest = [], list(parameters)
    while rest:
        names = {p.name for p in done}
        ready = [p for p in rest if all(c["parent"] in names for c in p.conditions)]
        if not ready:
            raise ValueError("the conditions of the sweep go in a circle")
        done += ready
        rest = [p for p in rest if p not in ready]
    return done


class Bridge:
    """Between one sweep and one study."""

    def __init__(self, daemon, sweep, sampler, name):
        self.daemon, self.sweep, self.name = daemon, sweep, name
        spec = daemon.call("GET", f"/sweeps/{sweep}")["spec"]
        if spec["method"] != "external":
            sys.exit(f"sweep {sweep} has method {spec['method']}: it draws its own configurations")
        self.parameters = parents_first(Parameter(p) for p in spec["parameters"])
        self.study = optuna.create_study(sampler=sampler, direction=spec["metric"]["goal"])
        # By trial of the sweep: Optuna's, until it was told how that ended.
        self.asked, self.told, self.reported = {}, set(), {}

    def run(self):
        cursor = 0
        while True:
            page = self.daemon.call(
                "GET", f"/sweeps/{self.sweep}/observations", timeout=70, after=cursor, wait=30, limit=1000)
            for item in page["items"]:
                self.observe(item)
            cursor = page["cursor"]
            if page["hasMore"]:
                continue
            if page["state"] not in ("queued", "running"):
                return
            # Not before all is told that there is: Optuna should know it.
            for _ in range(page["wanted"]):
                if not self.propose():
                    return

    # Ask

    def propose(self):
        """False: the sweep takes no more."""
        for attempt in range(10):
            trial = self.study.ask()
            values, nested = {}, {}
            for p in self.parameters:
                if p.is_active(values):
                    values[p.name] = p.suggest(trial)
                    place = nested
                    for group in p.groups:
                        place = place.setdefault(group, {})
                    place[p.name[len(".".join(p.groups)) + 1:] if p.groups else p.name] = values[p.name]
            body = {"configuration": nested, "allowDuplicate": attempt == 9}
            try:
                answer = self.daemon.call(
                    "POST", f"/sweeps/{self.sweep}/configurations", body, key=f"{self.name}-{trial.number}")
            except Refused as refused:
                self.study.tell(trial, state=TrialState.FAIL)
                if refused.code == "duplicate_configuration":
                    continue
                if refused.code in ("sweep_over", "trial_limit", "proposals_closed"):
                    print(f"no more proposals: {refused}", file=sys.stderr)
                    # What still runs is waited for.
                    return self.wait_for_the_end()
                if refused.code == "queue_full":
                    return True
                raise
            self.asked[answer["trial"]] = trial
            print(f"trial {answer['trial']}: {json.dumps(values)}", flush=True)
            return True
        return True

    def wait_for_the_end(self):
        cursor = 0
        while True:
            page = self.daemon.call(
                "GET", f"/sweeps/{self.sweep}/observations", timeout=70, after=cursor, wait=30, wanted=1_000_000)
            for item in page["items"]:
                self.observe(item)
            cursor = page["cursor"]
            if not page["hasMore"] and page["state"] not in ("queued", "running"):
                return False

    # Tell

    def observe(self, item):
        number = item["trial"]
        if number in self.told:
            return
        values = [(rung["step"], rung["value"]) for rung in item["rungs"] if isinstance(rung["value"], (int, float))]
        trial = self.asked.get(number)
        if trial is not None:
            for step, value in values[self.reported.get(number, 0):]:
                trial.report(value, step)
            self.reported[number] = len(values)
        state = self.end(item, values)
        if state is None:
            return
        self.told.add(number)
        if trial is not None:
            self.study.tell(trial, item["best"] if state == TrialState.COMPLETE else None, state=state)
            del self.asked[number]
        elif state != TrialState.FAIL:
            self.add(item, state, values)

    @staticmethod
    def end(item, values):
        """What the end of the trial is for Optuna; None: it goes on."""
        state = item["state"]
        if state == "completed" and item.get("best") is not None:
            return TrialState.COMPLETE
        if state in ("paused", "pruned"):
            return TrialState.PRUNED if values else None if state == "paused" else TrialState.FAIL
        return TrialState.FAIL if state in ("failed", "diverged", "no_metric", "cancelled", "completed") else None

    def add(self, item, state, values):
        """A trial from before this process."""
        flat = dict(flatten(item["configuration"]))
        present = [p for p in self.parameters if p.name in flat and p.distribution is not None]
        self.study.add_trial(optuna.trial.create_trial(
            state=state, value=item["best"] if state == TrialState.COMPLETE else None,
            params={p.name: p.internal(flat[p.name]) for p in present},
            distributions={p.name: p.distribution for p in present}, intermediate_values=dict(values)))


def flatten(configuration, prefix=""):
    for name, value in configuration.items():
        if isinstance(value, dict):
            yield from flatten(value, prefix + name + ".")
        else:
            yield prefix + name, value


def sampler(name, seed):
    if name == "tpe":
        return optuna.samplers.TPESampler(multivariate=True, group=True, constant_liar=True, seed=seed)
    if name == "cmaes":
        return optuna.samplers.CmaEsSampler(seed=seed)
    if name == "gp":
        return optuna.samplers.GPSampler(seed=seed)
    return optuna.samplers.RandomSampler(seed=seed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--daemon", default="http://127.0.0.1:8472")
    parser.add_argument("--token-file", default=os.environ.get("HYPERSCHED_TOKEN_FILE"))
    parser.add_argument("--ca-file", default=os.environ.get("HYPERSCHED_CA_FILE"))
    parser.add_argument("--sweep", type=int, required=True)
    parser.add_argument("--sampler", choices=["tpe", "cmaes", "gp", "random"], default="tpe")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # Another key in each process: the trials of an earlier one have their numbers already.
    name = f"optuna-{time.time_ns()}"
    daemon = Daemon(options.daemon, options.token_file, options.ca_file)
    bridge = Bridge(daemon, options.sweep, sampler(options.sampler, options.seed), name)
    try:
        bridge.run()
    except KeyboardInterrupt:
        return 130
    finished = [t for t in bridge.study.trials if t.state == TrialState.COMPLETE]
    if finished:
        print(f"best of {len(finished)} complete trials: {bridge.study.best_value} {bridge.study.best_params}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
