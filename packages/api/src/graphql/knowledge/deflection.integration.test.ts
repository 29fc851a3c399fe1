import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hours, isHoldout } from '@guichet/domain'
import { openPool } from '@guichet/eventstore'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, mutate, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll }, { limits: { requestsPerMinute: 0, visitorRequestsPerMinute: 0 } })
const eve: Bearer = { ...ana, id: 'eve' }
const customer = (id: string): Bearer => ({ ...zoe, id, name: `Name of ${id}` })
const visitor: Bearer = { ...zoe, role: 'visitor', id: 'visitor-00000000-0000-4000-8000-000000000001' }

const isHeldBack = (sessionId: string): boolean => isHoldout('article answers', sessionId, 0.05)
/** A session that is in the holdout, or not. */
const session = (name: string, heldBack = false): string => {
  for (let n = 0; ; n++) if (isHeldBack(`${name}-${n}`) === heldBack) return `${name}-${n}`
}

const answersTo = async (as: Bearer, text: string, more: object = {}) => {
  const query = `query ($text: String!, $language: String, $sessionId: ID, $context: WritingContext) {
    articleAnswers(text: $text, language: $language, sessionId: $sessionId, context: $context) {
      isHeldBack answers { article { key } language title excerpt address confidence }
    }
  }`
  return (await api.dataOf(as, query, { text, language: 'en', ...more }))['articleAnswers'] as {
    readonly isHeldBack: boolean
    readonly answers: readonly { readonly article: { readonly key: string }; readonly confidence: number }[]
  }
}
const keysFor = async (as: Bearer, text: string, more: object = {}): Promise<readonly string[]> =>
  (await answersTo(as, text, more)).answers.map(({ article }) => article.key)

const record = async (as: Bearer, sessionId: string, step: string, articleId?: string): Promise<unknown> => {
  const document = `mutation ($input: RecordDeflectionInput!) { recordDeflection(input: $input) { userErrors { code field } } }`
  const input = { sessionId, step, language: 'en', ...(articleId !== undefined && { articleId }) }
  const { data, errors } = await api.ask(as, document, { input })
  if (errors.length > 0) return errors[0]?.extensions.code
  const result = data?.['recordDeflection'] as { readonly userErrors: readonly unknown[] } | undefined
  return result?.userErrors[0]
}
const told = async (
  as: Bearer,
  sessionId: string,
  ...steps: readonly (readonly [string, string?])[]
): Promise<void> => {
  for (const [step, articleId] of steps) expect(await record(as, sessionId, step, articleId)).toBeUndefined()
}
const group =
  'sessions opened avoided solved silent sent left pending settled ticketsPerSession { value from to } ticketsPerVisitorSession { value }'
const reportFor = async (as: Bearer, args = 'days: 30') =>
  (
    await api.dataOf(
      as,
      `{ deflectionReport(${args}) { suggested { ${group} } heldBack { ${group} } effect { value from to } visitorEffect { value } selfService { value aim met } } }`,
    )
  )['deflectionReport']

/** Has all sessions begun some time earlier. */
const age = async (by: number): Promise<void> => {
  const pool = openPool({ connectionString: api.databaseUrl, maxConnections: 1 })
  await pool.query(
    `update guichet_knowledge.deflection_session set began_at = began_at - make_interval(secs => $1::float8)`,
    [by / 1_000],
  )
  await pool.end()
}
const rowsOf = async (table: string): Promise<number> => {
  const pool = openPool({ connectionString: api.databaseUrl, maxConnections: 1 })
  const { rows } = await pool.query<{ readonly n: number }>(`select count(*)::int as n from guichet_knowledge.${table}`)
  await pool.end()
  return rows[0]?.n ?? 0
}

/** Counts the sessions whose 72 hours are over, once the read models show all that has happened. */
const settle = async (): Promise<void> => {
  const head = await api.store.head()
  await api.readership.deflection.settle(async () => head === undefined || (await api.settled(head)) === true)
}

const published = async (articleId: string, title: string, body: string, more: object = {}): Promise<void> => {
  const done = async (as: Bearer, operation: string, input: object): Promise<void> => {
    expect((await mutate(api, as, operation, { articleId, language: 'en', ...input }, '')).userErrors).toEqual([])
  }
  await done(ana, 'createArticle', { title, body, audience: 'PUBLIC', ...more })
  await done(eve, 'approveArticle', { revision: 1 })
  await done(ana, 'publishArticle', { revision: 1 })
}

beforeAll(async () => {
  await published('password', 'Reset your password', 'Open the settings, then choose a new password.')
  await published('invoice', 'Download an invoice', 'Invoices are in the billing section.')
  await published('printer', 'Connect a printer', 'Plug it in and choose it in the list of devices.')
  await published('vault', 'Open the vault', 'The quokka has the key of the vault.', { audience: 'INTERNAL' })
})

describe('articleAnswers', () => {
  it('answers what fits with a confidence, and nothing where nothing fits well enough', async () => {
    const { answers, isHeldBack: heldBack } = await answersTo(zoe, 'I have forgotten my password and want to reset it')
    expect(heldBack).toBe(false)
    expect(answers[0]).toMatchObject({
      article: { key: 'password' },
      language: 'en',
      title: 'Reset your password',
      excerpt: expect.stringContaining('choose a new password') as string,
      address: '/articles/password/en/reset-your-password',
    })
    expect(answers[0]?.confidence).toBeGreaterThan(0.5)
    expect(answers[0]?.confidence).toBeLessThanOrEqual(1)
    for (const text of ['', '   ', 'xylophone lessons', '!?', '\u0000', '🙂'.repeat(400)])
      expect(await keysFor(visitor, text)).toEqual([])
  })

  it('never shows customers and visitors an internal article, nor lets it change what they get', async () => {
    expect(await keysFor(ana, 'the quokka of the vault')).toEqual(['vault'])
    for (const as of [zoe, visitor]) expect(await keysFor(as, 'the quokka of the vault')).toEqual([])
  })

  it('refuses a text and a page that are too long', async () => {
    const code = async (args: string): Promise<unknown> =>
      (await api.ask(zoe, `{ articleAnswers(${args}) { isHeldBack } }`)).errors[0]?.extensions.code
    expect(await code(`text: "${'a '.repeat(501)}"`)).toBe('malformed_input')
    expect(await code(`text: "a", context: { page: "${'a'.repeat(501)}" }`)).toBe('malformed_input')
    expect(await code(`text: "a", sessionId: ""`)).toBe('malformed_input')
  })

  it('holds back the sessions of the holdout, the same ones for everybody, only where there is something', async () => {
    const heldBack = { sessionId: session('s', true) }
    expect(await answersTo(zoe, 'reset password', heldBack)).toEqual({ isHeldBack: true, answers: [] })
    expect(await answersTo(visitor, 'reset password', heldBack)).toEqual({ isHeldBack: true, answers: [] })
    expect(await answersTo(zoe, 'xylophone lessons', heldBack)).toEqual({ isHeldBack: false, answers: [] })
    expect(await keysFor(zoe, 'reset password', { sessionId: session('s') })).toEqual(['password'])
    expect(await rowsOf('deflection_session')).toBe(0)
  })
})

describe('deflectionReport', () => {
  const openTicket = async (as: Bearer): Promise<void> => {
    const input = { subject: 'Help', body: 'It does not work.' }
    expect((await mutate(api, as, 'openTicket', input, '')).userErrors).toEqual([])
  }

  it('counts each session once by what became of it, at once and after its 72 hours, on read models that show these', async () => {
    await told(customer('solver'), session('a'), ['SUGGESTED'], ['OPENED', 'password'], ['SOLVED', 'password'])
    await told(customer('sender'), session('b'), ['SUGGESTED'], ['OPENED', 'invoice'], ['OPENED', 'invoice'], ['SENT'])
    await told(customer('reader'), session('c'), ['SUGGESTED'], ['OPENED', 'password'])
    await told(customer('later'), session('d'), ['SUGGESTED'], ['OPENED', 'password'])
    await told(visitor, session('e'), ['SUGGESTED'])
    await told(customer('control'), session('f', true), ['SUGGESTED'])
    await told(customer('control'), session('g', true), ['SUGGESTED'], ['SENT'])
    await told(customer('hasty'), session('h'), ['SUGGESTED'], ['OPENED', 'password'], ['SOLVED', 'password'])
    for (const n of [2, 3]) {
      const minted: Bearer = { ...visitor, id: `visitor-00000000-0000-4000-8000-00000000000${n}` }
      await told(minted, session('i', true), ['SUGGESTED'], ['SENT'])
    }
    await openTicket(customer('hasty'))
    await openTicket(customer('sender'))
    await openTicket(customer('later'))
    expect(await reportFor(ana)).toMatchObject({
      suggested: { sessions: 6, opened: 5, avoided: 1, solved: 1, silent: 0, sent: 3, left: 0, pending: 2, settled: 0 },
      heldBack: { sessions: 4, sent: 3, pending: 1, ticketsPerSession: null, ticketsPerVisitorSession: null },
      effect: null,
      visitorEffect: null,
      selfService: { value: null, aim: 0.4, met: null },
    })

    await settle()
    expect(await rowsOf('deflection_session')).toBe(10)
    await expectSettled()
  })

  /** Has the 72 hours pass, and expects the same figures before and after the sessions are counted and forgotten. */
  async function expectSettled(): Promise<void> {
    // The tickets were opened within the sessions: they are moved together.
    const pool = openPool({ connectionString: api.databaseUrl, maxConnections: 1 })
    const { rows } = await pool.query<{ readonly schema: string }>(
      `select table_schema as schema from information_schema.tables where table_name = 'ticket' and table_type = 'BASE TABLE'`,
    )
    for (const { schema } of rows)
      await pool.query(`update "${schema}".ticket set opened_at = opened_at - interval '74 hours'`)
    await pool.end()
    await age(hours(74))
    const settled = {
      suggested: {
        sessions: 6,
        opened: 5,
        avoided: 2,
        solved: 1,
        silent: 1,
        sent: 3,
        left: 1,
        pending: 0,
        settled: 6,
        ticketsPerSession: { value: 0.6, from: expect.any(Number) as number, to: expect.any(Number) as number },
        ticketsPerVisitorSession: { value: 0 },
      },
      heldBack: {
        sessions: 4,
        avoided: 0,
        left: 1,
        sent: 3,
        settled: 4,
        ticketsPerSession: { value: 0 },
        ticketsPerVisitorSession: { value: 1 },
      },
      effect: { value: expect.closeTo(-0.6) as number },
      visitorEffect: { value: expect.closeTo(1) as number },
      selfService: { value: expect.closeTo(0.4) as number, aim: 0.4, met: true },
    }
    expect(await reportFor(ana)).toMatchObject(settled)
    await api.readership.deflection.settle(async () => false)
    expect(await rowsOf('deflection_session')).toBe(10)
    await Promise.all([settle(), settle()])
    expect(await rowsOf('deflection_session')).toBe(0)
    expect(await reportFor(ana)).toMatchObject(settled)
    expect(await reportFor(ana, 'articleId: "password"')).toMatchObject({
      suggested: { sessions: 4, avoided: 2, sent: 2 },
      heldBack: { sessions: 0 },
      effect: null,
    })
    expect(await reportFor(ana, 'language: "fr"')).toMatchObject({ suggested: { sessions: 0 } })
    expect(await reportFor(ana, 'days: 1')).toMatchObject({ suggested: { sessions: 0 } })
  }

  it('is told twice, at once and in any order, and counts once', async () => {
    const before = (await reportFor(ana, 'days: 1')) as { readonly suggested: { readonly sessions: number } }
    const id = session('many')
    const steps = ['SENT', 'SUGGESTED', 'SUGGESTED', 'SOLVED']
    expect(await Promise.all(steps.map((step) => record(zoe, id, step)))).toEqual(steps.map(() => undefined))
    expect(await reportFor(ana, 'days: 1')).toMatchObject({
      suggested: { sessions: before.suggested.sessions + 1, sent: 1, solved: 0 },
    })
    await api.readership.erase(['zoe'])
    expect(await reportFor(ana, 'days: 1')).toMatchObject(before)
  })

  it('counts 50 sessions of a person at most', async () => {
    for (let n = 0; n < 55; n++) await told(customer('busy'), `busy-${n}`, ['SUGGESTED'])
    expect(await rowsOf('deflection_session')).toBe(50)
    await api.readership.erase(['busy'])
    expect(await rowsOf('deflection_session')).toBe(0)
  })

  it('forgets a person who is erased, before it has counted them', async () => {
    await told(customer('gone'), session('gone'), ['SUGGESTED'])
    expect(await rowsOf('deflection_session')).toBe(1)
    await api.readership.erase(['gone'])
    expect(await rowsOf('deflection_session')).toBe(0)
  })

  it('refuses an article that its reader cannot have read, and people of the desk', async () => {
    const id = session('refused')
    for (const article of ['vault', 'none'])
      expect(await record(zoe, id, 'OPENED', article)).toMatchObject({ code: 'ARTICLE_NOT_FOUND', field: 'articleId' })
    expect(await record(zoe, id, 'OPENED')).toMatchObject({ code: 'INVALID_COMMAND', field: 'articleId' })
    expect(await record(zoe, '', 'SUGGESTED')).toMatchObject({ code: 'INVALID_COMMAND' })
    expect(await record(ana, id, 'SUGGESTED')).toBe('forbidden')
    for (const as of [zoe, visitor])
      expect((await api.ask(as, '{ deflectionReport { suggested { sessions } } }')).errors[0]?.extensions.code).toBe(
        'forbidden',
      )
  })
})
