import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { page } from '../../src/ui/pager.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { MemoryOutput } from './memory-terminal.ts'

const lines = Array.from({ length: 100 }, (_, number) => `line ${number}`)
const whole = `${lines.join('\n')}\n`
const path = process.env['PATH']

test('what does not fit on the terminal goes through $PAGER, as the shell reads it', async () => {
  const file = join(temporaryDirectory(), 'paged')
  const out = new MemoryOutput({ isTty: true })
  await page(lines, out, { PATH: path, PAGER: `cat >'${file}'` })
  expect([readFileSync(file, 'utf8'), out.text]).toEqual([whole, ''])
})

test('off a terminal, where it fits, and where nobody wants a pager it is written as it is', async () => {
  const file = join(temporaryDirectory(), 'paged')
  const PAGER = `cat >'${file}'`
  const [piped, fitting, unwanted, plain] = [false, true, true, true].map((isTty) => new MemoryOutput({ isTty }))
  await page(lines, piped ?? new MemoryOutput(), { PATH: path, PAGER })
  await page(lines.slice(0, 20), fitting ?? new MemoryOutput(), { PATH: path, PAGER })
  await page(lines, unwanted ?? new MemoryOutput(), { PATH: path, PAGER: '' })
  await page(lines, plain ?? new MemoryOutput(), { PATH: path, PAGER: 'cat' })
  expect([piped?.text === whole, fitting?.text.length, unwanted?.text === whole, plain?.text === whole]).toEqual([
    true,
    `${lines.slice(0, 20).join('\n')}\n`.length,
    true,
    true,
  ])
  expect(existsSync(file)).toBe(false)
})

test('a pager that is not there leaves the text to the terminal; one that is left early ends quietly', async () => {
  const out = new MemoryOutput({ isTty: true })
  await page(lines, out, { PATH: path, PAGER: 'no-such-pager-anywhere' })
  expect(out.text).toBe(whole)
  const left = new MemoryOutput({ isTty: true })
  await page(
    Array.from({ length: 200_000 }, () => 'much'),
    left,
    { PATH: path, PAGER: 'true' },
  )
  expect(left.text).toBe('')
})
