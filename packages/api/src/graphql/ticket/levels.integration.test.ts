import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ana, ines, mutate, openTicket, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

describe('the levels of a ticket', () => {
  it('are changed by the desk, with a briefing that customers never see', async () => {
    const ticketId = await openTicket(api, zoe)
    await mutate(api, ana, 'addNote', { ticketId, body: 'Tried a reset.\nNo luck.' })
    await mutate(api, ana, 'assignTicket', { ticketId, assignee: { id: 'ana' } })
    await mutate(api, ana, 'escalateTicket', { ticketId, level: 2, reason: 'Beyond me' })
    const query = `{ ticket(id: "${ticketId}") { level briefing { customerId tried { kind line by { actorId: userId } } triedBefore
      targets { target state } related { ticketId } earlier { team } }
      timeline(last: 2) { nodes { __typename ... on TicketEscalated { level fromLevel team expectedBy briefing { subject } } } } } }`
    const { ticket } = await api.dataOf(ana, query)
    expect(ticket).toMatchObject({
      level: 2,
      briefing: { customerId: 'zoe', tried: [{ kind: 'NOTE', line: 'Tried a reset.', by: { actorId: 'ana' } }] },
      timeline: {
        nodes: [
          { __typename: 'TicketEscalated', level: 2, fromLevel: 1, team: null, expectedBy: expect.any(String) },
          { __typename: 'TicketUnassigned' },
        ],
      },
    })
    const seen = await api.dataOf(zoe, query)
    expect(seen['ticket']).toMatchObject({ level: null, briefing: null })
    expect(JSON.stringify(seen)).not.toContain('Tried a reset')

    const { escalations } = await api.dataOf(
      ines,
      '{ escalations(first: 5, filter: { state: [WAITING], level: 2 }) { nodes { escalationId: id level fromLevel reason state arrival { at from } by { name } ticket { ticketId: id } } } }',
    )
    expect(escalations).toMatchObject({
      nodes: [
        {
          escalationId: expect.stringMatching(/./),
          reason: 'Beyond me',
          state: 'WAITING',
          arrival: { from: 'CONFIGURED' },
          ticket: { ticketId },
        },
      ],
    })
    await mutate(api, sam, 'deescalateTicket', { ticketId, level: 1, reason: 'Settings' })
    const { levelReport } = await api.dataOf(
      ana,
      '{ levelReport { level handled escalated handedDown escalatedShare { value aim met } } }',
    )
    expect(levelReport).toMatchObject([
      { level: 1, handled: 2, escalated: 1, escalatedShare: { value: 1, aim: 0.25, met: false } },
      { level: 2, handled: 1, handedDown: 1 },
      { level: 3, handled: 0 },
    ])
  })

  it('cannot be changed by customers, nor to an unknown level', async () => {
    for (const query of ['{ escalations(first: 1) { nodes { level } } }', '{ levelReport { level } }']) {
      expect((await api.ask(zoe, query)).errors[0]?.extensions.code).toBe('forbidden')
    }
    const { errors } = await api.ask(ana, '{ escalations(first: 1, filter: { level: 4 }) { nodes { level } } }')
    expect(errors[0]?.extensions.code).toBe('malformed_input')
    const ticketId = await openTicket(api, zoe)
    const down = await mutate(api, ana, 'deescalateTicket', { ticketId, level: 2, reason: 'x' })
    expect(down.userErrors).toMatchObject([{ code: 'LEVEL_NOT_LOWER' }])
    const without = await mutate(api, ana, 'escalateTicket', { ticketId, reason: 'x' })
    expect(without.userErrors).toMatchObject([{ code: 'INVALID_COMMAND', field: 'team' }])
  })
})

it('hands a feature request over to the product team in one command', async () => {
  const ticketId = await openTicket(api, zoe, { subject: 'Mode sombre', language: 'fr' })
  const { ticket } = await mutate(api, ana, 'handOverToProduct', { ticketId })
  expect(ticket).toMatchObject({ status: 'RESOLVED' })
  const shown = await api.dataOf(
    zoe,
    `{ ticket(id: "${ticketId}") { status conversation(first: 5) { nodes { body } } } }`,
  )
  expect(JSON.stringify(shown)).toContain('Merci pour votre suggestion concernant Mode sombre')
  const { tickets } = await api.dataOf(
    ana,
    '{ tickets(first: 5, filter: { tag: ["feature_request"] }) { nodes { ticketId: id team } } }',
  )
  expect(tickets).toEqual({ nodes: [{ ticketId, team: 'product' }] })
})
