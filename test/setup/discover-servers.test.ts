import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { discoverServers } from '../../src/setup/discover-servers.ts'
import type { DiscoveryPorts } from '../../src/setup/discover-servers.ts'
import type { Discovery } from '../../src/setup/found-servers.ts'
import type { SrvRecord } from '../../src/setup/lookup-ports.ts'
import { readAutoconfig } from '../../src/setup/read-autoconfig.ts'
import { readXml } from '../../src/setup/xml-reader.ts'

interface World {
  readonly pages?: Readonly<Record<string, string>>
  readonly srv?: Readonly<Record<string, readonly SrvRecord[]>>
  readonly mx?: readonly string[]
  /** Host and port to whether its certificate is valid; a host that is not here has no address. */
  readonly servers?: Readonly<Record<string, boolean>>
  /** Nobody answers before the limit. */
  readonly isSilent?: boolean
}

function portsOf(world: World): DiscoveryPorts & { readonly asked: readonly string[] } {
  const asked: string[] = []
  const answer = async <T>(question: string, value: T): Promise<T> => {
    asked.push(question)
    if (world.isSilent === true) await new Promise(() => undefined)
    return value
  }
  const { pages = {}, srv = {}, mx = [], servers = {} } = world
  return {
    asked,
    limit: () => (world.isSilent === true ? AbortSignal.abort() : new AbortController().signal),
    web: { fetchText: (url) => answer(url, pages[url]) },
    dns: {
      srv: (name) => answer(name, srv[name] ?? []),
      mx: (domain) => answer(`MX ${domain}`, mx),
      hasAddress: (host) =>
        answer(
          host,
          Object.keys(servers).some((place) => place.startsWith(`${host}:`)),
        ),
    },
    probe: {
      capabilities: async ({ host, port, security }) => {
        const isValid = servers[`${host}:${port}`]
        await answer(`${host}:${port} ${security}`, undefined)
        if (isValid !== true) throw new Error(isValid === undefined ? 'nothing listens there' : 'not trusted')
        return new Set<string>()
      },
    },
  }
}

const me = { email: 'me@example.org', domain: 'example.org' }

function discover(world: World, question = me): Promise<Discovery> {
  return discoverServers(question, portsOf(world))
}

const summary = ({ findings }: Discovery): unknown =>
  findings.map(({ source, imap, smtp, needsConsent }) => [
    source,
    imap && `${imap.host}:${imap.port} ${imap.security} ${imap.user ?? ''}`.trim(),
    smtp && `${smtp.host}:${smtp.port} ${smtp.security} ${smtp.user ?? ''}`.trim(),
    needsConsent,
  ])

function autoconfig(servers: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment -->
<clientConfig version="1.1">
  <emailProvider id="example.org"><domain>example.org</domain><displayName>A &amp; B</displayName>${servers}</emailProvider>
</clientConfig>
`
}

function server(type: string, host: string, rest = ''): string {
  const element = type === 'smtp' ? 'outgoingServer' : 'incomingServer'
  const standard = '<port>993</port><socketType>SSL</socketType><username>%EMAILADDRESS%</username>'
  return `<${element} type="${type}"><hostname>${host}</hostname>${rest === '' ? standard : rest}</${element}>`
}

const own = 'https://autoconfig.example.org/mail/config-v1.1.xml?emailaddress=me%40example.org'
const wellKnown = 'https://example.org/.well-known/autoconfig/mail/config-v1.1.xml'
const database = 'https://autoconfig.thunderbird.net/v1.1/example.org'
const srvOf = (target: string, rest: Partial<SrvRecord> = {}): SrvRecord => ({
  target,
  port: 993,
  priority: 0,
  weight: 0,
  ...rest,
})

describe('servers are found', () => {
  test('without asking anybody, of a provider that is known', async () => {
    const ports = portsOf({})
    const found = await discoverServers({ email: 'a.b@icloud.com', domain: 'icloud.com' }, ports)
    expect(summary(found)).toEqual([
      ['provider-table', 'imap.mail.me.com:993 tls a.b', 'smtp.mail.me.com:587 starttls a.b', false],
    ])
    expect(found.findings[0]?.hints[0]).toMatch(/app password/)
    expect(ports.asked).toEqual([])
  })

  test('by the autoconfig of the domain', async () => {
    const pages = { [own]: autoconfig(server('pop3', 'pop.example.org') + server('imap', 'imap.example.org')) }
    expect(summary(await discover({ pages }))).toEqual([['autoconfig', 'imap.example.org:993 tls', undefined, false]])
  })

  test('by .well-known, at a host of somebody else, with placeholders filled in', async () => {
    const rest = '<port>143</port><socketType>STARTTLS</socketType><username>%EMAILLOCALPART%</username>'
    const smtp = '<port>587</port><socketType>STARTTLS</socketType><username>x</username>'
    const text = autoconfig(server('imap', 'mail.%EMAILDOMAIN%', rest) + server('smtp', 'out.example.net', smtp))
    expect(summary(await discover({ pages: { [wellKnown]: text } }))).toEqual([
      ['autoconfig', 'mail.example.org:143 starttls me', 'out.example.net:587 starttls x', false],
    ])
  })

  test('by SRV records: TLS before STARTTLS, the lowest priority, then the highest weight (RFC 6186, RFC 8314)', async () => {
    const srv = {
      '_imaps._tcp.example.org': [
        srvOf('late.example.org', { priority: 2 }),
        srvOf('light.example.org', { priority: 1 }),
        srvOf('IMAP.example.org', { priority: 1, weight: 5, port: 1993 }),
      ],
      '_imap._tcp.example.org': [srvOf('plain.example.org', { port: 143 })],
      '_submission._tcp.example.org': [srvOf('smtp.example.org', { port: 587 })],
      '_submissions._tcp.example.org': [srvOf('', { port: 0 })],
    }
    expect(summary(await discover({ srv }))).toEqual([
      ['srv', 'imap.example.org:1993 tls', 'smtp.example.org:587 starttls', false],
    ])
  })

  test('by SRV records that name a host outside the domain, with consent only (RFC 6186 §6)', async () => {
    const srv = { '_imaps._tcp.example.org': [srvOf('mail.notexample.org')] }
    expect(summary(await discover({ srv }))).toEqual([['srv', 'mail.notexample.org:993 tls', undefined, true]])
  })

  test('by SRV records without a host for sending that is outside the domain, of which nobody is asked', async () => {
    const srv = {
      '_imaps._tcp.example.org': [srvOf('imap.example.org')],
      '_submissions._tcp.example.org': [srvOf('smtp.example.net', { port: 465 })],
    }
    const found = await discover({ srv })
    expect(summary(found)).toEqual([['srv', 'imap.example.org:993 tls', undefined, false]])
    expect(found.findings[0]?.hints).toEqual([
      'it says to send by smtp.example.net, which is outside example.org and left out: name it by --smtp',
    ])
    const outside = { ...srv, '_imaps._tcp.example.org': [srvOf('imap.example.net')] }
    expect(summary(await discover({ srv: outside }))).toEqual([
      ['srv', 'imap.example.net:993 tls', 'smtp.example.net:465 tls', true],
    ])
  })

  test('not at all where SRV records say that there is no IMAP', async () => {
    const none = [srvOf('', { port: 0 })]
    const srv = { '_imaps._tcp.example.org': none, '_imap._tcp.example.org': none }
    const { findings } = await discover({ srv, servers: { 'imap.example.org:993': true } })
    expect(findings.map(({ imap, hints }) => [imap, hints])).toEqual([
      [undefined, ['example.org says that it offers no IMAP']],
    ])
  })

  test('by the mail exchanger of a known provider, with consent', async () => {
    expect(summary(await discover({ mx: ['aspmx.l.google.com'] }))).toEqual([
      ['mx', 'imap.gmail.com:993 tls', 'smtp.gmail.com:465 tls', true],
    ])
  })

  test('by what the public database says of the domain of the mail exchanger, whom no address is told', async () => {
    const text = autoconfig(server('imap', 'imap.host.example'))
    const ports = portsOf({
      mx: ['mx1.mail.host.example'],
      pages: { 'https://autoconfig.thunderbird.net/v1.1/host.example': text },
    })
    expect(summary(await discoverServers(me, ports))).toEqual([['mx', 'imap.host.example:993 tls', undefined, true]])
    expect(ports.asked.filter((url) => url.includes('me%40'))).toEqual([own])
  })

  test('by the usual names, where nothing else knows them: with a valid certificate only', async () => {
    const servers = { 'imap.example.org:993': false, 'mail.example.org:993': true }
    const found = await discover({ servers })
    expect(summary(found)).toEqual([['guess', 'mail.example.org:993 tls', undefined, false]])
    expect(found.outcomes.filter(({ result }) => result === 'failed')).toEqual([
      { origin: 'imap.example.org:993', result: 'failed', why: 'not trusted' },
      { origin: 'imap.example.org:143', result: 'failed', why: 'nothing listens there' },
      { origin: 'mail.example.org:143', result: 'failed', why: 'nothing listens there' },
    ])
  })

  test('in the order of trust, each place once', async () => {
    const found = await discover({
      pages: {
        [own]: 'nonsense',
        [wellKnown]: autoconfig(server('imap', 'b.example.org')),
        [database]: autoconfig(server('imap', 'c.example.org')),
      },
      srv: { '_imaps._tcp.example.org': [srvOf('b.example.org')] },
      mx: ['aspmx.l.google.com'],
      servers: { 'imap.example.org:993': true },
    })
    expect(found.findings.map(({ source, imap }) => [source, imap?.host])).toEqual([
      ['autoconfig', 'b.example.org'],
      ['autoconfig-database', 'c.example.org'],
      ['mx', 'imap.gmail.com'],
    ])
  })

  test('not at all where nobody answers in time', async () => {
    const { findings, outcomes } = await discover({ isSilent: true })
    expect(findings).toEqual([])
    expect(new Set(outcomes.map(({ why }) => why))).toEqual(new Set(['no answer in time']))
    expect(outcomes).toHaveLength(11)
  })
})

describe('what a stranger’s autoconfig says is not believed', () => {
  const tls = '<port>993</port><socketType>SSL</socketType>'
  const deep = `${'<a>'.repeat(20)}${'</a>'.repeat(20)}`
  test.each([
    ['plain text', autoconfig(server('imap', 'imap.example.org', '<port>143</port><socketType>plain</socketType>'))],
    ['an address for a host', autoconfig(server('imap', '192.0.2.1', tls))],
    ['a host with a path', autoconfig(server('imap', 'imap.example.org/x', tls))],
    ['a host with an escape', autoconfig(server('imap', 'imap.\u001b[2Jexample.org', tls))],
    ['a host without a dot', autoconfig(server('imap', 'router', tls))],
    [
      'a port that is none',
      autoconfig(server('imap', 'imap.example.org', '<port>70000</port><socketType>SSL</socketType>')),
    ],
    ['a port of 0', autoconfig(server('imap', 'imap.example.org', '<port>0</port><socketType>SSL</socketType>'))],
    ['POP3', autoconfig(server('pop3', 'pop.example.org', tls))],
    ['a page', '<html><body>not found</body></html>'],
    ['a document type', `<!DOCTYPE x [<!ENTITY a "b">]>${autoconfig(server('imap', 'imap.example.org', tls))}`],
    ['an entity of its own', autoconfig(`<x>&a;</x>${server('imap', 'imap.example.org', tls)}`)],
    ['CDATA', autoconfig(`<x><![CDATA[a]]></x>${server('imap', 'imap.example.org', tls)}`)],
    ['elements that are not closed', autoconfig(`<x>${server('imap', 'imap.example.org', tls)}`)],
    ['elements in elements', autoconfig(`${deep}${server('imap', 'imap.example.org', tls)}`)],
    ['too many elements', autoconfig(`${'<a/>'.repeat(2000)}${server('imap', 'imap.example.org', tls)}`)],
    ['two roots', `<a/>${autoconfig(server('imap', 'imap.example.org', tls))}`],
    ['nothing', ''],
  ])('if it has %s', async (_, text) => {
    const found = await discover({ pages: { [own]: text } })
    expect(summary(found)).toEqual([])
    const outcome = found.outcomes.find(({ origin }) => origin === 'autoconfig of example.org')
    expect(outcome).toEqual({ origin: 'autoconfig of example.org', result: 'nothing', why: undefined })
  })

  test('and a user that is none of ours is the address', async () => {
    const text = autoconfig(server('imap', 'imap.example.org', `${tls}<username>a b\u009b</username>`))
    expect(summary(await discover({ pages: { [own]: text } }))).toEqual([
      ['autoconfig', 'imap.example.org:993 tls', undefined, false],
    ])
  })
})

test('no text is too odd for the reader, and what it reads is what was written', () => {
  const piece = fc.constantFrom(
    '<a>',
    '</a>',
    '<b x="1">',
    "<b y='>'/>",
    '</b>',
    '&amp;',
    '&x;',
    '<!-- -->',
    '<!--',
    '--',
    'text',
    '<',
    '>',
    '"',
    ' ',
    '<?xml?>',
    ']]>',
  )
  let read = 0
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 12 }).map((all) => all.join('')),
        fc.string(),
      ),
      (text) => {
        readAutoconfig(text, 'me@example.org')
        const element = readXml(`<r>${text}</r>`)
        if (element !== undefined) read++
        expect([undefined, 'r']).toContain(element?.name)
      },
    ),
    { numRuns: 500 },
  )
  expect(read).toBeGreaterThan(20)
  expect(readXml('<?xml version="1.0"?><a x="1 &gt;"> b&lt;<c/>d <!-- e --></a>\n')).toEqual({
    name: 'a',
    attributes: new Map([['x', '1 &gt;']]),
    children: [{ name: 'c', attributes: new Map(), children: [], text: '' }],
    text: 'b<d',
  })
})
