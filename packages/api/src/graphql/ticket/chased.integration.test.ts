import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TicketCommandInput } from '@guichet/domain'
import { clockActor, days, instant, later } from '@guichet/domain'
import { ana, mutate, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

const query = `query ($id: ID!) { ticket(id: $id) { timeline(first: 20) { nodes { __typename
  ... on CustomerChased { body policyVersion }
  ... on ChaseSent { step dueAt body policyVersion } ... on TicketClosed { closeReason dueAt message } } } } }`

it('shows customers what the clock did, and only the desk by which terms and when it was due', async () => {
  const [id, began] = ['silent', later(instant(new Date()), -days(30))]
  const execute = async (command: TicketCommandInput, since: number): Promise<void> => {
    const by = command.type === 'fire' ? clockActor : ({ kind: 'agent', id: 'ana' } as const)
    const outcome = await api.desk.engine.execute('ticket', id, command, { by, at: later(began, since) })
    if (!outcome.ok || outcome.value.position === undefined) throw new Error(JSON.stringify(outcome))
    await api.settled(outcome.value.position)
  }
  const { chaseAfter, closeUnansweredAfter, version } = api.desk.policy
  const [first = 0, second = 0] = chaseAfter
  const due = (since: number) => ({ type: 'fire', cycle: 1, dueAt: later(began, since) }) as const
  await execute({ type: 'open', subject: 'x', body: 'y', customer: { id: zoe.id } }, 0)
  await execute({ type: 'waitForCustomer' }, 0)
  await execute({ ...due(first), kind: 'chase' }, first)
  await execute({ ...due(second), kind: 'chase' }, second)
  await execute({ ...due(closeUnansweredAfter), kind: 'close_unanswered' }, closeUnansweredAfter)

  const seenBy = async (viewer: typeof ana) => {
    const { ticket } = await api.dataOf(viewer, query, { id })
    const { nodes } = (ticket as { timeline: { nodes: readonly { __typename: string }[] } }).timeline
    return nodes.filter(({ __typename }) => ['ChaseSent', 'TicketClosed'].includes(__typename))
  }
  const text = expect.stringMatching(/./) as string
  const chase = (step: number) => ({ __typename: 'ChaseSent', step, body: text })
  const closed = { __typename: 'TicketClosed', closeReason: 'NO_REPLY', message: text }
  expect(await seenBy(ana)).toEqual([
    { ...chase(1), dueAt: later(began, first), policyVersion: version },
    { ...chase(2), dueAt: later(began, second), policyVersion: version },
    { ...closed, dueAt: later(began, closeUnansweredAfter) },
  ])
  const hidden = { dueAt: null, policyVersion: null }
  expect(await seenBy(zoe)).toEqual([
    { ...chase(1), ...hidden },
    { ...chase(2), ...hidden },
    { ...closed, dueAt: null },
  ])
})

it('shows customers a reminder by hand as what it is, and moves nothing that falls due', async () => {
  const ticketId = 'by-hand'
  await mutate(api, ana, 'openTicket', { ticketId, subject: 'x', body: 'y', customer: { id: zoe.id } }, '')
  const chase = () => mutate(api, ana, 'chaseCustomer', { ticketId }, 'ticket { status waitingSince }')
  expect(await chase()).toMatchObject({ userErrors: [{ code: 'TICKET_NOT_WAITING' }] })
  await mutate(api, ana, 'waitForCustomer', { ticketId }, '')
  const due = async () =>
    (await api.dataOf(ana, `{ ticket(id: "${ticketId}") { waitingSince deadlines { kind dueAt cycle } } }`))['ticket']
  const before = await due()
  expect(await chase()).toMatchObject({ userErrors: [], ticket: { status: 'WAITING_CUSTOMER' } })
  expect(await due()).toEqual(before)
  for (const viewer of [ana, zoe]) {
    const { ticket } = await api.dataOf(viewer, query, { id: ticketId })
    const { nodes } = (ticket as { timeline: { nodes: readonly { __typename: string }[] } }).timeline
    const policyVersion = viewer === zoe ? null : api.desk.policy.version
    expect(nodes.at(-1)).toEqual({ __typename: 'CustomerChased', body: expect.stringMatching(/./), policyVersion })
  }
})
