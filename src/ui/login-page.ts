import type { GrantWay, KeptIn } from '../model/secrets.ts'
import { safeText } from './safe-text.ts'

/** What a person has to do in a browser. All of it comes from the provider. */
export function grantSteps(
  way: GrantWay,
  { url, code }: { readonly url: string; readonly code?: string | undefined },
): string {
  const page = `\n  ${safeText(url)}\n\n`
  switch (way) {
    case 'loopback':
      return `Open this page in a browser on this machine, and allow access to the mail:\n${page}Waiting for the browser to come back.\n`
    case 'paste':
      return `Open this page in any browser, and allow access to the mail:\n${page}At the end the browser shows an error: copy the whole address from it.\n`
    case 'device':
      return `Open this page in any browser, and type the code ${safeText(code ?? '')} there:\n${page}Waiting until that has been done.\n`
  }
}

/** Where a secret has been put, for people. */
export function keptText(what: string, keptIn: KeptIn): string {
  if (keptIn === 'keychain') return `${safeText(what)} is kept in the keychain`
  const why = keptIn.reason === undefined ? '' : `: ${safeText(keptIn.reason)}`
  return `${safeText(what)} is kept in ${safeText(keptIn.file)}${why}`
}
