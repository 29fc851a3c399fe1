import { afterAll, beforeAll, expect, it } from 'vitest'
import type { TicketCommandInput } from '@guichet/domain'
import { classifierActor } from '@guichet/domain'
import { ana, openTicket, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

const query = `query ($id: ID!) { ticket(id: $id) { category priority tags timeline(first: 10) { nodes { __typename
  ... on TicketClassified { by { actorId: userId } classifiedAs classifiedPriority tags confidence classifier classifierVersion policyVersion
    alternatives { category confidence } reasons { evidence weight } } } } } }`

const classification = {
  confidence: 0.91,
  classifier: 'model',
  version: 'v1',
  alternatives: [{ category: 'SECRET alternative', confidence: 0.05 }],
  reasons: [{ evidence: 'SECRET evidence', weight: 1.5 }],
}

/** Classifies a ticket as the reaction does, and waits until all read models show it. */
async function execute(id: string, command: TicketCommandInput): Promise<void> {
  const outcome = await api.desk.engine.execute('ticket', id, command, { by: classifierActor })
  if (!outcome.ok || outcome.value.position === undefined) throw new Error(JSON.stringify(outcome))
  await api.settled(outcome.value.position)
}

it('shows the reasons of a classification to the desk, and its result to the customer', async () => {
  const id = await openTicket(api, zoe, { subject: 'Facture' })
  const classify = {
    type: 'classify' as const,
    category: 'billing_support',
    tags: ['SECRET tag'],
    priority: 'high' as const,
    ...classification,
  }
  await execute(id, classify)

  const seen = async (viewer: typeof ana) => {
    const { ticket } = await api.dataOf(viewer, query, { id })
    return ticket as { timeline: { nodes: readonly { __typename: string }[] } }
  }
  const classified = (ticket: Awaited<ReturnType<typeof seen>>) =>
    ticket.timeline.nodes.find(({ __typename }) => __typename === 'TicketClassified')
  expect(classified(await seen(ana))).toMatchObject({
    classifiedAs: 'billing_support',
    tags: ['SECRET tag'],
    confidence: 0.91,
    classifier: 'model',
    classifierVersion: 'v1',
    alternatives: classification.alternatives,
    reasons: classification.reasons,
  })
  const shown = await seen(zoe)
  expect(shown).toMatchObject({ category: 'billing_support', tags: [] })
  expect(classified(shown)).toMatchObject({ classifiedAs: 'billing_support', tags: [], confidence: null, reasons: [] })
  expect(JSON.stringify(shown)).not.toContain('SECRET')
})

it('hides a classification that only adds tags from customers', async () => {
  const id = await openTicket(api, zoe, { subject: 'Facture' })
  const classify = { type: 'classify' as const, tags: ['SECRET tag'], ...classification }
  await execute(id, classify)
  expect(JSON.stringify((await api.ask(zoe, query, { id })).data)).not.toContain('TicketClassified')
  expect(JSON.stringify((await api.ask(ana, query, { id })).data)).toContain('TicketClassified')
})
