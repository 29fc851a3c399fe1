import { afterAll, beforeAll, expect, it } from 'vitest'
import type { IdentifiedSender, TicketCommandInput } from '@guichet/domain'
import { instant } from '@guichet/domain'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, max, mutate, openEventStream, tokenFor, useApi, zoe } from '../../server/testing/api-under-test.ts'
import { filesInFolder } from '../../server/testing/files-under-test.ts'

const api = useApi({ beforeAll, afterAll }, { files: filesInFolder })

const stranger: Bearer = { ...max, id: 'stranger' }
const customer = { kind: 'customer', id: zoe.id } as const
const agent = { kind: 'agent', id: 'ana' } as const
const since = Date.now() - 3_600_000
const minute = (n: number) => instant(new Date(since + n * 60_000).toISOString())

/** The survivor waits for its customer, who opens another ticket with a file; that one is merged into it. */
async function merged(survivor: string, source: string): Promise<void> {
  const open = { type: 'open', customer: { id: zoe.id } } as const
  const send = async (id: string, command: TicketCommandInput, sender: Omit<IdentifiedSender, 'commandId'>) =>
    expect(await api.desk.execute('ticket', id, command, sender)).toMatchObject({ ok: true })
  await send(
    survivor,
    { ...open, messageId: 'first', subject: 'Facture', body: 'Bonjour' },
    { by: customer, at: minute(1) },
  )
  await send(survivor, { type: 'assign', assignee: { id: 'bob' } }, { by: agent, at: minute(2) })
  const asks = { type: 'agentReply', messageId: 'answer', body: 'Laquelle ?', then: 'waiting_customer' } as const
  await send(survivor, asks, { by: agent, at: minute(3) })
  await send(
    source,
    { ...open, messageId: 'first', subject: 'Imprimante', body: `Elle fume ${source}` },
    { by: customer, at: minute(4) },
  )
  const content = { name: 'a.png', bytes: 3, sha256: 'a'.repeat(64), mediaType: 'image/png', scan: false }
  await api.desk.execute(
    'file',
    `f-${source}`,
    { type: 'store', owner: `ticket-${source}`, ...content },
    { by: customer },
  )
  const attachments = [{ fileId: `f-${source}` }]
  await send(
    source,
    { type: 'customerReply', messageId: 'more', body: 'Voici', attachments },
    { by: customer, at: minute(5) },
  )
  await send(source, { type: 'addNote', messageId: 'note', body: 'Déjà vu' }, { by: agent, at: minute(6) })
  const merge = await api.desk.mergeTickets(source, survivor, { by: agent, at: minute(7) })
  expect(merge).toMatchObject({ ok: true })
  await expect.poll(async () => bodies((await seenBy(ana, survivor)).ticket).length).toBe(5)
}

const conversation = `conversation(first: 50) { nodes { id body mergedFrom { id subject } attachments { file { name } } } }`
const query = `query ($id: ID!, $at: DateTime!) { ticket(id: $id) {
  status mergedTickets { id } ${conversation} asOf(at: $at) { mergedTickets { id } ${conversation} }
} }`
type Node = {
  readonly id: string
  readonly body: string
  readonly mergedFrom: { readonly id: string } | null
  readonly attachments: readonly { readonly file: { readonly name: string } | null }[]
}
type View = { readonly conversation: { readonly nodes: readonly Node[] }; readonly mergedTickets: readonly unknown[] }
type Seen = { readonly ticket: View & { readonly status: string; readonly asOf: View } }

const seenBy = async (as: Bearer, id: string, at = minute(50)) => (await api.dataOf(as, query, { id, at })) as Seen
const bodies = ({ conversation: { nodes } }: View) => nodes.map(({ body }) => body)

it('shows what was merged to the desk and the customer, as it is and as it was', async () => {
  await merged('kept', 'gone')
  const all = ['Bonjour', 'Laquelle ?', 'Elle fume gone', 'Voici', 'Déjà vu']
  const { ticket } = await seenBy(ana, 'kept')
  expect(bodies(ticket)).toEqual(all)
  expect(ticket).toMatchObject({ status: 'IN_PROGRESS', mergedTickets: [{ id: 'gone' }] })
  expect(ticket.conversation.nodes.map(({ mergedFrom }) => mergedFrom?.id)).toEqual([
    undefined,
    undefined,
    'gone',
    'gone',
    'gone',
  ])
  expect(new Set(ticket.conversation.nodes.map(({ id }) => id)).size).toBe(all.length)
  expect(ticket.asOf).toMatchObject({ conversation: ticket.conversation, mergedTickets: ticket.mergedTickets })
  const { ticket: before } = await seenBy(ana, 'kept', minute(6))
  expect([bodies(before.asOf), before.asOf.mergedTickets]).toEqual([all.slice(0, 2), []])

  const { ticket: own } = await seenBy(zoe, 'kept')
  expect(bodies(own)).toEqual(all.slice(0, 4))
  expect(bodies(own.asOf)).toEqual(all.slice(0, 4))
  for (const view of [own, own.asOf, ticket]) {
    expect(view.conversation.nodes[3]?.attachments).toEqual([{ file: { name: 'a.png' } }])
    expect(view.conversation.nodes[2]?.mergedFrom).toEqual({ id: 'gone', subject: 'Imprimante' })
  }
  expect(await api.dataOf(stranger, `{ ticket(id: "kept") { id } }`)).toEqual({ ticket: null })
})

it('pages through what was merged, with cursors that hold for the ticket as it was too', async () => {
  await merged('paged', 'source')
  type Page = {
    readonly nodes: readonly Node[]
    readonly pageInfo: { readonly endCursor: string; readonly hasNextPage: boolean }
  }
  const page = `($after: String) { conversation(first: 2, after: $after) { nodes { body } pageInfo { endCursor hasNextPage } } }`
  for (const at of ['', `asOf(at: "${minute(50)}")`]) {
    const read: string[] = []
    let after: string | undefined
    for (let more = true; more;) {
      const inner = page.slice('($after: String)'.length)
      const paged = `query ($after: String) { ticket(id: "paged") ${at ? `{ ${at} ${inner} }` : inner} }`
      const { ticket } = (await api.dataOf(ana, paged, { after })) as {
        readonly ticket: { readonly asOf?: { readonly conversation: Page }; readonly conversation?: Page }
      }
      const found = (ticket.asOf?.conversation ?? ticket.conversation) as Page
      read.push(...found.nodes.map(({ body }) => body))
      after = found.pageInfo.endCursor
      more = found.pageInfo.hasNextPage
    }
    expect(read).toEqual(['Bonjour', 'Laquelle ?', 'Elle fume source', 'Voici', 'Déjà vu'])
  }
})

it('finds the survivor by what was merged, and tells its agent and its subscribers of the merge', async () => {
  const address = await api.app.listen({ port: 0, host: '127.0.0.1' })
  await merged('before', 'other')
  const changes = await openEventStream(
    `${address}/graphql`,
    await tokenFor(zoe),
    `subscription { ticketChanged(id: "before") { event { __typename } ticket { ${conversation} } } }`,
  )
  const open = { type: 'open', subject: 'Encore', body: 'Et le scanner ?', customer: { id: zoe.id } } as const
  await api.desk.execute('ticket', 'third', open, { by: customer })
  const merge = { source: 'third', target: 'before' }
  expect((await mutate(api, ana, 'mergeTickets', merge, 'ticket { id }')).userErrors).toEqual([])
  const [change] = (await changes.take(1)) as { data: { ticketChanged: { event: object; ticket: View } } }[]
  expect(change?.data.ticketChanged.event).toEqual({ __typename: 'AbsorptionCompleted' })
  expect(bodies(change?.data.ticketChanged.ticket as View)).toContain('Et le scanner ?')
  for (const as of [ana, zoe]) {
    const search = `{ tickets(first: 9, filter: { search: "scanner" }, orderBy: { by: OPENED_AT }) { nodes { id } } }`
    expect(await api.dataOf(as, search)).toEqual({ tickets: { nodes: [{ id: 'third' }, { id: 'before' }] } })
  }
  const inbox = `{ inbox(first: 50) { nodes { kind ticket { id } } } }`
  await expect
    .poll(() => api.dataOf({ ...ana, id: 'bob' }, inbox))
    .toMatchObject({
      inbox: {
        nodes: expect.arrayContaining([{ kind: 'QUESTION_MERGED', ticket: { id: 'before' } }]) as unknown,
      },
    })
})
