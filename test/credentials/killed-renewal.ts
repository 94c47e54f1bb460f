// A process that renews access and is killed when the provider has answered, before anything is kept.
import { providersAt } from '../servers/providers-at.ts'
import { login, openGrants } from './temporary-grants.ts'

const [folder = '', url = '', issuer = ''] = process.argv.slice(2)
const realFetch = globalThis.fetch
globalThis.fetch = async (...request) => {
  const response = await realFetch(...request)
  await response.text()
  process.kill(process.pid, 'SIGKILL')
  return response
}
await openGrants(folder, { providers: providersAt(url, issuer) }).accessToken(login, new AbortController().signal)
