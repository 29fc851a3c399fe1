import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bearer } from '../../server/testing/api-under-test.ts'
import { ana, mutate, sam, useApi, zoe } from '../../server/testing/api-under-test.ts'

const api = useApi({ beforeAll, afterAll })
const eve: Bearer = { ...ana, id: 'eve', name: 'Eve Roy' }
/** No reactions run here, so that an agent keeps the places of closed chats: three each. */
const ivo: Bearer = { ...ana, id: 'ivo', name: 'Ivo Bell' }

beforeAll(async () => {
  for (const agentId of ['eve', 'ivo']) {
    await mutate(api, sam, 'registerAgent', { agentId, name: agentId, languages: ['fr'] }, '')
    await mutate(api, sam, 'setAvailability', { agentId, availability: 'AVAILABLE' }, '')
  }
})

let visitors = 0
/** A chat that eve has, of a customer of their own. */
const activeChat = async (agent = eve): Promise<string> => {
  const customer: Bearer = { ...zoe, id: `visitor-${++visitors}`, name: 'Zoé <b>Dupont</b>' }
  const message = { messageId: 'first', body: 'Bonjour' }
  const { chat } = (await mutate(api, customer, 'startChat', { message }, 'chat { id }')) as unknown as {
    readonly chat: { readonly id: string }
  }
  const chatId = chat.id
  expect((await mutate(api, agent, 'acceptChat', { chatId }, '')).userErrors).toEqual([])
  return chatId
}

const reply = {
  shortcut: 'bonjour',
  title: 'Accueil',
  texts: [
    { language: 'fr', text: 'Bonjour {{customer.firstName}}, ici {{agent.firstName}}.' },
    { language: 'en', text: 'Hello {{customer.firstName|there}}' },
  ],
}
const save = (as: Bearer, input: object) =>
  mutate(api, as, 'saveCannedReply', { ...input }, 'cannedReply { version savedBy { userId } }')
const codesOf = ({ userErrors }: Awaited<ReturnType<typeof mutate>>) => userErrors.map(({ code }) => code)

describe('canned replies', () => {
  it('are written, found by their shortcut or title, changed and removed', async () => {
    const saved = await save(eve, { cannedReplyId: 'r1', ...reply, targets: ['CHAT'] })
    expect(saved).toMatchObject({ cannedReply: { version: 1, savedBy: { userId: 'eve' } } })
    const found = async (filter: string) =>
      (
        (await api.dataOf(eve, `{ cannedReplies(first: 9, filter: { ${filter} }) { nodes { shortcut } } }`)) as {
          cannedReplies: { nodes: unknown[] }
        }
      ).cannedReplies.nodes.length
    expect(await found('search: "BON"')).toBe(1)
    expect(await found('search: "cueil"')).toBe(1)
    expect(await found('search: "ticket", target: CHAT')).toBe(0)
    expect(await found('target: TICKET')).toBe(0)
    const query =
      '{ cannedReplies(first: 9) { nodes { id text(language: "en-GB") texts { language } } } node(id: "CannedReply~r1") { id } }'
    expect(await api.dataOf(eve, query)).toMatchObject({
      cannedReplies: { nodes: [{ id: 'CannedReply~r1', text: 'Hello {{customer.firstName|there}}', texts: [{}, {}] }] },
      node: { id: 'CannedReply~r1' },
    })
    expect(codesOf(await mutate(api, eve, 'removeCannedReply', { cannedReplyId: 'r1' }, ''))).toEqual([])
    expect(await found('search: "bon"')).toBe(0)
  })

  it('are listed page by page, and so are macros, first those whose shortcut matches', async () => {
    const shortcuts = ['alpha', 'beta', 'gamma', 'delta', 'epsilon']
    for (const shortcut of shortcuts) {
      const title = shortcut === 'alpha' ? 'Before delta' : shortcut
      await save(eve, { cannedReplyId: shortcut, ...reply, shortcut, title })
      const steps = [{ action: 'NOTE', body: 'x' }]
      const macro = { macroId: shortcut, target: 'CHAT', shortcut, title, steps }
      expect(codesOf(await mutate(api, eve, 'saveMacro', macro, ''))).toEqual([])
    }
    for (const list of ['cannedReplies', 'macros']) {
      const page = async (args: string) => {
        const fields = 'nodes { shortcut } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'
        const data = await api.dataOf(eve, `{ list: ${list}(${args}) { ${fields} } }`)
        const { nodes, pageInfo } = data['list'] as {
          readonly nodes: readonly { readonly shortcut: string }[]
          readonly pageInfo: Readonly<Record<'startCursor' | 'endCursor', string>>
        }
        return { ...pageInfo, shortcuts: nodes.map(({ shortcut }) => shortcut) }
      }
      const first = await page('first: 2')
      expect(first).toMatchObject({ shortcuts: ['alpha', 'beta'], hasNextPage: true, hasPreviousPage: false })
      const second = await page(`first: 2, after: "${first.endCursor}"`)
      expect(second).toMatchObject({ shortcuts: ['delta', 'epsilon'], hasNextPage: true, hasPreviousPage: true })
      const third = await page(`first: 2, after: "${second.endCursor}"`)
      expect(third).toMatchObject({ shortcuts: ['gamma'], hasNextPage: false, hasPreviousPage: true })
      expect((await page(`last: 2, before: "${second.startCursor}"`)).shortcuts).toEqual(['alpha', 'beta'])
      const found = await page('first: 1, filter: { search: "DEL" }')
      expect(found).toMatchObject({ shortcuts: ['delta'], hasNextPage: true })
      const next = await page(`first: 1, filter: { search: "DEL" }, after: "${found.endCursor}"`)
      expect(next).toMatchObject({ shortcuts: ['alpha'], hasNextPage: false })
      for (const args of ['', 'first: 101', `first: 1, after: "${found.endCursor}"`]) {
        const { errors } = await api.ask(eve, `{ ${list}${args && `(${args})`} { nodes { shortcut } } }`)
        const code = args.includes('after') ? 'cursor_invalid' : 'page_size_invalid'
        expect(errors).toMatchObject([{ extensions: { code } }])
      }
    }
    for (const id of shortcuts) {
      await mutate(api, eve, 'removeCannedReply', { cannedReplyId: id }, '')
      await mutate(api, eve, 'removeMacro', { macroId: id }, '')
    }
  })

  it('are refused with a placeholder that does not exist', async () => {
    const texts = [{ language: 'fr', text: 'Bonjour {{client}}' }]
    expect((await save(eve, { ...reply, texts })).userErrors).toMatchObject([
      { code: 'PLACEHOLDER_UNKNOWN', field: 'texts.fr' },
    ])
  })

  it('are rendered in the language of the chat, as plain text', async () => {
    await save(eve, { cannedReplyId: 'r2', ...reply })
    const chatId = await activeChat()
    const query = (args: string) => `{ renderCannedReply(cannedReplyId: "r2", ${args}) { language text } }`
    expect(await api.dataOf(eve, query(`chatId: "${chatId}"`))).toEqual({
      renderCannedReply: { language: 'fr', text: 'Bonjour Zoé, ici Eve.' },
    })
    expect(await api.dataOf(eve, query('chatId: "unknown"'))).toEqual({ renderCannedReply: null })
    await expect(api.dataOf(eve, query('chatId: "a", ticketId: "b"'))).rejects.toThrow('give one of them')
  })
})

describe('macros', () => {
  const saveMacro = async (macroId: string, target: string, steps: readonly object[]) =>
    expect(
      (await mutate(api, eve, 'saveMacro', { macroId, target, shortcut: macroId, title: 'Macro', steps }, ''))
        .userErrors,
    ).toEqual([])
  const bye = { action: 'REPLY', texts: [{ language: 'fr', text: 'Au revoir {{customer.firstName}}.' }] }

  it('carry out all steps on a chat once, as the agent', async () => {
    await saveMacro('m1', 'CHAT', [
      bye,
      { action: 'NOTE', body: 'done' },
      { action: 'CHANGE_PRIORITY', priority: 'HIGH' },
      { action: 'CLOSE' },
    ])
    const chatId = await activeChat()
    const run = () =>
      mutate(
        api,
        eve,
        'runMacro',
        { commandId: `run-${chatId}`, macroId: 'm1', chatId },
        'chat { status priority } repeated',
      )
    expect(await run()).toMatchObject({ userErrors: [], repeated: false, chat: { status: 'CLOSED', priority: 'HIGH' } })
    expect(await run()).toMatchObject({ userErrors: [], repeated: true })
    const query = `{ chat(id: "${chatId}") { messages(first: 10) { nodes { kind body by { userId } } } } }`
    expect(await api.dataOf(eve, query)).toMatchObject({
      chat: {
        messages: {
          nodes: [
            { body: 'Bonjour' },
            { kind: 'TEXT', body: 'Au revoir Zoé.', by: { userId: 'eve' } },
            { kind: 'NOTE', body: 'done', by: { userId: 'eve' } },
          ],
        },
      },
    })
  })

  it('carry out nothing when one step is refused', async () => {
    await saveMacro('m2', 'CHAT', [{ action: 'NOTE', body: 'first' }, bye])
    const chatId = await activeChat()
    expect(codesOf(await mutate(api, sam, 'runMacro', { macroId: 'm2', chatId }, ''))).toEqual(['NOT_IN_CHAT'])
    const query = `{ chat(id: "${chatId}") { messages(first: 10) { nodes { body } } } }`
    expect(await api.dataOf(eve, query)).toMatchObject({ chat: { messages: { nodes: [{ body: 'Bonjour' }] } } })
  })

  it('are run on tickets with the rights of the agent', async () => {
    await saveMacro('m3', 'TICKET', [
      bye,
      { action: 'TAG', tag: 'vip' },
      { action: 'CHANGE_PRIORITY', priority: 'LOW' },
    ])
    await saveMacro('m4', 'TICKET', [
      bye,
      { action: 'CHANGE_PRIORITY', priority: 'LOW', reason: 'asked to' },
      { action: 'RESOLVE' },
    ])
    const ticketId = 'macro-ticket'
    const customer = { id: 'zoe', name: 'Zoé Dupont' }
    await mutate(api, ana, 'openTicket', { ticketId, subject: 'Help', body: 'Please', customer }, '')
    const run = (macroId: string) =>
      mutate(api, eve, 'runMacro', { macroId, ticketId }, 'ticket { status priority tags }')
    expect(codesOf(await run('m3'))).toEqual(['REASON_REQUIRED'])
    expect(await run('m4')).toMatchObject({ userErrors: [], ticket: { status: 'RESOLVED', priority: 'LOW', tags: [] } })
    expect(codesOf(await run('m1'))).toEqual(['MACRO_STEP_INVALID'])
    expect(codesOf(await run('none'))).toEqual(['MACRO_NOT_FOUND'])
  })

  it('wait for the customer of a ticket, and tag what they have resolved, all in one append', async () => {
    await saveMacro('m6', 'TICKET', [bye, { action: 'WAIT' }, { action: 'TAG', tag: 'asked' }])
    await saveMacro('m7', 'TICKET', [bye, { action: 'RESOLVE' }, { action: 'TAG', tag: 'solved' }])
    const ticketId = 'waiting-macro-ticket'
    await mutate(api, ana, 'openTicket', { ticketId, subject: 'Help', body: 'Please', customer: { id: 'zoe' } }, '')
    const run = (macroId: string) =>
      mutate(api, eve, 'runMacro', { macroId, ticketId }, 'ticket { status tags deadlines { kind } }')
    expect(await run('m6')).toMatchObject({ userErrors: [], ticket: { status: 'WAITING_CUSTOMER', tags: ['asked'] } })
    const { ticket } = await api.dataOf(eve, `{ ticket(id: "${ticketId}") { deadlines { kind } } }`)
    expect(ticket).toMatchObject({ deadlines: expect.arrayContaining([{ kind: 'CHASE' }]) })
    expect(await run('m7')).toMatchObject({
      userErrors: [],
      ticket: { status: 'RESOLVED', tags: ['asked', 'solved'] },
    })
  })

  it('turn a chat into a ticket', async () => {
    await saveMacro('m5', 'CHAT', [bye, { action: 'CONVERT', subject: 'Chat of {{customer.firstName}}' }])
    const chatId = await activeChat(ivo)
    expect(await mutate(api, ivo, 'runMacro', { macroId: 'm5', chatId }, 'chat { status closeReason }')).toMatchObject({
      userErrors: [],
      chat: { status: 'CLOSED', closeReason: 'CONVERTED' },
    })
  })
})
