/** For a message that this folder has to word itself: `1,234 MB`, at least 1. */
export function formatMegabytes(octets: number): string {
  return `${String(Math.max(1, Math.round(octets / 1e6))).replaceAll(/\B(?=(?:\d{3})+$)/g, ',')} MB`
}
