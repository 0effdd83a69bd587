PRAGMA user_version = 3;
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
INSERT INTO "grdb_migrations" VALUES ('1');
INSERT INTO "grdb_migrations" VALUES ('2');
INSERT INTO "grdb_migrations" VALUES ('3');
CREATE TABLE sweep (
    id INTEGER PRIMARY KEY CHECK (id > 0),
    state TEXT NOT NULL CHECK (state IN
        ('queued', 'running', 'finished', 'deadline_reached', 'cancelled', 'failed')),
    createdAt INTEGER NOT NULL CHECK (createdAt >= 0),
    endedAt INTEGER,
    record TEXT NOT NULL CHECK (json_valid(record)),
    -- an ended sweep knows when, and only an ended one does
    CHECK ((state IN ('queued', 'running')) = (endedAt IS NULL)),
    CHECK (endedAt IS NULL OR endedAt >= createdAt)
) STRICT;
INSERT INTO "sweep" VALUES (1, 'queued', 1700000000000, NULL, '{"createdAt":"2023-11-14T22:13:20.000Z","id":1,"longestStopSeconds":0,"nextIndex":0,"spec":{"checkpoint":{"graceSeconds":30},"deadline":"2023-11-14T23:13:20.000Z","limits":{"trials":10000},"method":"random","metric":{"goal":"maximize","name":"acc"},"name":"sample","onNaN":"diverged","parameters":[{"domain":{"uniform":{"max":1,"min":0}},"name":"lr"}],"policy":{"asha":{"_0":{"cutoff":"percentile","delay":false,"kind":"promotion","reductionFactor":4}}},"priority":0,"program":{"command":{"_0":["train"]}},"retry":{"max":2},"seed":18446744073709551615,"slots":{"kind":"cpu","labels":{},"min":1},"steps":{"max":9,"min":1,"unit":"step"}},"state":"queued"}');
CREATE TABLE trial (
    id INTEGER PRIMARY KEY CHECK (id > 0),
    sweepId INTEGER NOT NULL REFERENCES sweep(id),
    sweepIndex INTEGER NOT NULL CHECK (sweepIndex >= 0),
    state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'paused', 'completed', 'pruned', 'failed',
        'diverged', 'no_metric', 'cancelled')),
    attempt INTEGER NOT NULL CHECK (attempt >= 0),
    lastStep INTEGER NOT NULL CHECK (lastStep >= 0),
    bestScore REAL,
    record TEXT NOT NULL CHECK (json_valid(record)),
    -- names of hyperparameters that are whole but real (2.0): JSON does not tell them from integers
    wholeReals TEXT NOT NULL CHECK (json_valid(wholeReals)),
    UNIQUE (sweepId, sweepIndex),
    -- only a trial that was started can run
    CHECK (state <> 'running' OR attempt > 0)
) STRICT;
INSERT INTO "trial" VALUES (1, 1, 0, 'running', 1, 0, NULL, '{"attempt":1,"attemptStartStep":0,"configuration":{"lr":0.5},"createdAt":"2023-11-14T22:13:20.000Z","failures":0,"id":1,"index":0,"lastElapsed":0,"lastSequence":0,"lastStep":0,"metricNames":[],"policy":{"cooldown":0,"isFiller":false,"pausedSlots":0,"rungs":[]},"scoredReports":0,"seed":18446744073709551614,"state":"running","sweep":1,"trainedSeconds":0,"unscoredReports":0,"wallSeconds":0}', '[]');
INSERT INTO "trial" VALUES (2, 1, 7, 'paused', 3, 4, 3.00000000000000044408e-01, '{"attempt":3,"attemptStartStep":2,"bestCheckpoint":{"attempt":{"number":1,"trial":1},"objective":0.3,"sha256":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","size":10,"step":3},"bestScore":0.30000000000000004,"bestStep":3,"configuration":{"batch":64,"flag":true,"kind":"2.0","lr":0.1,"momentum":2,"negative":-3},"createdAt":"2023-11-14T22:13:20.000Z","failures":1,"id":2,"index":7,"lastElapsed":1.5,"lastScore":"-Infinity","lastSequence":9,"lastStep":4,"latestCheckpoint":{"attempt":{"number":1,"trial":1},"sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","size":10,"step":4},"metricNames":["acc","loss"],"policy":{"cooldown":-1,"isFiller":true,"pausedSlots":2,"rungs":[{"milestone":1,"paused":true,"score":"-Infinity"}]},"scoredReports":8,"seed":12345678901234567890,"state":"paused","stateReason":"rung","sweep":1,"trainedSeconds":2.5,"unscoredReports":7,"wallSeconds":3.5}', '["momentum","negative"]');
CREATE INDEX trialRanking ON trial(sweepId, bestScore DESC, id);
CREATE TABLE agent (
    id TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
    record TEXT NOT NULL CHECK (json_valid(record))
) STRICT, WITHOUT ROWID;
INSERT INTO "agent" VALUES ('node', '{"desiredVersion":1,"draining":false,"id":"node","labels":{"zone":"a"},"lastSync":"2023-11-14T22:13:20.000Z","lost":false,"retiredSessions":[],"session":"s","slots":[{"index":0,"kind":"cpu"},{"index":1,"kind":"cpu"},{"index":2,"kind":"cpu"},{"index":3,"kind":"cpu"}],"version":"1"}');
CREATE TABLE lease (
    trialId INTEGER PRIMARY KEY REFERENCES trial(id),
    attempt INTEGER NOT NULL CHECK (attempt > 0),
    agentId TEXT NOT NULL REFERENCES agent(id),
    record TEXT NOT NULL CHECK (json_valid(record))
) STRICT;
INSERT INTO "lease" VALUES (1, 1, 'node', '{"agent":"node","assignedVersion":2,"attempt":{"number":1,"trial":1},"goal":"run","lastReportAt":"2023-11-14T22:13:20.000Z","reserved":[],"slots":[0,1],"startedAt":"2023-11-14T22:13:20.000Z","sweep":1}');
CREATE TABLE leaseSlot (
    agentId TEXT NOT NULL,
    slot INTEGER NOT NULL CHECK (slot >= 0),
    trialId INTEGER NOT NULL REFERENCES lease(trialId) ON DELETE CASCADE,
    PRIMARY KEY (agentId, slot)
) STRICT, WITHOUT ROWID;
INSERT INTO "leaseSlot" VALUES ('node', 0, 1);
INSERT INTO "leaseSlot" VALUES ('node', 1, 1);
CREATE INDEX leaseSlotTrial ON leaseSlot(trialId);
CREATE TABLE clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    at INTEGER NOT NULL CHECK (at >= 0),
    arrival INTEGER NOT NULL CHECK (arrival >= 0)
) STRICT;
INSERT INTO "clock" VALUES (1, 1700000000000, 2);
CREATE TABLE attempt (
    trialId INTEGER NOT NULL REFERENCES trial(id),
    attempt INTEGER NOT NULL CHECK (attempt > 0),
    sweepId INTEGER NOT NULL REFERENCES sweep(id),
    agentId TEXT NOT NULL,
    slots TEXT NOT NULL CHECK (json_valid(slots)),
    startedAt INTEGER NOT NULL CHECK (startedAt >= 0),
    endedAt INTEGER,
    outcome TEXT CHECK (outcome IN ('exited', 'interrupted', 'failed', 'killed', 'lost')),
    exitCode INTEGER,
    signal INTEGER,
    message TEXT,
    PRIMARY KEY (trialId, attempt),
    CHECK ((endedAt IS NULL) = (outcome IS NULL)),
    CHECK (endedAt IS NULL OR endedAt >= startedAt)
) STRICT, WITHOUT ROWID;
INSERT INTO "attempt" VALUES (1, 1, 1, 'node', '[0,1]', 1700000000000, NULL, NULL, NULL, NULL, NULL);
CREATE INDEX attemptOfSweep ON attempt(sweepId, startedAt, trialId, attempt);
CREATE TABLE report (
    trialId INTEGER NOT NULL REFERENCES trial(id),
    attempt INTEGER NOT NULL CHECK (attempt > 0),
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    -- 1, 2, … over all reports: their order of arrival
    arrival INTEGER NOT NULL CHECK (arrival > 0),
    step INTEGER NOT NULL CHECK (step >= 0),
    metrics TEXT NOT NULL CHECK (json_valid(metrics)),
    elapsedSeconds REAL NOT NULL,
    setupSeconds REAL,
    at INTEGER NOT NULL CHECK (at >= 0),
    stale INTEGER NOT NULL CHECK (stale IN (0, 1)),
    late INTEGER NOT NULL CHECK (late IN (0, 1)),
    -- what speed estimates are made of; all of it or nothing
    timingSeconds REAL,
    timingSteps INTEGER,
    timingSetup REAL,
    timingSlots INTEGER CHECK (timingSlots > 0),
    PRIMARY KEY (trialId, attempt, sequence),
    CHECK ((timingSeconds IS NULL) = (timingSteps IS NULL)),
    CHECK ((timingSeconds IS NULL) = (timingSlots IS NULL)),
    CHECK (NOT stale OR timingSeconds IS NULL)
) STRICT, WITHOUT ROWID;
INSERT INTO "report" VALUES (1, 1, 1, 1, 1, '{"acc":0.5}', 1.25, NULL, 1700000000000, 0, 0, 1.25, 1, NULL, 2);
INSERT INTO "report" VALUES (1, 1, 2, 2, 2, '{"acc":0.5}', 1.25, NULL, 1700000000000, 1, 0, NULL, NULL, NULL, NULL);
CREATE UNIQUE INDEX reportArrival ON report(trialId, arrival);
CREATE TABLE decision (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL CHECK (at >= 0),
    sweepId INTEGER NOT NULL REFERENCES sweep(id),
    trialId INTEGER REFERENCES trial(id),
    kind TEXT NOT NULL,
    rule TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (json_valid(reason))
) STRICT;
INSERT INTO "decision" VALUES (1, 1700000000000, 1, 1, 'start', 'rule', '{"numbers":{"n":"NaN"},"rivals":[9],"rule":"rule","text":"first"}');
INSERT INTO "decision" VALUES (2, 1700000000000, 1, NULL, 'start', 'rule', '{"numbers":{"n":"NaN"},"rivals":[9],"rule":"rule","text":"about the sweep"}');
CREATE INDEX decisionOfSweep ON decision(sweepId, id);
CREATE INDEX decisionOfTrial ON decision(trialId, id) WHERE trialId IS NOT NULL;
CREATE TABLE idempotency (
    key TEXT PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 255),
    -- SHA-256 of the request: the same key with another request is a mistake of the caller
    fingerprint TEXT NOT NULL CHECK (length(fingerprint) = 64),
    sweepId INTEGER NOT NULL REFERENCES sweep(id)
) STRICT, WITHOUT ROWID;
INSERT INTO "idempotency" VALUES ('k', '0000000000000000000000000000000000000000000000000000000000000000', 1);
CREATE TABLE forecast (
    sweepId INTEGER NOT NULL REFERENCES sweep(id),
    at INTEGER NOT NULL CHECK (at >= 0),
    -- the deadline that it is about
    deadline INTEGER NOT NULL,
    occasion TEXT NOT NULL CHECK (occasion IN ('share', 'extended')),
    -- of the time from the sweep's acceptance to the deadline
    percent INTEGER NOT NULL CHECK (percent BETWEEN 0 AND 100),
    -- why there is no forecast; else the three numbers
    missing TEXT CHECK (length(missing) > 0),
    expected REAL,
    low REAL,
    high REAL,
    target REAL,
    reachesTarget REAL CHECK (reachesTarget BETWEEN 0 AND 1),
    -- without a target: values and their probabilities
    ladder TEXT NOT NULL CHECK (json_valid(ladder) AND json_type(ladder) = 'array'),
    best REAL,
    PRIMARY KEY (sweepId, at),
    CHECK (at <= deadline),
    CHECK ((missing IS NULL) = (expected IS NOT NULL)),
    CHECK ((expected IS NULL) = (low IS NULL)),
    CHECK ((expected IS NULL) = (high IS NULL)),
    CHECK (expected IS NULL OR (low <= expected AND expected <= high)),
    CHECK (reachesTarget IS NULL OR (target IS NOT NULL AND expected IS NOT NULL)),
    -- scored by the target or by the ladder, never by both
    CHECK (json_array_length(ladder) = 0 OR (target IS NULL AND expected IS NOT NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO "forecast" VALUES (1, 1700000360000, 1700003600000, 'extended', 10, 'no trial runs yet', NULL, NULL, NULL, NULL, NULL, '[]', NULL);
INSERT INTO "forecast" VALUES (1, 1700001800000, 1700003600000, 'share', 50, NULL, 3.00000000000000044408e-01, 0.25, 3.33333333333333314829e-01, NULL, NULL, '[{"probability":0.9,"value":0.25},{"probability":0.5,"value":0.3}]', 0.25);
INSERT INTO "forecast" VALUES (1, 1700002700000, 1700003600000, 'share', 75, NULL, 3.00000000000000044408e-01, 0.25, 3.33333333333333314829e-01, 0.9, 0.125, '[]', 0.25);
CREATE TABLE sweepOutcome (
    sweepId INTEGER NOT NULL REFERENCES sweep(id),
    -- the sweep's deadline when it ended: an extended sweep ends once more, with another one
    deadline INTEGER NOT NULL,
    endedAt INTEGER NOT NULL CHECK (endedAt >= 0),
    state TEXT NOT NULL CHECK (state IN ('finished', 'deadline_reached', 'cancelled', 'failed')),
    best REAL,
    PRIMARY KEY (sweepId, deadline)
) STRICT, WITHOUT ROWID;
INSERT INTO "sweepOutcome" VALUES (1, 1700001800000, 1700003600000, 'finished', 0.3);
INSERT INTO "sweepOutcome" VALUES (1, 1700003600000, 1700003600000, 'deadline_reached', NULL);
CREATE TABLE accessToken (
    id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 12),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    role TEXT NOT NULL CHECK (role IN ('admin', 'submit', 'read', 'agent-join', 'agent')),
    -- the one agent that it is for
    agent TEXT CHECK (length(agent) BETWEEN 1 AND 64),
    -- SHA-256 of the secret
    hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64),
    createdAt INTEGER NOT NULL CHECK (createdAt >= 0),
    createdBy TEXT NOT NULL CHECK (length(createdBy) BETWEEN 1 AND 64),
    expiresAt INTEGER,
    revokedAt INTEGER,
    lastUsedAt INTEGER,
    -- grows with every token that is made or revoked, also by another process: tells that there is news
    change INTEGER NOT NULL UNIQUE CHECK (change > 0),
    CHECK ((role = 'agent') = (agent IS NOT NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO "accessToken" VALUES ('0123456789ab', 'node', 'agent', 'node', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 1700000000000, 'alice', 1700000009000, NULL, NULL, 1);
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL CHECK (at >= 0),
    actor TEXT NOT NULL,
    token TEXT,
    role TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    result TEXT,
    status INTEGER NOT NULL
) STRICT;
INSERT INTO "audit" VALUES (1, 1700000000000, 'alice', '0123456789ab', 'admin', '10.0.0.1', 'POST /api/v1/sweeps', '/api/v1/sweeps/1', 201);
