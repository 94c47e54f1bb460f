// The part of the composition root that only an import or a restore needs.
import { hash } from 'node:crypto'
import type { TransferParts } from './commands/transfer-parts.ts'
import { importFiles } from './files/import-files.ts'
import { parseDate } from './mime/dates.ts'
import { decodeWords } from './mime/encoded-words.ts'
import { previewImport } from './store/import-preview.ts'
import { openImportStore } from './store/sqlite-import-store.ts'

interface TransferOptions {
  readonly version: string
  readonly variables: Readonly<Record<string, string | undefined>>
}

export function transferParts({ version }: TransferOptions): TransferParts {
  return {
    files: importFiles,
    mail: { words: decodeWords, date: parseDate, hash: (octets) => hash('sha256', octets) },
    openStore: ({ storeOnNetwork: allowNetwork }, path) => openImportStore({ path, allowNetwork, version }),
    preview: ({ storeOnNetwork: allowNetwork }, path) => previewImport({ path, allowNetwork }),
  }
}
