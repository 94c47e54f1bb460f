/** Migrations of the file of profiles, oldest first; append only. Instants of a run are microseconds since it began. */
export const profileMigrations: readonly string[] = [
  `
  CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at INTEGER NOT NULL,
    version TEXT NOT NULL,
    node TEXT NOT NULL,
    command TEXT NOT NULL,
    elapsed_us INTEGER NOT NULL,
    unblamed_us INTEGER NOT NULL,
    lanes INTEGER NOT NULL,
    forgotten_commands INTEGER NOT NULL,
    finding TEXT NOT NULL
  ) STRICT;

  CREATE TABLE state (
    run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    account TEXT NOT NULL,
    mailbox TEXT NOT NULL,
    command TEXT NOT NULL,
    state TEXT NOT NULL,
    lane_us REAL NOT NULL,
    blame_us REAL NOT NULL,
    PRIMARY KEY (run, account, mailbox, command, state)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE held_up (
    run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    account TEXT NOT NULL,
    by_account TEXT NOT NULL,
    us REAL NOT NULL
  ) STRICT;
  CREATE INDEX held_up_run ON held_up (run);

  CREATE TABLE writer (
    run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    account TEXT NOT NULL,
    hash_us REAL NOT NULL,
    compress_us REAL NOT NULL,
    sqlite_us REAL NOT NULL,
    commit_us REAL NOT NULL
  ) STRICT;
  CREATE INDEX writer_run ON writer (run);

  -- What the main thread was seen doing: folded text, zstd.
  CREATE TABLE sample (
    run INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE,
    count INTEGER NOT NULL,
    own_ms REAL,
    folded BLOB NOT NULL
  ) STRICT;

  CREATE TABLE command (
    run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    account TEXT NOT NULL,
    mailbox TEXT NOT NULL,
    name TEXT NOT NULL,
    sent_at REAL NOT NULL,
    first_at REAL NOT NULL,
    ended_at REAL NOT NULL,
    sent_octets INTEGER NOT NULL,
    received_octets INTEGER NOT NULL,
    cpu_us REAL NOT NULL,
    queued_us REAL NOT NULL,
    writer_us REAL NOT NULL,
    PRIMARY KEY (run, seq)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Samples of all threads with their times; those of the main thread alone, without times, are given up. JSON, zstd.
  DROP TABLE sample;
  CREATE TABLE sample (
    run INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE,
    data BLOB NOT NULL
  ) STRICT;
  `,
  `
  ALTER TABLE command ADD COLUMN gap_at REAL NOT NULL DEFAULT 0;
  ALTER TABLE command ADD COLUMN gap_us REAL NOT NULL DEFAULT 0;
  `,
  `
  ALTER TABLE writer ADD COLUMN open_us REAL NOT NULL DEFAULT 0;
  ALTER TABLE writer ADD COLUMN commits REAL NOT NULL DEFAULT 0;
  `,
  `
  CREATE TABLE lock_wait (
    run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    lock TEXT NOT NULL,
    pid INTEGER NOT NULL,
    program TEXT NOT NULL,
    us REAL NOT NULL
  ) STRICT;
  CREATE INDEX lock_wait_run ON lock_wait (run);
  `,
  `
  -- How the machine shared its CPUs; null: not known.
  ALTER TABLE run ADD COLUMN cpu_us REAL;
  ALTER TABLE run ADD COLUMN queue_us REAL;
  ALTER TABLE run ADD COLUMN others_us REAL;
  ALTER TABLE run ADD COLUMN cpus INTEGER;
  `,
  `
  CREATE TABLE ceiling (
    run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    account TEXT NOT NULL,
    borne INTEGER NOT NULL,
    wanted INTEGER NOT NULL,
    PRIMARY KEY (run, account)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE command ADD COLUMN messages INTEGER NOT NULL DEFAULT 0;
  `,
]
