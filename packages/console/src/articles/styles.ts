/** How the page of authors looks, beside what the agents' page has. Sides are logical. */
export const articleStyles = `
:root {
  color-scheme: light dark; --accent: light-dark(#1d4ed8, #a9c4ff); --accent-text: light-dark(#fff, #10131a); --surface: light-dark(#fff, #1c1f26);
  --own: light-dark(#dbe6ff, #2b3a5c); --theirs: light-dark(#efefef, #2a2d34); --line: light-dark(#767676, #8b909a);
  --warn: light-dark(#fff3c4, #4a3c00); --warn-text: light-dark(#3d3000, #ffefb0); color: light-dark(#1a1a1a, #ececec)
}
body { background: light-dark(#f6f6f6, #12141a) }
main { max-inline-size: 90rem }
a { color: light-dark(#1a45c0, #a9c4ff); overflow-wrap: anywhere }
a:focus-visible, select:focus-visible, summary:focus-visible, pre:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
h1 { font-size: 1.3rem; margin: 0 }
h2 { font-size: 1.2rem; margin: .75rem 0 .4rem; overflow-wrap: anywhere }
h3 { font-size: 1rem; margin: 0 0 .5rem }
h4 { font-size: .9rem; margin: .6rem 0 .2rem }
.bar { flex-wrap: wrap }
.bar-links { display: flex; flex-wrap: wrap; gap: .5rem 1rem; background: none; padding: 0 }
.bar-links [aria-current] { font-weight: bold }
.messages { position: sticky; inset-block-start: 0; z-index: 2; background: light-dark(#f6f6f6, #12141a) }
.messages p { margin: .3rem 0; min-block-size: 0 }
.problem, .field-problem, .uploads .refused { color: light-dark(#9b1c1c, #ffb4ab) }
.field-problem { margin: .2rem 0; font-size: .9rem }
.field-problem:empty { display: none }
.offline, .revised, .notice-place > p, .faults { background: var(--warn); color: var(--warn-text); padding: .5rem .75rem; border-radius: var(--radius) }
.faults a, .revised a { color: inherit }
.faults p, .faults ul { margin: 0 }
.sheet { background: var(--surface); border-radius: var(--radius); padding: .75rem; margin-block-end: 1rem; min-inline-size: 0 }
.article { display: grid; grid-template-columns: minmax(0, 3fr) minmax(16rem, 2fr); gap: 1rem; align-items: start }
form.editor { flex-direction: column; align-items: stretch; padding: 0 }
form.editor.sheet { padding: .75rem }
form.editor label, .fields label { display: grid; gap: .2rem }
form.editor label input, .fields label > :not(span) { inline-size: 100% }
form.editor label.agreement { display: flex; gap: .5rem }
label.agreement input { inline-size: auto !important }
textarea { resize: vertical }
textarea.markdown { font-family: ui-monospace, monospace; line-height: 1.5 }
.filters { display: flex; flex-wrap: wrap; gap: .6rem; align-items: end; padding: 0 0 .75rem }
.filters label { display: grid; gap: .2rem }
.filters > input[type=search] { flex: 1 1 14rem }
.fields { display: grid; gap: .6rem }
.fields button { justify-self: start }
.field-form { flex-wrap: wrap; padding: 0; align-items: end; gap: .4rem }
.field-form input { flex: 1 1 9rem; min-inline-size: 0 }
nav ul ul { padding-inline-start: .75rem }
.articles, .revisions { list-style: none; padding: 0; margin: 0; display: grid; gap: .75rem }
.articles .articles { gap: .3rem }
.articles > li, .revisions > li { border-block-end: 1px solid var(--line); padding-block-end: .6rem }
.articles .title { font-weight: bold; display: block }
.facts { font-size: .9rem; margin: .1rem 0 }
.states { list-style: none; padding: 0; margin: .2rem 0; font-size: .9rem; display: flex; flex-wrap: wrap; gap: .2rem 1rem }
.beside .states { display: grid }
.beside p { margin: .2rem 0 }
.beside .chat-actions { margin-block: .5rem }
.states [aria-current] { font-weight: bold }
.unsaved-mark { align-self: center; font-size: .9rem }
summary { cursor: pointer; font-weight: bold }
.preview { margin-block-start: 1rem }
.rendered { overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: var(--radius); padding: .75rem; position: relative; overflow: auto; contain: paint }
.rendered img { max-inline-size: 100%; block-size: auto }
.rendered table { border-collapse: collapse }
.rendered th, .rendered td { border: 1px solid var(--line); padding: .25rem .5rem }
.rendered pre, .source pre { overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; margin-block: .4rem }
.source pre { font-family: ui-monospace, monospace }
.compared { white-space: pre-wrap; overflow-wrap: anywhere; margin: .2rem 0; max-block-size: 24rem; overflow: auto }
ins { background: light-dark(#d3f3da, #0f4020); color: light-dark(#0a3a17, #c9f5d3) }
del { background: light-dark(#ffdfdc, #5c1a16); color: light-dark(#7a0c0c, #ffd9d4) }
@media (min-width: 80rem) { .texts:has(.source) { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1rem; align-items: start } }
.source pre { max-block-size: 60vh }
.field-form label { display: grid }
@media (max-width: 60rem) { .article { grid-template-columns: minmax(0, 1fr) } }
@media (forced-colors: active) { ins { text-decoration: underline } del { text-decoration: line-through } }
`
