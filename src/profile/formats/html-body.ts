import type { FlamePage } from './flame-page.ts'

export interface BodyContents extends FlamePage {
  /** A text as HTML that shows it. */
  readonly paragraph: (text: string) => string
}

/** What stands in the page before its script runs, and without it: the sentences, and the empty parts that the script fills by their ids. */
export function flameBody({ paragraph, ...page }: BodyContents): string {
  const [headline = '', ...further] = page.sentences.map(paragraph)
  const hasSamples = page.samples.length > 0
  const isCompared = page.samples.some(({ before }) => before !== undefined)
  return [
    '<header>',
    `<h1>${paragraph(page.title)}</h1>`,
    `<p class="headline">${headline}</p>`,
    further.length > 0 ? `<ul class="sentences">${further.map((text) => `<li>${text}</li>`).join('')}</ul>` : '',
    '</header>',
    '<noscript><p class="note">The timeline and the flame graph are drawn by a script, and scripts are off in this browser.</p></noscript>',
    '<main>',
    timeline(hasSamples, page.lanes.length),
    flameGraph({ hasSamples, isCompared }),
    '</main>',
    `<footer>${page.footnotes.map((text) => `<p>${paragraph(text)}</p>`).join('')}</footer>`,
    keys,
  ].join('\n')
}

function timeline(hasSamples: boolean, lanes: number): string {
  const hasLanes = lanes > 0
  const title = lanes > 1 ? `${lanes} connections over time` : 'Connections over time'
  const note = `<p class="note" id="no-lanes">No connection sent a command in this run, or none was recorded: <code>mailmirror profile -- sync</code> records them.</p>`
  return `<section aria-labelledby="timeline-title">
<h2 id="timeline-title">${title}</h2>
${hasLanes ? '' : note}
<div${hidden(!hasLanes && !hasSamples)}>
<div class="bar" role="group" aria-label="Time range">
<label>from <input type="number" id="from" min="0" step="any" inputmode="decimal"> s</label>
<label>to <input type="number" id="until" min="0" step="any" inputmode="decimal"> s</label>
<button type="button" id="whole" disabled>Whole run</button>
<span class="legend"><span${hidden(!hasLanes)}><i class="swatch waiting"></i>waiting for the first octet</span><span${hidden(!hasLanes)}><i class="swatch receiving"></i>receiving</span><span${hidden(!hasSamples)}><i class="swatch busy"></i>our code running</span></span>
</div>
<div class="lanes" role="region" tabindex="0" aria-label="Timeline, one row for each connection; drag to choose a time range">
<div class="names" id="names"></div>
<div class="chart" id="chart"><canvas id="slices" role="img" aria-label="What each connection did when; the names of the rows tell the sums"></canvas><div class="chosen" id="chosen" hidden></div></div>
</div>
<p class="told" id="slice">Drag over the timeline to see below only what ran then.</p>
</div>
</section>`
}

function flameGraph({
  hasSamples,
  isCompared,
}: {
  readonly hasSamples: boolean
  readonly isCompared: boolean
}): string {
  const note = `<p class="note" id="no-samples">No samples were taken of what ran in this run: <code>mailmirror profile -- sync</code> takes them.</p>`
  const legend = `<p class="legend"><span><i class="swatch grew"></i>longer than before</span><span><i class="swatch shrank"></i>shorter than before</span><span>as wide as the longer of the two</span></p>`
  return `<section aria-labelledby="graph-title">
<h2 id="graph-title">What ran: thread, account, mailbox, command, calls</h2>
${hasSamples ? '' : note}
<div${hidden(!hasSamples)}>
<div class="bar">
<label class="grows">search <input type="search" id="search" placeholder="regular expression" spellcheck="false" autocomplete="off" aria-describedby="found"></label>
<label>account <select id="account"><option value="">all</option></select></label>
<label>thread <select id="thread"><option value="">all</option></select></label>
<label><input type="checkbox" id="idle"> idle time</label>
<button type="button" id="invert" aria-pressed="false">Invert</button>
<button type="button" id="show-keys">Keys</button>
</div>
<p class="told"><span id="sum" role="status"></span> <span id="found" role="status"></span></p>
${isCompared ? legend : ''}
<nav aria-label="Zoom"><ol class="crumbs" id="crumbs"></ol></nav>
<div class="details" role="status"><b id="frame-name"></b><span id="frame-time"></span></div>
<p class="note" id="nothing" hidden>No sample is like this: choose another account, thread or time range.</p>
<div class="graph" id="graph" role="tree" tabindex="0" aria-label="Flame graph; arrow keys move, Enter zooms, Escape zooms out"><canvas id="flames" aria-hidden="true"></canvas><div class="cursor" id="cursor" role="treeitem" aria-selected="true" hidden></div></div>
</div>
</section>`
}

const hidden = (isHidden: boolean): string => (isHidden ? ' hidden' : '')

const keys = `<dialog id="keys" aria-labelledby="keys-title">
<h2 id="keys-title">Keys</h2>
<dl>
<dt><kbd>↑</kbd> <kbd>↓</kbd></dt><dd>to what called it, to what it called most</dd>
<dt><kbd>←</kbd> <kbd>→</kbd></dt><dd>to its neighbours</dd>
<dt><kbd>Home</kbd></dt><dd>to the first frame</dd>
<dt><kbd>Enter</kbd></dt><dd>zoom into the frame</dd>
<dt><kbd>Escape</kbd></dt><dd>out of the zoom, or of the search</dd>
<dt><kbd>/</kbd></dt><dd>search</dd>
<dt><kbd>i</kbd></dt><dd>invert: what ran at last above, what called it below</dd>
<dt><kbd>?</kbd></dt><dd>these keys</dd>
</dl>
<form method="dialog"><button>Close</button></form>
</dialog>`
