import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from '../server/testing/api-under-test.ts'
import { ada, ana, nextCommandId, openTicket, sam, startApi, useApi, zoe } from '../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })

const never = { reached: () => new Promise<boolean>(() => undefined), stopped: async () => [] }
const late = { reached: async () => false, stopped: async () => [] }

const send = (operation: string, input: string, selection: string): string =>
  `mutation { ${operation}(input: { commandId: "${nextCommandId()}", ${input} }) { position userErrors { code } ${selection} } }`

const positionOf = ({ data }: Answer, operation: string): string =>
  (data as Record<string, { position: string }>)[operation]?.position ?? ''

const lastMessage = (ticketId: string): string =>
  `{ ticket(id: "${ticketId}") { conversation(last: 1) { nodes { body } } } }`

describe('a write that a server has acknowledged', () => {
  it('is shown by every read model at once, every time', async () => {
    const ticketId = await openTicket(api, zoe)
    for (let n = 1; n <= 25; n++) {
      const body = `Réponse ${n} zebre${n}x`
      const answer = await api.ask(sam, send('agentReply', `ticketId: "${ticketId}", body: "${body}"`, ''))
      const { data, errors } = await api.ask(
        sam,
        `{
          ticket(id: "${ticketId}") { version updatedAt conversation(last: 1) { nodes { body } } }
          tickets(first: 1, orderBy: { by: UPDATED_AT }) { nodes { ticketId: id version } }
          audit(first: 1) { nodes { stream version } }
          found: tickets(first: 1, filter: { search: "zebre${n}x" }) { nodes { ticketId: id } }
        }`,
      )
      expect([answer.errors, errors]).toEqual([[], []])
      expect(data).toMatchObject({
        ticket: { version: n + 3, conversation: { nodes: [{ body }] } },
        tickets: { nodes: [{ ticketId, version: n + 3 }] },
        audit: { nodes: [{ stream: `ticket-${ticketId}`, version: n + 3 }] },
        found: { nodes: [{ ticketId }] },
      })
    }
  })

  it('is shown to other callers as soon as it is acknowledged', async () => {
    for (let n = 1; n <= 25; n++) {
      const ticketId = await openTicket(api, zoe)
      await api.ask(ana, send('agentReply', `ticketId: "${ticketId}", body: "girafe${n}x"`, ''))
      const { data } = await api.ask(
        zoe,
        `{
          ticket(id: "${ticketId}") { conversation(last: 1) { nodes { body } } }
          tickets(first: 2, filter: { search: "girafe${n}x" }) { nodes { ticketId: id } }
          inbox(first: 1) { nodes { ticket { ticketId: id } } }
        }`,
      )
      expect(data).toEqual({
        ticket: { conversation: { nodes: [{ body: `girafe${n}x` }] } },
        tickets: { nodes: [{ ticketId }] },
        inbox: { nodes: [{ ticket: { ticketId } }] },
      })
    }
  })

  it('is acknowledged before the read models show it', async () => {
    const slow = await startApi(api.databaseUrl, { runner: never })
    const { data, errors } = await slow.ask(
      zoe,
      send(
        'openTicket',
        'subject: "Vite", body: "Très vite"',
        'ticket { subject status timeline(first: 1) { nodes { __typename } } }',
      ),
    )
    await slow.close()
    expect(errors).toEqual([])
    expect(data).toMatchObject({
      openTicket: { ticket: { subject: 'Vite', status: 'NEW', timeline: { nodes: [{ __typename: 'TicketOpened' }] } } },
    })
  })

  it('is not waited for beyond the time limit when the read models are late', async () => {
    const ticketId = await openTicket(api, zoe)
    const behind = await startApi(api.databaseUrl, { runner: late })
    await behind.ask(ana, send('agentReply', `ticketId: "${ticketId}", body: "Un instant"`, ''))
    const { data, errors } = await behind.ask(ana, `{ ticket(id: "${ticketId}") { ticketId: id } }`)
    await behind.close()
    expect(errors).toEqual([])
    expect(data).toEqual({ ticket: { ticketId } })
  })
})

describe('guichet-min-position', () => {
  it('shows a new write to another caller at another server', async () => {
    const other = await startApi(api.databaseUrl)
    const ticketId = await openTicket(api, zoe)
    for (let n = 1; n <= 10; n++) {
      const body = `Réponse ${n}`
      const answer = await api.ask(ana, send('agentReply', `ticketId: "${ticketId}", body: "${body}"`, ''))
      const headers = { 'guichet-min-position': positionOf(answer, 'agentReply') }
      const { data } = await other.ask(zoe, lastMessage(ticketId), {}, headers)
      expect(data).toEqual({ ticket: { conversation: { nodes: [{ body }] } } })
    }
    await other.close()
  })

  it.each(['nonsense', '1:2:3', '9'.repeat(300)])('refuses %j, which is not a position', async (text) => {
    const { status, errors } = await api.ask(
      zoe,
      '{ tickets(first: 1) { nodes { id } } }',
      {},
      { 'guichet-min-position': text },
    )
    expect(status).toBe(400)
    expect(errors).toMatchObject([{ extensions: { code: 'position_invalid' } }])
  })

  it('returns an error when the read models do not show it yet', async () => {
    const answer = await api.ask(zoe, send('openTicket', 'subject: "Plus tard", body: "Bien plus tard"', ''))
    const behind = await startApi(api.databaseUrl, { runner: late })
    const headers = { 'guichet-min-position': positionOf(answer, 'openTicket') }
    const { errors } = await behind.ask(zoe, '{ tickets(first: 1) { nodes { id } } }', {}, headers)
    await behind.close()
    expect(errors).toMatchObject([{ extensions: { code: 'position_not_reached' } }])
  })
})

const fields = `ticketId: id version subject status priority channel language category customer { personId: userId name }
  assignee { personId: userId } team tags watchers { personId: userId } openedAt updatedAt firstRespondedAt waitingSince resolvedAt
  closedAt closeReason resolutions reopenings mergedInto { ticketId: id } viewerCanReopen
  conversation(last: 5) { nodes { messageId: key kind body attachments { attachmentId: key } } } links { to }`

describe('the ticket in the result of a command', () => {
  it.each([
    ['agentReply', 'body: "Voilà", then: WAITING_CUSTOMER'],
    ['addNote', 'body: "Entre nous"'],
    ['resolveTicket', 'summary: "Résolu"'],
    ['closeTicket', 'reason: INVALID'],
    ['markSpam', ''],
    ['changePriority', 'priority: URGENT'],
    ['assignTicket', 'assignee: { id: "sam", name: "Sam" }'],
    ['tagTicket', 'tag: "vip"'],
    ['renameTicket', 'subject: "Autrement"'],
    ['escalateTicket', 'team: "technical_specialists", reason: "bug critique"'],
    ['addWatcher', 'watcher: { id: "sam" }'],
    ['changePriority', 'priority: NORMAL'],
  ])('is equal to the queried one after %s (%s)', async (operation, input) => {
    const ticketId = await openTicket(api, zoe)
    const given = `ticketId: "${ticketId}"${input && `, ${input}`}`
    const answer = await api.ask(ana, send(operation, given, `ticket { ${fields} }`))
    const queried = await api.ask(ana, `{ ticket(id: "${ticketId}") { ${fields} } }`)
    expect([answer.errors, queried.errors]).toEqual([[], []])
    expect(answer.data?.[operation]).toMatchObject({ userErrors: [], ticket: queried.data?.['ticket'] })
  })

  it.each([
    ['customerReply', 'body: "Toujours rien"'],
    ['confirmTicket', ''],
    ['attachToTicket', 'attachmentId: "a1", name: "écran.png", mediaType: "image/png", bytes: 12'],
  ])('is equal to the one that its customer queries after %s (%s)', async (operation, input) => {
    const ticketId = await openTicket(api, zoe)
    await api.ask(ana, send('resolveTicket', `ticketId: "${ticketId}"`, ''))
    await api.ask(ana, send('addNote', `ticketId: "${ticketId}", body: "Entre nous"`, ''))
    const given = `ticketId: "${ticketId}"${input && `, ${input}`}`
    const answer = await api.ask(zoe, send(operation, given, `ticket { ${fields} }`))
    const queried = await api.ask(zoe, `{ ticket(id: "${ticketId}") { ${fields} } }`)
    expect([answer.errors, queried.errors]).toEqual([[], []])
    expect(answer.data?.[operation]).toMatchObject({ userErrors: [], ticket: queried.data?.['ticket'] })
  })

  it('is the current ticket for a repeat', async () => {
    const ticketId = await openTicket(api, zoe)
    const tag = send('tagTicket', `ticketId: "${ticketId}", tag: "vip"`, `ticket { ${fields} }`)
    await api.ask(ana, tag)
    await api.ask(ana, send('renameTicket', `ticketId: "${ticketId}", subject: "Autrement"`, ''))
    const again = await api.ask(ana, tag)
    expect(again.data?.['tagTicket']).toMatchObject({ ticket: { subject: 'Autrement', tags: ['vip'], version: 3 } })
  })
})

it.each([
  ['changePreference', 'preference: EMAIL_ONLY', zoe, 'inbox'],
  ['applyConfiguration', 'document: { sla: {} }', ada, 'sla'],
  ['applyConfiguration', 'document: { sla: {}, plans: ["gold"] }', ada, 'deadlines'],
  ['applyConfiguration', 'document: { sla: {}, plans: ["silver"] }', ada, 'inbox'],
  ['openTicket', 'subject: "x", body: "y"', zoe, 'conversation'],
])(
  '%s { %s } reports that the change is not shown while the read model %4$s is late',
  async (operation, input, as, behind) => {
    const reached = async (_: unknown, __: unknown, names?: readonly string[]) => !names?.includes(behind)
    const other = await startApi(api.databaseUrl, { runner: { reached, stopped: async () => [] } })
    const { data, errors } = await other.ask(as, send(operation, input, 'readModelsReached'))
    await other.close()
    expect(errors).toEqual([])
    expect(data?.[operation]).toMatchObject({ userErrors: [], readModelsReached: false })
  },
)
