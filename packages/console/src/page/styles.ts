/** How a list of messages looks, in the widget and on the agent's page. Sides are logical: right to left needs nothing more. */
export const logStyles = `
.log-frame { flex: 1; min-block-size: 0; display: flex; flex-direction: column; position: relative }
.conversation .log-frame { min-block-size: 6rem }
.newest { position: absolute; inset-block-end: .5rem; inset-inline: 0; margin-inline: auto; inline-size: fit-content; background: var(--surface) }
.log { flex: 1; overflow-y: auto; padding: .75rem; display: flex; flex-direction: column; gap: .5rem; overscroll-behavior: contain }
.log:focus-visible, button:focus-visible, input:focus-visible, textarea:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.unsent { display: contents }
blockquote { margin: .2rem 0; padding-inline-start: .6rem; border-inline-start: 2px solid #767676; white-space: pre-wrap }
.message { max-inline-size: 85%; padding: .4rem .7rem; border-radius: var(--radius); background: var(--theirs); align-self: flex-start; overflow-wrap: anywhere }
.message.own { align-self: flex-end; background: var(--own) }
.message.note { background: #fff3c4; color: #3d3000 }
.message p { margin: 0; white-space: pre-wrap }
.message a { color: inherit }
.day { color: #595959 }
.message header { font-size: .8rem; margin: 0 }
.state { font-size: .75rem; display: block; text-align: end }
.notice { align-self: center; font-size: .85rem; margin: 0; overflow-wrap: anywhere; text-align: center }
.actions { display: flex; flex-wrap: wrap; gap: .4rem; margin-block-start: .4rem }
.card { border-inline-start: 3px solid var(--accent); padding-inline-start: .6rem }
.card dl, .card dd { margin: 0 }
.card dl > div { display: flex; gap: .5rem; justify-content: space-between }
button { font: inherit; cursor: pointer; border: 1px solid currentColor; border-radius: var(--radius); background: transparent; color: inherit; padding: .35rem .7rem }
button.primary { background: var(--accent); color: var(--accent-text); border-color: var(--accent) }
button[aria-pressed=true] { background: var(--accent); color: var(--accent-text); border-color: var(--accent) }
.actions button:disabled { opacity: .5 }
.actions button[aria-pressed=true] { opacity: 1 }
.actions button[aria-pressed=true]::before { content: '✓ '; content: '✓ ' / '' }
button:disabled { cursor: default; opacity: .7 }
.asked { display: inline-flex; flex-wrap: wrap; gap: .4rem; align-items: center }
textarea, input, select { font: inherit; color: inherit; background: var(--surface); border: 1px solid #767676; border-radius: var(--radius); padding: .4rem; box-sizing: border-box }
textarea { inline-size: 100%; resize: none }
form { display: flex; gap: .5rem; padding: .6rem; align-items: flex-end; margin: 0 }
.file { display: flex; flex-direction: column; align-items: flex-start; gap: .25rem }
.file a { color: inherit }
.file img { display: block; max-inline-size: 100%; max-block-size: 12rem; border-radius: var(--radius) }
.typing { font-size: .85rem; margin: 0; padding: 0 .75rem; min-block-size: 1.3em }
.uploads { list-style: none; margin: 0; padding: 0 .75rem; font-size: .85rem; max-block-size: 6rem; overflow-y: auto }
.uploads li { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center }
.dropping { outline: 3px dashed var(--accent); outline-offset: -6px }
video { inline-size: 100%; max-block-size: 40vh; background: #000; border-radius: var(--radius) }
video.ours { inline-size: 30%; max-block-size: 15vh }
.call { padding: .4rem .75rem }
.call-place, .conversation > .call { max-block-size: 50%; overflow-y: auto }
.call .chat-actions { position: sticky; inset-block-end: 0; background: var(--surface) }
.call-state { margin: 0; font-size: .9rem }
.chat-actions { display: flex; flex-wrap: wrap; gap: .5rem; align-items: start }
.hidden { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
[hidden] { display: none !important }
`

/** Lengths in pixels: those of `rem` are the page's own, which may count 10 pixels as one. */
const inPixels = (css: string): string =>
  css.replaceAll(/([\d.]{1,6})rem\b/g, (_, rem: string) => `${Number(rem) * 16}px`)

/** How the widget looks. Hosts choose by custom properties on the element. */
export const widgetStyles: string = /* @__PURE__ */ inPixels(`${logStyles}
:host {
  --accent: var(--guichet-accent, #1d4ed8); --accent-text: var(--guichet-accent-text, #fff);
  --surface: var(--guichet-surface, #fff); --text: var(--guichet-text, #1a1a1a);
  --own: var(--guichet-own, #dbe6ff); --theirs: var(--guichet-theirs, #efefef); --radius: var(--guichet-radius, 10px);
  font: var(--guichet-font, 16px/1.45 system-ui, sans-serif) !important; color: var(--text) !important
}
/* What is selected is seen, and may be, whatever the page's own rules say. */
::selection { background: #1d4ed8; color: #fff }
.launcher { position: relative }
.badge {
  position: absolute; inset-block-start: -.3rem; inset-inline-end: -.3rem; min-inline-size: 1.3rem; padding: .1rem .25rem; box-sizing: border-box;
  border-radius: .8rem; background: #9b1c1c; color: #fff; font: .8rem/1.3 system-ui, sans-serif; text-align: center
}
.badge::before { content: attr(data-count) }
.panel {
  display: flex; flex-direction: column; background: var(--surface); color: var(--text); border-radius: var(--radius);
  inline-size: min(var(--guichet-width, 360px), calc(100vw - 2rem)); block-size: min(var(--guichet-height, 560px), calc(100dvh - 6rem));
  box-shadow: 0 8px 32px #0004; margin-block-end: .75rem; overflow: hidden; -webkit-user-select: text; user-select: text
}
/* A phone, upright or in landscape. */
@media (max-width: 480px), (max-height: 480px) {
  :host([open]) { inset: 0 !important }
  :host([open]) .launcher { display: none }
  .panel {
    position: absolute; inset-inline: 0; inset-block-start: var(--guichet-seen-top, 0); inline-size: auto; block-size: var(--guichet-seen-height, 100%);
    margin: 0; border-radius: 0; box-shadow: none; overflow-y: auto; overscroll-behavior: contain; box-sizing: border-box;
    padding: env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left)
  }
  .panel > .bar { position: sticky; inset-block-start: 0; z-index: 2; flex-shrink: 0 }
  .panel > .composer { position: sticky; inset-block-end: 0; z-index: 1; background: var(--surface) }
}
@media (max-height: 480px) {
  .panel > .bar { padding-block: .2rem }
  .panel > .status { padding-block: .2rem }
  .start p { margin-block: 0 }
  .draft { max-block-size: none }
}
.log-place { flex: 1; display: flex; flex-direction: column; min-block-size: 6rem }
.call-place video.theirs { max-block-size: min(30vh, 9rem) }
.call-place video.ours { max-block-size: 3.5rem }
.composer { flex-shrink: 0 }
.bar { display: flex; gap: .5rem; align-items: center; justify-content: space-between; padding: .5rem .75rem; background: var(--accent); color: var(--accent-text) }
.bar h2 { font-size: 1rem; margin: 0 }
.status, .hint { padding: .4rem .75rem; margin: 0; font-size: .9rem }
.hint:empty { padding: 0 }
.offline { background: #fff3c4; color: #3d3000; padding: .4rem .75rem; margin: 0; font-size: .9rem }
.start { flex-direction: column; align-items: stretch }
.field-problem { color: #9b1c1c; font-size: .9rem; margin: 0 }
.field-problem:empty { display: none }
[aria-invalid=true] { border-color: #9b1c1c }
.start label { display: grid; gap: .2rem }
.closed { overflow-y: auto; padding: .4rem .75rem }
.suggestions > p { margin: 0 }
.suggestions > p:empty { display: none }
.suggestions ul { margin: 0; padding-inline-start: 1.2rem; max-block-size: 10rem; overflow-y: auto; overflow-wrap: anywhere }
.suggestions a { color: inherit }
.draft { flex-shrink: 0; max-block-size: 60%; overflow-y: auto; border-block-end: 1px solid #767676; overflow-wrap: anywhere }
.draft h3 { font-size: 1rem; margin: 0 }
.draft p { margin-block: 0 }
.draft ul { margin: 0; padding-inline-start: 1.2rem }
.draft .feet { padding: 0 }
.rating { display: flex; flex-direction: column; gap: .5rem; padding: .6rem .75rem; border: 0; margin: 0 }
.transcript { margin: 0 .75rem .4rem }
.rating div { display: flex; flex-wrap: wrap; gap: .4rem }
.rating .thanks { margin: 0; min-block-size: 1.45em }
.comment { flex-direction: column; align-items: stretch; padding: 0 }
.feet { display: flex; flex-wrap: wrap; gap: .5rem; justify-content: flex-end; padding: 0 .6rem .6rem }
`)

/** How the agent's page looks. */
export const agentStyles = `
:root { --accent: #1d4ed8; --accent-text: #fff; --surface: #fff; --own: #dbe6ff; --theirs: #efefef; --radius: 8px; font: 16px/1.45 system-ui, sans-serif; color: #1a1a1a }
body { margin: 0; background: #f6f6f6 }
main { max-inline-size: 70rem; margin-inline: auto; padding: 1rem }
.bar { display: flex; justify-content: space-between; gap: 1rem; align-items: center }
.availability, .announcements { display: flex; gap: .5rem; align-items: center }
.desk { display: grid; grid-template-columns: minmax(14rem, 1fr) minmax(0, 3fr); gap: 1rem; margin-block-start: 1rem }
nav, .chat { background: var(--surface); border-radius: var(--radius); padding: .75rem }
nav ul { list-style: none; margin: .5rem 0 0; padding: 0; display: grid; grid-template-columns: minmax(0, 1fr); gap: .4rem }
nav li button { inline-size: 100%; text-align: start; overflow-wrap: anywhere }
nav li button span { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden }
nav li button[aria-current=true] { border: 2px solid var(--accent); background: var(--own) }
nav form { padding: 0; flex-wrap: wrap }
.chat-beside { display: grid; grid-template-columns: minmax(0, 3fr) minmax(12rem, 1fr); gap: 1rem }
.customer { overflow-y: auto; max-block-size: min(75dvh, 50rem); font-size: .9rem; overflow-wrap: anywhere }
.customer h3 { font-size: 1rem; margin: .75rem 0 .25rem }
.customer ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .25rem }
.customer dl, .customer dd { margin: 0 }
.customer dl > div { display: flex; gap: .5rem; justify-content: space-between }
.customer dt { flex: none; max-inline-size: 60% }
.customer .card { margin-block-end: .6rem }
.alerts .critical b { color: #9b1c1c }
.alerts .warning b { color: #7a4b00 }
.picker { position: relative }
[role=listbox] { position: absolute; inset-block-end: 0; inset-inline: .6rem; max-block-size: 14rem; overflow-y: auto; list-style: none; margin: 0; padding: .3rem; background: var(--surface); border: 1px solid #767676; border-radius: var(--radius) }
[role=option] { padding: .3rem .5rem; cursor: pointer }
[role=option][aria-selected=true] { background: var(--own) }
@media (max-width: 60rem) { .desk, .chat-beside { grid-template-columns: minmax(0, 1fr) } }
.drafts { background: var(--surface); border-radius: var(--radius); padding: .75rem; margin-block-start: 1rem }
.drafts ul { padding-inline-start: 1.2rem }
.drafts p { white-space: pre-wrap; overflow-wrap: anywhere; margin-block: .3rem }
.trends table { border-collapse: collapse; inline-size: 100%; margin-block: .75rem; font-variant-numeric: tabular-nums }
.trends caption { text-align: start; font-weight: bold }
.trends th, .trends td { text-align: start; vertical-align: top; padding: .2rem .5rem; border-block-end: 1px solid #767676; overflow-wrap: anywhere }
.trends tbody th { font-weight: normal }
.conversation { display: flex; flex-direction: column; block-size: min(75dvh, 50rem) }
.conversation h2, .chat-state { margin: 0 0 .4rem; overflow-wrap: anywhere }
.chat-actions select { max-inline-size: 100% }
.chat-actions summary { cursor: pointer; padding: .35rem .7rem }
.chat-actions form { flex-wrap: wrap }
.problem { color: #9b1c1c; margin: .3rem 0; min-block-size: 1.2em }
.offline { background: #fff3c4; color: #3d3000; padding: .4rem .75rem }
.chat-actions .problem { inline-size: 100% }
.chat-actions .problem:empty { display: none }
.sign-in { max-inline-size: 30rem }
/* A phone, upright or in landscape: the page scrolls, and the place to write stays in sight of its chat. */
@media (max-width: 480px), (max-height: 480px) {
  main { padding: .5rem }
  main > .bar { flex-wrap: wrap; gap: .4rem }
  .desk, .chat-beside { gap: .5rem }
  .conversation { block-size: auto }
  .conversation .log-frame { block-size: max(12rem, 50dvh); flex: none }
  .conversation > .call { max-block-size: none }
  .customer { max-block-size: none }
  .composer { position: sticky; inset-block-end: 0; z-index: 1; background: var(--surface); flex-wrap: wrap }
  .composer textarea { flex: 1 0 calc(100% - 4rem) }
  .composer label { margin-inline-end: auto }
}
`
