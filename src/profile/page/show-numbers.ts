/** `0.3 ms`, `45.0 ms`, `4.60 s`. */
export function showMicros(micros: number): string {
  const [size, sign] = [Math.abs(micros), micros < 0 ? '\u2212' : '']
  return size >= 1e6 ? `${sign}${(size / 1e6).toFixed(2)} s` : `${sign}${(size / 1e3).toFixed(1)} ms`
}

/** `12.5 %` */
export function showShare(part: number, whole: number): string {
  return `${whole > 0 ? ((100 * part) / whole).toFixed(1).replace('-', '\u2212') : '0.0'} %`
}

/** `0 B`, `1.2 kB`, `56.7 MB`. */
export function showOctets(octets: number): string {
  const units = ['B', 'kB', 'MB', 'GB']
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, octets)) / 3)))
  return `${(octets / 1000 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step] ?? ''}`
}

/** At most so many letters, and no half of one. */
export function cut(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, letters - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
