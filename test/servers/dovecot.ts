import { execFile, spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { endKept, startKept } from './keeper.ts'
import { freePorts, greets } from './ports.ts'

export interface DovecotOptions {
  /** Default: maildir. */
  readonly format?: 'maildir' | 'mdbox' | 'sdbox'
  /** Every user name exists, and has this password: letters, digits, `.+=_-`. Default: `pass`. */
  readonly password?: string
  /** Takes access tokens too: those for which a GET of this URL, with the token at its end, tells `username`. */
  readonly tokens?: { readonly infoUrl: string; readonly mechanisms: 'xoauth2' | 'oauthbearer' | 'xoauth2 oauthbearer' }
  /** Offers STARTTLS on `port` and TLS on `tlsPort`. Both are PEM; the certificate may be a chain. */
  readonly tls?: { readonly certificate: string; readonly key: string }
  /** Connections of one user from one address (Dovecot's own default is 10). Default: 50. */
  readonly connectionLimit?: number
  /** Lines for the end of its configuration file, such as `imap_capability = IMAP4rev1`. */
  readonly settings?: readonly string[]
  /** Where mail is kept: DIRECTORY/USER, left in place by `stop`. Default: inside the directory that `stop` removes. */
  readonly mailDirectory?: string
}

/** A Dovecot of one's own on loopback. */
export interface Dovecot {
  readonly port: number
  /** 0 without `tls`. */
  readonly tlsPort: number
  readonly password: string
  readonly mailDirectory: string
  /** Process id of its master, the parent of all its processes. */
  readonly masterPid: number
  /** Runs `doveadm` on this server; resolves to its output, rejects with its complaint. */
  doveadm(...args: readonly string[]): Promise<string>
  /** All that it has logged. */
  log(): Promise<string>
  /** Ends its processes, waits for their end and removes its directory. Twice is the same as once. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** The mail user under root: nobody on Debian. Dovecot serves no mail as root. */
const NOBODY = 65534
const STARTS = 5
const run = promisify(execFile)

/** A program's path, also where Debian keeps servers, outside an ordinary user's PATH. */
export function findProgram(name: string): string | undefined {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']) {
    const path = join(folder, name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      continue
    }
  }
  return undefined
}

/** Whether a Dovecot is here whose configuration language we speak: 2.4 has another one. */
export function isDovecotInstalled(): boolean {
  const program = findProgram('dovecot')
  if (program === undefined || findProgram('doveadm') === undefined) return false
  return spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.startsWith('2.3.')
}

/** Starts a server on free ports; it answers when the promise resolves. Rejects with its log when it does not start. */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  if (!isDovecotInstalled()) throw new Error('Dovecot 2.3 is not installed (Debian: dovecot-imapd)')
  if (!/^[\w.+=-]*$/.test(options.password ?? '')) throw new Error('Dovecot would not understand that password')
  const directory = await mkdtemp(join(tmpdir(), 'mailmirror-dovecot-'))
  try {
    for (let start = 1; ; start++) {
      const server = await tryStart(directory, options)
      if (typeof server !== 'string') return server
      // Between finding a free port and taking it, somebody else may have taken it.
      if (start === STARTS || !server.includes('Address already in use')) throw new Error(server)
    }
  } catch (error) {
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    throw error
  }
}

/** Returns why it did not start. */
async function tryStart(directory: string, options: DovecotOptions): Promise<Dovecot | string> {
  const [port = 0, tlsPort = 0] = await freePorts(options.tls === undefined ? 1 : 2)
  const mailDirectory = options.mailDirectory ?? join(directory, 'mail')
  await prepareDirectories(directory, mailDirectory, options)
  const configuration = join(directory, 'dovecot.conf')
  await writeFile(configuration, configurationText({ directory, mailDirectory, port, tlsPort, options }))
  const program = findProgram('dovecot') ?? 'dovecot'
  const keeper = startKept([program, '-F', '-c', configuration])
  const log = (): Promise<string> => readFile(join(directory, 'log'), 'utf8').catch(() => '')
  if (!(await greets(port, keeper))) {
    await endKept(keeper)
    return `Dovecot did not start: ${keeper.complaint()}${await log()}`
  }
  const masterPid = Number(await readFile(join(directory, 'run', 'master.pid'), 'utf8'))
  const stop = async (): Promise<void> => {
    await endKept(keeper)
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  return {
    port,
    tlsPort,
    password: options.password ?? 'pass',
    mailDirectory,
    masterPid,
    doveadm: async (...args) => (await run(findProgram('doveadm') ?? 'doveadm', ['-c', configuration, ...args])).stdout,
    log,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function prepareDirectories(directory: string, mailDirectory: string, options: DovecotOptions): Promise<void> {
  await chmod(directory, 0o755)
  for (const path of [mailDirectory, ...['run', 'state', 'home'].map((name) => join(directory, name))]) {
    await mkdir(path, { recursive: true })
  }
  if (isRoot()) {
    await chown(mailDirectory, NOBODY, NOBODY)
    await chown(join(directory, 'home'), NOBODY, NOBODY)
  }
  if (options.tls !== undefined) {
    await writeFile(join(directory, 'certificate.pem'), options.tls.certificate)
    await writeFile(join(directory, 'key.pem'), options.tls.key, { mode: 0o600 })
  }
  if (options.tokens !== undefined) {
    const settings = [
      'introspection_mode = auth',
      `tokeninfo_url = ${options.tokens.infoUrl}`,
      'username_attribute = username',
    ]
    await writeFile(join(directory, 'oauth2.conf'), settings.map((line) => `${line}\n`).join(''))
  }
}

interface Place {
  readonly directory: string
  readonly mailDirectory: string
  readonly port: number
  readonly tlsPort: number
  readonly options: DovecotOptions
}

function configurationText({ directory, mailDirectory, port, tlsPort, options }: Place): string {
  const { uid, gid } = isRoot() ? { uid: NOBODY, gid: NOBODY } : userInfo()
  return `base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/log
protocols = imap
listen = 127.0.0.1
ssl = ${options.tls === undefined ? 'no' : 'yes'}
${options.tls === undefined ? '' : `ssl_cert = <${directory}/certificate.pem\nssl_key = <${directory}/key.pem`}
disable_plaintext_auth = no
auth_mechanisms = plain login ${options.tokens?.mechanisms ?? ''}
${isRoot() ? '' : unprivileged()}
default_vsz_limit = 2G
default_client_limit = 2000
mail_location = ${options.format ?? 'maildir'}:${mailDirectory}/%u
mail_uid = ${uid}
mail_gid = ${gid}
first_valid_uid = 1
mail_fsync = never
shutdown_clients = yes
${passwordDatabases(directory, options)}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${directory}/home/%u
}
namespace inbox {
  inbox = yes
  separator = /
}
protocol imap {
  mail_max_userip_connections = ${options.connectionLimit ?? 50}
}
service imap-login {
  process_min_avail = 1
  service_count = 0
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = ${tlsPort}
    ssl = yes
  }
}
${(options.settings ?? []).join('\n')}
`
}

/** doveadm finds no user where the one for passwords is limited to some mechanisms. */
function passwordDatabases(directory: string, { password = 'pass', tokens }: DovecotOptions): string {
  const forPasswords = `args = password=${password}`
  if (tokens === undefined) return database('static', [forPasswords])
  const forTokens = [`mechanisms = ${tokens.mechanisms}`, `args = ${directory}/oauth2.conf`]
  return [database('oauth2', forTokens), database('static', ['mechanisms = plain login', forPasswords])].join('\n')
}

function database(driver: string, lines: readonly string[]): string {
  return ['passdb {', `driver = ${driver}`, ...lines, '}'].join('\n')
}

/** Without root nothing can change its user or root directory. */
function unprivileged(): string {
  const { username } = userInfo()
  const services = ['imap-login', 'anvil', 'stats'].map((name) => `service ${name} {\n  chroot =\n}`)
  const group = spawnSync('id', ['-gn'], { encoding: 'utf8' }).stdout.trim()
  return [
    `default_internal_user = ${username}`,
    `default_internal_group = ${group}`,
    `default_login_user = ${username}`,
    ...services,
  ].join('\n')
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
