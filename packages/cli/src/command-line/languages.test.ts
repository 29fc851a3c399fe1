import { customerLanguages } from '@guichet/domain'
import { expect, it } from 'vitest'
import { guichet } from './testing.ts'

type Report = {
  readonly language: string
  readonly direction: string
  readonly pluralCategories: readonly string[]
  readonly parts: Readonly<
    Record<
      string,
      { readonly needed: number; readonly missing: readonly { readonly key: string; readonly english: string }[] }
    >
  >
}

const asJson = async <T>(...args: readonly string[]): Promise<T> =>
  JSON.parse((await guichet({}, 'languages', ...args, '--json')).out) as T

it('lists every language of what customers read, each complete, and those of agents with what they read', async () => {
  const reports = await asJson<readonly Report[]>()
  expect(reports.map(({ language }) => language)).toEqual(customerLanguages)
  for (const { language, parts } of reports)
    expect([language, Object.values(parts).flatMap(({ missing }) => missing)]).toEqual([language, []])
  const ofCustomers = ['notices', 'chats', 'drafts', 'widget']
  for (const { language, parts } of reports)
    expect([language, Object.keys(parts)]).toEqual([
      language,
      ['fr', 'en'].includes(language) ? [...ofCustomers, 'agents', 'authors'] : ofCustomers,
    ])
  const { out } = await guichet({}, 'languages')
  expect(out).toMatch(/^ar +Arabic +rtl +100\.0 %.* – +– +zero, one, two, few, many, other$/m)
})

it('says what a new language needs: each text by its key in English, with its own plural categories', async () => {
  const report = await asJson<Report>('pl')
  expect(report).toMatchObject({ direction: 'ltr', pluralCategories: ['one', 'few', 'many', 'other'] })
  const missing = Object.values(report.parts).flatMap(({ missing: texts }) => texts)
  expect(missing).toEqual(
    expect.arrayContaining([
      { key: 'days.few', english: '# days' },
      { key: 'sentences.ChatAccepted', english: '{agent} accepted the chat' },
      { key: 'send', english: 'Send' },
    ]),
  )
  for (const { needed, missing: texts } of Object.values(report.parts)) expect(texts).toHaveLength(needed)
  expect(missing.filter(({ english }) => /undefined|\[object/.test(english))).toEqual([])
})

it('takes a region as the language that it is of, and refuses what is no language', async () => {
  const { parts } = await asJson<Report>('de-AT')
  expect(Object.values(parts).flatMap(({ missing }) => missing)).toEqual([])
  for (const code of ['german', 'de_AT', 'x', 'de-AT-Latn'])
    expect(await guichet({}, 'languages', code)).toMatchObject({ code: 2, out: '' })
})
