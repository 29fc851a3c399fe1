import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTestDatabase } from '@guichet/eventstore/testing'
import { findPublishedIntents, publishedIntents } from '../tools/bench/src/published.ts'
import { guichet } from '../packages/cli/src/command-line/testing.ts'
import { startEngine } from '../packages/cli/src/engine/engine.ts'
import { readEnvironment } from '../packages/cli/src/environment/environment.ts'

const published = findPublishedIntents()
if (published === undefined) console.warn(`skipped: ${publishedIntents.variable} does not say where Banking77 is`)

const words = {
  billing_support: 'facture montant TVA',
  account_support: 'mot de passe connexion',
  investment_support: 'dividende titre portefeuille',
}
const rowsOf = (perCategory: number): string =>
  Object.entries(words)
    .flatMap(([category, text]) => Array.from({ length: perCategory }, (_, n) => `"${text}, ${n} fois",${category}`))
    .join('\n')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guichet-classify-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const file = async (name: string, content: string): Promise<string> => {
  await writeFile(join(folder, name), content)
  return join(folder, name)
}

describe('guichet classify evaluate', () => {
  it('prints the quality of a model that is trained on one file and tested on another', async () => {
    const train = await file('train.csv', `text,category\n${rowsOf(20)}\n`)
    const test = await file(
      'test.csv',
      'category,text\nbilling_support,ma facture de TVA\naccount_support,connexion\naccount_support,un dividende\n',
    )
    const { code, out, err } = await guichet({}, 'classify', 'evaluate', '--train', train, '--test', test, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      accuracy: 0.6667,
      examples: 60,
      tested: 3,
      categories: 3,
      confusions: [{ category: 'account_support', takenFor: 'investment_support', count: 1 }],
    })
    expect(err).toContain('learning from 60 texts')
    const inWords = await guichet({}, 'classify', 'evaluate', '--train', train, '--test', test)
    expect(inWords.out).toContain('66.7 % of 3 answers are right')
  })

  it('lists what no category was found for among what is confused', async () => {
    const train = await file('train.csv', `text,category\n${rowsOf(20)}\n`)
    const test = await file('test.csv', 'category,text\nbilling_support,ma facture de TVA\naccount_support,zzz qqq\n')
    const evaluate = ['classify', 'evaluate', '--train', train, '--test', test]
    expect(JSON.parse((await guichet({}, ...evaluate, '--json')).out)).toMatchObject({
      accuracy: 0.5,
      confusions: [{ category: 'account_support', takenFor: null, count: 1 }],
    })
    expect((await guichet({}, ...evaluate)).out).toMatch(/account_support +nothing +1/)
  })

  it.each([
    ['text,category\na,b\n,b\n', 'examples_unusable: … line 3: the text is missing'],
    ['text,category\na,\n', 'examples_unusable: … line 2: the category is missing'],
    ['text,category\na,b\nc,b\n', 'examples_unusable: … holds one category only'],
    ['text,category\na\n', 'examples_unusable: … line 2: has 1 field instead of 2'],
    ['text,topic\na,b\n', 'column_missing: … has no column category'],
    ['text,category\n', 'file_empty: … holds no rows'],
  ])('refuses %j', async (content, expected) => {
    const train = await file('unusable.csv', content)
    const test = await file('good.csv', 'text,category\na,b\n')
    const { code, out, err } = await guichet({}, 'classify', 'evaluate', '--train', train, '--test', test)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    const [fault = '', message = ''] = expected.split(': … ')
    expect(err).toContain(`error ${fault}: `)
    expect(err).toContain(message)
  })

  const each = (count: number, row: (n: number) => string): string =>
    `text,category\n${Array.from({ length: count }, (_, n) => row(n)).join('\n')}\n`
  it.each([
    ['rows', '100,000 rows', each(100_001, (n) => `a,${n % 2}`)],
    ['categories', '1,000 categories', each(1_001, (n) => `a,c${n}`)],
    ['characters', '20,000,000 characters of text', each(21, (n) => `${'long '.repeat(200_000)}x,${n % 2}`)],
  ])('refuses a file of too many %s before training', async (name, said, content) => {
    const train = await file(`${name}.csv`, content)
    const { code, err } = await guichet({}, 'classify', 'evaluate', '--train', train, '--test', train)
    expect(code).toBe(2)
    expect(err).toMatch(new RegExp(`error examples_unusable: .*${name}.csv holds more than ${said}`))
    expect(err).not.toContain('learning')
  })

  it.skipIf(published === undefined)(
    'is right about at least 91 % of the published questions, and as sure as it is right',
    { timeout: 180_000 },
    async () => {
      const { train = '', test = '' } = published ?? {}
      const { out } = await guichet({}, 'classify', 'evaluate', '--train', train, '--test', test, '--json')
      const figures = JSON.parse(out) as Readonly<Record<string, number>>
      const { train: examples, test: tested, categories } = publishedIntents
      expect(figures).toMatchObject({ examples, tested, categories })
      expect(figures['accuracy']).toBeGreaterThanOrEqual(0.91)
      expect(figures['macroF1']).toBeGreaterThanOrEqual(0.91)
      expect(figures['calibrationError']).toBeLessThan(0.05)
    },
  )
})

describe('a desk that learns', () => {
  it('trains on its own history, and explains its classification of a text', async () => {
    const database = await createTestDatabase()
    const variables = { DATABASE_URL: database.url, GUICHET_HOME: folder }
    try {
      const few = await guichet(variables, 'classify', 'train')
      expect(few.code).toBe(1)
      expect(few.err).toContain('error too_few_examples: people have given 0 tickets a category; it takes 100')
      expect(await guichet(variables, 'classify', 'explain', 'ma facture')).toMatchObject({
        code: 0,
        out: 'nothing speaks for a category: it is left to people',
      })
      await teach(variables)
      const { code, out } = await guichet(variables, 'classify', 'train', '--json')
      expect(code).toBe(0)
      const trained = JSON.parse(out) as Readonly<Record<string, unknown>>
      expect(trained).toMatchObject({ examples: 120, categories: 3, accuracy: 1 })
      const explained = await guichet(variables, 'classify', 'explain', 'facture: montant faux', '--json')
      expect(JSON.parse(explained.out)).toMatchObject({
        taken: true,
        category: 'billing_support',
        reasons: expect.arrayContaining([expect.objectContaining({ evidence: 'facture' })]) as unknown,
        by: { classifier: 'model', version: trained['model'] },
      })
      const unsure = await guichet(variables, 'classify', 'explain', 'une toute autre question de montant')
      expect(unsure.out).toMatch(/^nothing is sure enough: it is left to people\ncategory billing_support, /)
    } finally {
      await database.drop()
    }
  })
})

/** Lets an agent open 120 tickets, each with its category. */
async function teach(variables: Readonly<Record<string, string>>): Promise<void> {
  const by = { kind: 'agent', id: 'alex' } as const
  const engine = await startEngine(readEnvironment(variables), { serves: false, log: pino({ level: 'silent' }) })
  try {
    for (const [category, subject] of Object.entries(words)) {
      for (let n = 0; n < 40; n++) {
        const command = { type: 'open', subject, body: `${n} fois`, customer: { id: 'camille' }, category } as const
        const outcome = await engine.desk.execute('ticket', `${category}-${n}`, command, { by })
        if (!outcome.ok) throw new Error(outcome.refusal.message)
      }
    }
  } finally {
    await engine.stop()
  }
}
