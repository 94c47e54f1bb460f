const units = ['kB', 'MB', 'GB', 'TB', 'PB']

/** Octets for people, in powers of 1000: `0 B`, `1.2 kB`, `56.7 MB`, `123 GB`. */
export function formatOctets(octets: number): string {
  let value = octets
  let unit = 'B'
  for (const next of units) {
    if (value < 999.5) break
    value /= 1000
    unit = next
  }
  const isExact = unit === 'B' || value >= 99.95
  return `${isExact ? Math.round(value) : value.toFixed(1)} ${unit}`
}

/** Octets a second. */
export function formatRate(octets: number, durationMs: number): string {
  return `${formatOctets(durationMs > 0 ? (octets * 1000) / durationMs : 0)}/s`
}
