import * as fc from 'fast-check'
import { parse } from 'smol-toml'
import { describe, expect, test } from 'vitest'
import { locateKeys } from '../../src/config/key-lines.ts'

const text = `# [a.b]
top = 1 # = "
[a.b] # ]
x."y.z".'w' = """
[no.table]
\\""" = 3
"""" # two quotes
"q\\u0041" = '''
''' # closed
date = 2026-01-01 00:00:00
[ "c d" . e ]
inline = { f = [1, [
  2, { g = 3 } ] ], h.i = "}" ,
  j = ']' }
[[list]]
k = 1
[[list]]
k = 2
[list.sub]
m = 3
[a]
n = ''
`

describe('the line of a key', () => {
  test.each([
    [['top'], 2],
    [['a', 'b'], 3],
    [['a', 'b', 'x', 'y.z', 'w'], 4],
    [['a', 'b', 'x'], 4],
    [['a', 'b', 'qA'], 8],
    [['a', 'b', 'date'], 10],
    [['c d', 'e'], 11],
    [['c d', 'e', 'inline', 'f', 1, 0], 13],
    [['c d', 'e', 'inline', 'f', 1, 1, 'g'], 13],
    [['c d', 'e', 'inline', 'h', 'i'], 13],
    [['c d', 'e', 'inline', 'j'], 14],
    [['list', 0, 'k'], 16],
    [['list', 1, 'k'], 18],
    [['list', 1, 'sub', 'm'], 20],
    [['a'], 21],
    [['a', 'n'], 22],
    [['a', 'missing', 'key'], 21],
    [['no', 'table'], undefined],
  ] as const)('%j is %s', (path, line) => {
    expect(locateKeys(text)(path)).toBe(line)
  })

  test('is that on which the key was written, whatever stands around it', () => {
    const name = fc.constantFrom('a', 'b-1', 'c_d', 'e')
    const value = fc.constantFrom('1', '"#"', "'''\n\n'''", '[\n1,\n]', '{ x = "}" }', '"""\n\\"""\\\n"""', 'true')
    const filler = fc.constantFrom('', '# [x]', '\t', '#"')
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value, filler), { maxLength: 12 }), (pairs) => {
        const lines: string[] = []
        const expected: [string, number][] = []
        for (const [index, [key, content, comment]] of pairs.entries()) {
          expected.push([`${key}${index}`, lines.length + 1])
          lines.push(...`${key}${index} = ${content} ${comment}`.split('\n'))
        }
        const whole = lines.join('\n')
        parse(whole)
        const lineOf = locateKeys(whole)
        expect(expected.map(([key]) => [key, lineOf([key])])).toEqual(expected)
      }),
    )
  })
})
