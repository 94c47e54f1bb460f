import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMessageParser } from '../../src/mime/message-parser.ts'

const parser = createMessageParser()

/** The page of a message whose body is this HTML. */
function pageOf(html: string, header = ''): Promise<string> {
  const text = `From: Eve <eve@example.org>\r\nSubject: Hello\r\n${header}Content-Type: text/html; charset=utf-8\r\n\r\n${html}`
  return parser.document(Buffer.from(text))
}

/** What the message itself has put into the page. */
function bodyOf(page: string): string {
  return page.slice(page.indexOf('<div class="message">'))
}

test.each([
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '<a href="javascript:alert(1)">x</a>',
  '<a href=" java\tscript:alert(1)">x</a>',
  '<iframe src="https://evil.example/"></iframe>',
  '<object data="https://evil.example/x"></object>',
  '<embed src="https://evil.example/x">',
  '<link rel=stylesheet href="https://evil.example/x.css">',
  '<meta http-equiv=refresh content="0;url=https://evil.example/">',
  '<base href="https://evil.example/">',
  '<form action="https://evil.example/"><input name=password></form>',
  '<style>@import "https://evil.example/x.css"; body { background: url(https://evil.example/p) }</style>',
  '<div style="background: url(https://evil.example/p)">x</div>',
  '<div style="background: u\\72l(https://evil.example/p)">x</div>',
  '<div style="background: image-set(&quot;https://evil.example/p&quot; 1x)">x</div>',
  '<img src="https://evil.example/p.gif">',
  '<img srcset="https://evil.example/p.gif 2x" src="//evil.example/p.gif">',
  '<table background="https://evil.example/p.gif"><tr><td>x</table>',
  '<video poster="https://evil.example/p.gif" src="https://evil.example/v"></video>',
  '<img src="data:image/svg+xml;base64,PHN2Zy8+">',
  '<math><mtext></mtext><mglyph><svg><mtext><style><img src=x onerror=alert(1)></style></svg></math>',
  '</div></body></html><script>alert(1)</script>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
])('S18 nothing of %s would run or be fetched', async (html) => {
  const body = bodyOf(await pageOf(html))
  expect(body).not.toMatch(
    /evil\.example|alert\(1\)(?!<|&)|onerror|onload|javascript:|<script|<iframe|<form|<svg|<style|<meta|<base/i,
  )
})

test('S18 whatever is in it, no tag but harmless ones and no address to fetch is left', async () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '"',
    "'",
    '/',
    '=',
    ' ',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '&lt;',
    '&#x3c;',
    '\0',
    'script',
    'img',
    'src',
    'style',
    'onload',
    'x',
    'https://evil.example/',
    'url(',
    ')',
    ':',
    '\\',
    '<p>',
    '</p>',
    '<svg',
    '<a href=',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      const body = bodyOf(await pageOf(pieces.join('')))
      const tags = body.match(/<\/?[a-z][^>]*>/gi) ?? []
      for (const tag of tags) {
        expect(tag).not.toMatch(/\son\w+\s*=|^<(?:script|style|svg|iframe|form|meta|base|link)/i)
        expect(tag).not.toMatch(/(?:src|style|background)="[^"]*https:/i)
      }
    }),
    { numRuns: 500 },
  )
})

test('the page forbids what it does not hold, and names the sender above the message', async () => {
  const page = await pageOf('<p style="color: red">Good <b>day</b></p>', 'To: "<b>you" <you@example.org>\r\n')
  expect(page).toContain(
    `content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"`,
  )
  expect(page).toContain('<dd>Eve &lt;eve@example.org&gt;</dd>')
  expect(page).toContain('<dd>&lt;b&gt;you &lt;you@example.org&gt;</dd>')
  expect(bodyOf(page)).toContain('<p style="color: red">Good <b>day</b></p>')
})

test('pictures of the message are in the page, others are counted; a link stays a link', async () => {
  const message = [
    'Content-Type: multipart/related; boundary=b',
    '',
    '--b',
    'Content-Type: text/html',
    '',
    '<img src="cid:one%40example.org"><img src="cid:page@example.org"><img src="https://example.org/pixel.gif">',
    '<a href="https://example.org/">a link</a>',
    '--b',
    'Content-Type: image/png',
    'Content-ID: <one@example.org>',
    'Content-Transfer-Encoding: base64',
    '',
    'iVBORw0KGgo=',
    '--b',
    'Content-Type: image/svg+xml',
    'Content-ID: <page@example.org>',
    '',
    '<svg/>',
    '--b--',
  ]
  const page = await parser.document(Buffer.from(message.join('\r\n')))
  expect(page).toContain('<img src="data:image/png;base64,iVBORw0KGgo=" />')
  expect(page).toContain('2 pictures from elsewhere')
  expect(page).toContain('<a href="https://example.org/" target="_blank" rel="noopener noreferrer">a link</a>')
  expect(page).not.toContain('svg')
})

test('a message without HTML shows its text', async () => {
  const page = await parser.document(Buffer.from('Subject: a\r\n\r\n1 < 2 & 3 &amp; <b>\r\n'))
  expect(page).toContain('<pre>1 &lt; 2 &amp; 3 &amp;amp; &lt;b&gt;')
})

test('S20 HTML nested a hundred thousand deep is shown', async () => {
  const page = await pageOf(`${'<div>'.repeat(100_000)}deep`)
  expect(page).toContain('deep')
})
