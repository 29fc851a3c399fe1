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
  /** How its address ends; empty for one that is made of the title. */
  readonly slug: string
}

/** A text that was typed and not saved, the revision that it was begun from, 0 for none, and of a new article its language. */
type UnsavedText = Omit<ArticleText, 'slug'> & {
  readonly slug?: string
  readonly basedOn: number
  readonly language?: string
}

/** The fields of a text. */
type TextFields = {
  readonly elements: readonly HTMLElement[]
  readonly body: HTMLTextAreaElement
  value(): ArticleText
  set(text: ArticleText): void
  /** In which language is written. */
  writtenIn(language: string): void
  /** Whether no field is too long; says so, and moves the focus there, if one is. */
  areShortEnough(): boolean
  focus(): void
}

/** The most characters of each field, as the server counts them. */
const longest = { title: 200, excerpt: 500, body: 100_000, keywords: 3_000, slug: 100 }

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
  const slug = h('input', { autocomplete: 'off', spellcheck: 'false' })
  const fields = [
    field('title', title),
    field('excerpt', excerpt),
    field('body', body),
    field('keywords', keywords),
    field('slug', slug),
  ]
  for (const { input } of fields) input.readOnly = !desk.mayWrite
  /** The end of the address as it was filled in: it stays as it is unless somebody changes it. */
  let filledSlug = ''
  const slugNow = (): string => (slug.value === filledSlug ? filledSlug : slugOf(slug.value))
  slug.addEventListener('change', () => (slug.value = slugNow()))
  for (const { input } of fields) input.addEventListener('input', changed)
  return {
    elements: [...fields.map(({ element }) => element), h('p', { class: 'facts' }, words.slugHint)],
    body,
    value: () => ({
      title: title.value.trim(),
      excerpt: excerpt.value.trim(),
      body: body.value,
      keywords: commaList(keywords.value),
      slug: slugNow(),
    }),
    set: (text) => {
      title.value = text.title
      excerpt.value = text.excerpt
      body.value = text.body
      keywords.value = text.keywords.join(', ')
      slug.value = filledSlug = text.slug
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

const orderedText = ({ title, excerpt, body, keywords, slug }: ArticleText): readonly unknown[] => [
  title,
  excerpt,
  body,
  keywords,
  slug,
]

/** A text with nothing in it. */
export const emptyText: ArticleText = { title: '', excerpt: '', body: '', keywords: [], slug: '' }

/** A text as commands take it. */
export const sentText = ({ slug, ...text }: ArticleText): object => ({ ...text, ...(slug !== '' && { slug }) })

/** The end of an address that some words make: in lower case, joined by hyphens, as the server takes it. */
const slugOf = (words: string): string =>
  (
    words
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  ).join('-')

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
      [draft.slug, draft.language].every((each) => each === undefined || typeof each === 'string') &&
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
