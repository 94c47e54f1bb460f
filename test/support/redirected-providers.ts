import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const pages: Readonly<Record<string, string>> = {
  'https://oauth2.googleapis.com/token': '/token',
  'https://accounts.google.com/o/oauth2/v2/auth': '/authorize',
}

/** Variables with which the program's requests to Google go to the authorization server at `url`. Whatever else it asks for by HTTP is
 *  refused: tests talk to this machine alone. */
export function redirectedProviders(directory: string, url: string): Readonly<Record<string, string>> {
  const script = join(directory, 'redirected-providers.mjs')
  writeFileSync(
    script,
    `const pages = ${JSON.stringify(pages)}
     const realFetch = globalThis.fetch
     globalThis.fetch = (asked, options) => {
       const path = pages[String(asked)]
       if (path === undefined) return Promise.reject(new TypeError('not in tests: ' + asked))
       return realFetch(${JSON.stringify(url)} + path, options)
     }`,
  )
  return { NODE_OPTIONS: `--import=${script}` }
}

/** What a person does who is shown a page of Google: goes there, and comes back to the program. */
export async function visit(stderr: string, url: string): Promise<string> {
  const asked = new URL(/https:\S+/.exec(stderr)?.[0] ?? '')
  const response = await fetch(`${url}${pages[`${asked.origin}${asked.pathname}`] ?? '/nowhere'}${asked.search}`)
  return response.text()
}
