const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** INTERNALDATE in UTC: `17-Jul-1996 02:44:25 +0000` (RFC 9051 §9 date-time). */
export function formatInternalDate(date: Date): string {
  const [day, hour, minute, second] = [
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ].map((value) => String(value).padStart(2, '0'))
  return `${day}-${months[date.getUTCMonth()]}-${date.getUTCFullYear()} ${hour}:${minute}:${second} +0000`
}

/** Days since 1970 of a search date such as `1-Feb-1994`; undefined when it is none. */
export function searchDateToDay(text: string): number | undefined {
  const match = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(text)
  const month = months.findIndex((name) => name.toLowerCase() === match?.[2]?.toLowerCase())
  if (match === null || month < 0) return undefined
  return Date.UTC(Number(match[3]), month, Number(match[1])) / 86_400_000
}
