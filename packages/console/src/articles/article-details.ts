import { h } from '../page/dom.ts'
import { actionButton, choice, commaList } from './article-desk.ts'
import type { Article, Category } from './article-documents.ts'
import type { ArticlePart, ArticlePlace } from './article-part.ts'
import type { ArticleWords } from './words-english.ts'

/** The choices of who reads an article. */
export const audienceChoice = (words: ArticleWords): ReturnType<typeof choice> =>
  choice(
    words.audience,
    [
      ['INTERNAL', words.internal],
      ['PUBLIC', words.public],
    ],
    'INTERNAL',
  )

/** Categories as choices, the first of which is none: each stands, indented, below the one that it lies in. */
export function categoryOptions(
  categories: readonly Category[],
  words: ArticleWords,
): readonly (readonly [string, string])[] {
  const keys = new Set(categories.map(({ key }) => key))
  /** The one above a category; undefined also for one that is not in the list. */
  const parentOf = ({ parent }: Category): string | undefined =>
    parent && keys.has(parent.key) ? parent.key : undefined
  const below = (parent: string | undefined, depth: number): readonly (readonly [string, string])[] =>
    categories
      .filter((each) => parentOf(each) === parent)
      .flatMap(({ key, text }) => [
        [key, `${'\u2003'.repeat(depth)}${text?.name ?? key}`] as const,
        ...below(key, depth + 1),
      ])
  return [['', words.noCategory], ...below(undefined, 0)]
}

/** What is true of an article in all its languages. */
export function createDetails({
  desk,
  articleKey,
  changed,
}: ArticlePlace): ArticlePart & { showCategories(categories: readonly Category[]): void } {
  const { words } = desk
  const category = choice(words.category, [['', words.noCategory]])
  const audience = audienceChoice(words)
  const difficulty = choice(
    words.difficulty,
    (['BASIC', 'INTERMEDIATE', 'ADVANCED', 'EXPERT'] as const).map((each) => [each, words[each]]),
  )
  const tags = h('input', { autocomplete: 'off', dir: 'auto', maxlength: '1000' })
  const fields = [category.select, audience.select, difficulty.select, tags] as const
  for (const field of fields) field.disabled = !desk.mayWrite
  const values = (): readonly string[] => fields.map(({ value }) => value)
  /** What the server has, in the order of the fields. */
  let server: readonly (string | undefined)[] = values()
  let categoryId = ''
  const isChanged = (field: (typeof fields)[number], n: number): boolean => field.value !== server[n]
  /** What the viewer has changed, and nothing else: the rest may have been changed by others since. */
  const save = async (): Promise<void> => {
    const named = {
      categoryId: category.select.value || null,
      audience: audience.select.value,
      difficulty: difficulty.select.value,
      tags: commaList(tags.value),
    }
    const changes = Object.entries(named).filter((_, n) => fields[n] && isChanged(fields[n], n))
    const sent = values()
    const { code } = await desk.send('changeArticleDetails', { articleId: articleKey, ...Object.fromEntries(changes) })
    if (code !== undefined) return
    server = sent
    desk.say(words.done)
    await changed()
  }
  return {
    element: h(
      'section',
      { class: 'sheet', 'aria-label': words.details },
      h('h3', {}, words.details),
      h(
        'div',
        { class: 'fields' },
        category.element,
        audience.element,
        difficulty.element,
        h('label', {}, h('span', {}, words.tags), tags),
        ...(desk.mayWrite ? [actionButton(words.saveDetails, save)] : []),
      ),
    ),
    showCategories: (categories) => {
      const { select } = category
      const isTyped = isChanged(select, 0)
      const before = isTyped ? select.value : categoryId
      const options = categoryOptions(categories, words)
      select.replaceChildren(...options.map(([value, text]) => h('option', { value }, text)))
      select.value = before
      if (!isTyped) server = [select.value, ...server.slice(1)]
    },
    update: ({ category: chosen, audience: reads, difficulty: expects, tags: named }: Article) => {
      categoryId = chosen?.key ?? ''
      const next = [categoryId, reads, expects, named.join(', ')]
      server = fields.map((field, n) => {
        if (isChanged(field, n)) return next[n]
        field.value = next[n] ?? ''
        // A category that cannot be chosen is none in the field.
        return field.value
      })
    },
  }
}
