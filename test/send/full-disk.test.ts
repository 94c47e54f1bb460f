import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sendingHome } from '../support/sending-home.ts'
import { canMount, smallFileSystem } from '../support/small-file-system.ts'

const fill = (path: string): void => {
  for (let octets = 1_000_000; octets >= 1; octets = Math.floor(octets / 2)) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(octets), { flag: 'a' })
    } catch {
      continue
    }
  }
}

test.skipIf(!canMount)(
  'on a full disk nothing is sent, and what was said to fail never is',
  async () => {
    const home = await sendingHome()
    const directory = smallFileSystem(4_000_000)
    const store = join(directory, 'mail.db')
    writeFileSync(home.config, readFileSync(home.config, 'utf8').replace(home.store, store))
    const send = (
      subject: string,
      text: string,
    ): Promise<{ readonly status: number | null; readonly stderr: string }> =>
      home.run(['send', '--to', 'zoe@example.org', '--subject', subject, '--body', '-'], text)
    expect((await send('fits', 'x')).status).toBe(0)
    const large = await send('too large', 'x\n'.repeat(3_000_000))
    expect([large.status, home.smtp.taken.length]).toEqual([74, 1])
    fill(join(directory, 'other'))
    const full = [await send('one', 'x'), await send('two', 'y\n'.repeat(20_000))]
    expect(full.map(({ status }) => status)).toEqual([74, 74])
    expect(full[0]?.stderr).toMatch(/the disk is full.*\n {2}free some space and run the command again/)
    rmSync(join(directory, 'other'))
    expect((await home.run(['outbox', 'flush'])).status).toBe(0)
    expect((await send('again', 'x')).status).toBe(0)
    const subjects = home.smtp.taken.map(({ octets }) => /^Subject: (.*)\r$/m.exec(octets.toString())?.[1])
    expect(subjects).toEqual(['fits', 'again'])
  },
  30_000,
)
