import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { configurationSchema, instant, routingActor } from '@guichet/domain'
import { followTheSun } from '@guichet/domain/testing'
import { useApi } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
const lead = { id: 'lead', role: 'supervisor' } as const
const ann = { id: 'ann', role: 'agent' } as const
const carl = { id: 'carl', role: 'customer' } as const
const by = { kind: 'agent', id: 'lead' } as const

const shifts = `{ shifts { onShift { kind name } shortCrews { crew { kind name } atWork minimum } changesAt handOvers { from { name } to { name } }
  changes(first: 5) { dueAt recordedAt missedSince onShift { kind name } began { name } ended { name } handOvers { from { name } } policyVersion } } }`

describe('shifts', () => {
  it('are empty on a desk without centres', async () => {
    const { data, errors } = await api.ask(ann, shifts)
    expect(errors).toEqual([])
    expect(data?.['shifts']).toEqual({ onShift: [], shortCrews: [], changesAt: null, handOvers: [], changes: [] })
    expect((await api.ask(carl, shifts)).errors).toMatchObject([{ extensions: { code: 'forbidden' } }])
  })

  it('show the crews at work, the next change and the recorded changes', async () => {
    const configuration = configurationSchema.parse(followTheSun({ shifts: [] }))
    await api.desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by })
    await api.desk.engine.execute('shift', 'desk', { type: 'follow' }, { by: routingActor })
    const { data, errors } = await api.ask(ann, shifts)
    expect(errors).toEqual([])
    const shown = data?.['shifts'] as { onShift: object[]; changesAt: string; changes: { onShift: object[] }[] }
    expect(shown.onShift.length).toBeGreaterThan(0)
    expect(shown.changesAt > instant(new Date())).toBe(true)
    expect(shown.changes).toMatchObject([
      { onShift: shown.onShift, ended: [], handOvers: [], missedSince: null, policyVersion: 'configuration-1' },
    ])
  })

  it('show crews with too few agents', async () => {
    const [montreal, ...others] = followTheSun({}).followTheSun?.centres ?? []
    if (!montreal) throw new Error('no centre')
    const always = { always: { timeZone: 'America/Montreal', hours: 'always' as const } }
    const centres = [{ ...montreal, calendar: 'always', minimumCrew: 2 }, ...others]
    const written = followTheSun({ shifts: [], centres })
    const configuration = configurationSchema.parse({ ...written, calendars: { ...written.calendars, ...always } })
    await api.desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by })
    const shortCrews = async () => ((await api.dataOf(ann, shifts))['shifts'] as { shortCrews: object[] }).shortCrews
    const crew = { kind: 'CENTRE', name: 'montreal' }
    expect(await shortCrews()).toEqual([{ crew, atWork: 0, minimum: 2 }])
    for (const id of ['mona', 'milo']) {
      const profile = { name: id, centre: 'montreal' }
      await api.desk.execute('agent', id, { type: 'register', profile }, { by })
      await api.desk.execute('agent', id, { type: 'setAvailability', availability: 'available' }, { by })
    }
    await vi.waitUntil(async () => (await shortCrews()).length === 0, { interval: 50 })
    const before = configurationSchema.parse(followTheSun({ shifts: [] }))
    await api.desk.execute('configuration', 'desk', { type: 'apply', configuration: before }, { by })
  })

  it('are those of the configuration, refuse another centre or shift, and show on agents', async () => {
    const register = `mutation ($input: RegisterAgentInput!) { registerAgent(input: $input) {
      agent { onShift } userErrors { code field } } }`
    const input = { commandId: 'r1', agentId: 'ann', name: 'Ann', centre: 'lyon' }
    expect((await api.ask(lead, register, { input })).data).toMatchObject({
      registerAgent: { agent: null, userErrors: [{ code: 'CENTRE_UNKNOWN', field: 'centre' }] },
    })
    const { state } = await api.desk.read('shift', 'desk')
    const off = state.status === 'absent' ? undefined : state.offShift[0]?.crew.name
    const again = { ...input, commandId: 'r2', centre: off ?? null }
    expect((await api.ask(lead, register, { input: again })).data).toMatchObject({
      registerAgent: { agent: { onShift: false }, userErrors: [] },
    })
  })

  it('add an event to the tickets handed over, which customers do not see', async () => {
    const [montreal, toronto] = ['montreal', 'toronto'].map((name) => ({ kind: 'centre' as const, name }))
    if (!montreal || !toronto) throw new Error('no centres')
    const open = { type: 'open', subject: 'Battery', body: 'Hot', customer: { id: 'carl' } } as const
    await api.desk.execute('ticket', 't1', open, { by: { kind: 'customer', id: 'carl' } })
    await api.desk.execute('ticket', 't1', { type: 'assign', assignee: { id: 'ann', name: 'Ann' } }, { by })
    const dueAt = instant(new Date(Date.now() + 1))
    const all = { statuses: ['new' as const], priorities: ['normal' as const] }
    const outcome = await api.desk.engine.execute(
      'ticket',
      't1',
      { type: 'handOver', from: 'ann', crew: montreal, to: toronto, dueAt, ...all },
      { by: routingActor },
    )
    if (!outcome.ok || !outcome.value.position) throw new Error('nothing was handed over')
    await api.settled(outcome.value.position)
    const timeline = `{ ticket(id: "t1") { assignee { personId: userId } briefing { subject } timeline(first: 20) { nodes { __typename
      ... on TicketHandedOver { from { personId: userId } crew { kind name } to { name } dueAt briefing { subject } } } } } }`
    const { data, errors } = await api.ask(ann, timeline)
    expect(errors).toEqual([])
    expect(data?.['ticket']).toMatchObject({
      assignee: null,
      briefing: { subject: 'Battery' },
      timeline: {
        nodes: expect.arrayContaining([
          {
            __typename: 'TicketHandedOver',
            from: { personId: 'ann' },
            crew: { ...montreal, kind: 'CENTRE' },
            to: { name: 'toronto' },
            dueAt,
            briefing: { subject: 'Battery' },
          },
        ]),
      },
    })
    const seen = await api.ask(carl, timeline)
    expect(seen.data?.['ticket']).toMatchObject({ briefing: null })
    expect(JSON.stringify(seen.data)).not.toContain('TicketHandedOver')
    expect(JSON.stringify(seen.data)).toContain('TicketUnassigned')
  })
})
