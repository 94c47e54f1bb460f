/** A time as people say it, from microseconds. */
export function sayMicros(micros: number): string {
  if (micros >= 10_000_000) return `${Math.round(micros / 1e6)} s`
  if (micros >= 1_000_000) return `${(micros / 1e6).toFixed(1)} s`
  return micros >= 10_000 ? `${Math.round(micros / 1000)} ms` : `${(micros / 1000).toFixed(1)} ms`
}

export function sayOctets(octets: number): string {
  if (octets >= 1e9) return `${(octets / 1e9).toFixed(1)} GB`
  if (octets >= 1e7) return `${Math.round(octets / 1e6)} MB`
  return octets >= 1e6 ? `${(octets / 1e6).toFixed(1)} MB` : `${Math.round(octets / 1000)} kB`
}

export function sayShare(share: number): string {
  return `${Math.round(share * 100)} % of the time`
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[sorted.length >> 1] ?? 0
}
