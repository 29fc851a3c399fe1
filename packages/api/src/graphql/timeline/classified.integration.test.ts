import { classifierActor } from '@guichet/domain'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { useApi } from '../../server/testing/api-under-test.ts'
import { openTicket } from '../../server/testing/commands.ts'
import { ana, zoe } from '../../server/testing/tokens.ts'

const api = useApi({ beforeAll, afterAll })

const query = `query ($id: ID!) { ticket(id: $id) { category priority tags timeline(first: 10) { nodes { __typename
  ... on TicketClassified { by { actorId } classifiedAs classifiedPriority tags confidence classifier classifierVersion policyVersion
    alternatives { category confidence } reasons { evidence weight } } } } } }`

const said = {
  confidence: 0.91,
  classifier: 'model',
  version: 'v1',
  alternatives: [{ category: 'SECRET alternative', confidence: 0.05 }],
  reasons: [{ evidence: 'SECRET evidence', weight: 1.5 }],
}

it('why a ticket was classified is told to the desk, and what it got to its customer', async () => {
  const id = await openTicket(api, zoe, { subject: 'Facture' })
  const classify = {
    type: 'classify' as const,
    category: 'billing_support',
    tags: ['SECRET tag'],
    priority: 'high' as const,
    ...said,
  }
  expect(await api.desk.execute('ticket', id, classify, { by: classifierActor })).toMatchObject({ ok: true })

  const seen = async (viewer: typeof ana) => {
    const { data, errors } = await api.ask(viewer, query, { id })
    expect(errors).toEqual([])
    return data?.['ticket'] as { timeline: { nodes: readonly { __typename: string }[] } }
  }
  const classified = (ticket: Awaited<ReturnType<typeof seen>>) =>
    ticket.timeline.nodes.find(({ __typename }) => __typename === 'TicketClassified')
  expect(classified(await seen(ana))).toMatchObject({
    classifiedAs: 'billing_support',
    tags: ['SECRET tag'],
    confidence: 0.91,
    classifier: 'model',
    classifierVersion: 'v1',
    alternatives: said.alternatives,
    reasons: said.reasons,
  })
  const shown = await seen(zoe)
  expect(shown).toMatchObject({ category: 'billing_support', tags: [] })
  expect(classified(shown)).toMatchObject({ classifiedAs: 'billing_support', tags: [], confidence: null, reasons: [] })
  expect(JSON.stringify(shown)).not.toContain('SECRET')
})

it('a classification that only tags is hidden from customers', async () => {
  const id = await openTicket(api, zoe, { subject: 'Facture' })
  const classify = { type: 'classify' as const, tags: ['SECRET tag'], ...said }
  expect(await api.desk.execute('ticket', id, classify, { by: classifierActor })).toMatchObject({ ok: true })
  expect(JSON.stringify((await api.ask(zoe, query, { id })).data)).not.toContain('TicketClassified')
  expect(JSON.stringify((await api.ask(ana, query, { id })).data)).toContain('TicketClassified')
})
