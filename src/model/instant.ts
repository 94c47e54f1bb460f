/** The largest distance from 1970 that a Date can have, in milliseconds. */
const maxInstantMs = 8.64e15

/** ISO 8601 in UTC. A damaged or foreign file may hold any number. */
export function toIso(instantMs: number): string {
  return new Date(Math.max(-maxInstantMs, Math.min(maxInstantMs, instantMs))).toISOString()
}
