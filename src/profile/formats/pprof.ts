import { gzipSync } from 'node:zlib'
import { summedStacks } from '../samples.ts'
import type { Samples, SampledStack } from '../samples.ts'
import { parseFrame } from './folded-stacks.ts'
import { MessageWriter } from './protobuf.ts'

/** Fields of https://github.com/google/pprof/blob/main/proto/profile.proto */
const profileField = {
  sampleType: 1,
  sample: 2,
  location: 4,
  function: 5,
  strings: 6,
  timeNanos: 9,
  durationNanos: 10,
  periodType: 11,
  period: 12,
}

interface PprofRun {
  /** Milliseconds since 1970. */
  readonly startedAtMs: number
  readonly elapsedMicros: number
}

/** What all threads did, as `go tool pprof` and others read it: wall-clock time, with thread, account, mailbox and command as labels. */
export function pprofGzip(samples: Samples, { startedAtMs, elapsedMicros }: PprofRun): Uint8Array {
  const tables = new Tables()
  const wall = (): MessageWriter => valueType(tables, ['wall', 'nanoseconds'])
  const profile = new MessageWriter().message(profileField.sampleType, wall())
  for (const stack of summedStacks(samples)) profile.message(profileField.sample, sampleOf(stack, tables))
  profile
    .number(profileField.timeNanos, startedAtMs * 1e6)
    .number(profileField.durationNanos, elapsedMicros * 1000)
    .message(profileField.periodType, wall())
    .number(profileField.period, samples.intervalMicros * 1000)
  for (const one of tables.locations) profile.message(profileField.location, one)
  for (const one of tables.functions) profile.message(profileField.function, one)
  for (const text of tables.strings) profile.text(profileField.strings, text)
  return gzipSync(profile.finish())
}

/** Locations from the leaf on; one value; labels. */
function sampleOf({ stack, micros, ...about }: SampledStack, tables: Tables): MessageWriter {
  const locations = stack.split(';').map((frame) => tables.locationOf(frame))
  const sample = new MessageWriter().numbers(1, locations.toReversed()).numbers(2, [micros * 1000])
  for (const key of ['thread', 'account', 'mailbox', 'command'] as const) {
    if (about[key] === '') continue
    sample.message(3, new MessageWriter().number(1, tables.textOf(key)).number(2, tables.textOf(about[key])))
  }
  return sample
}

function valueType(tables: Tables, [type, unit]: readonly [string, string]): MessageWriter {
  return new MessageWriter().number(1, tables.textOf(type)).number(2, tables.textOf(unit))
}

/** What samples refer to by number; texts from 0 on, of which the first is empty, the others from 1 on. */
class Tables {
  readonly strings: string[] = ['']
  readonly functions: MessageWriter[] = []
  readonly locations: MessageWriter[] = []
  readonly #texts = new Map([['', 0]])
  readonly #frames = new Map<string, number>()

  textOf(text: string): number {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    const number = this.strings.push(text) - 1
    this.#texts.set(text, number)
    return number
  }

  locationOf(frame: string): number {
    const known = this.#frames.get(frame)
    if (known !== undefined) return known
    const { name, file, line } = parseFrame(frame)
    const number = this.locations.length + 1
    const text = this.textOf(name)
    this.functions.push(
      new MessageWriter()
        .number(1, number)
        .number(2, text)
        .number(3, text)
        .number(4, this.textOf(file))
        .number(5, line),
    )
    const place = new MessageWriter().number(1, number).number(2, line)
    this.locations.push(new MessageWriter().number(1, number).message(4, place))
    this.#frames.set(frame, number)
    return number
  }
}
