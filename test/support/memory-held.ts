import { headerProof } from '../../src/model/header-fields.ts'
import type {
  ContentId,
  Cursor,
  EpochId,
  HeldContent,
  HeldMessages,
  MailboxId,
  LastComparison,
} from '../../src/sync/ports.ts'
import type { EpochContents, PlacementContents } from './store-contents.ts'

/** A placement in the memory store, with what it does not show. */
export type HeldPlacement = { -readonly [Key in keyof PlacementContents]: PlacementContents[Key] } & {
  readonly size: number | undefined
  readonly providerId: string | undefined
}

export interface Mailbox {
  readonly id: MailboxId
  readonly account: string
  path: string
  readonly wirePath: string
  gone: boolean
}

export interface Epoch {
  readonly id: EpochId
  mailbox: Mailbox
  readonly uidValidity: bigint
  state: EpochContents['state']
  cursor: Cursor | undefined
  compared: LastComparison | undefined
  readonly placements: Map<number, HeldPlacement>
  readonly failures: Map<number, string>
}

/** Contents by their hash, numbered as they came. */
export class MemoryContents {
  readonly #octets = new Map<string, Uint8Array>()

  has(sha256: string): boolean {
    return this.#octets.has(sha256)
  }

  get(sha256: string): Uint8Array | undefined {
    return this.#octets.get(sha256)
  }

  set(sha256: string, octets: Uint8Array): void {
    this.#octets.set(sha256, octets)
  }

  at(content: ContentId): { readonly sha256: string; readonly octets: number } {
    const [sha256, octets] = [...this.#octets][content - 1] ?? []
    if (sha256 === undefined || octets === undefined) throw new Error(`there is no content ${content}`)
    return { sha256, octets: octets.length }
  }

  columnsOf(placements: readonly HeldPlacement[]): HeldMessages {
    const held = placements.filter(({ removed }) => !removed)
    return {
      contents: held.map(({ sha256 }) => this.#numberOf(sha256)),
      sizes: held.map(({ size, octets }) => size ?? octets),
      seconds: held.map(({ seconds }) => seconds ?? NaN),
    }
  }

  byProviderId(placements: readonly HeldPlacement[], id: string): HeldContent | undefined {
    const held = placements
      .filter(({ providerId }) => providerId === id)
      .map(({ sha256, size, octets }) => ({ content: this.#numberOf(sha256), size: size ?? octets }))
    const [first] = held
    return held.every(({ content, size }) => content === first?.content && size === first.size) ? first : undefined
  }

  proofOf(content: ContentId): string | undefined {
    const octets = [...this.#octets.values()][content - 1]
    return octets === undefined ? undefined : headerProof(octets)
  }

  #numberOf(sha256: string): ContentId {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the number of a content that is held here
    return ([...this.#octets.keys()].indexOf(sha256) + 1) as ContentId
  }
}
