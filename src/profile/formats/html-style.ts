/** The page's style sheet; its colours are those of page/colours.ts. */
export const flameStyle = `
:root { color-scheme: light dark; --ink: #1b1b1f; --faint: #5b5b66; --line: #d9d7d0; --ground: #fffefb; --raised: #f4f2ec; --accent: #0b62a8; --waiting: #e0a12e; --receiving: #2b7bba; --busy: #c4532d }
@media (prefers-color-scheme: dark) { :root { --ink: #f1f0ec; --faint: #a9a8b3; --line: #3a3a44; --ground: #17171c; --raised: #22222a; --accent: #7fc0f5; --waiting: #b57f22; --receiving: #4c9fe0; --busy: #dd7650 } }
@media print { :root { color-scheme: light; --ink: #1b1b1f; --faint: #5b5b66; --line: #d9d7d0; --ground: #fff; --raised: #fff; --accent: #0b62a8; --waiting: #e0a12e; --receiving: #2b7bba; --busy: #c4532d } }
* { box-sizing: border-box }
.paper body { width: 44rem; padding: 0 }
[hidden] { display: none !important }
body { margin: 0 auto; max-width: 110rem; padding: 1rem 1.25rem 3rem; background: var(--ground); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: .95rem; font-weight: 600; margin: 0; color: var(--faint) }
.headline { font-size: 1.3rem; line-height: 1.3; font-weight: 600; margin: .2rem 0 .5rem; max-width: 60rem; text-wrap: pretty }
.sentences { margin: 0; padding: 0; list-style: none; max-width: 60rem }
.sentences li { margin: .15rem 0 }
.headline, .sentences li, footer p { max-height: 12em; overflow-y: auto }
h2 { font-size: 1.05rem; margin: 1.6rem 0 .4rem }
p { margin: .4rem 0 }
.note { color: var(--faint); max-width: 60rem }
code, kbd, .mono { font: .87em ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
kbd { border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; padding: 0 .35em; background: var(--raised) }
.bar { display: flex; flex-wrap: wrap; gap: .45rem .8rem; align-items: center; margin: .4rem 0 }
.bar label { display: flex; gap: .4rem; align-items: center; white-space: nowrap }
.bar label > :not([type=checkbox]) { min-width: 0 }
button, select, input { font: inherit; font-size: .9rem; color: inherit; background: var(--raised); border: 1px solid var(--faint); border-radius: 5px; padding: .2rem .55rem; max-width: 100% }
::placeholder { color: var(--faint); opacity: 1 }
button { cursor: pointer }
button[aria-pressed=true] { background: var(--ink); color: var(--ground) }
button:disabled { color: var(--faint); border-color: var(--line); cursor: default }
select { max-width: 11rem; text-overflow: ellipsis }
input[type=number] { width: 6.5rem }
input[type=search] { width: 17rem }
input[type=checkbox] { width: 1rem; height: 1rem; margin: 0; accent-color: var(--accent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 1px }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; color: var(--faint); font-size: .87rem }
.swatch { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .4em; forced-color-adjust: none; print-color-adjust: exact }
.waiting { background: var(--waiting) } .receiving { background: var(--receiving) } .busy { background: var(--busy) }
.grew { background: hsl(8 82% 66%) } .shrank { background: hsl(212 82% 66%) }
.lanes { display: grid; grid-template-columns: minmax(0, auto) minmax(0, 1fr); max-height: 43.1rem; overflow-y: auto; border: 1px solid var(--line); border-radius: 6px; background: var(--ground) }
.names { max-width: 11rem; padding-left: .6rem; font-size: .83rem }
.names div { height: 20px; line-height: 20px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; padding-right: .6rem }
.chart { position: relative; touch-action: pan-y; cursor: crosshair; overflow: hidden }
canvas { display: block; width: 100% }
.chosen { position: absolute; top: 0; bottom: 0; pointer-events: none; border: solid var(--accent); border-width: 0 2px; background: color-mix(in srgb, var(--accent) 16%, transparent) }
.told { min-height: 1.5em; margin: .3rem 0; color: var(--faint); font-size: .9rem }
.crumbs { display: flex; flex-wrap: wrap; gap: .2rem; align-items: center; margin: .4rem 0; padding: 0; list-style: none; font-size: .9rem }
.crumbs::before { content: "zoom:"; color: var(--faint); margin-right: .3rem }
.crumbs li { display: flex; align-items: center; max-width: 100%; min-width: 0 }
.crumbs li + li::before { content: "\\203a"; color: var(--faint); margin: 0 .25rem }
.crumbs button { border-color: transparent; background: none; color: var(--accent); text-decoration: underline; padding: .05rem .25rem; max-width: 16rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.crumbs [aria-current] { padding: .05rem .25rem; font-weight: 600; max-width: 24rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.details { position: sticky; top: 0; z-index: 2; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; padding: .35rem .6rem; margin: .4rem 0; min-height: 3.6em; font-size: .9rem }
.details b { display: block; max-height: 4.4em; overflow: auto; font: 600 .95em ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
.graph { position: relative; overflow: hidden }
.cursor { position: absolute; pointer-events: none; scroll-margin: 8rem 0 1rem }
.graph:focus { outline: none }
.graph:focus-visible .cursor { outline: 3px solid var(--ink); outline-offset: -2px; box-shadow: 0 0 0 3px var(--ground) }
#found:not(:empty) { color: var(--ink); margin-left: .6rem }
#found.problem { color: #b00020 } @media (prefers-color-scheme: dark) { #found.problem { color: #ff9aa5 } }
dialog { color: var(--ink); background: var(--ground); border: 1px solid var(--faint); border-radius: 8px; max-width: min(30rem, calc(100vw - 1.5rem)); padding: 1rem 1.25rem }
dialog::backdrop { background: rgb(0 0 0 / .45) }
dialog h2 { margin-top: 0 }
dl { display: grid; grid-template-columns: auto 1fr; gap: .35rem .9rem; margin: .6rem 0 1rem }
dd { margin: 0 }
footer { margin-top: 1.8rem; padding-top: .6rem; border-top: 1px solid var(--line); color: var(--faint); font-size: .87rem; max-width: 60rem }
@media (max-width: 40rem) {
  body { padding: .75rem .75rem 2rem }
  .headline { font-size: 1.12rem }
  .names { max-width: 5.6rem; padding-left: .4rem; font-size: .78rem }
  input[type=search] { width: 100% }
  .grows { flex: 1 1 100% }
  select { max-width: 8.5rem }
  input[type=number] { width: 5.6rem }
}
@media print {
  .bar, .crumbs, .details, .cursor, #slice { display: none }
  .lanes { max-height: none; overflow: visible }
  canvas { max-width: 100%; print-color-adjust: exact }
  h2 { break-after: avoid }
}
`
