import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startDemoServer } from '../../src/demo/demo-server.ts'
import { sampleMail } from '../../src/demo/sample-mail.ts'
import { startScriptedServer } from '../servers/scripted-server.ts'
import { runCommand, writeHome } from '../support/run-command.ts'
import { password } from '../support/run-sync.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test.each([
  ['true', true],
  ['"auto"', false],
])('`compress = %s` decides whether a server on this machine is asked to compress', async (value, isAsked) => {
  await using server = await startScriptedServer({ capabilities: 'IMAP4rev1 COMPRESS=DEFLATE' })
  const { config } = writeHome(temporaryDirectory(), server.port)
  writeFileSync(config, `compress = ${value}\n${readFileSync(config, 'utf8')}`)
  await runCommand(['-c', config, 'sync'])
  expect(server.received.includes('COMPRESS DEFLATE')).toBe(isAsked)
})

test('`connections-per-host` holds for all accounts of a server together', async () => {
  await using server = await startDemoServer({ store: sampleMail(), users: { ada: password }, maxConnections: 1 })
  const { config } = writeHome(temporaryDirectory(), server.port)
  const text = readFileSync(config, 'utf8')
  const account = text.slice(text.indexOf('['))
  const others = ['bob', 'eve'].map((name) => account.replaceAll('accounts.ada', `accounts.${name}`))
  writeFileSync(config, [`connections-per-host = 1`, text, ...others].join('\n'))
  const { status, stdout } = await runCommand(['-c', config, 'sync', '--json'])
  expect(status).toBe(0)
  expect(stdout).not.toContain('"type":"retry-scheduled"')
  expect(server.connections).toBe(3)
})
