import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { days, instant, later, proactiveActor, suspectCommand } from '@guichet/domain'
import { exampleSuspicion } from '@guichet/domain/testing'
import { activitiesInMemory } from '../../server/testing/activities-under-test.ts'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, gateway, mutate, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'

const activities = activitiesInMemory()
const api = useApi({ beforeAll, afterAll }, { activities })
const eve: Bearer = { ...ana, id: 'eve', name: 'Eve Roy' }
const visitor: Bearer = { ...zoe, role: 'visitor', id: 'visitor:0123456789abcdef' }

const done = async (as: Bearer, operation: string, input: object): Promise<void> => {
  expect((await mutate(api, as, operation, { ...input }, '')).userErrors).toEqual([])
}

async function publish(articleId: string, language: string, text: object, input?: object): Promise<void> {
  if (input) await done(ana, 'createArticle', { articleId, language, audience: 'PUBLIC', ...text, ...input })
  else await done(ana, 'reviseArticle', { articleId, language, basedOn: 0, ...text })
  await done(eve, 'approveArticle', { articleId, language, revision: 1 })
  await done(ana, 'publishArticle', { articleId, language, revision: 1 })
}

beforeAll(async () => {
  const category = (categoryId: string, audience: string) =>
    done(sam, 'addArticleCategory', { categoryId, audience, texts: [{ language: 'en', name: categoryId }] })
  await category('account', 'PUBLIC')
  await category('vault', 'INTERNAL')
  const reset = { title: 'Reset your password', body: 'Choose a <b>new</b> password.' }
  await publish('reset', 'en', reset, { categoryId: 'account' })
  await publish('reset', 'fr-CA', { title: 'Mot de passe', body: 'Choisissez un mot de passe.' })
  await publish(
    'hidden',
    'en',
    { title: 'Quokka protocol', body: 'A password for the quokka.' },
    { categoryId: 'vault' },
  )
  await publish('ours', 'en', { title: 'Numbat protocol', body: 'A password.' }, { audience: 'INTERNAL' })
})

type Result = {
  readonly language: string | null
  readonly hits: readonly { readonly article: { readonly key: string }; readonly score: number }[]
  readonly categories: readonly { readonly category: { readonly key: string } | null; readonly articles: number }[]
}

const search = async (as: Bearer, query: string, more = ''): Promise<Result> => {
  const document = `query ($query: String!) { articleSearch(query: $query${more}) { language
    hits { article { key } language score title { text isMatch } excerpt { text isMatch } }
    categories { category { key } articles } } }`
  return (await api.dataOf(as, document, { query }))['articleSearch'] as Result
}
const keysOf = ({ hits }: Result): readonly string[] => hits.map(({ article }) => article.key)

describe('articleSearch', () => {
  it('finds articles with a score, marks as plain text, and the number in each category', async () => {
    expect(await search(zoe, 'new passwords', ', language: "en"')).toEqual({
      language: 'en',
      hits: [
        {
          article: { key: 'reset' },
          language: 'en',
          score: expect.any(Number) as number,
          title: [
            { text: 'Reset your ', isMatch: false },
            { text: 'password', isMatch: true },
          ],
          excerpt: [
            { text: 'Choose a ', isMatch: false },
            { text: 'new', isMatch: true },
            { text: ' ', isMatch: false },
            { text: 'password', isMatch: true },
            { text: '.', isMatch: false },
          ],
        },
      ],
      categories: [{ category: { key: 'account' }, articles: 1 }],
    })
  })

  it('searches in the closest language that has articles', async () => {
    expect(await search(zoe, 'mot de passe', ', language: "fr"')).toMatchObject({ language: 'fr-CA', hits: [{}] })
    expect(await search(zoe, 'password', ', language: "en-GB"')).toMatchObject({ language: 'en', hits: [{}] })
  })

  it.each([zoe, visitor])('shows $role nothing of what is internal', async (as) => {
    for (const query of ['quokka', 'numbat', 'quoka', 'protocol', 'umba']) {
      expect(await search(as, query, ', language: "en"')).toEqual({ language: 'en', hits: [], categories: [] })
    }
    expect(keysOf(await search(as, 'password', ', language: "en"'))).toEqual(['reset'])
    expect(keysOf(await search(as, 'password', ', language: "en", filter: { audience: INTERNAL }'))).toEqual([])
    expect(keysOf(await search(as, 'password', ', language: "en", filter: { categoryId: "vault" }'))).toEqual([])
    expect(keysOf(await search(ana, 'protocol', ', language: "en"')).toSorted()).toEqual(['hidden', 'ours'])
  })

  it('finds nothing without words, and refuses what is too long or too many', async () => {
    expect(await search(zoe, ' ')).toMatchObject({ hits: [], categories: [] })
    const refused = async (query: string, more = ''): Promise<unknown> => {
      const document = `query ($query: String!) { articleSearch(query: $query${more}) { language } }`
      const { errors } = await api.ask(zoe, document, { query })
      return errors?.[0]
    }
    expect(await refused('word '.repeat(10_000))).toMatchObject({
      message: expect.stringContaining('query') as string,
      extensions: { code: 'malformed_input' },
    })
    expect(await refused('word', ', first: 21')).toMatchObject({ extensions: { code: 'malformed_input' } })
    expect(await refused('word', ', first: 0')).toMatchObject({ extensions: { code: 'malformed_input' } })
  })
})

describe('articleSuggestions', () => {
  const suggest = async (as: Bearer, text: string): Promise<unknown> =>
    (
      await api.dataOf(
        as,
        `query ($text: String!) { articleSuggestions(text: $text, language: "en") { article { key } title { text isMatch } } }`,
        { text },
      )
    )['articleSuggestions']

  it('complete what is typed, for each reader from what they may see', async () => {
    expect(await suggest(visitor, 'reset pas')).toEqual([
      {
        article: { key: 'reset' },
        title: [
          { text: 'Reset', isMatch: true },
          { text: ' your ', isMatch: false },
          { text: 'password', isMatch: true },
        ],
      },
    ])
    expect(await suggest(visitor, 'quo')).toEqual([])
    expect(await suggest(ana, 'quo')).toMatchObject([{ article: { key: 'hidden' } }])
  })
})

describe('Draft.suggestedArticles', () => {
  it('are those that fit the trouble best, for each reader of what they may read', async () => {
    const about = { title: 'Carte refusée', body: 'Ce que dit le code E_PAY.' }
    await publish('card', 'fr-CA', about, {})
    await publish('card-of-desk', 'fr-CA', about, { audience: 'INTERNAL' })
    const text = { subject: 'An error that comes back', body: 'Since noon.', language: 'en' }
    const command = suspectCommand(exampleSuspicion(), 'rules', text)
    const outcome = await api.desk.engine.execute('draft', zoe.id, command, { by: proactiveActor })
    if (!outcome.ok || outcome.value.position === undefined) throw new Error('the trouble is not suspected')
    await api.settled(outcome.value.position)
    const fields = 'nodes { suggestedArticles { key } }'
    const { drafts } = await api.dataOf(ana, `{ drafts(first: 1) { ${fields} } }`)
    expect(drafts).toEqual({ nodes: [{ suggestedArticles: [{ key: 'card' }, { key: 'card-of-desk' }] }] })
    const ofService = await api.dataOf(gateway, `{ drafts(first: 1) { ${fields} } }`)
    expect(ofService).toEqual({ drafts: { nodes: [{ suggestedArticles: [{ key: 'card' }] }] } })
    expect(await api.dataOf(zoe, `{ viewer { drafts(first: 1) { ${fields} } } }`)).toEqual({
      viewer: { drafts: { nodes: [{ suggestedArticles: [{ key: 'card' }] }] } },
    })
  })

  it('are public ones about what was searched for in vain, which nobody learns who may not read activities', async () => {
    const max = { id: 'max-who-searches', role: 'customer' } as const
    await publish('refund', 'fr-CA', { title: 'Remboursement tardif', body: 'Les délais du virement.' }, {})
    const internal = { title: 'Remboursement tardif, en interne', body: 'Le virement.' }
    await publish('refund-of-desk', 'fr-CA', internal, { audience: 'INTERNAL' })
    const now = instant(new Date())
    const nowhere = { page: undefined, version: undefined, browser: undefined }
    const searched = (personId: string, id: string, query: string, more: object = {}, at = now) =>
      activities.add({
        ...nowhere,
        personId,
        id,
        kind: 'faq_search',
        code: '',
        at,
        detail: { query, ...more },
      })
    searched(max.id, 'vain', 'remboursement tardif')
    searched(max.id, 'answered', 'carte refusée', { opened: true })
    searched(max.id, 'earlier', 'carte refusée', {}, later(now, -days(2)))
    searched('somebody-else', 'other', 'carte refusée')
    const suspicion = { ...exampleSuspicion({ since: now }), rule: 'searches', kind: 'faq_search', code: '' } as const
    const text = { subject: 'I find no answer', body: 'I searched.', language: 'en' }
    const command = suspectCommand({ ...suspicion, fingerprint: 'faq_search' }, 'rules', text)
    const outcome = await api.desk.engine.execute('draft', max.id, command, { by: proactiveActor })
    if (!outcome.ok || outcome.value.position === undefined) throw new Error('the trouble is not suspected')
    await api.settled(outcome.value.position)
    const nodes = 'nodes { suggestedArticles { key } }'
    const ofDesk = `{ drafts(first: 1, filter: { customerId: "${max.id}" }) { ${nodes} } }`
    const refund = { nodes: [{ suggestedArticles: [{ key: 'refund' }] }] }
    expect(await api.dataOf(ana, ofDesk)).toEqual({ drafts: refund })
    expect(await api.dataOf(max, `{ viewer { drafts(first: 1) { ${nodes} } } }`)).toEqual({
      viewer: { drafts: refund },
    })
    expect(await api.dataOf(gateway, ofDesk)).toEqual({ drafts: { nodes: [{ suggestedArticles: [] }] } })

    const before = { id: 'max-before', role: 'customer' } as const
    for (const { id } of [before, max]) await mutate(api, ana, 'registerCustomer', { customerId: id, name: 'Max' }, '')
    const merge = { customerId: before.id, intoCustomerId: max.id }
    expect(await mutate(api, ana, 'mergeCustomers', merge, '')).toMatchObject({ userErrors: [] })
    const ofAccount =
      '{ viewer { activities(first: 9) { nodes { id } } drafts(first: 1) { nodes { suggestedArticles { key } } } } }'
    expect(await api.dataOf(before, ofAccount)).toEqual({
      viewer: { activities: { nodes: [] }, drafts: { nodes: [{ suggestedArticles: [] }] } },
    })

    await activities.erase([max.id])
    expect(await api.dataOf(ana, ofDesk)).toEqual({ drafts: { nodes: [{ suggestedArticles: [] }] } })
  })
})
