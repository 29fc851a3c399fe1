import { afterAll, beforeAll, expect, it } from 'vitest'
import { instant, later } from '@guichet/domain'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

it('shows the targets of a chat, and who was notified of an overdue one, to the desk', async () => {
  const customer: Bearer = { ...zoe, id: 'late', name: 'Léa Petit' }
  const startedAt = later(instant(new Date()), -60_000)
  const customerOf = { id: customer.id, name: 'Léa Petit' }
  const by = { kind: 'customer', ...customerOf } as const
  expect(await api.desk.startChat('late-chat', { customer: customerOf }, { by, at: startedAt })).toMatchObject({
    ok: true,
  })
  const dueAt = later(startedAt, 30_000)
  const fire = { type: 'fire', kind: 'chat_answer', cycle: 1, dueAt } as const
  const fired = await api.desk.execute('chat', 'late-chat', fire, { by: { kind: 'system', id: 'test' }, at: dueAt })
  expect(fired).toMatchObject({ ok: true, value: { events: [{}, { type: 'ChatEscalated', to: 'high' }] } })
  const position = fired.ok ? fired.value.position : undefined
  if (position !== undefined) await api.settled(position)

  const query = `{
    chat(id: "late-chat") { priority targets(first: 9) { nodes { id target state open dueAt policy why } } }
    chatTargets(first: 10, filter: { open: true, channel: [WEB] }) { nodes { chat { id } state } }
    chatSlaDashboard(by: CHANNEL) { total { breached missed met } groups { key figures { missed } } }
  }`
  const targets = (data: Record<string, unknown>) => (data.chat as { targets: { nodes: unknown[] } }).targets.nodes
  const shown = await api.dataOf(ana, query)
  expect(shown).toMatchObject({
    chat: { priority: 'HIGH' },
    chatTargets: { nodes: [{ chat: { id: 'Chat~late-chat' } }] },
    chatSlaDashboard: { total: { met: 0, missed: 1 }, groups: [{ key: 'web', figures: { missed: 1 } }] },
  })
  expect(targets(shown)).toMatchObject([
    {
      target: 'FIRST_ANSWER',
      state: 'BREACHED',
      open: true,
      dueAt,
      policy: 'default',
      why: expect.stringMatching(/^policy default of .*: a first answer within 30s, since /) as string,
    },
  ])
  const inbox = '{ inbox(first: 1) { nodes { kind toDesk team chat { id } ticket { id } } } }'
  expect(await api.dataOf(sam, inbox)).toEqual({
    inbox: {
      nodes: [
        { kind: 'CHAT_OVERDUE', toDesk: true, team: 'supervisors', chat: { id: 'Chat~late-chat' }, ticket: null },
      ],
    },
  })
  expect(
    targets(await api.dataOf(customer, `{ chat(id: "late-chat") { targets(first: 9) { nodes { state } } } }`)),
  ).toEqual([])
  const [{ id } = { id: '' }] = targets(shown) as readonly { readonly id: string }[]
  expect(await api.dataOf(ana, `{ node(id: "${id}") { ... on ChatTargetRecord { cycle } } }`)).toEqual({
    node: { cycle: 1 },
  })
  for (const unknown of ['ChatTargetRecord~late-chat~2', 'ChatTargetRecord~late-chat~x', 'ChatTargetRecord~none~1']) {
    expect(await api.dataOf(ana, `{ node(id: "${unknown}") { id } }`)).toEqual({ node: null })
  }
})
