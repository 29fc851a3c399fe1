import { expect, it } from 'vitest'
import type { CustomerCommandInput } from '@guichet/domain'
import { projectHistory } from '../testing/projected-history.ts'
import { emptyDesk, historyOf } from '../testing/random-history.ts'

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
    expect(await listed({})).toEqual(['eve', 'auth0|max', 'zoe'])
    for (const search of [
      'Zoe Dup',
      'ZOÉ',
      'zoe.dupont@acme',
      '01 23 45 67 89',
      '+33 1 23 45 67 89',
      '6789',
      'c-77',
      'dupont',
    ])
      expect([search, await listed({ search })]).toEqual([search, ['zoe']])
    expect(await listed({ search: 'private@home.example' })).toEqual(['z2'])
    expect(await listed({ search: 'zoe nobody' })).toEqual([])
    expect(await listed({ search: "o'brien \\ & | !" })).toEqual([])
    expect(await listed({ search: 'acme' })).toEqual(['auth0|max', 'zoe'])
    expect(await listed({ organisationId: 'acme' })).toEqual(['eve', 'zoe'])
    expect(await found.organisationOf('zoe')).toBe('acme')
    expect(await found.organisationOf('auth0|max')).toBeUndefined()
    expect(await found.withMerged('zoe')).toEqual(['zoe', 'z2'])
    const organisations = await found.organisations({ search: 'energie' }, { limit: 10 })
    expect(organisations.rows.map(({ row }) => row.organisation.domains)).toEqual([['acme.example']])
    for (const id of Object.keys(customers)) {
      const { state, version } = await desk.read('customer', id)
      expect(await found.byIds([id, 'nobody'])).toEqual([{ id, version, customer: state }, undefined])
    }
    const first = await found.list({}, { limit: 1 })
    const next = await found.list({}, { limit: 5, ...(first.rows[0] && { after: first.rows[0].keyset }) })
    expect(next.rows.map(({ row }) => row.id)).toEqual(['auth0|max', 'zoe'])
  } finally {
    await history.drop()
  }
})

it('counts the conversations of a customer and their promises, also of those who were merged', async () => {
  const desk = emptyDesk()
  for (const id of ['zoe', 'zoe2']) {
    await desk.execute('customer', id, { type: 'register', name: id }, ana)
    for (const n of [1, 2]) {
      const open = { type: 'open', subject: 'Help', body: 'It is broken.', customer: { id } } as const
      await desk.execute('ticket', `${id}-${n}`, open, ana)
    }
    await desk.execute('ticket', `${id}-1`, { type: 'close', reason: 'solved' }, ana)
  }
  await desk.mergeCustomers('zoe2', 'zoe', { ...ana, commandId: 'm' })
  const history = await projectHistory([await historyOf(desk)])
  try {
    const { customers: found } = history.models
    const { state } = await desk.read('ticket', 'zoe-1')
    const at = state.status === 'absent' ? undefined : state.openedAt
    if (!at) throw new Error('the ticket is not there')
    expect(await found.figures(await found.withMerged('zoe'), at)).toEqual({
      open: 2,
      past: 2,
      lastThirtyDays: 4,
      promisesKept: 0,
      promisesMissed: 0,
    })
    expect(await found.figures(['zoe2'], at)).toMatchObject({ open: 1, past: 1 })
    expect(await found.figures(['nobody'], at)).toMatchObject({ open: 0, past: 0, lastThirtyDays: 0 })
  } finally {
    await history.drop()
  }
})
