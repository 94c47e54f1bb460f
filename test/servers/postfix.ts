import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startDovecot } from './dovecot.ts'
import type { Dovecot } from './dovecot.ts'
import { endKept, startKept } from './keeper.ts'
import { nobody } from './mail-server.ts'
import { freePorts, greets } from './ports.ts'
import { isMissing, unpackPackages } from './unpacked.ts'

export interface PostfixOptions {
  /** STARTTLS on `port`, TLS on `tlsPort`; a password is then taken over TLS only. Both are PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string }
  /** Only who has logged in may send; every user name exists and has this password. Needs Dovecot. Default: everybody may. */
  readonly password?: string
  /** SIZE in octets. Default: 10240000. */
  readonly messageSizeLimit?: number
  /** What RCPT is answered for an address, such as `550 5.1.1 no such user` or `450 4.2.1 later`; no `=` and no braces. */
  readonly recipients?: Readonly<Record<string, string>>
  /** Default: offered. */
  readonly smtpUtf8?: boolean
  readonly limits?: {
    /** Connections at once: more are greeted with 421. */
    readonly connections?: number
    /** Messages in a minute: more are answered 450 at MAIL. */
    readonly messages?: number
    /** Recipients in a minute: more are answered 450 at RCPT. */
    readonly recipients?: number
    /** Recipients of one message: more are answered 452 at RCPT. */
    readonly recipientsAtOnce?: number
  }
  /** Lines for the end of main.cf, such as `smtpd_discard_ehlo_keywords = chunking`. */
  readonly settings?: readonly string[]
}

/** A message as it came to one recipient. */
export interface DeliveredMessage {
  /** The address of RCPT, and that of MAIL; empty: none. */
  readonly recipient: string
  readonly sender: string
  /** As they were submitted, without what Postfix has put before them. Lines end with CRLF. */
  readonly octets: Buffer
  /** What it has put there. */
  readonly trace: string
}

/** A Postfix of one's own on loopback, which takes mail for every address and delivers it to itself. */
export interface Postfix {
  readonly port: number
  /** 0 without `tls`. */
  readonly tlsPort: number
  /** Process id of its master, the parent of all its processes. */
  readonly masterPid: number
  /** With `password`: the server that knows it, an IMAP server with the same users. */
  readonly dovecot: Dovecot | undefined
  /** What has been delivered, oldest first, once nothing is on the way; to one address, or to all. */
  delivered(recipient?: string): Promise<readonly DeliveredMessage[]>
  /** All that it has logged. */
  log(): Promise<string>
  /** Ends its processes, waits for their end and removes its directory. Twice is the same as once. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Postfix 3.7 and the libraries that a Debian 12 with Dovecot may lack for it. */
const packages = [
  'postfix', 'libicu72', 'libdb5.3', 'libnsl2', 'libtirpc3', 'libsasl2-2', 'libgssapi-krb5-2', 'libkrb5-3', 'libk5crypto3',
  'libkrb5support0', 'libkeyutils1', 'libcom-err2',
] // prettier-ignore
const unpacked = join(tmpdir(), 'mailmirror-test-postfix-1')

/** For `describe.skipIf(withoutPostfix)`, as `withoutServers`. */
export const withoutPostfix = isMissing(unpacked)

export async function unpackPostfix(): Promise<void> {
  await unpackPackages(packages, unpacked)
}

/** It wants a user and a group that no others of its parts have; these are there on every Debian, and no package of its own has
 *  to be installed for them. */
const mailOwner = 'proxy'
const dropGroup = 'irc'
const starts = 5
const patienceMs = 20_000
const run = promisify(execFile)

/** Starts a server on free ports; it answers when the promise resolves. Rejects with its log when it does not start. Needs root. */
export async function startPostfix(options: PostfixOptions = {}): Promise<Postfix> {
  const directory = await mkdtemp(join(tmpdir(), 'mailmirror-postfix-'))
  const { password } = options
  let dovecot: Dovecot | undefined
  try {
    if (password !== undefined) {
      dovecot = await startDovecot({ password, settings: authSettings(join(directory, 'auth')) })
    }
    for (let start = 1; ; start++) {
      const server = await tryStart(directory, options, dovecot)
      if (typeof server !== 'string') return server
      // Between finding a free port and taking it, somebody else may have taken it: of that its master says nothing.
      if (start === starts || server !== '') throw new Error(`Postfix did not start: ${server}`)
    }
  } catch (error) {
    await dovecot?.stop()
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    throw error
  }
}

/** Its socket for Postfix. Who was wrong does not have to wait. */
function authSettings(path: string): readonly string[] {
  return [
    `service auth {\n unix_listener ${path} {\n mode = 0666\n }\n}`,
    'service anvil {\n unix_listener anvil-auth-penalty {\n mode = 0\n }\n}',
    'auth_failure_delay = 0',
  ]
}

/** Returns what it has said where it did not start. */
async function tryStart(
  directory: string,
  options: PostfixOptions,
  dovecot: Dovecot | undefined,
): Promise<Postfix | string> {
  const [port = 0, tlsPort = 0] = await freePorts(options.tls === undefined ? 1 : 2)
  await prepareDirectories(directory, options)
  await configure(directory, 'main.cf', mainText(directory, options))
  await configure(directory, 'master.cf', masterText(port, tlsPort))
  const program = join(unpacked, 'usr/lib/postfix/sbin/master')
  const keeper = startKept([program, '-c', join(directory, 'etc'), '-d'], environment())
  const log = (): Promise<string> => readFile(join(directory, 'log'), 'utf8').catch(() => '')
  // Its master goes on trying when another part of it finds a mistake.
  const watch = setInterval(() => {
    void log().then((text) => (text.includes(' fatal: ') ? endKept(keeper, 0) : undefined))
  }, 100)
  const isUp = await greets(port, keeper, '220 ')
  clearInterval(watch)
  if (!isUp) {
    await endKept(keeper, 0)
    return `${keeper.complaint()}${await log()}`
  }
  const masterPid = Number(await readFile(join(directory, 'spool', 'pid', 'master.pid'), 'utf8'))
  const stop = async (): Promise<void> => {
    await endKept(keeper, 0)
    await dovecot?.stop()
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  return {
    port,
    tlsPort,
    masterPid,
    dovecot,
    delivered: async (recipient) => {
      const all = await readDelivered(directory)
      return all.filter((message) => recipient === undefined || message.recipient === recipient)
    },
    log,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function environment(): NodeJS.ProcessEnv {
  const folders = ['usr/lib/postfix', 'usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu']
  return { PATH: '/usr/bin:/bin', LD_LIBRARY_PATH: folders.map((folder) => join(unpacked, folder)).join(':') }
}

const queues = [
  'active',
  'bounce',
  'corrupt',
  'defer',
  'deferred',
  'flush',
  'hold',
  'incoming',
  'private',
  'saved',
  'trace',
]

async function prepareDirectories(directory: string, { tls }: PostfixOptions): Promise<void> {
  await chmod(directory, 0o755)
  const own = ['data', ...[...queues, 'public', 'maildrop'].map((queue) => join('spool', queue))]
  for (const path of ['etc', 'mail', join('spool', 'pid'), ...own]) {
    await mkdir(join(directory, path), { recursive: true })
  }
  await run('chown', [mailOwner, ...own], { cwd: directory })
  await run('chgrp', [dropGroup, 'spool/public', 'spool/maildrop'], { cwd: directory })
  await chmod(join(directory, 'spool/public'), 0o710)
  await chmod(join(directory, 'spool/maildrop'), 0o730)
  await chown(join(directory, 'mail'), nobody, nobody)
  if (tls !== undefined) {
    await writeFile(join(directory, 'certificate.pem'), tls.certificate)
    await writeFile(join(directory, 'key.pem'), tls.key, { mode: 0o600 })
  }
}

/** Postfix waits until a file of its configuration is older than a second. */
async function configure(directory: string, name: string, text: string): Promise<void> {
  const path = join(directory, 'etc', name)
  await writeFile(path, text)
  await utimes(path, 0, 0)
}

/** Nothing of a message is added, rewritten or left out, which Postfix by default does for mail from its own machine. */
function mainText(directory: string, options: PostfixOptions): string {
  const table = Object.entries(options.recipients ?? {}).map(([address, answer]) => `{${address} = ${answer}}`)
  const answers = table.length === 0 ? [] : [`check_recipient_access inline:{${table.join(', ')}}`]
  const whoMaySend =
    options.password === undefined ? ['reject_unauth_destination'] : ['permit_sasl_authenticated', 'reject']
  return `compatibility_level = 3.7
${placesText(directory)}
import_environment = MAIL_CONFIG MAIL_LOGTAG TZ LD_LIBRARY_PATH
maillog_file = ${directory}/log
maillog_file_prefixes = ${directory}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.org
mydestination =
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = static:all
virtual_mailbox_base = ${directory}/mail
virtual_mailbox_maps = static:all/
virtual_mailbox_limit = 0
virtual_uid_maps = static:${nobody}
virtual_gid_maps = static:${nobody}
virtual_minimum_uid = 1
local_header_rewrite_clients =
message_drop_headers =
notify_classes =
in_flow_delay = 0
smtpd_peername_lookup = no
smtp_dns_support_level = disabled
smtpd_error_sleep_time = 0
smtpd_helo_required = yes
message_size_limit = ${options.messageSizeLimit ?? 10_240_000}
smtputf8_enable = ${options.smtpUtf8 === false ? 'no' : 'yes'}
${limitsText(options)}
smtpd_relay_restrictions =
smtpd_recipient_restrictions = ${[...answers, ...whoMaySend].join(', ')}
${options.password === undefined ? '' : loginText(directory, options)}
${options.tls === undefined ? '' : tlsText(directory)}
${(options.settings ?? []).join('\n')}
`
}

function placesText(directory: string): string {
  return `queue_directory = ${directory}/spool
data_directory = ${directory}/data
daemon_directory = ${unpacked}/usr/lib/postfix/sbin
command_directory = ${unpacked}/usr/sbin
shlib_directory = ${unpacked}/usr/lib/postfix
meta_directory = ${unpacked}/etc/postfix
mail_owner = ${mailOwner}
setgid_group = ${dropGroup}
default_privs = nobody`
}

function limitsText({ limits = {} }: PostfixOptions): string {
  const { connections = 50, messages = 0, recipients = 0, recipientsAtOnce = 1000 } = limits
  return `smtpd_client_event_limit_exceptions =
smtpd_client_connection_count_limit = ${connections}
smtpd_client_message_rate_limit = ${messages}
smtpd_client_recipient_rate_limit = ${recipients}
smtpd_recipient_limit = ${recipientsAtOnce}`
}

function loginText(directory: string, { tls }: PostfixOptions): string {
  return `smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = ${directory}/auth
smtpd_sasl_security_options = noanonymous
smtpd_tls_auth_only = ${tls === undefined ? 'no' : 'yes'}`
}

function tlsText(directory: string): string {
  return `smtpd_tls_security_level = may
smtpd_tls_cert_file = ${directory}/certificate.pem
smtpd_tls_key_file = ${directory}/key.pem`
}

function masterText(port: number, tlsPort: number): string {
  const secure = '-o smtpd_tls_wrappermode=yes -o smtpd_tls_security_level=encrypt'
  const services = [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    ...(tlsPort === 0 ? [] : [`127.0.0.1:${tlsPort} inet n - n - - smtpd ${secure}`]),
    'cleanup unix n - n - 0 cleanup',
    'qmgr unix n - n 300 1 qmgr',
    'tlsmgr unix - - n 1000? 1 tlsmgr',
    'rewrite unix - - n - - trivial-rewrite',
    'anvil unix - - n - 1 anvil',
    'proxymap unix - - n - - proxymap',
    'virtual unix - n n - - virtual',
    'postlog unix-dgram n - n - 1 postlogd',
    ...['bounce', 'defer', 'trace'].map((name) => `${name} unix - - n - 0 bounce`),
    ...['error', 'retry'].map((name) => `${name} unix - - n - - error`),
  ]
  return `${services.join('\n')}\n`
}

/** What has been taken is in one of two queues until it has been delivered, and goes from the first to the second. */
async function readDelivered(directory: string): Promise<readonly DeliveredMessage[]> {
  const deadline = performance.now() + patienceMs
  const isBusy = async (queue: string): Promise<boolean> => (await readdir(join(directory, 'spool', queue))).length > 0
  while ((await isBusy('incoming')) || (await isBusy('active'))) {
    if (performance.now() > deadline) throw new Error('Postfix does not deliver')
    await delay(10)
  }
  const folder = join(directory, 'mail', 'all', 'new')
  const names = await readdir(folder).catch(() => [])
  const inOrder = names.toSorted((left, right) => microsOf(left) - microsOf(right))
  return Promise.all(inOrder.map(async (name) => toDelivered(await readFile(join(folder, name), 'latin1'))))
}

/** `1795871521.Vfe00I2765e4M664125.host`. */
function microsOf(name: string): number {
  const [, seconds, micros] = /^(\d+)\.\w+M(\d+)\./.exec(name) ?? []
  return Number(seconds) * 1e6 + Number(micros)
}

function toDelivered(text: string): DeliveredMessage {
  const [trace = '', sender = '', recipient = ''] =
    /^Return-Path: <(.*)>\nX-Original-To: (.*)\nDelivered-To: .*\nReceived: .*\n(?:[ \t].*\n)*/.exec(text) ?? []
  const octets = text.slice(trace.length).replaceAll('\n', '\r\n')
  return { trace, sender: decode(sender), recipient: decode(recipient), octets: Buffer.from(octets, 'latin1') }
}

function decode(address: string): string {
  return Buffer.from(address, 'latin1').toString('utf8')
}
