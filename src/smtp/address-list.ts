import parseAddressList from 'nodemailer/lib/addressparser'
import type { MailAddress } from '../send/ports.ts'

/** The addresses of a field (RFC 5322 §3.4); groups are opened, and an empty one has none. undefined: it cannot be read whole. The parser makes names of
 *  what it cannot place, also of further addresses: nobody may be left out so. */
export function addressList(field: string): readonly MailAddress[] | undefined {
  const found = parseAddressList(field, { flatten: true })
  const bare = withoutComments(field.replaceAll(/"(?:[^"\\]|\\.)*"/gs, quoted))
  if (/["()]/.test(bare.replaceAll(quoted, ''))) return undefined
  const isWhole = found.every(({ address }) => address !== '') && countOf(bare) === found.length
  const addresses = new Set(found.map(({ address }) => address))
  return isWhole && addressesIn(bare).every((address) => addresses.has(address)) ? found : undefined
}

/** Stands for a quoted string. */
const quoted = '""'

function withoutComments(text: string): string {
  const without = text.replaceAll(/\([^()]*\)/g, ' ')
  return without === text ? text : withoutComments(without)
}

/** What stands between commas and semicolons, the names of groups aside. */
function countOf(bare: string): number {
  const pieces = bare
    .replaceAll(/<[^>]*>|\[[^\]]*\]/g, 'x')
    .replaceAll(/[^,;:]*:/g, '')
    .split(/[,;]/)
  return pieces.filter((piece) => piece.trim() !== '').length
}

function addressesIn(bare: string): readonly string[] {
  return bare.match(/[^\s<>,;:"]+@(?:\[[^\]]*\]|[^\s<>,;:"]+)/g) ?? []
}
