import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { HelpCentreSettings } from '@guichet/domain'
import { helpCentreBackgrounds } from '@guichet/domain'

/** A style sheet, whose name changes with its text. */
type StyleSheet = { readonly name: string; readonly text: string; readonly gzip: Buffer }

const sheets = new WeakMap<HelpCentreSettings, StyleSheet>()

/** The style sheet of the help centre, in the colours of a desk. */
export function styleSheetOf(settings: HelpCentreSettings): StyleSheet {
  const last = sheets.get(settings)
  if (last) return last
  const text = textOf(settings)
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 12)
  const sheet = { name: `style-${hash}.css`, text, gzip: gzipSync(text, { level: 9 }) }
  sheets.set(settings, sheet)
  return sheet
}

// Long lines break and nothing scrolls by itself: a part that scrolls cannot be reached with a keyboard everywhere.
const textOf = ({ colour, darkColour }: HelpCentreSettings): string => `:root {
  color-scheme: light dark;
  --background: ${helpCentreBackgrounds.light}; --text: #1b1f24; --weak: #4b5563; --line: #d5d9e0; --field: #f5f6f8; --link: ${colour};
}
@media (prefers-color-scheme: dark) {
  :root { --background: ${helpCentreBackgrounds.dark}; --text: #e6e8eb; --weak: #aab2bd; --line: #363c46; --field: #1e232b; --link: ${darkColour}; }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--background); color: var(--text); font: 1rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere }
body > header, main, body > footer { max-width: 50rem; margin-inline: auto; padding: 1rem }
body > header { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center; justify-content: space-between; border-block-end: 1px solid var(--line) }
body > footer { border-block-start: 1px solid var(--line); margin-block-start: 3rem }
a { color: var(--link) }
a:focus-visible, button:focus-visible, input:focus-visible, textarea:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
.skip { position: absolute; inset-block-start: -10rem; inset-inline-start: 1rem; padding: .5rem 1rem; background: var(--background) }
.skip:focus { inset-block-start: .5rem }
.home { display: flex; gap: .75rem; align-items: center; color: inherit; font-size: 1.25rem; font-weight: 600; text-decoration: none }
.home img { block-size: 32px; inline-size: auto }
form { display: flex; gap: .5rem }
input, textarea, button { font: inherit; min-block-size: 2.75rem; padding: .25rem .75rem; border: 1px solid var(--weak); border-radius: .375rem; background: var(--field); color: var(--text) }
input { min-inline-size: 0; inline-size: 16rem; max-inline-size: 100% }
textarea { display: block; inline-size: 100% }
.letter { display: block }
.letter label { display: block }
.letter input { inline-size: 100% }
.letter button { padding-inline: 1.5rem }
.fault { display: block; font-weight: 600 }
.trap { position: absolute; inset-block-start: -100rem }
button { border-color: var(--link); background: var(--link); color: var(--background); cursor: pointer }
h1, h2, h3, h4 { line-height: 1.25; margin-block: 1.5em .5em }
h1 { font-size: 2rem; margin-block-start: .75rem }
.weak { color: var(--weak) }
.breadcrumbs, .row { display: flex; flex-wrap: wrap; gap: .25rem .75rem; padding: 0; margin: 0; list-style: none }
.breadcrumbs li + li::before { content: '/'; margin-inline-end: .75rem; color: var(--weak) }
.list { padding: 0; list-style: none }
.list li { margin-block: .75rem }
.list p { margin: 0; color: var(--weak) }
.note { padding: .5rem 1rem; border-inline-start: 4px solid var(--link); background: var(--field) }
article img { max-inline-size: 100%; block-size: auto }
article figure { margin: 1rem 0 }
article figcaption { color: var(--weak); font-size: .875rem }
article pre, article code { font-family: ui-monospace, monospace; background: var(--field); border-radius: .25rem }
article pre { padding: .75rem 1rem; white-space: pre-wrap; direction: ltr; text-align: left }
article code { padding: .1em .3em }
article pre code { padding: 0 }
article table { border-collapse: collapse; inline-size: 100% }
article th, article td { border: 1px solid var(--line); padding: .4rem .6rem }
article blockquote { margin-inline: 0; padding-inline-start: 1rem; border-inline-start: 4px solid var(--line) }
@media print {
  :root { color-scheme: light; --background: #fff; --text: #000; --weak: #333; --link: #000; --field: #fff; --line: #999 }
  body > header form, body > footer, nav, .skip, .pdf { display: none }
  body > header, main { max-width: none; padding: 0 }
  article a[href^='http']::after { content: ' (' attr(href) ')'; font-size: .85em }
  article pre, article table, article img, article figure { break-inside: avoid }
  h1, h2, h3, h4 { break-after: avoid }
}
`
