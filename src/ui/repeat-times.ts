export const daySeconds = 86_400

/** The first five fields of a crontab line; undefined: cron has no such interval. Lists and not steps: every cron knows them.
 *  The same offset gives the same times. */
export function cronTimes(everySeconds: number, offset: number): string | undefined {
  const minutes = everySeconds / 60
  if (minutes === 1) return '* * * * *'
  if (minutes <= 60 && 60 % minutes === 0) return `${timesIn(60, minutes, offset)} * * * *`
  const hours = minutes / 60
  if (!Number.isInteger(hours) || hours > 24 || 24 % hours !== 0) return undefined
  return `${offset % 60} ${timesIn(24, hours, Math.floor(offset / 60))} * * *`
}

function timesIn(whole: number, step: number, offset: number): string {
  const first = offset % step
  return Array.from({ length: whole / step }, (_, index) => first + index * step).join(',')
}
