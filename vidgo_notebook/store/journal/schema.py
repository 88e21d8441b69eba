"""The journal's tables, and the migrations from older versions: statements that both databases accept."""

from __future__ import annotations

UNDER_WAY = "('planned','waiting','uploading','submitting','not_started','running','fetching','uncertain')"

MIGRATIONS = (
    f"""
    CREATE TABLE jobs (
        job_id TEXT PRIMARY KEY,
        fingerprint TEXT NOT NULL,
        generation INTEGER NOT NULL,
        provider TEXT NOT NULL,
        api TEXT NOT NULL,
        model TEXT NOT NULL,
        kind TEXT NOT NULL,
        request TEXT NOT NULL,
        store TEXT NOT NULL,
        notebook TEXT NOT NULL,
        owner TEXT NOT NULL,
        lease_until REAL NOT NULL,
        state TEXT NOT NULL,
        quoted TEXT,
        charge TEXT,
        task_id TEXT,
        file_url TEXT,
        digest TEXT,
        message TEXT NOT NULL,
        created_at REAL NOT NULL,
        submitted_at REAL,
        rendered_at REAL,
        ended_at REAL
    );
    CREATE UNIQUE INDEX one_under_way ON jobs (fingerprint) WHERE state IN {UNDER_WAY};
    CREATE INDEX jobs_by_fingerprint ON jobs (fingerprint);
    CREATE INDEX jobs_by_kind ON jobs (kind, rendered_at);
    CREATE TABLE events (
        job_id TEXT NOT NULL REFERENCES jobs (job_id),
        at REAL NOT NULL,
        event TEXT NOT NULL,
        state TEXT NOT NULL
    );
    CREATE INDEX events_by_job ON events (job_id);
    CREATE TABLE charges (
        at REAL NOT NULL,
        job_id TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        provider TEXT NOT NULL,
        notebook TEXT NOT NULL,
        model TEXT NOT NULL,
        quoted TEXT,
        charged TEXT,
        saved TEXT
    );
    CREATE TABLE balances (
        at REAL NOT NULL,
        provider TEXT NOT NULL,
        credits TEXT NOT NULL
    );
    CREATE TABLE uploads (
        api TEXT NOT NULL,
        identity TEXT NOT NULL,
        url TEXT NOT NULL,
        expires_at REAL NOT NULL,
        PRIMARY KEY (api, identity)
    );
    """,
    """
    ALTER TABLE events ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
    """,
    """
    CREATE TABLE batches (
        name TEXT PRIMARY KEY,
        contents TEXT NOT NULL,
        plan TEXT NOT NULL,
        at REAL NOT NULL
    );
    """,
    """
    CREATE TABLE allowances (
        batch TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        price TEXT,
        drawn_by TEXT,
        PRIMARY KEY (batch, fingerprint)
    );
    CREATE TABLE pauses (
        api TEXT PRIMARY KEY,
        until REAL NOT NULL
    );
    """,
    # Jobs that a person gave up were called refused; that state has a name of its own since.
    """
    UPDATE jobs SET state = 'forgotten'
        WHERE state = 'refused' AND job_id IN (SELECT job_id FROM events WHERE event = 'Forgotten');
    """,
    # A lease was a time, by which the clocks of two processes were compared. Now it is a counter that its owner moves
    # on, in the same column: a process of an earlier version that still runs can then neither keep a lease nor begin
    # a job, and what it has under way is free. (SQLite before 3.35 can't drop a column; a REAL counts exactly.)
    f"""
    ALTER TABLE jobs RENAME COLUMN lease_until TO heartbeats;
    UPDATE jobs SET heartbeats = 0;
    UPDATE jobs SET owner = '' WHERE state IN {UNDER_WAY};
    """,
    # The claim to an upload is kept in the same way.
    """
    ALTER TABLE uploads ADD COLUMN owner TEXT NOT NULL DEFAULT '';
    ALTER TABLE uploads ADD COLUMN heartbeats INTEGER NOT NULL DEFAULT 0;
    """,
    # Files that are to be saved when a picture arrives, perhaps after its kernel has ended.
    """
    CREATE TABLE saves (
        fingerprint TEXT NOT NULL,
        path TEXT NOT NULL,
        options TEXT NOT NULL,
        machine TEXT NOT NULL,
        at REAL NOT NULL,
        PRIMARY KEY (fingerprint, path)
    );
    """,
    # A pause was a time until which workers wait. Now it has a length, which each measures by its own clock, and a
    # number, by which a new one is recognised.
    """
    DROP TABLE pauses;
    CREATE TABLE pauses (
        api TEXT PRIMARY KEY,
        number INTEGER NOT NULL,
        seconds REAL NOT NULL
    );
    """,
    # What was sent of the user's own images, for the record of the picture.
    """
    ALTER TABLE jobs ADD COLUMN inputs TEXT NOT NULL DEFAULT '';
    """,
)
VERSION = len(MIGRATIONS)
"""The version of a schema with all migrations applied."""


def statements_since(version: int) -> list[str]:
    """The statements that bring a schema of an older version up to date."""
    scripts = ";".join(MIGRATIONS[version:])
    return [statement.strip() for statement in scripts.split(";") if statement.strip()]
