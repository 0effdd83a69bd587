import GRDB

extension Schema {
    /// Schema 1. Names are spelled out here and depend on no type of the program, so that this file can stay as it is
    /// for ever. All instants are milliseconds since 1970-01-01T00:00:00Z.
    @Sendable
    static func createVersion1(_ db: Database) throws {
        for statement in clusterTables1 + historyTables1 { try db.execute(sql: statement) }
        try db.execute(sql: "PRAGMA user_version = 1")
    }

    /// What the scheduler holds now: read once, at start.
    private static let clusterTables1 = [
        """
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
        ) STRICT
        """,
        """
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
        ) STRICT
        """,
        // The ranking, kept by SQLite with every write: nobody ever sorts.
        "CREATE INDEX trialRanking ON trial(sweepId, bestScore DESC, id)",
        """
        CREATE TABLE agent (
            id TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
            record TEXT NOT NULL CHECK (json_valid(record))
        ) STRICT, WITHOUT ROWID
        """,
        // At most one live lease per trial, by the primary key.
        """
        CREATE TABLE lease (
            trialId INTEGER PRIMARY KEY REFERENCES trial(id),
            attempt INTEGER NOT NULL CHECK (attempt > 0),
            agentId TEXT NOT NULL REFERENCES agent(id),
            record TEXT NOT NULL CHECK (json_valid(record))
        ) STRICT
        """,
        // A slot is never held twice, by the primary key.
        """
        CREATE TABLE leaseSlot (
            agentId TEXT NOT NULL,
            slot INTEGER NOT NULL CHECK (slot >= 0),
            trialId INTEGER NOT NULL REFERENCES lease(trialId) ON DELETE CASCADE,
            PRIMARY KEY (agentId, slot)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX leaseSlotTrial ON leaseSlot(trialId)",
        // The latest instant of the daemon's clock (it never goes back, not even over a restart) and the number of the
        // latest report.
        """
        CREATE TABLE clock (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            at INTEGER NOT NULL CHECK (at >= 0),
            arrival INTEGER NOT NULL CHECK (arrival >= 0)
        ) STRICT
        """,
        "INSERT INTO clock (id, at, arrival) VALUES (1, 0, 0)",
    ]

    /// What has happened: only ever added to.
    private static let historyTables1 = [
        """
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
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX attemptOfSweep ON attempt(sweepId, startedAt, trialId, attempt)",
        """
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
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE UNIQUE INDEX reportArrival ON report(trialId, arrival)",
        """
        CREATE TABLE decision (
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL CHECK (at >= 0),
            sweepId INTEGER NOT NULL REFERENCES sweep(id),
            trialId INTEGER REFERENCES trial(id),
            kind TEXT NOT NULL,
            rule TEXT NOT NULL,
            reason TEXT NOT NULL CHECK (json_valid(reason))
        ) STRICT
        """,
        "CREATE INDEX decisionOfSweep ON decision(sweepId, id)",
        "CREATE INDEX decisionOfTrial ON decision(trialId, id) WHERE trialId IS NOT NULL",
        """
        CREATE TABLE idempotency (
            key TEXT PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 255),
            -- SHA-256 of the request: the same key with another request is a mistake of the caller
            fingerprint TEXT NOT NULL CHECK (length(fingerprint) = 64),
            sweepId INTEGER NOT NULL REFERENCES sweep(id)
        ) STRICT, WITHOUT ROWID
        """,
    ]
}
