import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { flameTree } from '../../src/profile/formats/flame-tree.ts'
import { flameSvg } from '../../src/profile/formats/svg.ts'

const stacks = new Map([
  ['main a.ts:1;b b.ts:2', 30],
  ['main a.ts:1;c c.ts:3', 50],
  ['main a.ts:1', 15],
  ['</title><script>alert(1)</script>;x\u0000\uD800 "&', 5],
])
const tree = flameTree(stacks, 'all')

test('stacks that begin alike share their frames, and a frame is as long as all it calls', () => {
  expect(tree).toMatchObject({ name: 'all', micros: 100 })
  const [hostile, main] = tree.children
  expect(hostile?.micros).toBe(5)
  expect(main).toMatchObject({
    micros: 95,
    children: [
      { name: 'b b.ts:2', micros: 30 },
      { name: 'c c.ts:3', micros: 50 },
    ],
  })
})

test('the picture is XML that Python reads, in which nothing runs, whatever names hold', () => {
  const svg = flameSvg(tree, { title: '90 % of </svg> & "time"', width: 1000 })
  const script =
    'import sys, xml.dom.minidom as x; d = x.parseString(sys.stdin.buffer.read()); print(sorted({e.tagName for e in d.getElementsByTagName("*")}), len(d.getElementsByTagName("rect")))'
  const read = execFileSync('python3', ['-c', script], { input: svg, encoding: 'utf8' })
  // The ground, all, and five frames.
  expect(read.trim()).toBe("['g', 'rect', 'svg', 'text', 'title'] 7")
})

test('each frame stands on what calls it, and is as wide as it took time', () => {
  const svg = flameSvg(tree, { title: '', width: 1000 })
  const boxOf = (name: string): readonly number[] => {
    const [, x, y, width] =
      new RegExp(`<title>${name}: [^<]*</title><rect x="([\\d.]+)" y="([\\d.]+)" width="([\\d.]+)"`).exec(svg) ?? []
    return [x, y, width].map(Number)
  }
  const [all, main, c] = [boxOf('all'), boxOf('main a.ts:1'), boxOf('c c.ts:3')]
  expect([all, main, c].map(([, , width]) => Math.round(Number(width) + 0.4))).toEqual([1000, 950, 500])
  expect(Number(all[1])).toBeGreaterThan(Number(main[1]))
  expect(Number(main[1])).toBeGreaterThan(Number(c[1]))
})

test('what took no time is an empty picture', () => {
  expect(flameSvg(flameTree(new Map(), 'all'), { title: '', width: 100 })).toMatch(/^<svg [^]*<\/svg>\n$/)
})
