import type { ArticleForm, Difficulty, RevisionChange } from '@guichet/domain'
import { articleForms, articleStatuses, articleAudiences, difficulties, revisionChanges } from '@guichet/domain'
import type { SchemaParts } from '../builder.ts'
import { enumOf } from '../vocabulary.ts'

const difficultyNames: Readonly<Record<Difficulty, string>> = {
  basic: 'For everybody.',
  intermediate: 'For those who use the product often.',
  advanced: 'For those who set it up.',
  expert: 'For specialists.',
}

const changeNames: Readonly<Record<RevisionChange, string>> = {
  typo: 'The spelling alone: translations stay right.',
  minor: 'A part of what the text says.',
  major: 'What the text says.',
}

const formNames: Readonly<Record<ArticleForm, string>> = {
  link: 'Its title and its address.',
  excerpt: 'What it is about, with its address.',
  whole: 'Its whole text, as plain text, with the addresses of its pictures.',
}

/** Adds the enumerations of articles. */
export function addArticleEnums({ builder }: SchemaParts) {
  return {
    status: enumOf(builder, 'ArticleStatus', articleStatuses, {
      description: 'Whether an article is in use.',
      describe: (word) =>
        ({ active: 'It is in use.', archived: 'It is in the archive.', deleted: 'It was deleted for good.' })[word],
    }),
    audience: enumOf(builder, 'ArticleAudience', articleAudiences, {
      description: 'Who reads an article, or the articles of a category.',
      describe: (word) => (word === 'public' ? 'Everybody.' : 'The desk alone.'),
    }),
    form: enumOf(builder, 'ArticleForm', articleForms, {
      description: 'What is sent of an article.',
      describe: (word) => formNames[word],
    }),
    difficulty: enumOf(builder, 'ArticleDifficulty', difficulties, {
      description: 'How much an article expects of its reader.',
      describe: (word) => difficultyNames[word],
    }),
    change: enumOf(builder, 'RevisionChange', revisionChanges, {
      description: 'What a revision changes for its readers.',
      describe: (word) => changeNames[word],
    }),
  }
}
