import { escapeUTF8 as escaped } from 'entities'
import sanitizeHtml from 'sanitize-html'
import type { Address, MessageFields } from '../search/extracted-message.ts'

/** What a page about a message is made of. */
export interface DocumentParts {
  readonly fields: MessageFields
  /** As sent, hostile; undefined: there is none, and the text is shown. */
  readonly html: string | undefined
  readonly text: string
  /** What is attached is called. */
  readonly attachments: readonly string[]
  /** The data of the part with this Content-ID, if it is a picture that can do nothing but be seen. */
  readonly picture: (contentId: string) => Picture | undefined
}

interface Picture {
  readonly type: string
  readonly data: Uint8Array
}

/** Even if something were left in it by mistake, a browser would neither run nor fetch it (S18). */
const policy = [
  "default-src 'none'",
  'img-src data:',
  "style-src 'unsafe-inline'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** Raster formats: SVG is a document of its own. */
export const pictureTypes: readonly string[] = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/bmp']

const pictureData = /^data:image\/(?:png|jpeg|gif|webp|bmp);base64,[a-z0-9+/=\s]*$/i
const blank = 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=='
const layoutAttributes = ['align', 'valign', 'width', 'height', 'bgcolor', 'color', 'dir', 'lang', 'style']

/** A page of its own that shows a message: no script, no form, nothing from elsewhere, whatever the message holds. Pictures within
 *  the message are in the page; others are counted and left out. */
export function htmlDocument(parts: DocumentParts): string {
  const { fields, html, text, attachments } = parts
  const blocked = { count: 0 }
  const body = html === undefined ? `<pre>${escaped(text)}</pre>` : cleaned(html, parts, blocked)
  const subject = escaped(fields.subject ?? '(no subject)')
  const rows = [
    ['From', fields.from.map(formatAddress).join(', ')],
    ['Reply-To', fields.replyTo.map(formatAddress).join(', ')],
    ['To', fields.to.map(formatAddress).join(', ')],
    ['Cc', fields.cc.map(formatAddress).join(', ')],
    ['Date', fields.date?.text ?? ''],
    ['Attachments', attachments.join(', ')],
    ['Not shown', blocked.count === 0 ? '' : `${blocked.count} pictures from elsewhere`],
  ].filter(([, value]) => value !== '')
  return `<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width">
<title>${subject}</title>
<style>
.mailmirror { font: 15px/1.5 sans-serif; border-bottom: 1px solid #999; margin: 0 0 1em; padding: 0 0 1em; overflow-wrap: anywhere }
.mailmirror h1 { font-size: 20px; margin: 0 0 .5em }
.mailmirror dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1em; margin: 0 }
.mailmirror dt { color: #666 }
.mailmirror dd { margin: 0; unicode-bidi: isolate }
/* What is laid out beyond its place is cut off: it must not lie over who it is from. */
.message { overflow: auto; contain: content }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
img { max-width: 100% }
</style>
</head>
<body>
<div class="mailmirror">
<h1>${subject}</h1>
<dl>
${rows.map(([name = '', value = '']) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`).join('\n')}
</dl>
</div>
<div class="message">
${body}
</div>
</body>
</html>
`
}

function cleaned(html: string, { picture }: DocumentParts, blocked: { count: number }): string {
  const source = (src: string | undefined): string => {
    const found = shown(src ?? '', picture)
    if (found === undefined && src !== undefined) blocked.count++
    return found ?? blank
  }
  return sanitizeHtml(html, {
    allowedTags: [...sanitizeHtml.defaults.allowedTags, 'img', 'center', 'font', 'del', 'ins', 'big', 'strike'],
    allowedAttributes: {
      '*': layoutAttributes,
      a: ['href', 'name', 'target', 'rel'],
      img: ['src', 'alt'],
      font: ['face', 'size'],
      table: ['border', 'cellpadding', 'cellspacing'],
      td: ['colspan', 'rowspan', 'nowrap'],
      th: ['colspan', 'rowspan', 'nowrap'],
      ol: ['start', 'type'],
    },
    // A closing tag too many must not close ours.
    enforceHtmlBoundary: false,
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowedSchemesByTag: { img: ['data'] },
    allowProtocolRelative: false,
    parseStyleAttributes: false,
    transformTags: {
      '*': (tagName, attribs) => ({ tagName, attribs: withHarmlessStyle(attribs) }),
      a: (tagName, attribs) => ({
        tagName,
        attribs: { ...withHarmlessStyle(attribs), target: '_blank', rel: 'noopener noreferrer' },
      }),
      img: (tagName, attribs) => ({ tagName, attribs: { ...withHarmlessStyle(attribs), src: source(attribs['src']) } }),
    },
  })
}

/** A style that names an address, or hides its words behind escapes, is left out as a whole; so is one that lays itself over what
 *  is not its own. */
function withHarmlessStyle(attributes: sanitizeHtml.Attributes): sanitizeHtml.Attributes {
  const { style, ...others } = attributes
  if (style === undefined || /url|image|expression|import|behavior|position|\\|\/\*|@|</i.test(style)) return others
  return attributes
}

/** What an `img` may show; undefined: it would have to be fetched. */
function shown(source: string, picture: DocumentParts['picture']): string | undefined {
  const trimmed = source.trim()
  if (pictureData.test(trimmed)) return trimmed
  const contentId = /^cid:(.+)$/is.exec(trimmed)?.[1]
  const found = contentId === undefined ? undefined : picture(contentId)
  return found === undefined ? undefined : `data:${found.type};base64,${Buffer.from(found.data).toString('base64')}`
}

function formatAddress({ name, address }: Address): string {
  if (name === '' || address === '') return name + address
  return `${name} <${address}>`
}
