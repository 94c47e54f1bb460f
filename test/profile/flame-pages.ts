import type { FlameLane, FlamePage, FlameStack } from '../../src/profile/formats/flame-page.ts'

const run = 'run sync/run-passes.ts:1'
const parse = 'parse mime/header.ts:5'
const fetching = { thread: 'main', account: 'ada', mailbox: 'INBOX', command: 'UID FETCH' }
const nobody = { account: '', mailbox: '', command: '' }

const stacks: readonly FlameStack[] = [
  { ...fetching, frames: [run, parse] },
  { ...fetching, frames: [run, 'fetch imap/fetch-messages.ts:2'] },
  { ...fetching, account: 'bob', mailbox: 'Archive/2019', frames: [run, parse] },
  { thread: 'writer', ...nobody, frames: ['write store/write-batch.ts:9'] },
  { thread: 'main', ...nobody, frames: ['(idle)'] },
]

const lanes: readonly FlameLane[] = ['ada', 'bob'].map((account) => ({
  name: `${account} #1`,
  account,
  slices: [
    { ...sliceOf('EXAMINE', [0, 2_000_000, 2_500_000]), receivedOctets: 800 },
    { ...sliceOf('UID FETCH', [4_000_000, 7_000_000, 9_000_000]), receivedOctets: 1_500_000 },
  ],
}))

function sliceOf(name: string, [sentAt, firstAt, endedAt]: readonly [number, number, number]) {
  return { name, mailbox: 'INBOX', sentAt, firstAt, endedAt }
}

/** Ten seconds, of which one is not idle: 850 ms parsing (600 of ada's), 100 fetching, 50 writing. */
export const smallPage: FlamePage = {
  title: 'run 12: sync work',
  sentences: ['85 % of the time is our own CPU.', 'It kept bob waiting.'],
  elapsedMicros: 10_000_000,
  stacks,
  samples: [
    { stack: 0, at: 1_000_000, micros: 400_000 },
    { stack: 0, at: 6_000_000, micros: 200_000 },
    { stack: 1, at: 1_000_000, micros: 100_000 },
    { stack: 2, at: 2_000_000, micros: 250_000 },
    { stack: 3, at: 8_000_000, micros: 50_000 },
    { stack: 4, at: 3_000_000, micros: 5_000_000 },
  ],
  lanes,
  footnotes: ['The profiler took 1 % of the processor.'],
}

/** Parsing for ada takes three times as long as before, for bob a quarter; fetching as long, and writing is new. */
export const comparedPage: FlamePage = {
  ...smallPage,
  samples: [
    { stack: 0, at: 1_000_000, micros: 600_000, before: 200_000 },
    { stack: 1, at: 1_000_000, micros: 100_000, before: 100_000 },
    { stack: 2, at: 2_000_000, micros: 250_000, before: 1_000_000 },
    { stack: 3, at: 8_000_000, micros: 50_000, before: 0 },
  ],
}

/** What servers and mail may call things. */
export const hostileNames: readonly string[] = [
  '</script><img src=x onerror=alert(1)>',
  '<!--<script>alert(2)</script>',
  '"><svg onload=alert(3)>\u2028\u0000',
  'Sent\u202Egpj.exe',
  'n'.repeat(5000),
]

/** Each of the names as everything that has a name. */
export function hostilePage(): FlamePage {
  const [script = ''] = hostileNames
  return {
    title: script,
    sentences: hostileNames,
    elapsedMicros: 10_000_000,
    stacks: hostileNames.map((name) => ({
      thread: name,
      account: name,
      mailbox: name,
      command: name,
      frames: [name, name],
    })),
    samples: hostileNames.map((_, stack) => ({ stack, at: stack * 1_000_000, micros: 100_000 * (stack + 1) })),
    lanes: hostileNames.map((name) => ({
      name,
      account: name,
      slices: [{ ...sliceOf(name, [0, 4_000_000, 9_000_000]), mailbox: name, receivedOctets: 5 }],
    })),
    footnotes: hostileNames,
  }
}

/** A long run of many connections. */
export function largePage(): FlamePage {
  const stacks = Array.from({ length: 3000 }, (_, index): FlameStack => {
    const frames = Array.from(
      { length: 20 + (index % 17) },
      (_, depth) => `f${(index >> (depth % 12)) % 50} a.ts:${depth}`,
    )
    return { ...fetching, mailbox: `Lists/${index % 40}`, frames }
  })
  const [lane] = lanes
  return {
    ...smallPage,
    stacks,
    samples: Array.from({ length: 20_000 }, (_, index) => ({ stack: index % 3000, at: index * 500, micros: 500 })),
    lanes: Array.from({ length: 60 }, (_, index) => ({
      account: 'ada',
      slices: [],
      ...lane,
      name: `ada #${index + 1}`,
    })),
  }
}
