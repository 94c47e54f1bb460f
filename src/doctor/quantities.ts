/** `1 message`, `12,345 messages`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',')} ${count === 1 ? one : many}`
}

const dayMs = 24 * 60 * 60_000

/** `5 minutes`, `3 hours`, `12 days`. */
export function spanText(ms: number): string {
  if (ms < 60_000) return 'less than a minute'
  if (ms < 3_600_000) return countOf(Math.floor(ms / 60_000), 'minute')
  if (ms < 2 * dayMs) return countOf(Math.floor(ms / 3_600_000), 'hour')
  return countOf(Math.floor(ms / dayMs), 'day')
}
