import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import type { Bench, Figure } from '../bench.ts'
import { figure, skipped } from '../bench.ts'
import { followChats } from '../chat-clients.ts'
import { percentile } from '../ground.ts'
import { startServer, untilReady } from '../guichet-process.ts'
import type { IrcConversation } from '../irc-conversations.ts'
import { ircConversations, withoutLongSilences } from '../irc-conversations.ts'
import { findPublishedChats, publishedChats } from '../published.ts'
import { chatCommands, mutation, openDesk } from './chat.ts'

const speed = 50

/** The longest silence that is replayed, in milliseconds: nights on a channel show nothing. */
const longestSilence = 60_000

/** How much of a log a quick run replays, in milliseconds. */
const quickly = 600_000

const joinChat = mutation('joinChat', 'JoinChatInput')
const stored = `query ($id: ID!, $after: String) {
  chat(id: $id) { messages(first: 100, after: $after) { nodes { body } pageInfo { hasNextPage endCursor } } }
}`

const storedSchema = z.object({
  data: z.object({
    chat: z.object({
      messages: z.object({
        nodes: z.array(z.object({ body: z.string() })),
        pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
      }),
    }),
  }),
})

type Page = z.infer<typeof storedSchema>['data']['chat']['messages']

/**
 * Replays the conversations of support channels as chats at 50 times their speed, all channels at once: who speaks first is the
 * customer, the others are agents. Counts the messages that the customer did not hear, or the desk does not show, in the order of the log.
 */
export async function chatReplay({ ground, quick }: Bench): Promise<readonly Figure[]> {
  const folder = findPublishedChats()
  if (folder === undefined) {
    const reason = `needs ${publishedChats.source}: say where it is in ${publishedChats.variable}`
    return [skipped('chat-replay-wrong', 'messages', 0, reason)]
  }
  const conversations = quick ? await piece(folder) : await whole(folder)
  const secret = randomBytes(32).toString('hex')
  const environment = { GUICHET_JWT_SECRET: secret, GUICHET_RATE_LIMIT: '0' }
  const { server } = startServer(join(ground.folder, 'chat-replay'), await ground.database(), environment)
  try {
    const addresses = [await untilReady(server)]
    const talks = conversations.map((messages, number) => ({ customer: `visitor-${number}`, messages }))
    const agents = [...new Set(conversations.flatMap(agentsOf))]
    const desk = await openDesk(
      addresses,
      secret,
      talks.map(({ customer }) => customer),
      agents,
    )
    const { carryOut, tokens, bearers } = desk
    for (const agentId of agents) await carryOut(chatCommands.register, 'boss', { agentId, name: agentId })
    const started = performance.now()
    const late: number[] = []
    const wrong = await Promise.all(
      talks.map(async ({ customer, messages }) => {
        const due = async (at: number): Promise<void> => {
          const instant = started + at / speed
          await delay(Math.max(0, instant - performance.now()))
          late.push(performance.now() - instant)
        }
        await due(messages[0]?.at ?? 0)
        const chatId = /"id":"([^"]+)"/.exec(await carryOut(chatCommands.start, customer, {}))?.[1] ?? ''
        const received: string[] = []
        const follower = {
          token: tokens[bearers.get(customer) ?? 0] ?? '',
          chatIds: [chatId],
          received: (_: string, text: string) => void received.push(text),
        }
        const clients = await followChats(addresses, [follower])
        const joined = new Set([messages[0]?.by])
        for (const [index, { at, by, text }] of messages.entries()) {
          await due(at)
          const isCustomer = by === messages[0]?.by
          const sender = isCustomer ? customer : agentOf(by)
          if (!joined.has(by)) {
            await carryOut(joinChat, sender, { chatId, role: 'SPEAKER' })
            joined.add(by)
          }
          await carryOut(chatCommands.send, sender, { chatId, messageId: `m-${index}`, body: text })
        }
        for (const until = performance.now() + 30_000; received.length < messages.length && performance.now() < until;)
          await delay(50)
        clients.close()
        await delay(1_000)
        const shown: string[] = []
        for (let after: string | null = null, more = true; more;) {
          const { data } = storedSchema.parse(JSON.parse(await carryOut(stored, customer, {}, { id: chatId, after })))
          const { nodes, pageInfo }: Page = data.chat.messages
          shown.push(...nodes.map(({ body }) => body))
          after = pageInfo.endCursor
          more = pageInfo.hasNextPage
        }
        return differences(messages, received) + differences(messages, shown)
      }),
    )
    return [
      figure('chat-replay-chats', 'chats', talks.length),
      figure(
        'chat-replay-sent',
        'messages sent',
        talks.reduce((sum, { messages }) => sum + messages.length, 0),
      ),
      figure(
        'chat-replay-wrong',
        'messages',
        wrong.reduce((sum, each) => sum + each, 0),
        { target: 0 },
      ),
      figure('chat-replay-late-p99', 'ms', percentile(late, 0.99)),
    ]
  } finally {
    server.child.kill('SIGTERM')
    await server.exited
  }
}

const read = async (folder: string, log: string): Promise<readonly IrcConversation[]> => {
  const [said, annotation] = await Promise.all(
    ['ascii', 'annotation'].map((kind) => readFile(join(folder, `${log}.${kind}.txt`), 'utf8')),
  )
  return withoutLongSilences(ircConversations(said ?? '', annotation ?? ''), longestSilence)
}

/** The conversations of all logs. */
async function whole(folder: string): Promise<readonly IrcConversation[]> {
  const logs = (await readdir(folder)).flatMap((name) => /^(.+)\.ascii\.txt$/.exec(name)?.[1] ?? [])
  return (await Promise.all(logs.map((log) => read(folder, log)))).flat()
}

/** The conversations that end within ten minutes of the beginning of one log. */
const piece = async (folder: string): Promise<readonly IrcConversation[]> =>
  (await read(folder, 'stripe.0')).filter((each) => (each.at(-1)?.at ?? 0) < quickly)

const agentOf = (nick: string): string => `agent-${Buffer.from(nick).toString('hex')}`

const agentsOf = (messages: IrcConversation): readonly string[] =>
  messages.filter(({ by }) => by !== messages[0]?.by).map(({ by }) => agentOf(by))

/** How many places of a conversation hold something else than the log, or nothing. */
const differences = (messages: IrcConversation, texts: readonly string[]): number =>
  messages.filter(({ text }, index) => texts[index] !== text).length + Math.max(0, texts.length - messages.length)
