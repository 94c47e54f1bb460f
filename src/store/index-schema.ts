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
  `
  -- Made anew: nothing had ever been written into the tables above.
  DROP TABLE watermark;
  DROP TABLE text;
  DROP TABLE message_text;
  DROP TABLE attachment;
  DROP TABLE message;

  -- One row: all contents up to this one are indexed.
  CREATE TABLE watermark (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    content INTEGER NOT NULL
  ) STRICT;
  INSERT INTO watermark VALUES (1, 0);

  -- id is the content's. date is in seconds; date_source is date, received, internal (INTERNALDATE) or none.
  -- addresses: JSON {"from":[[name,address],...],...} of those lists that are not empty; thread_refs: JSON [in-reply-to, references].
  -- text_block, text_start, text_octets: where its text lies in UTF-8.
  CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    date INTEGER NOT NULL,
    octets INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    has_attachments INTEGER NOT NULL,
    parser_version INTEGER NOT NULL,
    message_id TEXT,
    date_text TEXT,
    date_source TEXT NOT NULL,
    subject TEXT,
    addresses TEXT NOT NULL,
    thread_refs TEXT,
    list_id TEXT,
    text_block INTEGER,
    text_start INTEGER,
    text_octets INTEGER,
    trouble TEXT
  ) STRICT;
  CREATE INDEX message_date ON message (date, id);
  CREATE INDEX message_thread ON message (thread);
  CREATE INDEX message_message_id ON message (message_id) WHERE message_id IS NOT NULL;
  CREATE INDEX message_trouble ON message (id) WHERE trouble IS NOT NULL;
  CREATE INDEX message_parser_version ON message (parser_version);

  CREATE TABLE attachment (
    message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
    position INTEGER NOT NULL,
    part TEXT NOT NULL,
    name TEXT,
    content_type TEXT NOT NULL,
    octets INTEGER NOT NULL,
    content_id TEXT,
    inline INTEGER NOT NULL,
    PRIMARY KEY (message, position)
  ) STRICT, WITHOUT ROWID;

  -- Words as model/words.ts makes them, so the plainest tokenizer will do. extra: Sender, Reply-To, Bcc, List-Id.
  CREATE VIRTUAL TABLE message_text USING fts5 (
    subject, sender, recipients, copies, body, attachments, extra,
    content='', contentless_delete=1, tokenize='ascii'
  );

  -- Texts of some messages one after the other, compressed (zstd).
  CREATE TABLE text_block (
    id INTEGER PRIMARY KEY,
    data BLOB NOT NULL
  ) STRICT;

  -- Which thread an id belongs to: a Message-ID that a message has or refers to, or the server's own thread id; as the first
  -- 63 bits of its hash.
  CREATE TABLE thread_key (
    key INTEGER PRIMARY KEY,
    thread INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX thread_key_thread ON thread_key (thread);
  `,
]
