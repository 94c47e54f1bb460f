/** Migrations of the file of facts, oldest first; append only. The number of a migration is its place, from 1.
 *  Instants are milliseconds since 1970 in UTC, `internal_date` is in seconds; lists and objects are JSON. */
export const factsMigrations: readonly string[] = [
  `
  CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    host TEXT,
    capabilities TEXT,
    server_id TEXT,
    quirks TEXT,
    first_seen INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE mailbox (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account,
    kind TEXT NOT NULL DEFAULT 'imap' CHECK (kind IN ('imap', 'local')),
    path TEXT NOT NULL,
    wire_path TEXT NOT NULL,
    delimiter TEXT,
    special_use TEXT,
    selectable INTEGER NOT NULL,
    subscribed INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    gone_at INTEGER,
    UNIQUE (account, kind, wire_path)
  ) STRICT;

  -- present, removed: how many placements of each kind; whoever changes placements keeps them in step.
  CREATE TABLE epoch (
    id INTEGER PRIMARY KEY,
    mailbox INTEGER NOT NULL REFERENCES mailbox,
    uid_validity INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('building', 'current', 'retired')),
    uid_next INTEGER,
    highest_modseq INTEGER,
    messages INTEGER,
    present INTEGER NOT NULL DEFAULT 0,
    removed INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL,
    last_synced_at INTEGER,
    UNIQUE (mailbox, uid_validity)
  ) STRICT;
  CREATE UNIQUE INDEX epoch_current ON epoch (mailbox) WHERE state = 'current';

  CREATE TABLE content (
    id INTEGER PRIMARY KEY,
    sha256 BLOB NOT NULL UNIQUE,
    octets INTEGER NOT NULL,
    encoding TEXT NOT NULL CHECK (encoding IN ('identity', 'zstd')),
    data BLOB NOT NULL
  ) STRICT;

  CREATE TABLE placement (
    epoch INTEGER NOT NULL REFERENCES epoch,
    uid INTEGER NOT NULL,
    content INTEGER NOT NULL REFERENCES content,
    flags TEXT NOT NULL,
    keywords TEXT NOT NULL,
    labels TEXT,
    internal_date INTEGER,
    internal_date_offset INTEGER,
    internal_date_text TEXT,
    modseq INTEGER,
    size INTEGER,
    provider_id TEXT,
    first_seen INTEGER NOT NULL,
    removed_at INTEGER,
    PRIMARY KEY (epoch, uid)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX placement_content ON placement (content);

  CREATE TABLE failure (
    epoch INTEGER NOT NULL REFERENCES epoch,
    uid INTEGER NOT NULL,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 1,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    next_try INTEGER,
    PRIMARY KEY (epoch, uid)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    version TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    outcome TEXT
  ) STRICT;

  CREATE TABLE account_run (
    run INTEGER NOT NULL REFERENCES run,
    account INTEGER NOT NULL REFERENCES account,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    outcome TEXT,
    counts TEXT,
    received_octets INTEGER,
    sent_octets INTEGER,
    round_trips INTEGER,
    micros_by_state TEXT,
    blame_by_state TEXT,
    error TEXT,
    PRIMARY KEY (run, account)
  ) STRICT, WITHOUT ROWID;

  -- Gap-free in commit order: a row is never deleted, so the next rowid is the highest and one.
  CREATE TABLE change (
    seq INTEGER PRIMARY KEY,
    run INTEGER REFERENCES run,
    at INTEGER NOT NULL,
    mailbox INTEGER NOT NULL,
    epoch INTEGER,
    uid INTEGER,
    kind TEXT NOT NULL,
    before TEXT,
    after TEXT
  ) STRICT;

  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account,
    message_id TEXT NOT NULL,
    smtp_envelope TEXT NOT NULL,
    data BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'unknown', 'cancelled')),
    attempts INTEGER NOT NULL DEFAULT 0,
    queued_at INTEGER NOT NULL,
    next_try INTEGER,
    updated_at INTEGER NOT NULL,
    result TEXT
  ) STRICT;
  `,
  `
  -- Of a content whose encoded data is too large for one value; its own data is empty. Parts count from 0.
  CREATE TABLE content_part (
    id INTEGER PRIMARY KEY,
    content INTEGER NOT NULL REFERENCES content,
    part INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (content, part)
  ) STRICT;
  `,
  `
  CREATE INDEX placement_provider_id ON placement (provider_id) WHERE provider_id IS NOT NULL;
  `,
  `
  -- Octets that came from the account's server, by hours since 1970; those of the last day are kept.
  CREATE TABLE received (
    account INTEGER NOT NULL REFERENCES account,
    hour INTEGER NOT NULL,
    octets INTEGER NOT NULL,
    PRIMARY KEY (account, hour)
  ) STRICT, WITHOUT ROWID;

  -- Connections that the server was last seen to bear.
  ALTER TABLE account ADD COLUMN connections INTEGER;
  ALTER TABLE account ADD COLUMN connections_at INTEGER;
  `,
  `
  -- When UIDs and flags of the whole mailbox were last compared with the server's, the completed passes since, and how many
  -- comparisons that something seemed to ask for have found nothing, one after the other.
  ALTER TABLE epoch ADD COLUMN compared_at INTEGER;
  ALTER TABLE epoch ADD COLUMN passes_since INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE epoch ADD COLUMN in_vain INTEGER NOT NULL DEFAULT 0;
  `,
  `
  ALTER TABLE placement ADD COLUMN thread_id TEXT;
  `,
  `
  -- Why the last pass of the mailbox did not end with a complete mirror.
  ALTER TABLE mailbox ADD COLUMN trouble TEXT;
  `,
  `
  -- Where a server has put a message that was restored to it, by its own word (APPENDUID).
  CREATE TABLE restored (
    account INTEGER NOT NULL REFERENCES account,
    wire_path TEXT NOT NULL,
    uid_validity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (account, wire_path, uid_validity, uid)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Until now nothing was ever written to the outbox. smtp_envelope: {"from", "to": []}; result: {"recipients": [{"address", "state",
  -- "reply"}], "reply"}, null before the first attempt. octets, sha256: of the message; 0 and null when it has been let go.
  -- copy: as its owner wished, or what has become of it.
  ALTER TABLE outbox DROP COLUMN data;
  ALTER TABLE outbox ADD COLUMN subject TEXT NOT NULL DEFAULT '';
  ALTER TABLE outbox ADD COLUMN octets INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE outbox ADD COLUMN sha256 BLOB;
  ALTER TABLE outbox ADD COLUMN copy TEXT NOT NULL DEFAULT 'wanted'
    CHECK (copy IN ('wanted', 'appended', 'provider', 'not-wanted'));
  CREATE INDEX outbox_state ON outbox (state, account);

  -- The octets, apart from what changes at every attempt. Parts count from 0.
  CREATE TABLE outbox_part (
    id INTEGER PRIMARY KEY,
    entry INTEGER NOT NULL REFERENCES outbox,
    part INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (entry, part)
  ) STRICT;
  `,
  `
  -- What was removed for good, and by which rule (JSON). ended_at: when nothing of it was left in the files.
  CREATE TABLE pruning (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    version TEXT NOT NULL,
    rule TEXT NOT NULL,
    contents INTEGER NOT NULL DEFAULT 0,
    octets INTEGER NOT NULL DEFAULT 0,
    ended_at INTEGER
  ) STRICT;

  -- A pruned content keeps its number, hash and size, so that the log and its placements mean something; its data is empty.
  ALTER TABLE content ADD COLUMN pruned INTEGER REFERENCES pruning;
  CREATE INDEX content_pruned ON content (pruned) WHERE pruned IS NOT NULL;

  -- Pruned contents that came again: the index has passed their numbers.
  CREATE TABLE returned (
    content INTEGER PRIMARY KEY REFERENCES content
  ) STRICT;
  `,
  `
  -- Who is told of changes, and how far. cursor: everything up to this change was delivered, passed over or is a dead letter. failures: of the
  -- change after it, by itself. A hook belongs to the config by its name; its row outlives it there.
  CREATE TABLE hook (
    name TEXT PRIMARY KEY,
    cursor INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'outage', 'refused', 'waiting')),
    failures INTEGER NOT NULL DEFAULT 0,
    failing_since INTEGER,
    outages INTEGER NOT NULL DEFAULT 0,
    paused_until INTEGER,
    last_error TEXT,
    updated_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- Changes that were given up. wanted: to be delivered again.
  CREATE TABLE hook_dead_letter (
    hook TEXT NOT NULL,
    seq INTEGER NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    wanted INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (hook, seq)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- A further state: suspect, of a change over which whoever is told may have come to grief.
  ALTER TABLE hook RENAME TO former_hook;
  CREATE TABLE hook (
    name TEXT PRIMARY KEY,
    cursor INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'outage', 'suspect', 'refused', 'waiting')),
    failures INTEGER NOT NULL DEFAULT 0,
    failing_since INTEGER,
    outages INTEGER NOT NULL DEFAULT 0,
    paused_until INTEGER,
    last_error TEXT,
    updated_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  INSERT INTO hook SELECT name, cursor, state, failures, failing_since, outages, paused_until, last_error, updated_at FROM former_hook;
  DROP TABLE former_hook;
  `,
]

/** The first schema with an outbox that something is written to. */
export const outboxSchema = 9

/** The first schema with hooks. */
export const hooksSchema = 11
