import { rmSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { flameHtml } from '../../src/profile/formats/html.ts'
import { comparedPage, hostileNames, hostilePage, largePage, smallPage } from './flame-pages.ts'
import { coloursIn, contrast, luminance, luminanceOf, mainColour, pixelOfFlames } from './page-colours.ts'
import {
  inPage,
  partsShown,
  builtScript,
  clickCursor,
  crumbs,
  placeOf,
  search,
  openFlame,
  press,
  startBrowser,
  textOf,
  toldFrame,
  walkGraph,
  withoutChromium,
} from './page-browser.ts'

test('a page without samples and connections is smaller than 40 kB', () => {
  const html = flameHtml({ ...smallPage, stacks: [], samples: [], lanes: [] }, builtScript)
  expect(html.length).toBeLessThan(40_000)
})

const rows = [
  'all: 1.00 s',
  'main: 950.0 ms | writer: 50.0 ms',
  'ada: 700.0 ms | bob: 250.0 ms | (no account): 50.0 ms',
  'INBOX: 700.0 ms | Archive/2019: 250.0 ms | write store/write-batch.ts:9: 50.0 ms',
  'UID FETCH: 700.0 ms | UID FETCH: 250.0 ms',
  'run sync/run-passes.ts:1: 700.0 ms | run sync/run-passes.ts:1: 250.0 ms',
  'parse mime/header.ts:5: 600.0 ms | fetch imap/fetch-messages.ts:2: 100.0 ms | parse mime/header.ts:5: 250.0 ms',
]

describe.skipIf(withoutChromium)('the HTML flame graph in Chromium', () => {
  const profile = mkdtempSync(join(tmpdir(), 'mailmirror-chromium-'))
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser(profile)
  })
  afterAll(async () => {
    await browser.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  })

  test('first it shows the sentences, the connections and what ran, without what was idle', async () => {
    const { page, happened } = await openFlame(browser, smallPage)
    expect(await page.title()).toBe('run 12: sync work')
    expect(await inPage(page, '.headline', 'textContent')).toBe('85 % of the time is our own CPU.')
    expect(await textOf(page, 'names')).toBe('our codeada #1bob #1')
    expect(await textOf(page, 'sum')).toBe('1.00 s of samples of the whole run; 5.00 s idle are hidden')
    expect(await walkGraph(page)).toEqual(rows)
    expect(happened).toEqual([])
  })

  test('a click zooms in; the breadcrumb and Escape lead out again', async () => {
    const { page } = await openFlame(browser, smallPage)
    await page.focus('#graph')
    await press(page, 'ArrowDown', 'ArrowDown')
    await clickCursor(page)
    expect(await crumbs(page)).toBe('all > main > ada')
    await press(page, 'ArrowDown')
    await clickCursor(page)
    expect(await crumbs(page)).toBe('all > main > ada > INBOX')
    expect((await walkGraph(page))[0]).toBe('INBOX: 700.0 ms')
    await press(page, 'Escape')
    expect(await crumbs(page)).toBe('all > main > ada')
    await page.click('#crumbs li:nth-child(2) button')
    expect(await crumbs(page)).toBe('all > main')
    await press(page, 'Escape', 'Escape', 'Escape')
    expect(await crumbs(page)).toBe('all')
  })

  test('what the pointer rests on is told with its time and share', async () => {
    const { page } = await openFlame(browser, smallPage)
    const { x, y, width } = await placeOf(page, '#flames')
    await page.mouse.move(x + 0.65 * width, y + 6 * 20 + 10)
    expect(await toldFrame(page)).toBe(
      'fetch imap/fetch-messages.ts:2: 100.0 ms, 10.0 % of what is shown, 100.0 ms of it itself',
    )
    const slices = await placeOf(page, '#slices')
    await page.mouse.move(slices.x + 0.5 * slices.width, slices.y + 50)
    expect(await textOf(page, 'slice')).toBe(
      'ada #1: UID FETCH in INBOX, at 4.00 s: 3.00 s to the first octet, 2.00 s for 1.5 MB',
    )
  })

  test('a search tells the share of the matching frames, one within another once', async () => {
    const { page } = await openFlame(browser, smallPage)
    expect(await search(page, 'PARSE')).toBe('85.0 % matched: 850.0 ms in 2 frames')
    expect(await search(page, 'run|parse')).toBe('95.0 % matched: 950.0 ms in 4 frames')
    expect(await search(page, '^write ')).toBe('5.0 % matched: 50.0 ms in 1 frames')
    await press(page, 'Home', 'ArrowDown', 'ArrowDown', 'Enter')
    expect(await search(page, 'fetch-')).toBe('14.3 % matched: 100.0 ms in 1 frames')
    expect(await textOf(page, 'found')).toBe('')
  })

  test('what is no regular expression is said to be none', async () => {
    const { page, happened } = await openFlame(browser, smallPage)
    expect(await search(page, 'parse(')).toContain('Invalid regular expression: /parse(/')
    expect(happened).toEqual([])
  })

  test('inverted, what ran stands above what called it', async () => {
    const { page } = await openFlame(browser, smallPage)
    await press(page, 'i')
    expect((await walkGraph(page)).slice(0, 5)).toEqual([
      'all: 1.00 s',
      'parse mime/header.ts:5: 850.0 ms | fetch imap/fetch-messages.ts:2: 100.0 ms | write store/write-batch.ts:9: 50.0 ms',
      'run sync/run-passes.ts:1: 850.0 ms | run sync/run-passes.ts:1: 100.0 ms | (no account): 50.0 ms',
      'UID FETCH: 850.0 ms | UID FETCH: 100.0 ms | writer: 50.0 ms',
      'INBOX: 600.0 ms | Archive/2019: 250.0 ms | INBOX: 100.0 ms',
    ])
    await page.click('#invert')
    expect(await walkGraph(page)).toEqual(rows)
  })

  test('an account, a thread and the idle time are chosen', async () => {
    const { page } = await openFlame(browser, smallPage)
    const choose = async (id: string, label: string): Promise<void> => {
      const value = await page.evaluate(
        `[...document.getElementById('${id}').options].find(({ text }) => text === '${label}').value`,
      )
      await page.select(`#${id}`, String(value))
    }
    await choose('account', 'bob')
    expect(await textOf(page, 'sum')).toBe('250.0 ms of samples of the whole run')
    await choose('thread', 'writer')
    expect(await page.evaluate(`getComputedStyle(document.getElementById('nothing')).display`)).toBe('block')
    await choose('account', 'all')
    expect(await walkGraph(page)).toEqual([
      'all: 50.0 ms',
      'writer: 50.0 ms',
      '(no account): 50.0 ms',
      'write store/write-batch.ts:9: 50.0 ms',
    ])
    await choose('thread', 'main')
    await page.click('#idle')
    expect(await textOf(page, 'sum')).toBe('5.95 s of samples of the whole run')
  })

  test('dragging over the timeline shows what ran then, and leaves the zoom', async () => {
    const { page } = await openFlame(browser, smallPage)
    await page.focus('#graph')
    await press(page, 'ArrowDown', 'ArrowDown', 'Enter')
    const { x, y, width } = await placeOf(page, '#slices')
    await page.mouse.move(x + width / 2, y + 50)
    await page.mouse.down()
    await page.mouse.move(x, y + 60, { steps: 4 })
    await page.mouse.up()
    expect(await crumbs(page)).toBe('all > main > ada')
    expect(await walkGraph(page)).toEqual([
      'ada: 500.0 ms',
      'INBOX: 500.0 ms',
      'UID FETCH: 500.0 ms',
      'run sync/run-passes.ts:1: 500.0 ms',
      'parse mime/header.ts:5: 400.0 ms | fetch imap/fetch-messages.ts:2: 100.0 ms',
    ])
    expect(await textOf(page, 'sum')).toMatch(
      /^750\.0 ms of samples from 0\.0 ms to 5\.\d\d s; 5\.00 s idle are hidden$/,
    )
    await page.click('#whole')
    expect((await walkGraph(page))[0]).toBe('ada: 700.0 ms')
    expect(await inPage(page, '#whole', `matches(':disabled')`)).toBe(true)
  })

  test('a range is typed as well: its beginning belongs to it, its end does not', async () => {
    const { page } = await openFlame(browser, smallPage)
    const type = async (id: string, text: string): Promise<void> => {
      await page.click(`#${id}`, { count: 3 })
      await page.keyboard.type(text)
      await press(page, 'Tab')
    }
    await type('from', '2')
    await type('until', '8')
    expect(await textOf(page, 'sum')).toBe('450.0 ms of samples from 2.00 s to 8.00 s; 5.00 s idle are hidden')
    expect(await walkGraph(page)).toContain('bob: 250.0 ms | ada: 200.0 ms')
  })

  test('the keyboard alone reaches everything, and where it is can be seen', async () => {
    const { page } = await openFlame(browser, smallPage)
    const reached: unknown[] = []
    for (let step = 0; step < 12; step++) {
      await press(page, 'Tab')
      reached.push(await page.evaluate(`document.activeElement.id || document.activeElement.className`))
    }
    const order = 'from until lanes search account thread idle invert show-keys graph'
    expect(reached.slice(0, 10).join(' ')).toBe(order)
    await page.focus('#show-keys')
    await press(page, 'Tab', 'ArrowDown', 'ArrowRight')
    expect(
      await page.evaluate(`({
        role: cursor.role, label: cursor.ariaLabel, level: cursor.ariaLevel,
        active: graph.getAttribute('aria-activedescendant'), outline: getComputedStyle(cursor).outlineStyle
      })`),
    ).toEqual({
      role: 'treeitem',
      label: 'writer: thread, 50.0 ms, 5.0 % of what is shown',
      level: '2',
      active: 'cursor',
      outline: 'solid',
    })
    await press(page, 'Enter')
    expect(await crumbs(page)).toBe('all > writer')
    await press(page, '?')
    expect(await inPage(page, '#keys', `matches(':modal')`)).toBe(true)
    await press(page, 'Escape')
    expect(await inPage(page, '#keys', `matches(':modal')`)).toBe(false)
    expect(await crumbs(page)).toBe('all > writer')
  })

  test('compared with another run, red grew and blue shrank', async () => {
    const { page } = await openFlame(browser, comparedPage)
    const { x, y } = await placeOf(page, '#flames')
    const seen: unknown[] = []
    await page.focus('#graph')
    for (const keys of [['Home'], ['ArrowDown', 'ArrowDown'], ['ArrowRight']] as const) {
      await press(page, ...keys)
      const { middle } = await placeOf(page, '#cursor')
      const colour = await page.evaluate(pixelOfFlames(middle.x - x + 60, middle.y - y - 8))
      seen.push([await toldFrame(page), mainColour(colour)])
    }
    expect(seen).toEqual([
      ['all: 1.00 s, 100.0 % of what is shown; before 1.30 s: −300.0 ms, −23.1 %', 'blue'],
      ['bob: account, 250.0 ms, 25.0 % of what is shown; before 1.00 s: −750.0 ms, −75.0 %', 'blue'],
      ['ada: account, 700.0 ms, 70.0 % of what is shown; before 300.0 ms: +400.0 ms, +133.3 %', 'red'],
    ])
    await press(page, 'ArrowRight')
    expect(await toldFrame(page)).toBe(
      '(no account): account, 50.0 ms, 5.0 % of what is shown; new, before there was none',
    )
  })

  test.each(['light', 'dark'] as const)('%s: letters stand out from what is behind them', async (scheme) => {
    for (const flame of [smallPage, comparedPage]) {
      const { page } = await openFlame(browser, flame, { scheme })
      const text = await page.evaluate(`['body', '.told', 'button:disabled', '.note', 'footer'].map((name) => {
        const { color } = getComputedStyle(document.querySelector(name))
        return color.match(/\\d+/g).map(Number)
      })`)
      const behind = await page.evaluate(`[
        getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number),
        getComputedStyle(search).backgroundColor.match(/\\d+/g).map(Number)
      ]`)
      const frames = await page.evaluate(
        `[0, 1, 2, 3, 4, 5, 6].flatMap((row) => [0.02, 0.6, 0.8].map((x) =>
          [...flames.getContext('2d').getImageData(Math.round(x * flames.width), 20 * row + 2, 1, 1).data]))
          .filter(([,,, opacity]) => opacity === 255)`,
      )
      const [[ink = [], ...faint], [ground = [], raised = []]] = [coloursIn(text), coloursIn(behind)]
      expect(luminance(ground) > 0.5).toBe(scheme === 'light')
      expect(coloursIn(frames).length).toBeGreaterThan(10)
      for (const frame of coloursIn(frames)) expect(contrast(ink, frame)).toBeGreaterThan(4.5)
      for (const letter of faint)
        expect(Math.min(contrast(letter, ground), contrast(letter, raised))).toBeGreaterThan(4.5)
    }
  })

  test('on paper it is light, as wide as the paper, and without what one would click', async () => {
    const { page, happened } = await openFlame(browser, smallPage, { scheme: 'dark' })
    const frame = pixelOfFlames(1, 2)
    expect(luminanceOf(await page.evaluate(frame))).toBeLessThan(0.3)
    await page.evaluate(`addEventListener('beforeprint', () => { globalThis.printed = ${frame} })`)
    expect((await page.pdf({ format: 'A4' })).subarray(0, 5).toString()).toBe(Buffer.from('%PDF-').join(','))
    expect(luminanceOf(await page.evaluate('printed'))).toBeGreaterThan(0.5)
    expect(luminanceOf(await page.evaluate(frame))).toBeLessThan(0.3)
    await page.emulateMediaType('print')
    expect(await inPage(page, '.bar', `checkVisibility()`)).toBe(false)
    expect(happened).toEqual([])
  })

  test.each([1280, 390])('nothing is wider than a screen of %i pixels, long names are not either', async (width) => {
    for (const flame of [smallPage, comparedPage, hostilePage()]) {
      const { page } = await openFlame(browser, flame, { width })
      await page.focus('#graph')
      await press(page, 'ArrowDown', 'Enter', 'ArrowDown', 'ArrowDown', 'Enter', 'ArrowDown')
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    }
  })

  test('in a window that gets narrower the graph is drawn anew, and the focus stays', async () => {
    const { page } = await openFlame(browser, smallPage)
    await page.focus('#graph')
    await press(page, 'ArrowDown', 'ArrowDown', 'ArrowRight')
    await page.setViewport({ width: 390, height: 900 })
    await page.waitForFunction('flames.width < 390 && slices.width < 390')
    const [graph, cursor] = [await placeOf(page, '#graph'), await placeOf(page, '#cursor')]
    expect(cursor.x - graph.x).toBeCloseTo(0.7 * graph.width, 0)
    expect(await inPage(page, '#cursor', 'ariaLabel')).toBe('bob: account, 250.0 ms, 25.0 % of what is shown')
  })

  test('hostile names are shown and do nothing', async () => {
    const { page, happened } = await openFlame(browser, hostilePage())
    await walkGraph(page)
    await press(
      page,
      'Home',
      'ArrowDown',
      'Enter',
      'ArrowDown',
      'ArrowDown',
      'Enter',
      'i',
      'ArrowDown',
      'Enter',
      'Escape',
    )
    for (const text of ['<img', 'alert', '.']) await search(page, text)
    const { x, y, width } = await placeOf(page, '#slices')
    for (let row = 0; row < 7; row++) await page.mouse.move(x + width / 3, y + 20 * row + 10)
    expect(await textOf(page, 'account')).toContain(hostileNames[0])
    expect(await textOf(page, 'names')).toContain('Sent%202Egpj.exe')
    expect(
      await page.evaluate(`[document.images.length, document.scripts.length, document.querySelectorAll('svg').length]`),
    ).toEqual([0, 2, 0])
    expect(happened).toEqual([])
  })

  test('no script but our own runs in the page, and nothing is fetched', async () => {
    const injected = '<script>document.title = "injected"</script><img src="x.png"><link rel="stylesheet" href="x.css">'
    const html = flameHtml(smallPage, builtScript).replace('</body>', `${injected}</body>`)
    const { page, happened } = await openFlame(browser, smallPage, { html })
    expect(await page.title()).toBe('run 12: sync work')
    const refused = ['script', 'image', 'stylesheet'].filter((kind) => {
      return happened.some((line) => new RegExp(`^console .*${kind}.*Content Security Policy`).test(line))
    })
    expect(refused).toEqual(['script', 'image', 'stylesheet'])
  })

  test('without samples the connections are shown, without connections the samples, and how to get both', async () => {
    const happened: readonly string[] = []
    const noSamples = { ...smallPage, stacks: [], samples: [] }
    expect(await partsShown(browser, smallPage)).toEqual({ visible: [true, true], told: [false, false], happened })
    expect(await partsShown(browser, noSamples)).toEqual({ visible: [true, false], told: [true, false], happened })
    const noLanes = { ...smallPage, lanes: [] }
    expect(await partsShown(browser, noLanes)).toEqual({ visible: [true, true], told: [false, true], happened })
    const nothing = { ...noSamples, lanes: [] }
    expect(await partsShown(browser, nothing)).toEqual({ visible: [false, false], told: [true, true], happened })
  })

  test('without scripts the sentences are read', async () => {
    const page = await browser.newPage()
    await page.setJavaScriptEnabled(false)
    await page.setContent(flameHtml(smallPage, builtScript))
    const text = await inPage(page, 'body', 'textContent')
    expect(text).toContain('It kept bob waiting.')
    expect(text).toContain('scripts are off in this browser')
    await page.close()
  })

  test('20,000 samples of 3,000 stacks on 60 connections are summed up, and the connections scroll in their box', async () => {
    const { page, happened } = await openFlame(browser, largePage())
    expect(await textOf(page, 'sum')).toBe('10.00 s of samples of the whole run')
    expect(await search(page, 'Lists/7$')).toBe('2.5 % matched: 250.0 ms in 1 frames')
    expect(await textOf(page, 'timeline-title')).toBe('60 connections over time')
    expect(await page.evaluate(`names.offsetHeight > names.parentElement.clientHeight`)).toBe(true)
    expect(happened).toEqual([])
  })
})
