import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, test } from 'vitest'
import { profileMigrations } from '../../src/store/profile-schema.ts'
import { openProfileRuns } from '../../src/store/profile-store.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** A file as the first version made it, with a run in it. */
function oldProfiles(path: string): void {
  const database = new Sqlite(path)
  database.exec(profileMigrations[0] ?? '')
  database.exec(`
    PRAGMA application_id = 1296920690;
    PRAGMA user_version = 1;
    INSERT INTO run VALUES (1, 1700000000000, '0.1.0', 'v24', 'sync', 5000, 0, 1, 0, '{}');
    INSERT INTO writer VALUES (1, 'ada', 1, 2, 3, 4);
    INSERT INTO command VALUES (1, 0, 1, 'ada', 'INBOX', 'UID FETCH', 10, 20, 30, 5, 6, 7, 8, 9);
  `)
  database.close()
  chmodSync(path, 0o600)
}

test('profiles of an older version are brought up to date; of their runs is told what was recorded', () => {
  const path = join(temporaryDirectory(), 'mail.db')
  oldProfiles(path.replace('.db', '.profile.db'))
  const runs = openProfileRuns({ path, allowNetwork: true, makes: false })
  expect(runs?.load(1)?.profile).toMatchObject({
    locks: [],
    ceilings: [],
    schedule: undefined,
    writer: [{ account: 'ada', commit: 4, open: 0, commits: 0 }],
    commands: [{ name: 'UID FETCH', writerMicros: 9, gapMicros: 0, messages: 0 }],
  })
  runs?.close()
})
