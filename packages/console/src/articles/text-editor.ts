import { createUploads } from '../conversation/attachments.ts'
import { confirmButton } from '../page/confirm-button.ts'
import { h, setText } from '../page/dom.ts'
import { fill } from '../page/words.ts'
import type { ArticleDesk } from './article-desk.ts'
import { actionButton, choice, languageName, nameOf } from './article-desk.ts'
import type { Article, Comparison, ComparisonAnswer, Revision, SavedText } from './article-documents.ts'
import { articleDocuments } from './article-documents.ts'
import { brokenLinkLines } from './broken-links.ts'
import { showComparison } from './comparison.ts'
import { showRevision } from './preview.ts'
import type { ArticleText } from './text-fields.ts'
import { createTextFields, emptyText, isSameText, keepTyped, sentText, unsavedText } from './text-fields.ts'

/** The editor of a text of an article. */
type TextEditor = {
  readonly element: HTMLElement
  /** Shows what the server has now: in the fields where nothing is typed, else as what was saved meanwhile. */
  update(article: Article, revision: Revision | undefined): Promise<void>
  /** Whether something is typed that is not saved. */
  isUnsaved(): boolean
  close(): void
}

type Options = {
  readonly desk: ArticleDesk
  readonly articleKey: string
  readonly language: string
  /** Called once a text is saved. */
  readonly saved: () => Promise<void>
  /** Called when something may have been typed, saved or discarded. */
  readonly typed: () => void
}

const pictures = /\.(?:avif|gif|jpe?g|png|webp)$/i

/** Creates the editor. What is typed is kept in the tab until it is saved, and a save never overwrites an unseen one. */
export function createTextEditor({ desk, articleKey, language, saved, typed: hasTyped }: Options): TextEditor {
  const { words, formats, drafts, transport, uploadWords } = desk
  const place = `${articleKey}:${language}`
  /** What the fields were filled from, and the number of its revision; 0 for none. */
  let base: ArticleText = emptyText
  let basedOn = 0
  let isRead = false
  /** Of a translation: the last revision of the first language. */
  let source = 0
  /** The revision whose comparison with the text is shown, or asked for; 0 for none. */
  let comparedWith = 0
  /** Whether the viewer has just been refused a save: then the focus goes to the reason. */
  let isRefused = false

  const isUnsaved = (): boolean => isRead && !isSameText(fields.value(), base)
  const keep = (): void => {
    if (isRead) drafts.keep(place, isUnsaved() ? JSON.stringify({ ...fields.value(), basedOn }) : '')
  }
  const typed = keepTyped(keep, isUnsaved)
  const showUnsaved = (): void => {
    unsaved.hidden = !isUnsaved()
    previewNote.hidden = unsaved.hidden
    hasTyped()
  }
  const fields = createTextFields(desk, () => {
    showUnsaved()
    typed.soon()
  })
  fields.writtenIn(language)
  const unsaved = h('span', { class: 'unsaved-mark', hidden: true }, words.unsaved)
  const notice = h('div', { class: 'notice-place' })
  const warnings = h('div', {})
  const change = choice(
    words.change,
    [
      ['MAJOR', words.major],
      ['MINOR', words.minor],
      ['TYPO', words.typo],
    ],
    'MAJOR',
  )
  const agrees = h('input', { type: 'checkbox' })
  const agreementText = h('span')
  const agreement = h('label', { class: 'agreement' }, agrees, agreementText)
  const previewNote = h('p', { class: 'facts', hidden: true }, words.previewUnsaved)
  const previewTitle = h('p', { class: 'facts' })
  const previewPlace = h('div', {})
  const preview = h(
    'details',
    { class: 'preview' },
    h('summary', {}, words.preview),
    previewTitle,
    previewNote,
    previewPlace,
  )

  const uploads = createUploads({
    transport,
    server: location.origin,
    words: { ...uploadWords, attach: words.insertFile },
    owner: { articleId: articleKey },
    send: (_, { fileId, name }) =>
      insert(`${pictures.test(name) ? '!' : ''}[${name.replaceAll(/[[\]\\]/g, '\\$&')}](file:${fileId})`),
  })
  const insert = (markdown: string): void => {
    const { body } = fields
    body.setRangeText(markdown, body.selectionStart, body.selectionEnd, 'end')
    body.dispatchEvent(new Event('input'))
    body.focus()
  }

  const show = (text: ArticleText, revision: number): void => {
    basedOn = revision
    comparedWith = 0
    fields.set(text)
    // What the fields make of a text is no change of it: they end all lines alike.
    base = fields.value()
    notice.replaceChildren()
  }
  const discard = (revision: Revision | undefined): void => {
    show(revision ?? emptyText, revision?.number ?? 0)
    keep()
    showUnsaved()
    fields.focus()
  }
  const discardButton = (label: string, revision: Revision | undefined): HTMLElement =>
    confirmButton({
      label,
      question: words.discardAsked,
      yes: words.discardNow,
      no: words.discardNot,
      confirmed: () => discard(revision),
    })

  /** Shows what others have saved since the text was begun: the text stays, and is saved after the reader has seen it. */
  const showRevised = async (revision: Revision | undefined): Promise<void> => {
    if (!revision || comparedWith >= revision.number) return
    const variables = { id: articleKey, language, from: basedOn, to: revision.number }
    comparedWith = revision.number
    const answer = basedOn === 0 ? null : await desk.ask<ComparisonAnswer>(articleDocuments.comparison, variables)
    // Meanwhile a later one may have been read, or the text saved or discarded.
    if (comparedWith !== revision.number) return
    if (answer === undefined) {
      comparedWith = 0
      return
    }
    const comparison = answer?.article?.translation?.comparison ?? wholeOf(revision)
    const heading = h(
      'p',
      { tabindex: '-1' },
      h('strong', {}, fill(words.revisedSince, formats.number(revision.number), nameOf(comparison.to.author))),
    )
    notice.replaceChildren(
      h(
        'section',
        { class: 'revised', 'aria-label': words.article_revised },
        heading,
        showComparison(comparison, language, desk),
        h(
          'div',
          { class: 'chat-actions' },
          actionButton(words.saveOver, () => save(revision.number), 'primary'),
          discardButton(words.takeTheirs, revision),
        ),
      ),
    )
    // Who types is not interrupted: they have been refused nothing.
    if (isRefused) heading.focus()
    isRefused = false
  }

  const save = async (after: number): Promise<void> => {
    if (!fields.areShortEnough()) return
    const text = fields.value()
    const input = {
      articleId: articleKey,
      language,
      ...sentText(text),
      basedOn: after,
      ...(!change.element.hidden && { change: change.select.value }),
      ...(agrees.checked && { follows: source }),
    }
    const outcome = await desk.send('reviseArticle', input, (code) => code === 'ARTICLE_REVISED')
    if (outcome.code === 'ARTICLE_REVISED') {
      keep()
      isRefused = true
      comparedWith = 0
      await saved()
      return
    }
    if (outcome.code !== undefined) return keep()
    // What is typed while the save is under way is another change; a text that is the last one already is none.
    base = text
    basedOn = Math.min(after + 1, revisionIn(outcome.article?.translations, language) ?? after + 1)
    comparedWith = 0
    agrees.checked = false
    notice.replaceChildren()
    keep()
    desk.say(fill(words.saved, formats.number(basedOn)))
    await saved()
  }

  const form = h(
    'form',
    {
      class: 'editor',
      onsubmit: (event) => {
        event.preventDefault()
        if (desk.mayWrite && !saveButton.disabled) void submit()
      },
    },
    notice,
    ...fields.elements,
    change.element,
    agreement,
    uploads.element,
    h('div', { class: 'chat-actions' }),
  )
  const saveButton = h('button', { class: 'primary' }, words.save)
  const submit = async (): Promise<void> => {
    saveButton.disabled = true
    try {
      await save(basedOn)
    } finally {
      saveButton.disabled = false
    }
  }
  form.lastElementChild?.append(...(desk.mayWrite ? [saveButton, uploads.button, unsaved] : []))
  form.addEventListener('keydown', (event) => {
    if (event.key !== 's' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    form.requestSubmit()
  })

  return {
    element: h('div', { class: 'sheet' }, form, warnings, preview),
    isUnsaved,
    update: async (article, revision) => {
      const isTranslation = article.language !== language
      change.element.hidden = isTranslation || article.translations.length < 2
      source = revisionIn(article.translations, article.language) ?? 0
      const follows = article.translations.find((each) => each.language === language)?.follows ?? source
      agreement.hidden = !isTranslation || follows >= source
      if (agreement.hidden) agrees.checked = false
      setText(agreementText, fill(words.agrees, languageName(article.language, formats), formats.number(source)))
      const latest = revision?.number ?? 0
      showWarnings(revision)
      const draft = isRead ? undefined : unsavedText(drafts, place)
      const server = revision ?? emptyText
      const restoration: ArticleText = { ...server, ...draft }
      if (draft && !isSameText(restoration, server)) {
        isRead = true
        // What the fields are compared with is what the text was begun from, or what is there now.
        show(server, latest)
        fields.set(restoration)
        basedOn = draft.basedOn
        notice.replaceChildren(h('p', {}, words.restored, ' ', discardButton(words.discard, revision)))
      } else if (!isUnsaved() || isSameText(fields.value(), server)) {
        isRead = true
        show(server, latest)
        keep()
      }
      showUnsaved()
      if (latest !== basedOn) await showRevised(revision)
    },
    close: () => {
      typed.stop()
      uploads.close()
    },
  }

  function showWarnings(revision: Revision | undefined): void {
    warnings.replaceChildren(
      ...(revision?.suspectedLanguage
        ? [h('p', { class: 'faults' }, fill(words.wrongLanguage, languageName(revision.suspectedLanguage, formats)))]
        : []),
      ...brokenLinkLines(revision?.brokenLinks ?? [], words),
    )
    setText(previewTitle, revision ? fill(words.previewOf, formats.number(revision.number)) : words.noText)
    previewPlace.replaceChildren(...(revision ? [showRevision(revision.html, language, words.preview)] : []))
  }
}

/** The last revision in a language. */
const revisionIn = (translations: readonly SavedText[] | undefined, language: string): number | undefined =>
  translations?.find((each) => each.language === language)?.latest?.number

/** A revision of which all is new. */
function wholeOf({ number, title, excerpt, body }: Revision): Comparison {
  const added = (text: string) => (text === '' ? [] : [{ kind: 'ADDED' as const, text }])
  return {
    from: { number: 0 },
    to: { number, author: null, writtenAt: '' },
    title: added(title),
    excerpt: added(excerpt),
    body: added(body),
  }
}
