import { onTestFinished } from 'vitest'
import { noCost } from '../../src/model/lane.ts'
import type { FailureToStore } from '../../src/sync/ports.ts'
import { groupCommitter } from '../../src/store/group-commit.ts'
import { openWriter } from '../../src/store/open-writer.ts'
import type { Writer } from '../../src/store/open-writer.ts'
import { PackPool, RowPacker } from '../../src/store/pack-rows.ts'
import { SharedBatch } from '../../src/store/shared-batch.ts'
import { toStoreError } from '../../src/store/sqlite-error.ts'
import type { PackedBatch, Work } from '../../src/store/writer-protocol.ts'
import type { Message } from './sample-mail.ts'

/** What the writer thread is made of, in this thread: its connection can be limited and its clock set. */
export class WritingParts {
  readonly writer: Writer
  readonly #commit: ReturnType<typeof groupCommitter>

  constructor(path: string, clock: () => number = () => 1_700_000_000_000) {
    this.writer = openWriter({ path, allowNetwork: false, version: '0.1.0', compress: true }, clock)
    this.#commit = groupCommitter(this.writer.facts, this.writer.state, {
      translate: (error) => toStoreError(error, 'write'),
      onWait: () => undefined,
    })
    onTestFinished(() => {
      this.close()
    })
  }

  /** Works that share a transaction; each with its answer, or the code of its error. */
  commit(...works: readonly Work<unknown>[]): readonly unknown[] {
    const outcomes: unknown[] = []
    const members = works.map((work, index) => ({
      work,
      answer: (value: unknown) => {
        outcomes[index] = value
      },
      fail: (error: unknown) => {
        outcomes[index] = codeOf(error)
      },
    }))
    this.#commit(members)
    return outcomes
  }

  /** One work that must succeed. */
  do<Answer>(work: Work<Answer>): Answer {
    let answer: { readonly value: Answer } | undefined
    const run = (): Answer => {
      answer = { value: work.run() }
      return answer.value
    }
    const [outcome] = this.commit({ ...work, run })
    if (answer === undefined) throw new Error(`the writer refused: ${String(outcome)}`)
    return answer.value
  }

  async batch(
    epoch: number,
    messages: readonly Message[],
    failures: readonly FailureToStore[] = [],
  ): Promise<Work<unknown>> {
    const packed = await pack(epoch, messages, failures)
    return this.writer.handlers.applyBatch(packed)
  }

  close(): void {
    if (this.writer.facts.open) this.writer.close()
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : `bug: ${String(error)}`

async function pack(
  epoch: number,
  messages: readonly Message[],
  failures: readonly FailureToStore[],
): Promise<PackedBatch> {
  const handed = Promise.withResolvers<PackedBatch>()
  const cost = noCost
  const batch = new SharedBatch({
    epoch,
    pool: new PackPool(),
    packer: new RowPacker(),
    write: (packed) => {
      handed.resolve(packed)
      return Promise.resolve({ added: 0, newContents: 0, octets: 0, cost })
    },
  })
  for (const [row, text] of messages) {
    const octets = Buffer.from(text, 'latin1')
    batch.allocate(octets.length).set(octets)
    batch.add(row)
  }
  for (const failure of failures) batch.fail(failure)
  await batch.commit()
  return handed.promise
}
