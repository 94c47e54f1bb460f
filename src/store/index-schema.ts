/** Migrations of the index file: what is derived from the facts. It may be deleted at any time and is rebuilt. */
export const indexMigrations: readonly string[] = [
  `
  -- One row: up to which content the index has come.
  CREATE TABLE watermark (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    content INTEGER NOT NULL,
    parser_version INTEGER NOT NULL
  ) STRICT;
  INSERT INTO watermark VALUES (1, 0, 0);

  -- id is the content's.
  CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    message_id TEXT,
    date INTEGER,
    date_text TEXT,
    date_source TEXT,
    sender TEXT,
    recipients TEXT,
    copies TEXT,
    subject TEXT,
    in_reply_to TEXT,
    "references" TEXT,
    thread INTEGER,
    has_attachments INTEGER NOT NULL DEFAULT 0,
    parser_version INTEGER NOT NULL,
    parse_error TEXT
  ) STRICT;
  CREATE INDEX message_message_id ON message (message_id);
  CREATE INDEX message_date ON message (date);
  CREATE INDEX message_thread ON message (thread);

  CREATE TABLE attachment (
    message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
    part TEXT NOT NULL,
    name TEXT,
    content_type TEXT,
    octets INTEGER,
    sha256 BLOB,
    PRIMARY KEY (message, part)
  ) STRICT, WITHOUT ROWID;

  CREATE VIRTUAL TABLE message_text USING fts5 (
    subject, sender, recipients, body, attachments,
    content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2'
  );

  CREATE TABLE text (
    message INTEGER PRIMARY KEY REFERENCES message ON DELETE CASCADE,
    data BLOB NOT NULL
  ) STRICT;
  `,
]
