import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import {
  ana,
  bob,
  gateway,
  max,
  mutate,
  openEventStream,
  sam,
  tokenFor,
  useApi,
  zoe,
} from '../../server/testing/api-under-test.ts'

// Without the quota of time, which depends on the speed of the machine.
const api = useApi({ beforeAll, afterAll }, { limits: { millisecondsPerMinute: 0 } })
let address: string

const shown = 'chat { id status agent { userId name } lastNumber read { customer desk } offer { round } }'
type Shown = { readonly chat: { readonly id: string; readonly status: string; readonly lastNumber: number } | null }

const send = async (as: Bearer, operation: string, input: Record<string, unknown>) => {
  const result = (await mutate(api, as, operation, input, shown)) as Awaited<ReturnType<typeof mutate>> & Shown
  return { ...result, codes: result.userErrors.map(({ code }) => code) }
}

beforeAll(async () => {
  address = await api.app.listen({ port: 0, host: '127.0.0.1' })
  for (const agentId of ['ana', 'bob']) {
    await mutate(api, sam, 'registerAgent', { agentId, name: agentId, languages: ['fr'] }, '')
    await mutate(api, sam, 'setAvailability', { agentId, availability: 'AVAILABLE' }, '')
  }
})

let visitors = 0
/** A customer of their own for each test: a customer has one chat at a time. */
const visitor = (): Bearer => ({ ...zoe, id: `visitor-${++visitors}` })

const started = async (as: Bearer, body = 'Bonjour'): Promise<string> => {
  const { chat, codes } = await send(as, 'startChat', { message: { messageId: 'first', body } })
  if (!chat) throw new Error(codes.join())
  return chat.id
}

type Change = {
  readonly chatChanged: {
    readonly cursor: string
    readonly truncated: boolean
    readonly event: {
      readonly type: string
      readonly number: number | null
      readonly message: { readonly body: string; readonly kind: string } | null
    }
  }
}
const follow = async (as: Bearer, id: string, args = '') =>
  openEventStream<Change>(
    `${address}/graphql`,
    await tokenFor(as),
    `subscription { chatChanged(id: "${id}"${args}) { cursor truncated event { type number message { body kind } } } }`,
  )
const seen = (changes: readonly { readonly data?: Change | null }[]) =>
  changes.map(({ data }) => data?.chatChanged.event.message?.body ?? data?.chatChanged.event.type)

describe('a chat', () => {
  it('is talked through by a customer and an agent, read, closed and rated', async () => {
    const customer = visitor()
    const chatId = await started(customer)
    const theirs = await follow(customer, chatId, ', last: 10')
    expect((await send(ana, 'acceptChat', { chatId })).chat).toMatchObject({
      status: 'ACTIVE',
      agent: { userId: 'ana', name: 'Ana Silva' },
    })
    await send(ana, 'sendChatMessage', { chatId, messageId: 'n', kind: 'NOTE', body: 'VIP' })
    await send(ana, 'sendChatMessage', { chatId, messageId: 'r', body: 'Avec plaisir' })
    await send(customer, 'sendChatMessage', { chatId, messageId: 'm', body: 'Merci' })
    await send(customer, 'markChatRead', { chatId, upTo: 4 })
    await send(ana, 'closeChat', { chatId })
    const { chat } = await send(customer, 'rateChat', { chatId, rating: 5 })
    expect(chat).toMatchObject({ status: 'CLOSED', lastNumber: 8, read: { customer: 4, desk: 0 } })
    const changes = await theirs.take(8)
    expect(seen(changes)).toEqual([
      'CHAT_STARTED',
      'Bonjour',
      'CHAT_ACCEPTED',
      'Avec plaisir',
      'Merci',
      'CHAT_MESSAGES_READ',
      'CHAT_CLOSED',
      'CHAT_RATED',
    ])
    expect(changes.map(({ data }) => data?.chatChanged.event.number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    await theirs.leave()
  })

  it('is one at a time for each customer: a second start returns the first', async () => {
    const customer = visitor()
    const chatId = await started(customer)
    const again = await send(customer, 'startChat', {})
    expect(again).toMatchObject({ repeated: true, chat: { id: chatId } })
  })

  /** Sends mutations at once. Returns the code of the error of each. */
  const atOnce = async (by: Bearer, count: number, operation: (n: number) => string) => {
    const authorization = `Bearer ${await tokenFor(by)}`
    const sent = Array.from({ length: count }, async (_, n) => {
      const payload = { query: `mutation { ${operation(n)} }` }
      const response = await api.app.inject({ method: 'POST', url: '/graphql', headers: { authorization }, payload })
      return response.json<{ errors?: readonly { extensions: { code: string } }[] }>().errors?.[0]?.extensions.code
    })
    return Promise.all(sent)
  }

  it('refuses most of 500 messages that a visitor sends at once, and goes on', async () => {
    const customer = visitor()
    const chatId = await started(customer)
    const codes = await atOnce(
      customer,
      500,
      (n) =>
        `sendChatMessage(input: { commandId: "m${n}", chatId: "${chatId}", messageId: "m${n}", body: "${n}" }) { userErrors { code } }`,
    )
    const taken = codes.filter((code) => code === undefined).length
    expect(new Set(codes)).toEqual(new Set([undefined, 'quota_exceeded']))
    // As many as may be sent at once beside the start, and those that were restored meanwhile.
    expect(taken).toBeGreaterThanOrEqual(110)
    expect(taken).toBeLessThan(400)
    const noted = await send(ana, 'sendChatMessage', { chatId, messageId: 'n', kind: 'NOTE', body: 'Doucement' })
    expect(noted.chat?.lastNumber).toBe(taken + 2)
    expect((await send(customer, 'endChat', { chatId })).chat?.status).toBe('CLOSED')
  })

  it('counts a reopening as it counts a start', async () => {
    const customer = visitor()
    const chatId = await started(customer)
    const codes = await atOnce(
      customer,
      60,
      (n) => `reopenChat(input: { commandId: "r${n}", chatId: "${chatId}" }) { userErrors { code } }`,
    )
    expect(new Set(codes)).toEqual(new Set([undefined, 'quota_exceeded']))
  })

  it('takes a repeated message once, and refuses another one under its id', async () => {
    const customer = visitor()
    const chatId = await started(customer)
    const message = { chatId, messageId: 'm', body: 'Allô ?' }
    expect((await send(customer, 'sendChatMessage', message)).chat?.lastNumber).toBe(3)
    expect((await send(customer, 'sendChatMessage', message)).chat?.lastNumber).toBe(3)
    expect((await send(customer, 'sendChatMessage', { ...message, body: 'Non' })).codes).toEqual([
      'CHAT_MESSAGE_ID_REUSED',
    ])
  })

  it('is continued after a cursor without a gap or a double', async () => {
    const customer = visitor()
    const chatId = await started(customer)
    await send(ana, 'acceptChat', { chatId })
    const before = await follow(customer, chatId, ', last: 2')
    const [, last] = await before.take(2)
    await before.leave()
    for (let n = 1; n <= 30; n++) {
      const kind = n % 3 === 0 ? 'NOTE' : 'TEXT'
      await send(ana, 'sendChatMessage', { chatId, messageId: `m${n}`, kind, body: `${n}` })
    }
    const after = await follow(customer, chatId, `, after: "${last?.data?.chatChanged.cursor}"`)
    const changes = await after.take(20)
    expect(seen(changes)).toEqual(Array.from({ length: 30 }, (_, i) => `${i + 1}`).filter((n) => Number(n) % 3 !== 0))
    expect(changes.map(({ data }) => data?.chatChanged.event.number)).toEqual(
      Array.from({ length: 20 }, (_, i) => i + 4),
    )
    await after.leave()
  })

  it('has the cursors of its events, and takes either for the other, and positions', async () => {
    const customer = visitor()
    const dan: Bearer = { ...ana, id: 'dan', name: 'Dan' }
    await mutate(api, sam, 'registerAgent', { agentId: 'dan', name: 'Dan', languages: ['fr'] }, '')
    await mutate(api, sam, 'setAvailability', { agentId: 'dan', availability: 'AVAILABLE' }, '')
    const chatId = await started(customer)
    await send(dan, 'acceptChat', { chatId })
    await send(dan, 'sendChatMessage', { chatId, messageId: 'n', kind: 'NOTE', body: 'VIP' })
    await send(customer, 'sendChatMessage', { chatId, messageId: 'a', body: 'A' })
    await send(dan, 'sendChatMessage', { chatId, messageId: 'n2', kind: 'NOTE', body: 'VIP' })
    type Item = { readonly cursor: string; readonly node: { readonly number: number | null; readonly type: string } }
    const events = async (as: Bearer, args: string): Promise<readonly Item[]> => {
      const query = `{ chat(id: "${chatId}") { events(${args}) { edges { cursor node { number type } } } } }`
      return ((await api.dataOf(as, query)) as never)['chat']['events']['edges']
    }
    const query = (after: string) =>
      `subscription { chatChanged(id: "${chatId}", after: "${after}") { cursor position event { number type } } }`
    type Heard = {
      readonly chatChanged: { readonly cursor: string; readonly position: string; readonly event: Item['node'] }
    }
    const heardAfter = async (as: Bearer, after: string, count: number) => {
      const stream = await openEventStream<Heard>(`${address}/graphql`, await tokenFor(as), query(after))
      const heard = (await stream.take(count)).flatMap(({ data }) => data?.chatChanged ?? [])
      await stream.leave()
      return heard
    }
    for (const as of [customer, dan]) {
      const all = await events(as, 'first: 100')
      for (const [index, { cursor }] of all.slice(0, -1).entries()) {
        const heard = await heardAfter(as, cursor, all.length - index - 1)
        expect(heard.map(({ cursor: own, event }) => ({ cursor: own, node: event }))).toEqual(all.slice(index + 1))
        expect(await events(as, `last: 100, before: "${heard[0]?.cursor}"`)).toEqual(all.slice(0, index + 1))
        if (heard.length < 2) continue
        expect(await heardAfter(as, heard[0]?.position ?? '', heard.length - 1)).toEqual(heard.slice(1))
      }
      expect((await events(customer, `first: 1, after: "${all[0]?.cursor}"`))[0]?.node.number).toBe(2)
    }
    const last = (await events(customer, 'last: 1'))[0]?.cursor ?? ''
    const waiting = await openEventStream<Heard>(`${address}/graphql`, await tokenFor(customer), query(last))
    await send(dan, 'sendChatMessage', { chatId, messageId: 'b', body: 'B' })
    expect((await waiting.take(1))[0]?.data?.chatChanged.event.type).toBe('CHAT_MESSAGE_SENT')
    await waiting.leave()
  })

  it('refuses a cursor of another chat, of another list, and what is none', async () => {
    const customer = visitor()
    const chatId = await started(customer)
    const other = await started(visitor())
    const endOf = async (id: string, list: string): Promise<string> => {
      const data = await api.dataOf(ana, `{ chat(id: "${id}") { ${list}(first: 1) { pageInfo { endCursor } } } }`)
      return /"endCursor":"([^"]+)"/.exec(JSON.stringify(data))?.[1] ?? ''
    }
    const [ofOther, ofMessages] = [await endOf(other, 'events'), await endOf(chatId, 'messages')]
    const old = Buffer.from(JSON.stringify([1, chatId.replace('Chat~', ''), 'customer', 1])).toString('base64url')
    for (const after of [ofOther, ofMessages, old, 'nonsense', '']) {
      const [refused] = await (await follow(customer, chatId, `, after: "${after}"`)).rest()
      expect(refused?.errors?.[0]).toMatchObject({ extensions: { code: 'cursor_invalid' } })
    }
    const { errors } = await api.ask(
      ana,
      `{ chat(id: "${chatId}") { events(first: 1, after: "${ofOther}") { nodes { type } } } }`,
    )
    expect(errors).toMatchObject([{ extensions: { code: 'cursor_invalid' } }])
  })

  it('gives the desk the numbers that the customer counts, from wherever it begins', async () => {
    const customer = visitor()
    const chatId = await started(customer)
    await send(bob, 'acceptChat', { chatId })
    await send(bob, 'sendChatMessage', { chatId, messageId: 'n', kind: 'NOTE', body: 'VIP' })
    await send(bob, 'sendChatMessage', { chatId, messageId: 'r', body: 'Avec plaisir' })
    for (const last of [2, 100]) {
      const theirs = await follow(bob, chatId, `, last: ${last}`)
      await send(bob, 'sendChatMessage', { chatId, messageId: `m${last}`, kind: 'NOTE', body: 'Note' })
      const changes = await theirs.take(last === 2 ? 3 : 8)
      const numbers = changes.map(({ data }) => data?.chatChanged.event.number)
      expect(numbers).toEqual(last === 2 ? [null, 4, null] : [1, 2, null, 3, null, 4, null, null])
      const after = await follow(bob, chatId, `, after: "${changes.at(-2)?.data?.chatChanged.cursor}"`)
      expect(seen(await after.take(1))).toEqual(['Note'])
      await after.leave()
      await theirs.leave()
    }
    expect((await send(bob, 'markChatRead', { chatId, upTo: 4 })).codes).toEqual([])
  })

  it('gives a reader who was away long the last events, and tells so', async () => {
    const customer = visitor()
    const chatId = await started(customer)
    await send(ana, 'acceptChat', { chatId })
    const first = await follow(customer, chatId, ', last: 3')
    const [beginning] = await first.take(1)
    await first.leave()
    const steps = Array.from({ length: 600 }, (_, n) => ({
      command: { type: 'send', messageId: `b${n}`, body: `${n}` } as const,
    }))
    await api.desk.executeTogether('chat', chatId.replace('Chat~', ''), steps, { by: { kind: 'agent', id: 'ana' } })
    const after = await follow(customer, chatId, `, after: "${beginning?.data?.chatChanged.cursor}"`)
    const changes = await after.take(500)
    expect(changes[0]?.data?.chatChanged).toMatchObject({ truncated: true, event: { number: 104 } })
    expect(changes.slice(1).every(({ data }) => data?.chatChanged.truncated === false)).toBe(true)
    await after.leave()
  })

  it('has the same numbers for both sides, and shows removed content to nobody who comes back', async () => {
    const customer = visitor()
    const chatId = await started(customer)
    await send(ana, 'sendChatMessage', { chatId, messageId: 'n', kind: 'NOTE', body: 'VIP' })
    await send(customer, 'sendChatMessage', { chatId, messageId: 'card', body: 'My card is 4242' })
    await send(customer, 'redactChatMessage', { chatId, messageId: 'card' })
    const events = 'nodes { id type number message { body } } pageInfo { hasNextPage endCursor startCursor }'
    type Events = { nodes: { id: string; type: string; number: number | null }[]; pageInfo: Record<string, string> }
    const page = async (as: Bearer, args: string): Promise<Events> =>
      ((await api.dataOf(as, `{ chat(id: "${chatId}") { events(${args}) { ${events} } } }`)) as never)['chat']['events']
    for (const as of [customer, ana]) {
      const all = (await page(as, 'first: 100')).nodes
      expect((await page(as, 'last: 100')).nodes).toEqual(all)
      expect(JSON.stringify(all)).not.toContain('4242')
      const [head, tail] = [await page(as, 'first: 2'), await page(as, 'last: 2')]
      expect(head.nodes).toEqual(all.slice(0, 2))
      expect((await page(as, `first: 100, after: "${head.pageInfo['endCursor']}"`)).nodes).toEqual(all.slice(2))
      expect((await page(as, `last: 100, before: "${tail.pageInfo['startCursor']}"`)).nodes).toEqual(all.slice(0, -2))
      for (const { id, number } of all) {
        expect(await api.dataOf(as, `{ node(id: "${id}") { ... on ChatEvent { number } } }`)).toEqual({
          node: { number },
        })
      }
      const reader = await follow(as, chatId, ', last: 100')
      const heard = await reader.take(all.length)
      await reader.leave()
      expect(JSON.stringify(heard)).not.toContain('4242')
      const numbers = heard.map(({ data }) => data?.chatChanged.event.number)
      expect(numbers).toEqual(all.map(({ number }) => number))
      expect(numbers).toEqual(as === ana ? [1, 2, null, 3, 4] : [1, 2, 3, 4])
    }
  })

  it('is nobody else’s', async () => {
    const customer = visitor()
    const chatId = await started(customer)
    const { data } = await api.ask(max, `{ chat(id: "${chatId}") { id } }`)
    expect(data).toEqual({ chat: null })
    expect((await send(max, 'sendChatMessage', { chatId, messageId: 'x', body: 'Hé' })).codes).toEqual([
      'CHAT_NOT_FOUND',
    ])
    const [refused] = await (await follow(max, chatId)).rest()
    expect(refused?.errors?.[0]).toMatchObject({ extensions: { code: 'chat_unknown' } })
    const other = visitor()
    const own = await started(other)
    const theirs = await follow(other, own, ', last: 1')
    const [change] = await theirs.take(1)
    await theirs.leave()
    const [foreign] = await (await follow(customer, chatId, `, after: "${change?.data?.chatChanged.cursor}"`)).rest()
    expect(foreign?.errors?.[0]).toMatchObject({ extensions: { code: 'cursor_invalid' } })
  })

  it('takes no message from an agent who is not in it, nor one after its end', async () => {
    const customer = visitor()
    const chatId = await started(customer)
    expect((await send(bob, 'sendChatMessage', { chatId, messageId: 'x', body: 'Hé' })).codes).toEqual(['NOT_IN_CHAT'])
    await send(customer, 'endChat', { chatId })
    expect((await send(customer, 'sendChatMessage', { chatId, messageId: 'y', body: 'Hé' })).codes).toEqual([
      'CHAT_CLOSED',
    ])
  })

  it('becomes a ticket with a link back', async () => {
    const customer = visitor()
    const chatId = await started(customer, 'Ma facture ?')
    await send(bob, 'acceptChat', { chatId })
    const converted = await mutate(
      api,
      bob,
      'convertChat',
      { chatId, subject: 'Facture' },
      'chat { status ticket { subject channel } }',
    )
    expect(converted).toMatchObject({ chat: { status: 'CLOSED', ticket: { subject: 'Facture', channel: 'CHAT' } } })
  })
})

describe('the queue', () => {
  it('shows a visitor a place that moves', async () => {
    for (const agentId of ['ana', 'bob'])
      await mutate(api, sam, 'setAvailability', { agentId, availability: 'BUSY' }, '')
    const [first, second] = [visitor(), visitor()]
    const ahead = await started(first)
    const chatId = await started(second)
    const place = async (as: Bearer, id: string) => {
      const { chat } = await api.dataOf(as, `{ chat(id: "${id}") { place { position } } }`)
      return (chat as { readonly place: { readonly position: number } | null }).place?.position
    }
    const before = (await place(second, chatId)) ?? 0
    expect(before).toBe(((await place(first, ahead)) ?? 0) + 1)
    const moves = await openEventStream<{ readonly chatPlaceChanged: { readonly position: number } | null }>(
      `${address}/graphql`,
      await tokenFor(second),
      `subscription { chatPlaceChanged(chatId: "${chatId}") { position expectedWait { mean } } }`,
    )
    expect((await moves.take(1))[0]?.data?.chatPlaceChanged?.position).toBe(before)
    await send(first, 'endChat', { chatId: ahead })
    expect((await moves.take(1))[0]?.data?.chatPlaceChanged?.position).toBe(before - 1)
    await send(second, 'endChat', { chatId })
    expect((await moves.take(1))[0]?.data?.chatPlaceChanged).toBeNull()
    await moves.leave()
  })

  it('lists chats with their last message, and tells agents which of theirs change', async () => {
    await mutate(api, sam, 'setAvailability', { agentId: 'bob', availability: 'AVAILABLE' }, '')
    const customer = visitor()
    type Listed = { readonly id: string; readonly status: string; readonly unread: number }
    const changes = await openEventStream<{ readonly chatsChanged: Listed }>(
      `${address}/graphql`,
      await tokenFor(bob),
      'subscription { chatsChanged { id status unread lastMessage { text } } }',
    )
    const chatId = await started(customer, 'Ma facture ?')
    await send(bob, 'acceptChat', { chatId })
    const next = async () => (await changes.take(1))[0]?.data?.chatsChanged
    // An accepted chat was offered first: one change for both, or two.
    let changed = await next()
    if (changed?.status === 'WAITING') changed = await next()
    expect(changed).toMatchObject({ id: chatId, status: 'ACTIVE', unread: 1 })
    await changes.leave()
    await send(bob, 'sendChatMessage', { chatId, messageId: 'n', kind: 'NOTE', body: 'VIP' })
    const query =
      '{ chats(first: 1, filter: { status: ACTIVE }) { nodes { id lastMessage { text } messages(first: 5) { nodes { body } } } } }'
    const shownTo = async (as: Bearer) =>
      ((await api.dataOf(as, query))['chats'] as { readonly nodes: readonly unknown[] }).nodes
    const theirs = {
      id: chatId,
      lastMessage: { text: 'Ma facture ?' },
      messages: { nodes: [{ body: 'Ma facture ?' }] },
    }
    expect(await shownTo(customer)).toEqual([theirs])
    expect(await shownTo(bob)).toEqual([
      { ...theirs, lastMessage: { text: 'VIP' }, messages: { nodes: [{ body: 'Ma facture ?' }, { body: 'VIP' }] } },
    ])
    expect(await shownTo(max)).toEqual([])
  })
})

describe('typing', () => {
  const eve: Bearer = { id: 'eve', role: 'agent', name: 'Eve' }

  it('is shown to the other side, and ends when the typist stops', async () => {
    await mutate(api, sam, 'registerAgent', { agentId: 'eve', name: 'Eve' }, '')
    await mutate(api, sam, 'setAvailability', { agentId: 'eve', availability: 'AVAILABLE' }, '')
    const customer = visitor()
    const chatId = await started(customer)
    await send(eve, 'acceptChat', { chatId })
    type Typed = { readonly chatTypingChanged: { readonly typing: readonly { readonly side: string }[] } }
    const theirs = await openEventStream<Typed>(
      `${address}/graphql`,
      await tokenFor(customer),
      `subscription { chatTypingChanged(chatId: "${chatId}") { typing { side agent { userId } } } }`,
    )
    const type = (as: Bearer, typing: boolean) =>
      api.dataOf(
        as,
        'mutation ($input: ShowChatTypingInput!) { showChatTyping(input: $input) { userErrors { code } } }',
        {
          input: { chatId, typing },
        },
      )
    expect((await theirs.take(1))[0]?.data?.chatTypingChanged.typing).toEqual([])
    expect(await type(eve, true)).toEqual({ showChatTyping: { userErrors: [] } })
    expect((await theirs.take(1))[0]?.data?.chatTypingChanged.typing).toEqual([
      { side: 'DESK', agent: { userId: 'eve' } },
    ])
    await type(eve, false)
    expect((await theirs.take(1))[0]?.data?.chatTypingChanged.typing).toEqual([])
    expect(await type(ana, true)).toEqual({ showChatTyping: { userErrors: [{ code: 'NOT_IN_CHAT' }] } })
    expect(await type(gateway, true)).toEqual({ showChatTyping: { userErrors: [] } })
    expect((await theirs.take(1))[0]?.data?.chatTypingChanged.typing).toEqual([{ side: 'DESK', agent: null }])
    await type(gateway, false)
    expect((await theirs.take(1))[0]?.data?.chatTypingChanged.typing).toEqual([])
    await theirs.leave()
    await send(eve, 'closeChat', { chatId })
  })
})
