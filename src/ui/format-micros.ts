/** A span of microseconds for people: `0.3 ms`, `45 ms`, `4.6 s`, `120 s`. */
export function formatMicros(micros: number): string {
  if (micros >= 100_000_000) return `${Math.round(micros / 1e6)} s`
  if (micros >= 1_000_000) return `${(micros / 1e6).toFixed(1)} s`
  return micros >= 10_000 ? `${Math.round(micros / 1000)} ms` : `${(micros / 1000).toFixed(1)} ms`
}
