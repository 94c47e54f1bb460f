import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { launch, type Browser, type Page } from 'puppeteer-core'
import { flameHtml } from '../../src/profile/formats/html.ts'
import type { FlamePage } from '../../src/profile/formats/flame-page.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const chromium = '/usr/bin/chromium'
/** Tests are skipped where there is no Chromium. MAILMIRROR_REQUIRE_CHROMIUM=1 says that it has to be there: then they run, and fail. */
export const withoutChromium = process.env['MAILMIRROR_REQUIRE_CHROMIUM'] !== '1' && !existsSync(chromium)

/** The pages are made from the sources, but what runs in them is what the build made. */
export const builtScript = new URL('../../dist/profile/page/flame-page.js', import.meta.url)

export function startBrowser(userDataDir: string): Promise<Browser> {
  return launch({
    executablePath: chromium,
    pipe: true,
    userDataDir,
    args: ['--no-sandbox', '--headless', '--disable-gpu', '--no-first-run'],
  })
}

export interface OpenPage {
  readonly page: Page
  /** What a page that is closed to the world never does: requests, dialogs, errors, warnings. */
  readonly happened: readonly string[]
}

export interface Opening {
  readonly html?: string
  readonly width?: number
  readonly scheme?: 'dark' | 'light'
}

/** The page as a reader of the file sees it. */
export async function openFlame(browser: Browser, flame: FlamePage, opening: Opening = {}): Promise<OpenPage> {
  const { html = flameHtml(flame, builtScript), width = 1280, scheme = 'light' } = opening
  const file = join(temporaryDirectory(), 'profile.html')
  writeFileSync(file, html)
  const page = await browser.newPage()
  const happened: string[] = []
  page.on('request', (request) => {
    if (request.url() !== pathToFileURL(file).href) happened.push(`request ${request.url()}`)
  })
  page.on('console', (message) => happened.push(`console ${message.text()}`))
  page.on('pageerror', (error) => happened.push(`error ${String(error)}`))
  page.on('dialog', (dialog) => {
    happened.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  await page.setViewport({ width, height: 900 })
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
  await page.goto(pathToFileURL(file).href)
  return { page, happened }
}

/** What the page says in the element with this id. */
export async function textOf(page: Page, id: string): Promise<string> {
  return String(await page.evaluate(`document.getElementById(${JSON.stringify(id)}).textContent`))
}

/** A property, or what a method returns, of the first element that is selected. */
export function inPage(page: Page, selector: string, member: string): Promise<unknown> {
  return page.evaluate(`document.querySelector(${JSON.stringify(selector)}).${member}`)
}

/** Name and numbers of the frame that the page tells of. */
export async function toldFrame(page: Page): Promise<string> {
  return `${await textOf(page, 'frame-name')}: ${await textOf(page, 'frame-time')}`
}

export async function press(page: Page, ...keys: readonly Parameters<Page['keyboard']['press']>[0][]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key)
}

/** The frames of the graph as one walks through it by keys: a line for each row, with names and times. */
export async function walkGraph(page: Page): Promise<readonly string[]> {
  await page.focus('#graph')
  await press(page, 'Home')
  const lines: string[] = []
  for (;;) {
    const row: string[] = []
    for (;;) {
      const told = (await toldFrame(page)).replace(/^(.*?: )(?:\w+, )?([\d.]+ m?s), .*$/, '$1$2')
      if (told === row.at(-1)) break
      row.push(told)
      await press(page, 'ArrowRight')
    }
    lines.push(row.join(' | '))
    const before = await levelOf(page)
    for (let step = 0; step < row.length; step++) {
      await press(page, 'ArrowDown')
      if ((await levelOf(page)) !== before) break
      await press(page, 'ArrowLeft')
    }
    if ((await levelOf(page)) === before) return lines
    for (let step = 0; step < 20; step++) await press(page, 'ArrowLeft')
  }
}

async function levelOf(page: Page): Promise<unknown> {
  return page.evaluate(`document.getElementById('cursor').ariaLevel`)
}

/** Where the element is on the screen. */
export async function placeOf(page: Page, selector: string) {
  const box = await (await page.waitForSelector(selector))?.boundingBox()
  if (box === null || box === undefined) throw new Error(`${selector} is not to be seen`)
  return { ...box, middle: { x: box.x + box.width / 2, y: box.y + box.height / 2 } }
}

/** Clicks where the focused frame is. */
export async function clickCursor(page: Page): Promise<void> {
  const { middle } = await placeOf(page, '#cursor')
  await page.mouse.click(middle.x, middle.y)
}

/** Searches as one does without a mouse; what the page says of it. */
export async function search(page: Page, text: string): Promise<string> {
  await press(page, '/')
  await page.keyboard.type(text)
  const found = await textOf(page, 'found')
  await press(page, 'Escape')
  return found
}

/** The zoom, from all of it on down. */
export async function crumbs(page: Page): Promise<unknown> {
  return page.evaluate(`[...document.querySelectorAll('#crumbs li')].map((item) => item.textContent).join(' > ')`)
}

/** Whether timeline and flame graph are to be seen, and whether it is said how to get samples, and connections. */
export async function partsShown(browser: Browser, flame: FlamePage) {
  const { page, happened } = await openFlame(browser, flame)
  const text = String(await page.evaluate('document.body.innerText'))
  const visible = await page.evaluate(`[slices, flames].map((canvas) => canvas.checkVisibility())`)
  const told = [/No samples.*mailmirror profile -- sync/, /No connection.*mailmirror profile -- sync/]
  return { visible, told: told.map((pattern) => pattern.test(text)), happened }
}
