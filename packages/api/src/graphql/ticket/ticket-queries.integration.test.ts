import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ana, max, mutate, openTicket, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
const ids: string[] = []
beforeAll(async () => {
  for (let n = 0; n < 100; n++) ids.push(await openTicket(api, zoe, { subject: `Printer ${n}` }))
  for (const ticketId of ids.slice(0, 10)) await mutate(api, ana, 'agentReply', { ticketId, body: 'Bonjour' })
})

type List = {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly ticketId: string } }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly endCursor: string
    readonly startCursor: string
  }
}
const pageFields =
  '{ edges { cursor node { ticketId: id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }'

async function list(args: string): Promise<List> {
  const { tickets } = await api.dataOf(ana, `{ tickets(${args}) ${pageFields} }`)
  return tickets as List
}
const idsOf = ({ edges }: List): string[] => edges.map(({ node }) => node.ticketId)

describe('tickets', () => {
  it('are paged forward, each once', async () => {
    const seen: string[] = []
    let after = ''
    for (;;) {
      const page = await list(`first: 33, orderBy: { by: OPENED_AT, direction: ASC }${after}`)
      seen.push(...idsOf(page))
      if (!page.pageInfo.hasNextPage) break
      after = `, after: "${page.pageInfo.endCursor}"`
    }
    expect(seen).toEqual(ids)
  })

  it('are paged backward from the end', async () => {
    const end = await list('last: 3, orderBy: { by: OPENED_AT, direction: ASC }')
    expect(idsOf(end)).toEqual(ids.slice(-3))
    const before = await list(
      `last: 2, orderBy: { by: OPENED_AT, direction: ASC }, before: "${end.pageInfo.startCursor}"`,
    )
    expect(idsOf(before)).toEqual(ids.slice(-5, -3))
    expect(before.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true })
  })

  it('are filtered with and, or and not', async () => {
    const replied = await list('first: 100, filter: { status: [IN_PROGRESS] }')
    expect(idsOf(replied).sort()).toEqual(ids.slice(0, 10).sort())
    const rest = await list(
      'first: 100, filter: { and: [{ not: { status: [IN_PROGRESS] } }, { or: [{ assigneeId: [null] }] }] }',
    )
    expect(rest.edges).toHaveLength(90)
  })

  it('are counted, up to a bound and not by a search', async () => {
    const count = async (args: string) =>
      (await api.dataOf(ana, `{ tickets(first: 1, ${args}) { totalCount } }`))['tickets']
    expect(await count('filter: { status: [IN_PROGRESS] }')).toEqual({ totalCount: 10 })
    expect(await count('filter: { not: { status: [IN_PROGRESS] } }')).toEqual({ totalCount: 90 })
    expect(await count('filter: { search: "printer 42" }')).toEqual({ totalCount: null })
    const own = await api.dataOf(max, '{ tickets(first: 1) { totalCount } }')
    expect(own).toEqual({ tickets: { totalCount: 0 } })
  })

  it('are work lists: what is unread, who waits for the desk, what nobody works on', async () => {
    const fields = 'nodes { id customerWaitingSince unreadSince idleSince lastAgentReplyAt }'
    const first = async (args: string) => {
      const { tickets } = await api.dataOf(ana, `{ tickets(first: 1, ${args}) { totalCount ${fields} } }`)
      return tickets
    }
    const waits = await first(
      'filter: { customerWaitingSince: {} }, orderBy: { by: CUSTOMER_WAITING_SINCE, direction: ASC }',
    )
    expect(waits).toMatchObject({ totalCount: 90, nodes: [{ id: ids[10], idleSince: null, lastAgentReplyAt: null }] })
    const unread = await first('filter: { unread: true }, orderBy: { by: UNREAD_SINCE, direction: ASC }')
    expect(unread).toEqual(waits)
    const idle = await first('filter: { unread: false, idleSince: {} }, orderBy: { by: IDLE_SINCE, direction: ASC }')
    expect(idle).toMatchObject({
      totalCount: 10,
      nodes: [{ id: ids[0], customerWaitingSince: null, unreadSince: null }],
    })
  })

  it.each(['unread: true', 'unreadSince: {}', 'idleSince: {}', 'customerWaitingSince: {}'])(
    'are not filtered by %s for customers',
    async (condition) => {
      const { errors } = await api.ask(zoe, `{ tickets(first: 1, filter: { ${condition} }) { nodes { id } } }`)
      expect(errors[0]?.extensions.code).toBe('forbidden')
    },
  )

  it.each(['UNREAD_SINCE', 'IDLE_SINCE', 'CUSTOMER_WAITING_SINCE', 'DUE'])(
    'are not sorted by %s for customers',
    async (by) => {
      const { errors } = await api.ask(zoe, `{ tickets(first: 1, orderBy: { by: ${by} }) { nodes { id } } }`)
      expect(errors[0]?.extensions.code).toBe('forbidden')
    },
  )

  it('are found by number', async () => {
    expect(idsOf(await list('first: 5, filter: { search: "#43" }'))[0]).toBe(ids[42])
  })

  it('are ordered by relevance of a search', async () => {
    const found = await list('first: 5, filter: { search: "printer 42" }, orderBy: { by: RELEVANCE }')
    expect(idsOf(found)[0]).toBe(ids[42])
  })

  it.each([
    ['neither first nor last', '', 'page_size_invalid'],
    ['both', 'first: 1, last: 1', 'page_size_invalid'],
    ['too many', 'first: 101', 'page_size_invalid'],
    ['none', 'first: 0', 'page_size_invalid'],
    ['a cursor that is none', 'first: 1, after: "nonsense"', 'cursor_invalid'],
    ['a made-up cursor', `first: 1, after: "${forged('tickets:openedAt:desc', 'no date', 'x')}"`, 'cursor_invalid'],
    ['another list’s cursor', `first: 1, after: "${forged('audit', '1', 'x')}"`, 'cursor_invalid'],
    ['a NUL', `first: 1, after: "${forged('tickets:openedAt:desc', '\0', '\0')}"`, 'cursor_invalid'],
    ['relevance without a search', 'first: 1, orderBy: { by: RELEVANCE }', 'malformed_input'],
    ['a NUL in a search', 'first: 1, filter: { search: "a\\u0000" }', 'malformed_input'],
    ['a choice between nothing', 'first: 1, filter: { or: [] }', 'malformed_input'],
    [
      'a filter that is too deep',
      `first: 1, filter: ${'{ not: '.repeat(5)}{ search: "x" }${' }'.repeat(5)}`,
      'malformed_input',
    ],
    ['a date that is none', 'first: 1, filter: { openedAt: { from: "2026-02-30T25:00:00Z" } }', 'malformed_input'],
  ])('refuses %s', async (_, args, code) => {
    const { errors } = await api.ask(ana, `{ tickets${args && `(${args})`} { nodes { id } } }`)
    expect(errors[0]?.extensions.code).toBe(code)
  })

  it('take as many statements for a hundred as for one', async () => {
    const query = `query ($first: Int!) { tickets(first: $first) { nodes {
      ticketId: id customer { name } assignee { name } deadlines { kind dueAt } conversation(first: 20) { nodes { body } }
    } } }`
    const statementsFor = async (first: number): Promise<number> => {
      const before = api.queryCount()
      const { errors } = await api.ask(ana, query, { first })
      expect(errors).toEqual([])
      return api.queryCount() - before
    }
    expect([await statementsFor(1), await statementsFor(100)]).toEqual([4, 4])
  })

  it.each([
    ['timeline', 'timeline(first: 1) { nodes { __typename } }'],
    ['links', 'links { to }'],
    ['asOf', 'asOf(at: "2099-01-01T00:00:00Z") { status }'],
  ])('refuses to read the history of every ticket of a list for %s', async (_, field) => {
    const ask = (first: number) => api.ask(ana, `{ tickets(first: ${first}) { nodes { ${field} } } }`)
    expect((await ask(15)).errors).toEqual([])
    expect((await ask(25)).errors[0]?.extensions.code).toBe('too_complex')
  })
})

describe('a ticket', () => {
  it('is found by its global id', async () => {
    const { data } = await api.ask(ana, `{ ticket(id: "${ids[0]}") { id } }`)
    const id = (data?.['ticket'] as { id: string } | undefined)?.id
    const { data: again } = await api.ask(ana, `{ node(id: "${id}") { ... on Ticket { ticketId: id } } }`)
    expect(again).toEqual({ node: { ticketId: ids[0] } })
  })

  it('has its history read once for all fields folded from it', async () => {
    const fields = 'links { to } timeline(first: 5) { nodes { __typename } }'
    const before = api.queryCount()
    const { errors } = await api.ask(
      ana,
      `{ ticket(id: "${ids[0]}") { ${fields} asOf(at: "2099-01-01T00:00:00Z") { ${fields} } } }`,
    )
    expect(errors).toEqual([])
    expect(api.queryCount() - before).toBe(2)
  })

  it('is shown as it was, with its conversation and timeline', async () => {
    const first = await api.desk.store.readStream(`ticket-${ids[0]}`)
    const at = first[0]?.event.at
    const fields =
      'status version viewerCanAgentReply conversation(first: 10) { nodes { body } } timeline(first: 10) { nodes { __typename } }'
    const query = `{ ticket(id: "${ids[0]}") { ${fields} was: asOf(at: "${at}") { ${fields} } before: asOf(at: "2000-01-01T00:00:00Z") { status } } }`
    const { data } = await api.ask(ana, query)
    expect(data?.['ticket']).toMatchObject({
      status: 'IN_PROGRESS',
      version: 4,
      viewerCanAgentReply: true,
      conversation: { nodes: [{}, { body: 'Bonjour' }] },
      timeline: {
        nodes: [
          { __typename: 'TicketOpened' },
          { __typename: 'AgentReplied' },
          { __typename: 'TicketStarted' },
          { __typename: 'TargetMet' },
        ],
      },
      was: {
        status: 'NEW',
        version: 1,
        viewerCanAgentReply: null,
        conversation: { nodes: [{ body: 'Je ne peux plus me connecter.' }] },
        timeline: { nodes: [{ __typename: 'TicketOpened' }] },
      },
      before: null,
    })
  })

  it('has a conversation that is paged from either end, now and as it was', async () => {
    const read = async (args: string) => {
      const page = `conversation(${args}) { nodes { body } pageInfo { startCursor hasPreviousPage hasNextPage } }`
      const { data, errors } = await api.ask(
        ana,
        `{ ticket(id: "${ids[0]}") { ${page} asOf(at: "2099-01-01T00:00:00Z") { ${page} } } }`,
      )
      expect(errors).toEqual([])
      const ticket = data?.['ticket'] as {
        asOf: unknown
        conversation: { pageInfo: { startCursor: string } }
      }
      const { asOf, ...now } = ticket
      expect(asOf).toEqual(now)
      return now.conversation
    }
    const last = await read('last: 1')
    expect(last).toMatchObject({
      nodes: [{ body: 'Bonjour' }],
      pageInfo: { hasPreviousPage: true, hasNextPage: false },
    })
    expect(await read(`last: 5, before: "${last.pageInfo.startCursor}"`)).toMatchObject({
      nodes: [{ body: 'Je ne peux plus me connecter.' }],
      pageInfo: { hasPreviousPage: false, hasNextPage: true },
    })
  })

  it.each(['conversation', 'timeline'])('refuses a forged cursor of its %s', async (list) => {
    const after = forged(list, 'nowhere', '')
    const { errors } = await api.ask(
      ana,
      `{ ticket(id: "${ids[0]}") { ${list}(first: 1, after: "${after}") { pageInfo { hasNextPage } } } }`,
    )
    expect(errors[0]?.extensions.code).toBe('cursor_invalid')
  })

  it('has a paged timeline', async () => {
    const page = async (args: string) =>
      (
        await api.ask(
          ana,
          `{ ticket(id: "${ids[0]}") { timeline(${args}) { nodes { __typename } pageInfo { endCursor hasNextPage } } } }`,
        )
      ).data?.['ticket'] as {
        timeline: { nodes: { __typename: string }[]; pageInfo: { endCursor: string; hasNextPage: boolean } }
      }
    const { timeline } = await page('first: 2')
    expect(timeline.pageInfo.hasNextPage).toBe(true)
    const rest = await page(`first: 2, after: "${timeline.pageInfo.endCursor}"`)
    expect(rest.timeline.nodes).toEqual([{ __typename: 'TicketStarted' }, { __typename: 'TargetMet' }])
    expect((await page('last: 1')).timeline.nodes).toEqual([{ __typename: 'TargetMet' }])
  })
})

/** A forged cursor in the format of this server. */
function forged(name: string, value: string, id: string): string {
  return Buffer.from(JSON.stringify([1, name, value, id])).toString('base64url')
}

describe('the number of a ticket', () => {
  const byNumber = 'query ($number: Int!) { ticket(number: $number) { ticketId: id number } }'

  it('finds the ticket for callers who may see it', async () => {
    const [ticketId] = ids
    expect(await api.dataOf(zoe, byNumber, { number: 1 })).toEqual({ ticket: { ticketId, number: 1 } })
    for (const [as, number] of [
      [max, 1],
      [ana, 0],
      [ana, -1],
      [ana, 2 ** 31 - 1],
    ] as const)
      expect(await api.dataOf(as, byNumber, { number })).toEqual({ ticket: null })
  })

  it('is in the payload of the mutation that opens the ticket, and does not change', async () => {
    const input = { subject: 'x', body: 'y' }
    const opened = await mutate(
      api,
      zoe,
      'openTicket',
      input,
      'ticket { id number asOf(at: "2999-01-01T00:00:00Z") { number } }',
    )
    const { ticket } = opened as unknown as { readonly ticket: { readonly id: string; readonly number: number } }
    expect(ticket).toMatchObject({ asOf: { number: ticket.number } })
    expect(await api.dataOf(ana, byNumber, { number: ticket.number })).toEqual({
      ticket: { ticketId: ticket.id, number: ticket.number },
    })
  })

  it.each(['{ ticket { id } }', '{ ticket(id: "x", number: 1) { id } }'])(
    'excludes the id: %s is refused',
    async (query) => {
      const { errors } = await api.ask(ana, query)
      expect(errors[0]?.extensions.code).toBe('malformed_input')
    },
  )
})
