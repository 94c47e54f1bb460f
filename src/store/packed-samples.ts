import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Samples } from '../profile/samples.ts'
import { parseJson } from './stored-values.ts'

/** No run has more. */
const mostOctets = 2 ** 28

/** JSON in a frame of zstd; instants as differences, which are small. */
export function packSamples(samples: Samples): Buffer {
  const threads = samples.threads.map(({ at, micros, ...thread }) => ({
    ...thread,
    at: at.map((instant, index) => Math.round(instant) - Math.round(at[index - 1] ?? 0)),
    micros: micros.map(Math.round),
  }))
  return zstdCompressSync(Buffer.from(JSON.stringify({ ...samples, threads })))
}

/** undefined: it is damaged. */
export function unpackSamples(packed: Uint8Array): Samples | undefined {
  const value = parseJson(zstdDecompressSync(packed, { maxOutputLength: mostOctets }).toString('utf8'))
  if (typeof value !== 'object' || value === null || !('threads' in value)) return undefined
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `packSamples` has written
  const samples = value as Samples
  return { ...samples, threads: samples.threads.map((thread) => ({ ...thread, at: summed(thread.at) })) }
}

function summed(differences: readonly number[]): readonly number[] {
  let sum = 0
  return differences.map((difference) => (sum += difference))
}
