import type { ArticleForm, CannedValues, SentArticle } from '@guichet/domain'
import { addressTemplate, articleAddress, isSameLanguage, limits, renderCannedText } from '@guichet/domain'
import type { ArticleRevisionRow, ArticleRow } from '@guichet/projections'
import { isPublicArticle } from '@guichet/projections'
import type { ApiContext } from '../services.ts'
import { publicFileAddresses } from './article-files.ts'
import { publishedTextOf } from './article-links.ts'
import { knowledgeSettings } from './knowledge-settings.ts'

/** What an agent sends of an article, and to whom. */
type ArticleMessage = {
  readonly form: ArticleForm
  /** What stands above it, with placeholders. */
  readonly text: string
  readonly values: CannedValues
  /** The language of the customer. */
  readonly customerLanguage: string
}

/** The length of the beginning of a text that stands for an excerpt that nobody has written, in characters. */
const beginningLength = 300

/** The text of an article that customers read, in the language closest to the given one; undefined where they read none. */
export async function publicText(
  article: ArticleRow,
  language: string,
  { loaders }: Pick<ApiContext, 'loaders'>,
): Promise<ArticleRevisionRow | undefined> {
  if (!isPublicArticle(article)) return undefined
  const key = publishedTextOf(article, language)
  return key && ((await loaders.articleRevision.load(key)) ?? undefined)
}

/** The article that a message is made of, as its command names it. */
export const sentArticleOf = (
  { articleId, language, revision }: ArticleRevisionRow,
  form: ArticleForm,
): SentArticle => ({
  articleId,
  language,
  revision,
  form,
})

/**
 * Writes the message that sends a text of an article: what the agent says, the title, what the form asks for, and the
 * address, where the desk has a whole one. Placeholders are filled in what the agent says alone.
 */
export async function articleMessage(
  text: ArticleRevisionRow,
  { form, text: said, values, customerLanguage }: ArticleMessage,
  context: ApiContext,
): Promise<string> {
  const address = await wholeAddress(text, context)
  const parts = [
    renderCannedText(said, values).trim(),
    [titleIn(text, customerLanguage), ...(form === 'link' && address !== undefined ? [address] : [])].join('\n'),
    form === 'whole' ? await wholeText(text, context) : form === 'excerpt' ? await excerptOf(text) : '',
    form === 'link' ? '' : (address ?? ''),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

/** The title, with the name of its language in that of the customer where the two differ. */
function titleIn({ title, language }: ArticleRevisionRow, customerLanguage: string): string {
  if (isSameLanguage(language, customerLanguage)) return title
  return `${title} (${nameOfLanguage(language, customerLanguage)})`
}

/** The name of a language; its tag where `Intl` does not take one of the tags. */
function nameOfLanguage(language: string, readersLanguage: string): string {
  try {
    return new Intl.DisplayNames([readersLanguage, 'en'], { type: 'language' }).of(language) ?? language
  } catch {
    return language
  }
}

/** The address of a text that customers read, with its host; undefined where the desk has no such address. */
export async function wholeAddress(
  { articleId, language, slug }: Pick<ArticleRevisionRow, 'articleId' | 'language' | 'slug'>,
  { services }: Pick<ApiContext, 'services'>,
): Promise<string | undefined> {
  const template = addressTemplate(await knowledgeSettings(services))
  return template.startsWith('/') ? undefined : articleAddress(template, { id: articleId, language, slug })
}

/** What the article is about; the beginning of its text where nobody has written it. */
async function excerptOf(text: ArticleRevisionRow): Promise<string> {
  if (text.excerpt.trim() !== '') return text.excerpt.trim()
  const { readArticle } = await import('@guichet/knowledge')
  const beginning = readArticle(text.body).text.slice(0, limits.body)
  if (beginning.length <= beginningLength) return beginning
  const end = beginning.lastIndexOf(' ', beginningLength)
  return `${beginning.slice(0, end > 0 ? end : beginningLength).trimEnd()}…`
}

/** The whole text. It names the articles that customers read, and the files that the help centre gives to everybody. */
async function wholeText(text: ArticleRevisionRow, context: ApiContext): Promise<string> {
  const { plainTextOf } = await import('@guichet/knowledge')
  return plainTextOf(text.body, {
    addressOf: async (articleId) => {
      const article = await context.loaders.article.load(articleId)
      const linked = article && (await publicText(article, text.language, context))
      return linked ? wholeAddress(linked, context) : undefined
    },
    filesOf: (ids) => publicFileAddresses(text, ids, context),
  })
}
