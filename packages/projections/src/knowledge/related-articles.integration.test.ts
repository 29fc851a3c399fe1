import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProjectedHistory } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'
import { articleWriter } from '../testing/written-articles.ts'
import type { ArticleReaders } from './articles-queries.ts'

const desk = emptyDesk()
const write = articleWriter(desk)
let history: ProjectedHistory
let projected = 0

/** Projects what has been written since. */
async function follow(): Promise<void> {
  const events = await historyOf(desk)
  await history.project([events.slice(projected)])
  projected = events.length
}

const relatedTo = (articleId: string, readers: ArticleReaders = 'public', language = 'en', limit = 10) =>
  history.models.relatedArticles.ofArticle({ articleId, language }, readers, limit)
const closeTo = (categoryId: string, readers: ArticleReaders = 'public', language = 'en') =>
  history.models.relatedArticles.ofCategory({ categoryId, language }, readers, 10)

const category = (categoryId: string, more: object = {}) =>
  write.category({
    type: 'add',
    categoryId,
    texts: [{ language: 'en', name: categoryId }],
    audience: 'public',
    ...more,
  })

beforeAll(async () => {
  history = await projectHistory([])
  await category('account')
  await category('login', { parentId: 'account' })
  await category('billing')
  await category('vault', { audience: 'internal' })
  await category('devices')
  const about = (title: string, body: string) => ({ title, body })
  await write.published(
    'reset',
    about('Reset your password', 'The authenticator sends a code by message. Enter the code, then the password.'),
    { categoryId: 'login' },
  )
  await write.published(
    'authenticator',
    about('Add an authenticator', 'The authenticator makes a code without a network. Keep the code secret.'),
    { categoryId: 'login' },
  )
  await write.published(
    'card',
    about('Confirm a card', 'The bank asks the authenticator for a code. Enter the code with the number of the card.'),
    { categoryId: 'billing' },
  )
  await write.published('invoice', about('Download an invoice', 'Invoices are listed by month.'), {
    categoryId: 'billing',
  })
  await write.published('printer', about('Connect a printer', 'Plug the cable in and press start.'), {
    categoryId: 'devices',
  })
  await write.published('scanner', about('Start a scanner', 'Plug the cable of the scanner in.'), {})
  await write.published(
    'secret',
    about('Codes of the authenticator', 'An authenticator of the desk has a master code for each password.'),
    { audience: 'internal', categoryId: 'login' },
  )
  await write.published(
    'vaulted',
    about('The authenticator of the vault', 'Its code opens the vault; the password is with the lead.'),
    { categoryId: 'vault' },
  )
  await follow()
})
afterAll(() => history.drop())

describe('related articles', () => {
  it('share rare words, those in the same category first, and are none where nothing is shared', async () => {
    expect(await relatedTo('reset')).toEqual(['authenticator', 'card'])
    expect(await relatedTo('card')).toEqual(expect.arrayContaining(['authenticator', 'reset']))
    expect(await relatedTo('printer')).toEqual(['scanner'])
    expect(await relatedTo('invoice')).toEqual([])
  })

  it('are as many as are asked for, in the language that is asked for', async () => {
    expect(await relatedTo('reset', 'public', 'en', 1)).toEqual(['authenticator'])
    expect(await relatedTo('reset', 'public', 'fr')).toEqual([])
    expect(await relatedTo('nothing')).toEqual([])
  })

  it('show the public nothing internal, and change by nothing internal', async () => {
    expect(await relatedTo('reset', 'desk')).toEqual(expect.arrayContaining(['secret', 'vaulted']))
    const before = await Promise.all(['reset', 'card', 'printer'].map((id) => relatedTo(id)))
    expect(before.flat()).not.toEqual(expect.arrayContaining(['secret']))
    expect(await relatedTo('secret')).toEqual([])
    for (const id of ['one', 'two', 'three'])
      await write.published(
        `inside-${id}`,
        { title: 'Cable and invoice', body: 'Invoices listed by month, code, cable, plug, press start.' },
        { audience: 'internal' },
      )
    await follow()
    expect(await Promise.all(['reset', 'card', 'printer'].map((id) => relatedTo(id)))).toEqual(before)
    expect(await relatedTo('invoice')).toEqual([])
    expect(await relatedTo('invoice', 'desk')).toContain('inside-one')
  })

  it('follow what is published and who reads it', async () => {
    await write.send('card', { type: 'unpublish', language: 'en', reason: 'wrong' })
    await follow()
    expect(await relatedTo('reset')).toEqual(['authenticator'])
    await write.send('card', { type: 'publish', language: 'en', revision: 1 })
    await follow()
    expect(await relatedTo('reset')).toEqual(['authenticator', 'card'])
  })
})

describe('related categories', () => {
  it('have articles with the same rare words, are not above or below, and are those that the reader sees', async () => {
    expect(await closeTo('login')).toEqual(['billing'])
    expect(await closeTo('account')).toEqual(['billing'])
    expect(await closeTo('billing')).toEqual(['login'])
    expect(await closeTo('devices')).toEqual([])
    expect(await closeTo('login', 'desk')).toContain('vault')
    expect(await closeTo('vault')).toEqual([])
    expect(await closeTo('nothing')).toEqual([])
  })
})
