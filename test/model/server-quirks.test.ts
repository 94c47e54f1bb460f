import { describe, expect, test } from 'vitest'
import { probedToText, textToProbed, withoutQuirks } from '../../src/model/server-quirks.ts'

const probed = {
  host: 'imap.example.org',
  at: 1_800_000_000_000,
  quirks: [{ disable: 'SEARCH', text: 'names 3 of 12' }],
}

describe('what a probe has found', () => {
  test('comes back from the store as it went', () => {
    expect(textToProbed(probedToText(probed))).toEqual(probed)
  })

  test.each([null, undefined, '', '[]', '{"v":2,"host":"a","at":1,"quirks":[]}', '{"v":1,"host":"a"}', '{'])(
    '%j is nothing that is known',
    (text) => {
      expect(textToProbed(text)).toBeUndefined()
    },
  )

  test('leaves out what is no quirk', () => {
    expect(
      textToProbed('{"v":1,"host":"a","at":1,"quirks":[7,{"disable":"X"},{"disable":"Y","text":"y"}]}')?.quirks,
    ).toEqual([{ disable: 'Y', text: 'y' }])
  })

  test('counts for its own server only, besides what the config disables', () => {
    const account = { imap: { host: 'imap.example.org' }, disable: ['QRESYNC'] }
    expect(withoutQuirks(account, probed).disable).toEqual(['QRESYNC', 'SEARCH'])
    const moved = { ...account, imap: { host: 'imap.example.com' } }
    expect(withoutQuirks(moved, probed)).toBe(moved)
    expect(withoutQuirks(account, undefined)).toBe(account)
  })
})
