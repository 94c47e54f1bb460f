import { readFileSync } from 'node:fs'

/** A line of a manifest. */
export interface ManifestLine {
  readonly type: 'export' | 'message' | 'file'
  readonly file: string
  readonly id: string
  readonly offset: number
  readonly end: number
  readonly octets: number
  readonly sha256: string
  readonly placements: readonly {
    readonly account: string
    readonly mailbox: string
    readonly flags: readonly string[]
  }[]
}

export function readManifest(path: string): readonly ManifestLine[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what our export writes
  return JSON.parse(`[${lines.join()}]`) as readonly ManifestLine[]
}
