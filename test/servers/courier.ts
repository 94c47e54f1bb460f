import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { InetdFront } from './inetd-front.ts'
import type { InetdProgram } from './inetd-front.ts'
import { nobody } from './mail-server.ts'
import type { MailServer } from './mail-server.ts'
import { unpackedEnvironment, unpackedProgram } from './unpacked.ts'

const run = promisify(execFile)
const user = 'ada'
const password = 'pass'
const capability = 'IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE'

/** As Debian's /etc/courier/imapd has them. */
const settings = {
  IMAP_CAPABILITY: capability,
  IMAP_KEYWORDS: '1',
  IMAP_ACL: '0',
  IMAP_CHECK_ALL_FOLDERS: '0',
  IMAP_OBSOLETE_CLIENT: '0',
  IMAP_ULIMITD: '131072',
  IMAP_USELOCKS: '1',
  IMAP_ENHANCEDIDLE: '0',
  IMAP_TRASHFOLDERNAME: 'Trash',
  IMAP_EMPTYTRASH: '',
  IMAP_MOVE_EXPUNGE_TO_TRASH: '0',
}

/** Courier IMAP 5.0: names below `INBOX.`, no CONDSTORE, no LIST-STATUS, no SPECIAL-USE, no LITERAL+. Its own login wants a
 *  daemon at a fixed path, so the login is ours, and the session Courier's. Needs root. */
export async function startCourier(): Promise<MailServer> {
  const directory = await mkdtemp(join(tmpdir(), 'mailmirror-courier-'))
  await chmod(directory, 0o755)
  const home = join(directory, 'home')
  await mkdir(home)
  await chown(home, nobody, nobody)
  const env = unpackedEnvironment()
  await run(unpackedProgram('usr/bin/maildirmake.courier'), [join(home, 'Maildir')], { env, uid: nobody, gid: nobody })
  const session = (tag: string): InetdProgram => ({
    argv: [unpackedProgram('usr/bin/imapd'), 'Maildir'],
    environment: {
      ...env,
      ...settings,
      HOME: home,
      PROTOCOL: 'IMAP',
      AUTHENTICATED: user,
      AUTHADDR: user,
      IMAPLOGINTAG: tag,
      GAMIN_DEBUG_SERVER: unpackedProgram('usr/libexec/gam_server'),
      TCPREMOTEIP: '127.0.0.1',
      TCPREMOTEPORT: '1',
    },
    directory: home,
    uid: nobody,
  })
  const front = await InetdFront.open(async (socket) => {
    const tag = await logIn(socket)
    return tag === undefined ? undefined : session(tag)
  })
  const stop = async (): Promise<void> => {
    await front.close()
    await rm(directory, { recursive: true, force: true })
  }
  return { port: front.port, user, password, stop, [Symbol.asyncDispose]: stop }
}

/** The dialogue up to LOGIN. Resolves to its tag, which the session answers, when the password is right. */
async function logIn(socket: Socket): Promise<string | undefined> {
  socket.setEncoding('latin1')
  socket.write(`* OK [CAPABILITY ${capability}] Courier-IMAP ready.\r\n`)
  const login = Promise.withResolvers<string | undefined>()
  socket.once('close', () => login.resolve(undefined))
  let rest = ''
  socket.on('data', (text: string) => {
    rest += text
    for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
      const line = rest.slice(0, end)
      rest = rest.slice(end + 2)
      const tag = answer(socket, line)
      if (tag === undefined) continue
      // What comes now is the session's.
      socket.pause()
      login.resolve(tag)
    }
  })
  socket.resume()
  return login.promise
}

/** The tag of a LOGIN that is right. */
function answer(socket: Socket, line: string): string | undefined {
  const [, tag = '*', name = '', rest = ''] = /^(\S+) (\S+) ?(.*)$/.exec(line) ?? []
  switch (name.toUpperCase()) {
    case 'CAPABILITY':
      socket.write(`* CAPABILITY ${capability}\r\n${tag} OK CAPABILITY completed\r\n`)
      return undefined
    case 'LOGIN':
      if (rest.replaceAll('"', '') === `${user} ${password}`) return tag
      socket.write(`${tag} NO Login failed.\r\n`)
      return undefined
    case 'LOGOUT':
      socket.end(`* BYE Courier-IMAP server shutting down\r\n${tag} OK LOGOUT completed\r\n`)
      return undefined
    default:
      socket.write(`${tag} NO Error in IMAP command received by server.\r\n`)
      return undefined
  }
}
