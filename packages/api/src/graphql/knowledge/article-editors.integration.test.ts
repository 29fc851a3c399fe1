import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EphemeralBus } from '@guichet/domain'
import { postgresBus } from '@guichet/eventstore'
import type { Live } from '../../live/live.ts'
import { startLive } from '../../live/live.ts'
import type { ApiUnderTest, Bearer } from '../../server/testing/api-under-test.ts'
import {
  ana,
  gateway,
  mutate,
  openEventStream,
  startApi,
  tokenFor,
  useApi,
  zoe,
} from '../../server/testing/api-under-test.ts'

const eve: Bearer = { ...ana, id: 'eve', name: 'Eve Roy' }
const visitor: Bearer = { ...zoe, role: 'visitor', id: 'visitor:0123456789abcdef' }

/** Two servers over one database, whose notifications carry what is stored nowhere. */
const first = useApi({ beforeAll, afterAll })
const servers: { readonly api: ApiUnderTest; readonly live: Live; readonly bus: EphemeralBus }[] = []

const start = async (): Promise<ApiUnderTest> => {
  const bus = postgresBus({ connectionString: first.databaseUrl })
  const live = startLive(bus)
  await new Promise<void>((resolve) => void bus.onConnected(resolve))
  const api = await startApi(first.databaseUrl, { live, limits: { millisecondsPerMinute: 0 } })
  servers.push({ api, live, bus })
  return api
}
let one: ApiUnderTest
let other: ApiUnderTest
let address: string

beforeAll(async () => {
  one = await start()
  other = await start()
  address = await other.app.listen({ port: 0, host: '127.0.0.1' })
  const text = { language: 'en', title: 'Reset', body: 'Open the settings.', audience: 'PUBLIC' }
  await mutate(one, ana, 'createArticle', { articleId: 'reset', ...text }, '')
  await mutate(one, ana, 'createArticle', { articleId: 'gone', ...text }, '')
  await mutate(one, eve, 'approveArticle', { articleId: 'reset', language: 'en', revision: 1 }, '')
  await mutate(one, ana, 'publishArticle', { articleId: 'reset', language: 'en', revision: 1 }, '')
  await mutate(one, { ...ana, role: 'supervisor' }, 'deleteArticle', { articleId: 'gone', reason: 'Old.' }, '')
})
afterAll(async () => {
  for (const { api, live, bus } of servers) {
    await api.close()
    live.close()
    await bus.close()
  }
})

const shown = 'editors { actor { kind userId name } language since }'
const edit = async (api: ApiUnderTest, as: Bearer, input: object): Promise<readonly unknown[]> => {
  const query =
    'mutation ($input: ShowArticleEditingInput!) { showArticleEditing(input: $input) { userErrors { code field } } }'
  const { showArticleEditing } = await api.dataOf(as, query, {
    input: { articleId: 'reset', language: 'en', editing: true, ...input },
  })
  return (showArticleEditing as { readonly userErrors: readonly unknown[] }).userErrors
}
const editors = async (api: ApiUnderTest, as: Bearer): Promise<unknown> =>
  ((await api.dataOf(as, `{ article(id: "reset") { ${shown} } }`))['article'] as { readonly editors: unknown }).editors

/** The code with which the subscription to the editors of an article is refused. */
async function refusalOf(as: Bearer, articleId: string): Promise<unknown> {
  const query = `subscription { articleEditorsChanged(articleId: "${articleId}") { editors { language } } }`
  const stream = await openEventStream(`${address}/graphql`, await other.tokenOf(as), query)
  const [answer] = await stream.take(1)
  await stream.leave()
  return answer?.errors?.map(({ extensions }) => extensions?.['code']).join()
}

describe('the editors of an article', () => {
  it('see each other at every server, with language and beginning, until they stop', async () => {
    type Changed = { readonly articleEditorsChanged: { readonly editors: readonly object[] } }
    const query = `subscription { articleEditorsChanged(articleId: "reset") { ${shown} } }`
    const eves = await openEventStream<Changed>(`${address}/graphql`, await tokenFor(eve), query)
    const next = async () => (await eves.take(1))[0]?.data?.articleEditorsChanged.editors
    expect(await next()).toEqual([])

    const before = new Date().toISOString()
    expect(await edit(one, ana, { language: 'fr' })).toEqual([])
    const entry = {
      actor: { kind: 'AGENT', userId: 'ana', name: ana.name ?? null },
      language: 'fr',
      since: expect.any(String) as string,
    }
    const seen = await next()
    expect(seen).toEqual([entry])
    const [shownFirst] = (seen ?? []) as readonly (typeof entry)[]
    expect(Date.parse(shownFirst?.since ?? '')).toBeGreaterThan(Date.parse(before) - 1_000)
    expect(await editors(other, eve)).toEqual([entry])
    expect(await editors(one, ana)).toEqual([])

    expect(await edit(other, eve, { language: 'en' })).toEqual([])
    await expect.poll(() => editors(one, ana)).toMatchObject([{ actor: { userId: 'eve' }, language: 'en' }])
    expect(await next()).toEqual([entry])
    expect(await edit(one, ana, { language: 'fr', editing: false })).toEqual([])
    expect(await next()).toEqual([])
    expect(await edit(other, eve, { language: 'en', editing: false })).toEqual([])
    await expect.poll(() => editors(one, ana)).toEqual([])
    await eves.leave()
  })

  it('are services too, and are shown to nobody outside the desk', async () => {
    expect(await edit(one, gateway, {})).toEqual([])
    expect(await editors(one, ana)).toMatchObject([{ actor: { kind: 'SYSTEM', userId: gateway.id } }])
    for (const reader of [zoe, visitor]) {
      expect(await editors(one, reader)).toEqual([])
      const input = '{ articleId: "reset", language: "en", editing: true }'
      const { errors } = await one.ask(
        reader,
        `mutation { showArticleEditing(input: ${input}) { userErrors { code } } }`,
      )
      expect(errors).toMatchObject([{ extensions: { code: 'forbidden' } }])
      expect(await refusalOf(reader, 'reset')).toBe('forbidden')
    }
    await edit(one, gateway, { editing: false })
  })

  it('are of an article and a language that there may be', async () => {
    expect(await edit(one, ana, { articleId: 'nothing' })).toEqual([{ code: 'ARTICLE_NOT_FOUND', field: 'articleId' }])
    expect(await edit(one, ana, { articleId: 'gone' })).toEqual([{ code: 'ARTICLE_DELETED', field: null }])
    expect(await edit(one, ana, { language: 'en/agent/x' })).toEqual([{ code: 'INVALID_COMMAND', field: 'language' }])
    expect(await refusalOf(ana, 'nothing')).toBe('article_unknown')
  })

  it('learn from a refused save which revision is the last one, and show it beside what they had', async () => {
    const text = { articleId: 'reset', language: 'en', title: 'Reset' }
    const save = (as: Bearer, body: string, basedOn: number) =>
      mutate(
        one,
        as,
        'reviseArticle',
        { ...text, body, basedOn },
        `article { translation(language: "en") { latest { number } } }`,
      )
    expect((await save(eve, 'Open the settings. Press Reset.', 1)).userErrors).toEqual([])
    const { userErrors } = await save(ana, 'Open your settings.', 1)
    expect(userErrors).toMatchObject([
      {
        code: 'ARTICLE_REVISED',
        field: 'basedOn',
        message: expect.stringMatching(/revision 2 was written by Eve Roy/),
      },
    ])
    const query = `query ($id: ID!, $from: Int!) { article(id: $id) { translation(language: "en") {
      comparison(from: $from) { to { number author { name } body } body { kind text } } } } }`
    const data = await one.dataOf(ana, query, { id: 'reset', from: 1 })
    expect(data).toMatchObject({
      article: {
        translation: {
          comparison: {
            to: { number: 2, author: { name: 'Eve Roy' }, body: 'Open the settings. Press Reset.' },
            body: [
              { kind: 'EQUAL', text: 'Open the settings.' },
              { kind: 'ADDED', text: ' Press Reset.' },
            ],
          },
        },
      },
    })
    expect((await save(ana, 'Open your settings. Press Reset.', 2)).userErrors).toEqual([])
  })
})
