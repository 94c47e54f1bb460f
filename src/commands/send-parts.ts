import type { Config } from '../model/account.ts'
import type { Outbox, OutboxReader } from '../send/outbox.ts'
import type { Composer, SentMailboxes, SubmitServer } from '../send/ports.ts'

/** What main.ts hands to commands that send. */
export interface SendParts {
  /** Makes a store that is not there yet. */
  readonly openOutbox: (config: Config, storePath: string) => Promise<Outbox>
  /** Of a store that is not there there are no entries. */
  readonly readOutbox: (config: Config, storePath: string) => Promise<OutboxReader>
  readonly submitServer: () => Promise<SubmitServer>
  readonly sentMailboxes: (config: Config) => Promise<SentMailboxes>
  readonly composer: () => Promise<Composer>
  readonly isInputTerminal: boolean
  /** All of stdin. Throws USAGE for more than `maxOctets`. */
  readonly readInput: (maxOctets: number) => Promise<Uint8Array>
  /** Throws USAGE for what cannot be read. */
  readonly readFile: (path: string, maxOctets: number) => Promise<Uint8Array>
  /** Unguessable, of letters, digits and dashes. */
  readonly uniqueId: () => string
}
