import { expect, test } from 'vitest'
import { Child, succeeds } from './child.ts'
import { expectSoundStore, inspectStore } from './inspect-store.ts'
import { temporaryStorePath } from './sample-store.ts'

/** Twenty-odd calls of every kind, told one by one as they are answered. It begins after those that were answered before;
 *  the one that was under way may be made a second time. */
const script = `
const store = await open()
const answered = Number(rest[0])
let number = 0
const call = async (act) => {
  if (++number <= answered) return
  await act()
  tell(number)
}
const [inbox, archive] = [1, 2]
const list = () => store.recordMailboxes('work', ['INBOX', 'Archive'].map((name) => (
  { path: name, wirePath: name, delimiter: '/', selectable: true, subscribed: true })))
const row = (uid, flags = []) => ({ uid, flags, modseq: BigInt(uid), internalDate: { seconds: uid, offsetMinutes: 0, text: '' } })
const bounds = (...bounds) => ({ bounds: Uint32Array.from(bounds), size: bounds[1] - bounds[0] + 1 })
const within = (mailbox, uidValidity, act) => call(async () => act((await store.openEpoch(mailbox, uidValidity)).id))
const write = (first, last) => async (epoch) => {
  const batch = store.newBatch(epoch)
  for (let uid = first; uid <= last; uid++) {
    const octets = Buffer.from(\`Subject: \${uid % 37}\\r\\n\\r\\n\${'text of a message '.repeat((uid * 7) % 2000)}\`)
    batch.allocate(octets.length).set(octets)
    batch.add(row(uid))
  }
  batch.fail({ uid: last + 1000, reason: 'the server sent NIL' })
  await batch.commit()
}
await call(list)
for (let first = 1; first < 400; first += 40) await within(inbox, 7n, write(first, first + 39))
await within(inbox, 7n, (epoch) => store.applyFlags(epoch, Array.from({ length: 300 }, (_, at) => row(at + 1, at % 3 ? ['\\\\Seen'] : ['Work']))))
await within(inbox, 7n, (epoch) => store.markRemoved(epoch, bounds(50, 149)))
await within(inbox, 7n, (epoch) => store.completePass(epoch, { uidNext: 401, highestModseq: 2n ** 62n, messages: 300 }))
for (let first = 1; first < 200; first += 50) await within(inbox, 8n, write(first, first + 49))
await within(inbox, 8n, (epoch) => store.completePass(epoch, { uidNext: 201, highestModseq: 5n, messages: 200 }))
await within(archive, 1n, write(1, 60))
await call(() => store.markMailboxGone(archive))
await store.close()
`

interface Attempt {
  readonly answered: number
  /** After so many answers more it is killed. */
  readonly stop?: number
  /** What to start it with, as in `strace …`. */
  readonly under?: readonly string[]
}

/** Goes on with the script after the calls that were answered; returns how many are answered then. Calls that a child
 *  makes before it is dead may be written or not. */
async function goOn(path: string, { answered, stop = Infinity, under = [] }: Attempt): Promise<number> {
  const child = new Child(script, [path, String(answered)], under)
  let last = answered
  for (let told = await child.told(); typeof told === 'number'; told = await child.told()) {
    last = told
    if (told === answered + stop) child.kill()
  }
  await child.ended()
  return last
}

const contents = (path: string): unknown => {
  const { mailboxes, changes } = inspectStore(path)
  return { mailboxes, changes }
}

test.for([1, 4])(
  'F06 a writer that is killed after every %i calls leaves what an uninterrupted one leaves',
  async (stop) => {
    const [killed, whole] = [temporaryStorePath(), temporaryStorePath()]
    const calls = await goOn(whole, { answered: 0 })
    let answered = 0
    let kills = 0
    while (answered < calls) {
      const now = await goOn(killed, { answered, stop })
      expectSoundStore(killed)
      if (now < calls) kills++
      expect(now).toBeGreaterThan(answered)
      answered = now
    }
    await goOn(killed, { answered: calls })
    expect(contents(killed)).toEqual(contents(whole))
    expect(kills).toBeGreaterThan(calls / stop / 3)
  },
)

const hasStrace = succeeds('strace', '-V')

/** Kills the writer in the middle of a system call, the `when`-th of its kind in its thread. */
const killAt = (call: string, when: number): readonly string[] =>
  ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:signal=SIGKILL:when=${when}`] // prettier-ignore

test.skipIf(!hasStrace)(
  'F06 a writer that is killed at any write or flush leaves a store that can be gone on with',
  async () => {
    const whole = temporaryStorePath()
    const calls = await goOn(whole, { answered: 0 })
    const points = [...[1, 4, 9, 17, 40, 90, 160].map((when) => ['pwrite64', when] as const), ...[2, 5, 12, 20].map((when) => ['fsync', when] as const)] // prettier-ignore
    for (const [call, when] of points) {
      const path = temporaryStorePath()
      const answered = await goOn(path, { answered: 0, under: killAt(call, when) })
      // A rule that never fires would pass without a word.
      expect([call, when, answered < calls]).toEqual([call, when, true])
      await goOn(path, { answered })
      expectSoundStore(path)
      expect([call, when, contents(path)]).toEqual([call, when, contents(whole)])
    }
  },
)
