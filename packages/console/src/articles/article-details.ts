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

/** Categories as choices, the first of which is none. */
export const categoryOptions = (
  categories: readonly Category[],
  words: ArticleWords,
): readonly (readonly [string, string])[] => [
  ['', words.noCategory],
  ...categories.map(({ key, text }) => [key, text?.name ?? key] as const),
]

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
  const values = (): readonly string[] => fields.map(({ value }) => value)
  /** What the server has, in the order of the fields. */
  let server: readonly string[] = values()
  let categoryId = ''
  const isUnsaved = (): boolean => values().some((value, n) => value !== server[n])
  const fillIn = (): void => {
    for (const [n, field] of fields.entries()) field.value = server[n] ?? ''
  }
  const save = async (): Promise<void> => {
    const input = {
      articleId: articleKey,
      categoryId: category.select.value || null,
      audience: audience.select.value,
      difficulty: difficulty.select.value,
      tags: commaList(tags.value),
    }
    const { code } = await desk.send('changeArticleDetails', input)
    if (code !== undefined) return
    server = values()
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
        actionButton(words.saveDetails, save),
      ),
    ),
    showCategories: (categories) => {
      const before = category.select.value || categoryId
      const options = categoryOptions(categories, words)
      category.select.replaceChildren(...options.map(([value, text]) => h('option', { value }, text)))
      category.select.value = before
    },
    update: ({ category: chosen, audience: reads, difficulty: expects, tags: named }: Article) => {
      const isTyped = isUnsaved()
      categoryId = chosen?.key ?? ''
      server = [categoryId, reads, expects, named.join(', ')]
      if (!isTyped) fillIn()
    },
  }
}
