import { afterAll, beforeAll, expect, it } from 'vitest'
import { configurationSchema, instant, later, suspectCommand } from '@guichet/domain'
import { exampleSuspicion } from '@guichet/domain/testing'
import {
  ana,
  mutate,
  openEventStream,
  openTicket,
  sam,
  tokenFor,
  useApi,
  zoe,
} from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
let url: string
beforeAll(async () => {
  url = `${await api.app.listen({ port: 0, host: '127.0.0.1' })}/graphql`
})

type Received = { readonly inboxReceived: { readonly notification: object } }

/** The inbox of a supervisor, which has sent what an escalation notifies of, and waits for the next event. */
async function openInbox() {
  const fields = 'kind ticket { id } chat { id } draft { id number customerId }'
  const query = `subscription { inboxReceived { notification { ${fields} } } }`
  const inbox = await openEventStream<Received>(url, await tokenFor(sam), query)
  const next = async () => (await inbox.take(1))[0]?.data?.inboxReceived.notification
  const ticketId = await openTicket(api, zoe)
  await mutate(api, ana, 'escalateTicket', { ticketId, team: 'technical_specialists', reason: 'bug' })
  expect(await next()).toMatchObject({ kind: 'ESCALATED', ticket: { id: ticketId }, chat: null, draft: null })
  return { next, leave: inbox.leave }
}

it('sends that an answer in a chat is overdue when it is, and not with the next event of a ticket', async () => {
  const { next, leave } = await openInbox()
  const startedAt = later(instant(new Date()), -60_000)
  const customer = { id: 'late', name: 'Léa Petit' }
  const started = await api.desk.startChat(
    'late-chat',
    { customer },
    { by: { kind: 'customer', ...customer }, at: startedAt },
  )
  expect(started).toMatchObject({ ok: true })
  const dueAt = later(startedAt, 30_000)
  const fire = { type: 'fire', kind: 'chat_answer', cycle: 1, dueAt } as const
  const fired = await api.desk.execute('chat', 'late-chat', fire, { by: { kind: 'system', id: 'test' }, at: dueAt })
  expect(fired).toMatchObject({ ok: true })
  expect(await next()).toMatchObject({ kind: 'CHAT_OVERDUE', chat: { id: 'Chat~late-chat' }, draft: null })
  await leave()
})

it('sends that trouble is suspected, of whom, and with the draft', async () => {
  const { next, leave } = await openInbox()
  const configuration = configurationSchema.parse({ proactive: { holdout: 0 } })
  const by = { kind: 'agent', id: 'ada' } as const
  const applied = await api.desk.execute('configuration', 'desk', { type: 'apply', configuration }, { by })
  expect(applied).toMatchObject({ ok: true })
  await mutate(api, ana, 'registerCustomer', { customerId: 'troubled', name: 'Paul Roux' }, '')
  const text = { subject: 'An error', body: 'Since noon.', language: 'en' }
  const command = suspectCommand(exampleSuspicion(), 'rules', text)
  const engine = { by: { kind: 'system', id: 'proactive' } } as const
  expect(await api.desk.engine.execute('draft', 'troubled', command, engine)).toMatchObject({ ok: true })
  const draft = { id: 'Draft~1~troubled', number: 1, customerId: 'troubled' }
  expect(await next()).toMatchObject({ kind: 'TROUBLE_SUSPECTED', ticket: null, chat: null, draft })
  const { inbox } = await api.dataOf(sam, '{ inbox(first: 1) { nodes { message draft { number } } } }')
  expect(inbox).toMatchObject({ nodes: [{ message: expect.stringMatching(/^Paul /) as string, draft: { number: 1 } }] })
  await leave()
})

it('sends that a score of health has fallen, and that many customers have the same trouble', async () => {
  const { next, leave } = await openInbox()
  const engine = { by: { kind: 'system', id: 'proactive' } } as const
  const fall = { type: 'reportFall', of: 'customers', score: 70, weekBefore: 100 } as const
  expect(await api.desk.engine.execute('teamAlert', 'troubled', fall, engine)).toMatchObject({ ok: true })
  expect(await next()).toMatchObject({ kind: 'HEALTH_FELL', ticket: null, chat: null, draft: null })
  const { fingerprint, kind, code, since, pages, versions } = exampleSuspicion()
  const incident = { fingerprint, kind, code, since, pages, versions, lately: 42, usual: 2 }
  const suspect = { type: 'suspectIncident', incident, isLast: false } as const
  expect(await api.desk.engine.execute('teamAlert', 'trouble', suspect, engine)).toMatchObject({ ok: true })
  expect(await next()).toMatchObject({ kind: 'LIKELY_INCIDENT', ticket: null, chat: null, draft: null })
  const { inbox } = await api.dataOf(sam, '{ inbox(first: 2) { nodes { message toDesk } } }')
  expect(inbox).toMatchObject({
    nodes: [
      { message: expect.stringContaining(`'${fingerprint}'`) as string, toDesk: true },
      { message: expect.stringContaining("'troubled'") as string, toDesk: true },
    ],
  })
  const { inbox: ofCustomer } = await api.dataOf(zoe, '{ inbox(first: 9) { nodes { kind } } }')
  expect(JSON.stringify(ofCustomer)).not.toMatch(/HEALTH_FELL|LIKELY_INCIDENT/)
  await leave()
})
