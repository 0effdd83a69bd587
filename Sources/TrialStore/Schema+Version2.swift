import GRDB

extension Schema {
    /// Schema 2: forecasts, and how sweeps ended. As in version 1, nothing here depends on a type of the program.
    @Sendable
    static func createVersion2(_ db: Database) throws {
        for statement in forecastTables2 { try db.execute(sql: statement) }
        try db.execute(sql: "PRAGMA user_version = 2")
    }

    /// What was foretold, and what came of it: only ever added to, except that a sweep may end twice.
    private static let forecastTables2 = [
        """
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
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE sweepOutcome (
            sweepId INTEGER NOT NULL REFERENCES sweep(id),
            -- the sweep's deadline when it ended: an extended sweep ends once more, with another one
            deadline INTEGER NOT NULL,
            endedAt INTEGER NOT NULL CHECK (endedAt >= 0),
            state TEXT NOT NULL CHECK (state IN ('finished', 'deadline_reached', 'cancelled', 'failed')),
            best REAL,
            PRIMARY KEY (sweepId, deadline)
        ) STRICT, WITHOUT ROWID
        """,
    ]
}
