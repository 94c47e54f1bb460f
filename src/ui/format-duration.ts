/** `340 ms`, `12.3 s`, `1m 05s`, `2h 03m`, `3d 04h`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 999.5) return `${Math.round(durationMs)} ms`
  if (durationMs < 59_950) return `${(durationMs / 1000).toFixed(1)} s`
  const seconds = Math.round(durationMs / 1000)
  if (seconds < 3600) return pair([Math.floor(seconds / 60), 'm'], [seconds % 60, 's'])
  const minutes = Math.round(seconds / 60)
  if (minutes < 24 * 60) return pair([Math.floor(minutes / 60), 'h'], [minutes % 60, 'm'])
  const hours = Math.round(minutes / 60)
  return pair([Math.floor(hours / 24), 'd'], [hours % 24, 'h'])
}

/** Whole seconds, for what changes all the time: `45s`, `1m 05s`. */
export function formatRemaining(durationMs: number): string {
  const seconds = Math.max(1, Math.ceil(durationMs / 1000))
  return seconds < 60 ? `${seconds}s` : formatDuration(seconds * 1000)
}

function pair([large, largeUnit]: readonly [number, string], [small, smallUnit]: readonly [number, string]): string {
  return `${large}${largeUnit} ${String(small).padStart(2, '0')}${smallUnit}`
}
