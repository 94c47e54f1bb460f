import { spawnSync } from 'node:child_process'
import { assert, array, constantFrom, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { isInstalled } from '../support/is-installed.ts'
import { roffLines, roffProse, roffText } from '../../src/ui/roff-text.ts'

/** What a formatter shows. */
function shown(command: string, args: readonly string[], input: string): string {
  const env = { ...process.env, LC_ALL: 'C.UTF-8' }
  const { stdout, stderr } = spawnSync(command, args, { input, encoding: 'utf8', env })
  expect(stderr).toBe('')
  return stdout
}

const formatters = [
  ['mandoc', ['-T', 'utf8', '-O', 'width=200']],
  ['groff', ['-man', '-Tutf8', '-P-cbou', '-ww']],
] as const

const hostile = [
  '.so /etc/passwd',
  "'br",
  String.raw`a\fBb\e \n(x \" c`,
  '-q, --quiet  -- a-b',
  `it's "two" \`three\` ^four ~five`,
  '…  日本 é “x”',
  '\\',
  '..',
]

for (const [command, args] of formatters) {
  test.skipIf(!isInstalled(command))(`${command} shows whatever text as it is`, () => {
    const page = ['.TH X 1 2026-11-28', '.SH NAME', String.raw`x \- y`, ...roffLines(hostile.join('\n'))]
    const lines = shown(command, args, `${page.join('\n')}\n`).split('\n')
    expect(lines.map((line) => line.trim())).toEqual(expect.arrayContaining(hostile))
  })
}

test('no text begins a request, and no escape is any but ours', () => {
  const character = constantFrom('.', "'", '\\', '-', '"', '\n', ' ', 'a', 'é', '\u{1f389}', '\u001b', '`', '~', '^')
  assert(
    property(array(string({ unit: character })), (lines) => {
      const text = roffText(lines.join('\n'))
      expect(text).not.toMatch(/^[.']/m)
      expect(text).toMatch(/^(?:[\n\u0020-\u005b\u005d-\u007e]|\\(?:[-e&]|\((?:aq|dq|ga|ha|ti)|\[u[0-9A-F]{4,6}\]))*$/)
    }),
  )
})

test('what stands between backticks is bold', () => {
  expect(roffProse('run `mailmirror sync -q`.')).toBe(String.raw`run \fBmailmirror sync \-q\fR\&.`)
})
