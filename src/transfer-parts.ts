// The part of the composition root that only an import or a restore needs.
import { hash } from 'node:crypto'
import { demoUser } from './commands/demo-workspace.ts'
import type { TransferParts } from './commands/transfer-parts.ts'
import { startDemoServer } from './demo/demo-server.ts'
import { MailStore } from './demo/mail-store.ts'
import { importFiles } from './files/import-files.ts'
import { createRestoreServer } from './imap/restore-connection.ts'
import type { Secrets } from './model/secrets.ts'
import { parseDate } from './mime/dates.ts'
import { decodeWords } from './mime/encoded-words.ts'
import { createLaneRecorder } from './profile/recorder.ts'
import { previewImport } from './store/import-preview.ts'
import { openRestoreJournal } from './store/restore-journal.ts'
import { openImportStore } from './store/sqlite-import-store.ts'

interface TransferOptions {
  readonly version: string
  readonly secrets: Secrets
}

/** Octets of the largest message that a rehearsal takes. */
const largestRehearsed = 2 ** 30

export function transferParts({ version, secrets }: TransferOptions): TransferParts {
  const recorder = createLaneRecorder(() => Math.round(performance.now() * 1000))
  return {
    files: importFiles,
    mail: { words: decodeWords, date: parseDate, hash: (octets) => hash('sha256', octets) },
    openStore: ({ storeOnNetwork: allowNetwork }, path) => openImportStore({ path, allowNetwork, version }),
    preview: ({ storeOnNetwork: allowNetwork }, path) => previewImport({ path, allowNetwork }),
    restoreServer: ({ compress }, account) =>
      createRestoreServer(account, { secrets, version, compress }, () => recorder.openLane(account.name)),
    openJournal: ({ storeOnNetwork: allowNetwork }, { name, store }) =>
      // oxlint-disable-next-line eslint/no-restricted-properties -- the clock of the process
      openRestoreJournal({ path: store, allowNetwork, version, account: name, clock: () => Date.now() }),
    startEmptyServer: (password) =>
      startDemoServer({
        store: new MailStore(),
        users: { [demoUser]: password },
        limits: { maxLiteralOctets: largestRehearsed },
      }),
  }
}
