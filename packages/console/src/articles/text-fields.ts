import { readJson, memoryStorage } from '../connection/storage.ts'
import type { Drafts } from '../conversation/draft.ts'
import { whenLeft } from '../conversation/draft.ts'
import type { CheckedField } from '../page/checked-field.ts'
import { checkedField } from '../page/checked-field.ts'
import { h } from '../page/dom.ts'
import { directionOf } from '../page/formats.ts'
import { sayIfTooLong } from '../page/text-form.ts'
import type { ArticleDesk } from './article-desk.ts'
import { commaList } from './article-desk.ts'

/** What an author writes of an article in a language. */
export type ArticleText = {
  readonly title: string
  readonly excerpt: string
  readonly body: string
  readonly keywords: readonly string[]
}

/** A text that was typed and not saved, and the revision that it was begun from; 0 for none. */
type UnsavedText = ArticleText & { readonly basedOn: number }

/** The fields of a text. */
type TextFields = {
  readonly elements: readonly HTMLElement[]
  readonly body: HTMLTextAreaElement
  value(): ArticleText
  fill(text: ArticleText): void
  /** In which language is written. */
  writtenIn(language: string): void
  /** Whether no field is too long; says so, and moves the focus there, if one is. */
  areShortEnough(): boolean
  focus(): void
}

/** The most characters of each field, as the server counts them. */
const longest = { title: 200, excerpt: 500, body: 100_000, keywords: 3_000 }

/** Creates the fields of a text; `changed` is called whenever something is typed. */
export function createTextFields(desk: ArticleDesk, changed: () => void): TextFields {
  const { words, uploadWords, formats } = desk
  const field = (name: keyof typeof longest, input: HTMLInputElement | HTMLTextAreaElement): CheckedField => {
    input.name = name
    return checkedField(words[name], input, (text) =>
      sayIfTooLong(text, { words: uploadWords, formats }, longest[name]),
    )
  }
  const title = h('input', { required: true, autocomplete: 'off' })
  const excerpt = h('textarea', { rows: '2' })
  const body = h('textarea', { rows: '18', class: 'markdown', spellcheck: 'true' })
  const keywords = h('input', { autocomplete: 'off' })
  const fields = [field('title', title), field('excerpt', excerpt), field('body', body), field('keywords', keywords)]
  for (const { input } of fields) input.addEventListener('input', changed)
  return {
    elements: fields.map(({ element }) => element),
    body,
    value: () => ({
      title: title.value.trim(),
      excerpt: excerpt.value.trim(),
      body: body.value,
      keywords: commaList(keywords.value),
    }),
    fill: (text) => {
      title.value = text.title
      excerpt.value = text.excerpt
      body.value = text.body
      keywords.value = text.keywords.join(', ')
      for (const each of fields) each.say('')
    },
    writtenIn: (language) => {
      for (const { input } of fields) {
        input.lang = language
        input.dir = directionOf(language)
      }
    },
    areShortEnough: () => fields.every((each) => each.isShortEnough()),
    focus: () => title.focus(),
  }
}

/** Whether two texts say the same. */
export const isSameText = (one: ArticleText, other: ArticleText): boolean =>
  JSON.stringify(orderedText(one)) === JSON.stringify(orderedText(other))

const orderedText = ({ title, excerpt, body, keywords }: ArticleText): readonly unknown[] => [
  title,
  excerpt,
  body,
  keywords,
]

/** A text with nothing in it. */
export const emptyText: ArticleText = { title: '', excerpt: '', body: '', keywords: [] }

/** Reads the text that was kept for a place; undefined where there is none, or it is damaged. */
export function unsavedText(drafts: Drafts, place: string): UnsavedText | undefined {
  const store = memoryStorage()
  store.setItem(place, drafts.read(place) || 'null')
  return readJson<UnsavedText>(
    store,
    place,
    (draft) =>
      [draft.title, draft.excerpt, draft.body].every((each) => typeof each === 'string') &&
      Array.isArray(draft.keywords) &&
      draft.keywords.every((each) => typeof each === 'string') &&
      Number.isInteger(draft.basedOn),
  )
}

/** How soon what is typed is kept, in milliseconds. */
const keepMs = 500

/** Keeps what is typed soon after, and whenever the page may be about to go; asks before a page with it is closed. */
export function keepTyped(
  keep: () => void,
  isUnsaved: () => boolean,
): { readonly soon: () => void; readonly stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  const stopKeeping = whenLeft(keep)
  const ask = (event: BeforeUnloadEvent): void => {
    if (isUnsaved()) event.preventDefault()
  }
  window.addEventListener('beforeunload', ask)
  return {
    soon: () => {
      clearTimeout(timer)
      timer = setTimeout(keep, keepMs)
    },
    stop: () => {
      clearTimeout(timer)
      keep()
      stopKeeping()
      window.removeEventListener('beforeunload', ask)
    },
  }
}
