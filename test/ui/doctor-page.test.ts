import { expect, test } from 'vitest'
import type { FindingGroup } from '../../src/doctor/finding.ts'
import { textWidth } from '../../src/ui/cell-width.ts'
import { doctorJson, doctorPage } from '../../src/ui/doctor-page.ts'
import type { DoctorForm } from '../../src/ui/doctor-page.ts'
import { styleOf } from '../../src/ui/style.ts'

const style = styleOf({ hasColors: false })
const form: DoctorForm = { width: 60, style, hasUnicode: true, verbosity: 0, quiet: false }

const groups: readonly FindingGroup[] = [
  {
    about: { kind: 'machine' },
    findings: [
      { check: 'node', state: 'good', text: 'Node 24.21.0', details: ['by hand'] },
      {
        check: 'config',
        state: 'bad',
        text: 'two problems:\n  line 3: a key that nobody knows at all',
        remedy: 'correct it',
      },
    ],
  },
  {
    about: { kind: 'store', path: '/home/ada/mail.db' },
    findings: [
      {
        check: 'modes',
        state: 'bad',
        text: 'other users can read mail.db',
        remedy: 'chmod 600 /home/ada/a-folder-with-a-long-name/another-one/mail.db',
      },
    ],
  },
  {
    about: { kind: 'account', name: 'ada' },
    findings: [
      {
        check: 'capabilities',
        state: 'note',
        text: 'the server \u001b[31mcalls\u202eitself so',
        remedy: 'never mind it',
      },
    ],
  },
]

test('a line for each finding, what to type below it, and a sentence', () => {
  expect(doctorPage(groups, form).join('\n')).toMatchInlineSnapshot(`
    "This machine
      ✓ node          Node 24.21.0
      ✗ config        two problems:
                        line 3: a key that nobody knows at all
                      → correct it

    Store /home/ada/mail.db
      ✗ modes         other users can read mail.db
                      → chmod 600 /home/ada/a-folder-with-a-long-name/another-one/mail.db

    Account ada
      ! capabilities  the server \\x1b[31mcalls\\u{202e}itself so
                      → never mind it

    2 things to mend, 1 thing to know."
  `)
})

test('commands are left whole, so that they can be copied; all else keeps to the width', () => {
  const lines = doctorPage(groups, { ...form, width: 50 })
  const wide = lines.filter((line) => textWidth(line) > 50)
  expect(wide.map((line) => line.trim())).toEqual([
    '→ chmod 600 /home/ada/a-folder-with-a-long-name/another-one/mail.db',
  ])
})

test('a terminal of ASCII gets ASCII', () => {
  expect(doctorPage(groups, { ...form, hasUnicode: false }).join('')).toMatch(/^[ -~]*$/)
})

test('-v adds details, -q leaves out what is good and the sentence', () => {
  expect(doctorPage(groups, { ...form, verbosity: 1 }).join('\n')).toContain('\n                  by hand\n')
  const quiet = doctorPage(groups, { ...form, quiet: true })
  expect(quiet.join('\n')).not.toContain('Node')
  expect(quiet.at(-1)).toContain('never mind it')
})

test('JSON has one document, ok or not', () => {
  expect(JSON.parse(doctorJson(groups))).toEqual({
    v: 1,
    ok: false,
    checks: [
      { check: 'node', state: 'good', text: 'Node 24.21.0', details: ['by hand'] },
      {
        check: 'config',
        state: 'bad',
        text: 'two problems:\n  line 3: a key that nobody knows at all',
        remedy: 'correct it',
      },
      {
        check: 'modes',
        store: '/home/ada/mail.db',
        state: 'bad',
        text: 'other users can read mail.db',
        remedy: 'chmod 600 /home/ada/a-folder-with-a-long-name/another-one/mail.db',
      },
      {
        check: 'capabilities',
        account: 'ada',
        state: 'note',
        text: 'the server \u001b[31mcalls\u202eitself so',
        remedy: 'never mind it',
      },
    ],
  })
  expect(JSON.parse(doctorJson(groups.slice(2)))).toMatchObject({ ok: true })
})
