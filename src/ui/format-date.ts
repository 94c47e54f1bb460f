/** `2026-10-05 14:03`, in the time zone of whoever reads it. */
export function formatLocalTime(instant: string | number): string {
  const date = new Date(instant)
  if (Number.isNaN(date.getTime())) return 'unknown'
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(twoDigits).join('-')
  return `${day} ${[date.getHours(), date.getMinutes()].map(twoDigits).join(':')}`
}

/** ISO 8601 in UTC; undefined for what no calendar has. */
export function formatUtc(seconds: number | undefined): string | undefined {
  if (seconds === undefined) return undefined
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0')
}
