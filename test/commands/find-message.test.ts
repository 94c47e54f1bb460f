import { expect, test } from 'vitest'
import type { StoreReader } from '../../src/commands/store-reader.ts'
import { findMessage } from '../../src/commands/find-message.ts'
import { OpenReaders } from '../../src/commands/open-readers.ts'
import type { StoredMessage, StoredPlacement } from '../../src/model/stored-message.ts'
import type { MessageName } from '../../src/search/stored-message.ts'

const place: StoredPlacement = {
  account: 'personal',
  mailbox: 'INBOX',
  uidValidity: 1,
  uid: 1,
  flags: [],
  keywords: [],
  labels: [],
  internalDate: undefined,
  firstSeen: '2026-10-05T08:00:00.000Z',
  removedAt: undefined,
}

function message(id: number, hash: string, account = 'personal'): StoredMessage {
  return { id, sha256: hash.padEnd(64, '0'), octets: 9, placements: [{ ...place, account }] }
}

function stores(...contents: readonly (readonly StoredMessage[])[]): OpenReaders {
  return new OpenReaders(
    contents.map((messages, index) => ({ path: `/stores/${index}.db`, reader: new MemoryReader(messages) })),
  )
}

class MemoryReader implements StoreReader {
  searchReader(): Promise<never> {
    return Promise.reject(new Error('not asked for'))
  }

  indexState(): Promise<never> {
    return this.searchReader()
  }

  exportReader(): Promise<never> {
    return this.searchReader()
  }

  readonly #messages: readonly StoredMessage[]

  constructor(messages: readonly StoredMessage[]) {
    this.#messages = messages
  }

  find(name: MessageName): readonly StoredMessage[] {
    return this.#messages.filter(({ id, sha256 }) =>
      'id' in name ? id === name.id : sha256.startsWith(name.sha256Prefix),
    )
  }

  read(): Uint8Array {
    return new Uint8Array(0)
  }

  lastCompleteMs(): undefined {
    return undefined
  }

  status(): readonly [] {
    return []
  }

  changes(): readonly [] {
    return []
  }

  goBackTo(): never {
    throw new Error('not asked for')
  }

  accountNames(): readonly [] {
    return []
  }

  replayedPlacements(): readonly [] {
    return []
  }

  prunedPlaces(): readonly [] {
    return []
  }

  prunedSince(): readonly [] {
    return []
  }

  mirroredMailboxes(): readonly [] {
    return []
  }

  probedServer(): undefined {
    return undefined
  }

  close(): void {
    // Nothing is held.
  }
}

const many = stores([message(1, 'aaaa1'), message(2, 'aaaa2')], [message(1, 'bbbb'), message(7, 'aaaa1', 'work')])

test('a message is found by its number, and by its hash in any case', () => {
  expect(findMessage(many, '2').message.sha256).toMatch(/^aaaa2/)
  expect(findMessage(many, 'sha256:AAAA2').message.id).toBe(2)
})

test('the same content in several stores is one message in all its places', () => {
  const { message: found, reader } = findMessage(many, 'sha256:aaaa1')
  expect(found.placements.map(({ account }) => account)).toEqual(['personal', 'work'])
  expect(reader).toBe(many.all[0]?.reader)
})

test('a number that several stores have is ambiguous, and the hashes are listed', () => {
  expect(() => findMessage(many, '1')).toThrow(expect.objectContaining({ code: 'USAGE' }))
  expect(() => findMessage(many, '1')).toThrow(/^1 names 2 messages:\nsha256:aaaa10*\nsha256:bbbb0*$/)
})

test('a prefix of several messages is ambiguous', () => {
  expect(() => findMessage(many, 'sha256:aaaa')).toThrow(expect.objectContaining({ code: 'USAGE' }))
  expect(() => findMessage(many, 'sha256:aaaa')).toThrow('sha256:aaaa names 2 messages')
})

test('a name of none is exit 66', () => {
  expect(() => findMessage(many, '99')).toThrow(expect.objectContaining({ code: 'NO_SUCH_MESSAGE' }))
})

test.each(['', '0', '-1', 'sha256:', 'sha256:abc', 'sha256:xyzw', 'aaaa', '1.5', '٣'])('"%s" names nothing', (text) => {
  expect(() => findMessage(many, text)).toThrow(expect.objectContaining({ code: 'USAGE' }))
})
