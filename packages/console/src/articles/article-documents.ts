/** The GraphQL documents that only the page of authors sends, and the shapes of what they get. A test checks them with the schema. */

type Person = { readonly userId: string; readonly name: string | null }

type Page<T> = {
  readonly nodes: readonly T[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
}

/** A link that readers cannot follow, and why, such as `NOT_PUBLISHED`. */
export type BrokenLink = { readonly articleId: string; readonly anchor: string | null; readonly fault: string }

/** What there is of an article in a language, as lists show it; revisions are numbers from 1. */
export type ListedText = {
  readonly language: string
  readonly isStale: boolean
  readonly inReview: number | null
  readonly approved: number | null
  readonly published: { readonly number: number; readonly title: string } | null
  readonly latest: {
    readonly number: number
    readonly title: string
    readonly author: Person | null
    readonly writtenAt: string
  } | null
}

/** An article as lists show it. */
export type ListedArticle = {
  readonly key: string
  readonly status: 'ACTIVE' | 'ARCHIVED' | 'DELETED'
  readonly language: string
  readonly audience: 'INTERNAL' | 'PUBLIC'
  readonly translations: readonly ListedText[]
  readonly brokenLinks?: readonly BrokenLink[]
}

/** A page of articles. */
export type ArticlePage = { readonly articles: Page<ListedArticle> }

/** What a search has found. */
export type ArticleHits = {
  readonly articleSearch: { readonly hits: readonly { readonly article: ListedArticle }[] }
}

/** A category of articles, with the name in the language of the page. */
export type Category = {
  readonly key: string
  readonly articles: number
  readonly parent: { readonly key: string } | null
  readonly text: { readonly name: string } | null
}

/** All categories, in their order. */
export type Categories = { readonly articleCategories: readonly Category[] }

/** What is planned: the revision that is published then; null for the end of the publication. */
type Plan = { readonly dueAt: string; readonly revision: number | null }

/** Why the last review declined its revision. */
type Decline = { readonly revision: number; readonly reason: string; readonly by: Person; readonly at: string }

/** What there is of an article in a language, beside its text. */
export type TextState = ListedText & {
  readonly follows: number | null
  readonly planned: readonly Plan[]
  readonly decline: Decline | null
}

/** A revision with its text: `html` is what readers of Markdown are shown, without scripts, styles, forms and frames. */
export type Revision = {
  readonly number: number
  readonly title: string
  readonly excerpt: string
  readonly body: string
  readonly html: string
  readonly keywords: readonly string[]
  readonly slug: string
  readonly follows: number | null
  readonly suspectedLanguage: string | null
  readonly brokenLinks: readonly BrokenLink[]
}

/** Words that the desk suggests for an article, and how many customers have searched or written them. */
export type SuggestedPhrase = { readonly phrase: string; readonly searches: number; readonly tickets: number }

/** An article, with one of its texts. */
export type Article = Omit<ListedArticle, 'translations'> & {
  readonly difficulty: string
  readonly tags: readonly string[]
  readonly address: string | null
  readonly category: { readonly key: string } | null
  readonly translations: readonly TextState[]
  /** That in the language, or in the closest one. */
  readonly translation: {
    readonly language: string
    readonly phrases: readonly string[]
    readonly suggestedPhrases: readonly SuggestedPhrase[]
    readonly latest: Revision | null
  } | null
}

/** An article by its id; null if there is none. */
export type ArticleAnswer = { readonly article: Article | null }

/** A part of two texts that are compared. */
export type ComparisonPart = { readonly kind: 'EQUAL' | 'ADDED' | 'REMOVED'; readonly text: string }

/** What was changed between two revisions. */
export type Comparison = {
  readonly from: { readonly number: number }
  readonly to: { readonly number: number; readonly author: Person | null; readonly writtenAt: string }
  readonly title: readonly ComparisonPart[]
  readonly excerpt: readonly ComparisonPart[]
  readonly body: readonly ComparisonPart[]
}

/** What was changed since a revision; null where one of the two is not there. */
export type ComparisonAnswer = {
  readonly article: { readonly translation: { readonly comparison: Comparison | null } | null } | null
}

/** The text that a translation follows, and what was changed in it since the translation has agreed with it. */
export type SourceAnswer = {
  readonly article: {
    readonly source: {
      readonly latest: { readonly number: number; readonly title: string; readonly body: string } | null
    } | null
    readonly translation: { readonly language: string; readonly sourceComparison: Comparison | null } | null
  } | null
}

/** A revision in the list of all of them. */
export type ListedRevision = {
  readonly number: number
  readonly title: string
  readonly change: string
  readonly author: Person | null
  readonly writtenAt: string
}

/** A page of revisions, the last one first. */
export type RevisionPage = {
  readonly article: { readonly translation: { readonly revisions: Page<ListedRevision> } | null } | null
}

/** The articles that link to one. */
export type LinkingArticles = { readonly article: { readonly linkedFrom: Page<ListedArticle> } | null }

/** What at least three people have searched, and nothing was found for. */
type EmptySearch = { readonly query: string; readonly language: string; readonly people: number }

/** What to write next. */
export type WritingAnswer = {
  readonly searchesWithoutResult: readonly EmptySearch[]
  readonly articles: {
    readonly nodes: readonly (Omit<ListedArticle, 'translations'> & {
      readonly translations: readonly (ListedText & { readonly suggestedPhrases: readonly SuggestedPhrase[] })[]
    })[]
  }
}

/** What a reader says of a text; only people of the desk give stars, from 1 to 5. */
export type Rating = {
  readonly helpful: boolean
  readonly stars: number | null
  readonly comment: string | null
  readonly by: Person
  readonly ratedAt: string
}

/** What the readers of a text made of it in the last 30 days, and a page of all that they say, the latest first; shares are from 0 to 1. */
export type ReadersAnswer = {
  readonly article: {
    readonly readership: {
      readonly views: number
      readonly helpful: number
      readonly unhelpful: number
      readonly helpfulShare: { readonly value: number | null; readonly aim: number; readonly met: boolean | null }
      readonly stars: number | null
    } | null
    readonly ratings: Page<Rating> | null
  } | null
}

/** Who else edits an article now, and the text of which language. */
export type EditorsChanged = {
  readonly articleEditorsChanged: { readonly editors: readonly { readonly actor: Person; readonly language: string }[] }
}

/** The last revision of an article in a language. */
export type SavedText = Pick<ListedText, 'language'> & { readonly latest: { readonly number: number } | null }

/** An article after a command. */
export type SavedArticle = { readonly key: string; readonly translations: readonly SavedText[] }

/** What became of a command: why it was refused is empty if it was not. */
export type CommandAnswer = {
  readonly result: {
    readonly article: SavedArticle | null
    readonly userErrors: readonly { readonly code: string; readonly message: string }[]
  }
}

const listed = `fragment ListedArticle on Article {
  key status language audience
  translations {
    language isStale inReview approved published { number title } latest { number title author { userId name } writtenAt }
  }
}`

const compared = `fragment Compared on ArticleComparison {
  from { number } to { number author { userId name } writtenAt }
  title { kind text } excerpt { kind text } body { kind text }
}`

const pageInfo = 'pageInfo { hasNextPage endCursor }'

/** What the page of authors reads. */
export const articleDocuments = {
  articles: `query ArticlesOfDesk($filter: ArticleFilter, $after: String) {
  articles(first: 20, after: $after, filter: $filter) { nodes { ...ListedArticle } ${pageInfo} }
}\n${listed}`,
  brokenLinks: `query BrokenLinksOfDesk($filter: ArticleFilter, $after: String) {
  articles(first: 20, after: $after, filter: $filter) {
    nodes { ...ListedArticle brokenLinks { articleId anchor fault } } ${pageInfo}
  }
}\n${listed}`,
  search: `query SearchArticlesOfDesk($query: String!, $language: String, $filter: ArticleSearchFilter) {
  articleSearch(query: $query, language: $language, filter: $filter, first: 20) { hits { article { ...ListedArticle } } }
}\n${listed}`,
  categories: `query CategoriesOfArticles($language: String) {
  articleCategories { key articles parent { key } text(language: $language) { name } }
}`,
  article: `query ArticleOfDesk($id: ID!, $language: String!) {
  article(id: $id) {
    key status language audience difficulty tags address(language: $language) category { key }
    brokenLinks { articleId anchor fault }
    translations {
      language isStale inReview approved follows planned { dueAt revision }
      decline { revision reason by { userId name } at } published { number title }
      latest { number title author { userId name } writtenAt }
    }
    translation(language: $language) {
      language phrases suggestedPhrases { phrase searches tickets }
      latest {
        number title excerpt body html keywords slug follows suspectedLanguage brokenLinks { articleId anchor fault }
      }
    }
  }
}`,
  comparison: `query ComparisonOfArticle($id: ID!, $language: String!, $from: Int!, $to: Int) {
  article(id: $id) { translation(language: $language) { comparison(from: $from, to: $to) { ...Compared } } }
}\n${compared}`,
  source: `query SourceOfArticle($id: ID!, $language: String!, $source: String!) {
  article(id: $id) {
    source: translation(language: $source) { latest { number title body } }
    translation(language: $language) { language sourceComparison { ...Compared } }
  }
}\n${compared}`,
  revisions: `query RevisionsOfArticle($id: ID!, $language: String!, $after: String) {
  article(id: $id) {
    translation(language: $language) {
      revisions(first: 10, after: $after) { nodes { number title change author { userId name } writtenAt } ${pageInfo} }
    }
  }
}`,
  linkedFrom: `query LinksToArticle($id: ID!) {
  article(id: $id) { linkedFrom(first: 20) { nodes { ...ListedArticle } ${pageInfo} } }
}\n${listed}`,
  writing: `query WhatToWrite($language: String) {
  searchesWithoutResult(language: $language) { query language people }
  articles(first: 20, filter: { state: PHRASES_SUGGESTED, status: [ACTIVE] }) {
    nodes { ...ListedArticle translations { suggestedPhrases { phrase searches tickets } } }
  }
}\n${listed}`,
  readers: `query ReadersOfArticle($id: ID!, $language: String!, $after: String) {
  article(id: $id) {
    readership(language: $language) { views helpful unhelpful helpfulShare { value aim met } stars }
    ratings(language: $language, first: 10, after: $after) {
      nodes { helpful stars comment by { userId name } ratedAt } ${pageInfo}
    }
  }
}`,
  showEditing: `mutation ShowArticleEditing($input: ShowArticleEditingInput!) {
  showArticleEditing(input: $input) { userErrors { code } }
}`,
  editors: `subscription EditorsOfArticle($articleId: ID!) {
  articleEditorsChanged(articleId: $articleId) { editors { actor { userId name } language } }
}`,
} as const

const command = (name: string): string => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}`
  return `mutation ${type}($input: ${type}Input!) {
  result: ${name}(input: $input) {
    article { key translations { language latest { number } } } readModelsReached userErrors { code message }
  }
}`
}

/** What the page of authors sends; the answers come once queries show the change. */
export const articleCommands = {
  createArticle: command('createArticle'),
  reviseArticle: command('reviseArticle'),
  changeArticleDetails: command('changeArticleDetails'),
  requestArticleReview: command('requestArticleReview'),
  approveArticle: command('approveArticle'),
  declineArticle: command('declineArticle'),
  publishArticle: command('publishArticle'),
  unpublishArticle: command('unpublishArticle'),
  scheduleArticlePublication: command('scheduleArticlePublication'),
  cancelArticleSchedule: command('cancelArticleSchedule'),
  archiveArticle: command('archiveArticle'),
  restoreArticle: command('restoreArticle'),
  deleteArticle: command('deleteArticle'),
  restoreArticleRevision: command('restoreArticleRevision'),
  confirmArticleTranslation: command('confirmArticleTranslation'),
  addArticlePhrase: command('addArticlePhrase'),
  removeArticlePhrase: command('removeArticlePhrase'),
} as const

/** The name of a command that the page of authors sends. */
export type ArticleCommand = keyof typeof articleCommands
