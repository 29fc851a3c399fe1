import { expect, it } from 'vitest'
import type { CustomerCommandInput, Instant } from '@guichet/domain'
import { chatActor, clockActor, configurationSchema } from '@guichet/domain'
import type { AnalysedPlan } from '../testing/projected-history.ts'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

const noon = '2026-03-27T12:00:00.000Z' as Instant
const ana = { by: { kind: 'agent', id: 'ana', name: 'Ana' } } as const

const customers: Readonly<Record<string, Omit<Extract<CustomerCommandInput, { type: 'register' }>, 'type'>>> = {
  zoe: {
    name: 'Zoé Dupont',
    emails: [{ address: 'zoe.dupont@acme.example', verified: true }],
    phones: [{ number: '+33123456789', verified: true }],
    externalIds: [{ system: 'crm', id: 'C-77' }],
  },
  'auth0|max': { firstName: 'Max', lastName: 'Muster', emails: [{ address: 'max@acme.example' }] },
  eve: { name: 'Ève Martin', organisationId: 'acme', phones: [{ number: '+14165550123' }] },
  ida: {
    name: 'Ida',
    externalIds: [
      { system: 'crm', id: '004711' },
      { system: 'shop', id: '98-765' },
    ],
  },
  // Words that differ after their hundredth character only, and one that no `tsvector` takes.
  eva: {
    name: 'Eva',
    emails: ['1', '2'].map((end) => ({ address: `${'e'.repeat(101)}${end}@home.example`, verified: false })),
    externalIds: [{ system: 'crm', id: `9-${'é'.repeat(190)}` }],
  },
  z2: { name: 'Z. D.', emails: [{ address: 'private@home.example', verified: true }] },
}

it('finds customers by name, address, number, id and organisation, however history is cut', async () => {
  const desk = emptyDesk()
  for (const [id, register] of Object.entries(customers))
    expect(await desk.execute('customer', id, { type: 'register', ...register }, ana)).toMatchObject({ ok: true })
  await desk.execute('organisation', 'acme', { type: 'register', name: 'ACME Énergie' }, ana)
  await desk.execute('organisation', 'acme', { type: 'addDomain', domain: 'acme.example' }, ana)
  for (const type of ['addDomain', 'removeDomain'] as const)
    await desk.execute('organisation', 'acme', { type, domain: 'home.example' }, ana)
  expect(await desk.mergeCustomers('z2', 'zoe', { ...ana, commandId: 'm' })).toMatchObject({ ok: true })
  const all = await historyOf(desk)
  const history = await projectHistory([all.slice(0, 3)])
  try {
    history.restart()
    for (const event of all.slice(3)) await history.project([[event]])
    const { customers: found } = history.models
    const listed = async (filter: Parameters<typeof found.list>[0]) =>
      (await found.list(filter, { limit: 10 })).rows.map(({ row }) => row.id)
    expect(await listed({})).toEqual(['eva', 'eve', 'ida', 'auth0|max', 'zoe'])
    for (const search of [
      'Zoe Dup',
      'ZOÉ',
      'zoe.dupont@acme',
      '01 23 45 67 89',
      '+33 1 23 45 67 89',
      '+33 (0)1 23 45',
      '0033(0)1 23',
      '6789',
      'c-77',
      'dupont',
    ])
      expect([search, await listed({ search })]).toEqual([search, ['zoe']])
    for (const search of ['004711', '0047', '98-765', '98-7'])
      expect([search, await listed({ search })]).toEqual([search, ['ida']])
    for (const end of ['', '1@home.example', '2@home'])
      expect(await listed({ search: `${'e'.repeat(101)}${end}` })).toEqual(['eva'])
    for (const search of ['??', '+', '-- / --']) {
      expect([search, await listed({ search })]).toEqual([search, []])
      expect((await found.organisations({ search }, { limit: 10 })).rows).toEqual([])
    }
    expect(await listed({ search: '  ' })).toEqual(await listed({}))
    expect(await listed({ search: 'private@home.example' })).toEqual(['z2'])
    expect(await listed({ search: 'zoe nobody' })).toEqual([])
    expect(await listed({ search: "o'brien \\ & | !" })).toEqual([])
    expect(await listed({ search: 'acme' })).toEqual(['auth0|max', 'zoe'])
    expect(await listed({ organisationId: 'acme' })).toEqual(['eve', 'zoe'])
    expect([await found.membersOf('acme', 10), await found.membersOf('acme', 1)]).toEqual([['eve', 'zoe'], ['eve']])
    expect(await found.organisationsOf(['zoe', 'z2', 'auth0|max'])).toEqual(
      new Map([
        ['zoe', 'acme'],
        ['z2', 'acme'],
      ]),
    )
    expect(await found.withMerged('zoe')).toEqual(['zoe', 'z2'])
    const organisations = await found.organisations({ search: 'energie' }, { limit: 10 })
    expect(organisations.rows.map(({ row }) => row.organisation.domains)).toEqual([['acme.example']])
    for (const id of Object.keys(customers)) {
      const { state, version } = await desk.read('customer', id)
      expect(await found.byIds([id, 'nobody'])).toEqual([{ id, version, customer: state }, undefined])
    }
    const first = await found.list({}, { limit: 1 })
    const next = await found.list({}, { limit: 5, ...(first.rows[0] && { after: first.rows[0].keyset }) })
    expect(next.rows.map(({ row }) => row.id)).toEqual(['eve', 'ida', 'auth0|max', 'zoe'])
  } finally {
    await history.drop()
  }
})

it('finds names in each spelling of their umlauts and apostrophes', async () => {
  const desk = emptyDesk()
  const names = {
    stück: 'Ulrike Stückemann',
    stueck: 'Uwe Stueckemann',
    'müller-nfd': 'Zoé Mu\u0308ller',
    sørensen: 'Åse Sørensen',
    groß: 'Jörg Großmann',
    joe: 'Joe Samuel',
    john: 'John',
    apostrophe: 'Pat O’Brien',
    plain: 'Pat OBrien',
  }
  for (const [id, name] of Object.entries(names)) await desk.execute('customer', id, { type: 'register', name }, ana)
  const bäcker = { type: 'register', name: 'Bäckerei Köhler', industry: 'Gemüse' } as const
  await desk.execute('organisation', 'bäcker', bäcker, ana)
  const history = await projectHistory([await historyOf(desk)])
  const { customers: found } = history.models
  try {
    for (const [searches, ids] of [
      [
        ['Stueck', 'Stück', 'stuck', 'STÜCKEMANN', 'stueckemann'],
        ['stueck', 'stück'],
      ],
      [['Mueller', 'Müller', 'Mu\u0308ller', 'zoe muell'], ['müller-nfd']],
      [['Soerensen', 'Sørensen', 'sorensen', 'aase', 'Åse'], ['sørensen']],
      [['Grossmann', 'Großmann', 'joerg gross', 'jorg'], ['groß']],
      [['samuel', 'joe sam'], ['joe']],
      [
        ['O’Brien', "pat o'bri", 'obrien', 'OBrien'],
        ['apostrophe', 'plain'],
      ],
      [['joe'], ['groß', 'joe']],
      [['jo'], ['groß', 'joe', 'john']],
    ] as const)
      for (const search of searches) {
        const { rows } = await found.list({ search }, { limit: 10 })
        expect([search, rows.map(({ row }) => row.id).sort()]).toEqual([search, [...ids]])
      }
    for (const search of ['Baeckerei', 'koehler', 'Köhler', 'gemuese'])
      expect([search, (await found.organisations({ search }, { limit: 10 })).rows]).toMatchObject([
        search,
        [{ row: { id: 'bäcker' } }],
      ])
  } finally {
    await history.drop()
  }
})

it('finds a part of a name that is written without spaces', async () => {
  const desk = emptyDesk()
  for (const [id, name] of [
    ['taro', '山田太郎'],
    ['min', '김민수'],
    ['server', 'サーバー太'],
  ] as const)
    await desk.execute('customer', id, { type: 'register', name }, ana)
  await desk.execute('organisation', 'shanghai', { type: 'register', name: '上海贸易公司' }, ana)
  const history = await projectHistory([await historyOf(desk)])
  const { customers: found } = history.models
  try {
    for (const [search, ...ids] of [
      ['太郎', 'taro'],
      ['山田太', 'taro'],
      ['山田太郎', 'taro'],
      ['山', 'taro'],
      ['民수', ''],
      ['민수', 'min'],
      ['김', 'min'],
      ['ｻｰﾊﾞｰ', 'server'],
      ['太田', ''],
    ] as const) {
      const { rows } = await found.list({ search }, { limit: 10 })
      expect([search, rows.map(({ row }) => row.id)]).toEqual([search, ids.filter((id) => id !== '')])
    }
    const { rows } = await found.organisations({ search: '贸易公' }, { limit: 10 })
    expect(rows.map(({ row }) => row.id)).toEqual(['shanghai'])
  } finally {
    await history.drop()
  }
})

it('finds a number in each form of its country, and as it is pasted', async () => {
  const desk = emptyDesk()
  const phones = (number: string) => ({ type: 'register' as const, phones: [{ number }] })
  await desk.execute('customer', 'bia', phones('+5541987991234'), ana)
  await desk.execute('customer', 'lia', phones('+5491123456789'), ana)
  const history = await projectHistory([await historyOf(desk)])
  try {
    for (const [id, ...searches] of [
      [
        'bia',
        '+55 41 8799 1234',
        '+55 41 98799 1234',
        '41 8799',
        '\u202a+55\u00a041\u202f98799-1234\u202c',
        'tel:+554187991234',
      ],
      ['lia', '+54 9 11 2345 6789', '+54 11 2345 6789'],
    ] as const)
      for (const search of searches) {
        const { rows } = await history.models.customers.list({ search }, { limit: 10 })
        expect([search, rows.map(({ row }) => row.id)]).toEqual([search, [id]])
      }
  } finally {
    await history.drop()
  }
})

/** The rows of each table that a query has read, in every node of its plans. */
function rowsRead(plans: readonly AnalysedPlan[], table: string): number {
  return plans.reduce((sum, plan) => {
    const { Plans = [] } = plan
    const read = Number(plan['Actual Rows']) + Number(plan['Rows Removed by Filter'] ?? 0)
    return sum + (plan['Relation Name'] === table ? read * Number(plan['Actual Loops']) : 0) + rowsRead(Plans, table)
  }, 0)
}

it('reads few of many customers for a page of any search', async () => {
  const history = await projectHistory([])
  try {
    await history.pool.query(`
      insert into rm_test.customer (id, version, sort_name, domains, words, state)
      select 'c-' || n, 1, name, '{}', (
        select string_agg(quote_literal(word), ' ')::tsvector from (
          select unnest(array[split_part(name, ' ', 1), split_part(name, ' ', 2)])
          union select substr(digits, place) from generate_series(1, length(digits) - 3) place) words(word)
      ), json_build_object('text', repeat('x', 900))
      from generate_series(1, 40000) n
      cross join lateral (select (array['marie', 'marc', 'zoe'])[1 + n % 3] || ' du' || n as name,
        '3310' || lpad((abs(hashint4(n)::bigint) % 10000000)::text, 7, '0') as digits) given`)
    await history.pool.query(`
      insert into rm_test.customer_term (term, id)
      select split_part(sort_name, ' ', part) || chr(1) || sort_name, id from rm_test.customer, generate_series(1, 2) part`)
    await history.pool.query('analyze rm_test.customer, rm_test.customer_term')
    const read = async (search: string, pageOf: object = {}) => {
      const plans = await history.analysed(({ customers }) => customers.list({ search }, { limit: 25, ...pageOf }))
      return { customers: rowsRead(plans, 'customer'), terms: rowsRead(plans, 'customer_term') }
    }
    for (const search of ['+33 1 0', '33101', '+33 (0)1 0', 'marie', 'ma', 'ma du', 'zoe du39999', 'marie nobody']) {
      const { rows } = await history.models.customers.list({ search }, { limit: 25 })
      expect([search, rows.length]).toEqual([search, { 'zoe du39999': 0, 'marie nobody': 0 }[search] ?? 25])
      for (const page of [{}, { backward: true }]) {
        const { customers: wide, terms } = await read(search, page)
        expect([search, wide, wide < 5_000]).toEqual([search, wide, true])
        expect([search, terms, terms < 20_000]).toEqual([search, terms, true])
      }
    }
    const names = (rows: readonly { readonly row: { readonly id: string } }[]) => rows.map(({ row }) => row.id)
    const first = await history.models.customers.list({ search: '+33 1 0' }, { limit: 4 })
    const after = first.rows[1]?.keyset
    const second = await history.models.customers.list({ search: '+33 1 0' }, { limit: 2, ...(after && { after }) })
    expect(names(second.rows)).toEqual(names(first.rows).slice(2))
  } finally {
    await history.drop()
  }
})

it('writes the words of a customer only when they have changed', async () => {
  const desk = emptyDesk()
  await desk.execute('customer', 'zoe', { type: 'register', name: 'Zoe' }, ana)
  const registered = await historyOf(desk)
  const history = await projectHistory([registered])
  try {
    const written = async () =>
      (await history.pool.query<{ at: string }>(`select xmin::text as at, term from rm_test.customer_term order by 2`))
        .rows
    const before = await written()
    await desk.startChat('chat', { customer: { id: 'zoe' } }, { by: { kind: 'customer', id: 'zoe' } })
    const started = await historyOf(desk)
    await history.project([started.slice(registered.length)])
    expect(await written()).toEqual(before)
    await desk.execute('customer', 'zoe', { type: 'change', changes: { name: 'Zoe Dupont' } }, ana)
    await history.project([(await historyOf(desk)).slice(started.length)])
    expect((await history.models.customers.list({ search: 'dupont' }, { limit: 1 })).rows).toHaveLength(1)
  } finally {
    await history.drop()
  }
})

it('writes nothing but the version of a customer when a chat of theirs begins and ends', async () => {
  const desk = emptyDesk()
  await desk.execute('customer', 'zoe', { type: 'register', name: 'Zoe' }, ana)
  const registered = await historyOf(desk)
  const history = await projectHistory([registered])
  try {
    await history.pool.query(`
      create table written (columns text);
      create function note_written() returns trigger language plpgsql as $$
        begin insert into public.written values (tg_argv[0]); return null; end $$;
      create trigger a after update of state on rm_test.customer for each row execute function note_written('state');
      create trigger b after update of version on rm_test.customer for each row execute function note_written('version')`)
    const written = async () =>
      (await history.pool.query<{ columns: string }>('select columns from written')).rows.map(({ columns }) => columns)
    const shown = async () => (await history.models.customers.byIds(['zoe']))[0]
    const before = await shown()
    const zoe = { by: { kind: 'customer', id: 'zoe' } } as const
    expect(await desk.startChat('chat', { customer: { id: 'zoe' } }, zoe)).toMatchObject({ ok: true })
    const reservation = { chatId: 'chat', reservation: 1 }
    await desk.engine.execute('customer', 'zoe', { type: 'releaseChat', ...reservation }, { by: chatActor })
    const chatted = await historyOf(desk)
    for (const event of chatted.slice(registered.length)) await history.project([[event]])
    expect(await written()).toEqual(['version', 'version'])
    expect(await shown()).toEqual({ ...before, version: 3 })
    await desk.execute('customer', 'zoe', { type: 'change', changes: { name: 'Zoe Dupont' } }, ana)
    await history.project([(await historyOf(desk)).slice(chatted.length)])
    expect(await written()).toEqual(['version', 'version', 'state', 'version'])
    expect(await shown()).toMatchObject({ version: 4, customer: { details: { name: 'Zoe Dupont' } } })
  } finally {
    await history.drop()
  }
})

it('counts the conversations of a customer and their promises, also of those who were merged', async () => {
  const desk = emptyDesk()
  const policies = [{ name: 'all', firstResponse: '1d' }]
  const configuration = configurationSchema.parse({ desk: { defaultLanguage: 'en' }, sla: { policies } })
  expect(await desk.execute('configuration', 'desk', { type: 'apply', configuration }, ana)).toMatchObject({ ok: true })
  for (const id of ['zoe', 'zoe2']) {
    await desk.execute('customer', id, { type: 'register', name: id }, ana)
    for (const n of [1, 2]) {
      const open = { type: 'open', subject: 'Help', body: 'It is broken.', customer: { id } } as const
      await desk.execute('ticket', `${id}-${n}`, open, ana)
    }
    await desk.execute('ticket', `${id}-1`, { type: 'close', reason: 'solved' }, ana)
  }
  await desk.execute('ticket', 'zoe-2', { type: 'agentReply', body: 'We look at it.' }, ana)
  const started = await desk.startChat('chat', { customer: { id: 'zoe2' } }, { by: { kind: 'customer', id: 'zoe2' } })
  expect(started).toMatchObject({ ok: true })
  const [due] = (await desk.clockState('chat-chat')).deadlines.filter(({ kind }) => kind === 'chat_answer')
  const fire = { type: 'fire', kind: 'chat_answer', cycle: due?.cycle ?? 0, dueAt: due?.dueAt ?? noon } as const
  expect(await desk.execute('chat', 'chat', fire, { by: clockActor, at: fire.dueAt })).toMatchObject({ ok: true })
  await desk.engine.execute(
    'customer',
    'zoe2',
    { type: 'releaseChat', chatId: 'chat', reservation: 1 },
    { by: chatActor },
  )
  await desk.mergeCustomers('zoe2', 'zoe', { ...ana, commandId: 'm' })
  const history = await projectHistory([await historyOf(desk)])
  try {
    const { customers: found } = history.models
    const { state } = await desk.read('ticket', 'zoe-1')
    const at = state.status === 'absent' ? undefined : state.openedAt
    if (!at) throw new Error('the ticket is not there')
    const none = {
      openChats: 0,
      pastChats: 0,
      chatsLastThirtyDays: 0,
      promisesOpen: 0,
      promisesKept: 0,
      promisesMissed: 0,
    }
    const [zoe, second, nobody] = await found.figures(['zoe', 'zoe2', 'nobody'].map((id) => ({ id, now: at })))
    const chats = { openChats: 1, chatsLastThirtyDays: 1, promisesMissed: 1 }
    expect(zoe).toEqual({ ...none, open: 2, past: 2, lastThirtyDays: 4, ...chats, promisesOpen: 1, promisesKept: 1 })
    expect(second).toEqual({ ...none, open: 1, past: 1, lastThirtyDays: 2, ...chats, promisesOpen: 1 })
    expect(nobody).toEqual({ ...none, open: 0, past: 0, lastThirtyDays: 0 })
  } finally {
    await history.drop()
  }
})
