import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { InetdFront } from './inetd-front.ts'
import { nobody } from './mail-server.ts'
import type { MailServer } from './mail-server.ts'
import { unpackedEnvironment, unpackedProgram } from './unpacked.ts'

const run = promisify(execFile)
const password = 'pass'

/** GNU mailutils 3.15: no CONDSTORE, no UIDPLUS, no LIST-STATUS, no SPECIAL-USE. Needs root. */
export async function startMailutils(): Promise<MailServer> {
  const directory = await mkdtemp(join(tmpdir(), 'mailmirror-mailutils-'))
  await chmod(directory, 0o755)
  const [home, passwords] = [join(directory, 'home'), join(directory, 'passwords')]
  await mkdir(passwords)
  for (const path of ['', 'INBOX', 'INBOX/cur', 'INBOX/new', 'INBOX/tmp']) {
    await mkdir(join(home, path))
    await chown(join(home, path), nobody, nobody)
  }
  const { stdout: hash } = await run('python3', [
    '-W',
    'ignore',
    '-c',
    `import crypt; print(crypt.crypt("${password}", "$6$salt"))`,
  ])
  await writeFile(join(passwords, 'test'), `ada:${hash.trim()}:${nobody}:${nobody}::${home}:/bin/sh\n`)
  const configuration = join(directory, 'imap4d.conf')
  await writeFile(
    configuration,
    `logging { syslog no; };
auth { authentication generic; authorization virtdomain; };
virtdomain { passwd-dir ${passwords}; };
mailbox { mailbox-pattern "maildir:${home}/INBOX"; mailbox-type maildir; };
`,
  )
  const program = {
    argv: [unpackedProgram('usr/sbin/imap4d'), '--no-config', `--config-file=${configuration}`, '--inetd'],
    environment: unpackedEnvironment(),
    directory,
  }
  const front = await InetdFront.open(() => Promise.resolve(program))
  const stop = async (): Promise<void> => {
    await front.close()
    await rm(directory, { recursive: true, force: true })
  }
  return { port: front.port, user: 'ada@test', password, stop, [Symbol.asyncDispose]: stop }
}
