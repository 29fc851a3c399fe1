import { afterAll, beforeAll, expect, it } from 'vitest'
import { instant } from '@guichet/domain'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, mutate, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
const eve: Bearer = { ...ana, id: 'eve', name: 'Eve Roy' }
const visitor: Bearer = { ...zoe, role: 'visitor', id: 'visitor:0123456789abcdef' }

const done = async (as: Bearer, operation: string, input: object): Promise<void> => {
  expect((await mutate(api, as, operation, { ...input }, '')).userErrors).toEqual([])
}
const linksFor = async (as: Bearer): Promise<unknown> => {
  const shown = 'outsideLinks { language address outcome status redirectedTo fault checkedAt }'
  return ((await api.dataOf(as, `{ article(id: "reset") { ${shown} } }`))['article'] as { outsideLinks: unknown })
    .outsideLinks
}

it('shows the desk what the last check has found of the links of published texts, and nobody else', async () => {
  const text = { language: 'en', title: 'Reset', audience: 'PUBLIC' }
  const body =
    '[a](https://a.example/x#part) <https://b.example/> ![c](https://c.example/c.png) [a](https://a.example/x)'
  await done(ana, 'createArticle', { articleId: 'reset', ...text, body })
  expect(await linksFor(ana)).toEqual([])
  await done(eve, 'approveArticle', { articleId: 'reset', language: 'en', revision: 1 })
  await done(ana, 'publishArticle', { articleId: 'reset', language: 'en', revision: 1 })
  const draft = { articleId: 'reset', language: 'en', title: 'Reset', basedOn: 1, body: '[d](https://d.example/)' }
  await done(ana, 'reviseArticle', draft)

  const { outsideLinks } = api.readership
  const checkedAt = instant('2026-03-02T09:00:00.000Z')
  const moved = { url: 'https://a.example/x', status: 200, redirectedTo: 'https://a.example/y', fault: undefined }
  const away = {
    url: 'https://b.example/',
    status: undefined,
    redirectedTo: undefined,
    fault: 'host_not_found',
  } as const
  await outsideLinks.see([moved.url, away.url], checkedAt)
  await outsideLinks.store({ ...moved, outcome: 'moved', checkedAt })
  await outsideLinks.store({ ...away, outcome: 'broken', checkedAt })
  const none = { outcome: null, status: null, redirectedTo: null, fault: null, checkedAt: null }
  expect(await linksFor(ana)).toEqual([
    {
      language: 'en',
      address: 'https://a.example/x',
      outcome: 'MOVED',
      status: 200,
      redirectedTo: 'https://a.example/y',
      fault: null,
      checkedAt,
    },
    { ...none, language: 'en', address: 'https://b.example/', outcome: 'BROKEN', fault: 'HOST_NOT_FOUND', checkedAt },
    { ...none, language: 'en', address: 'https://c.example/c.png' },
  ])
  for (const as of [zoe, visitor]) expect(await linksFor(as)).toEqual([])
})
