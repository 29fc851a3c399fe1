import type { Pool } from 'pg'
import type { Desk, LanguageDetector, Position } from '@guichet/domain'
import type { Files } from '@guichet/files'
import type { ProjectionRunner, ReadModels } from '@guichet/projections'
import type {
  ClassificationEngine,
  Connections,
  Conversation,
  Proactive,
  Push,
  Reaction,
  ReadPersonIds,
  Readership,
  Translations,
} from '@guichet/workflows'
import {
  deskReactions,
  detectCustomerLanguage,
  handOverChats,
  handOverConversations,
  moveRatingsOfVisitors,
  pushToCustomers,
  recordArticleAnswers,
  recordingDeliveries,
  removeDeletedFiles,
  removeReadership,
  removeTranslations,
  scanFiles,
  sendTranscripts,
} from '@guichet/workflows'
import type { Environment } from '../environment/environment.ts'
import { sendsEmail } from './adapters.ts'
import type { Extensions } from './extensions.ts'
import { refuseTwins } from './extensions.ts'

/** How long reactions and routers wait for a read model before the next try, in milliseconds. */
export const patienceMs = 10_000

type Parts = {
  readonly desk: Desk
  readonly pool: Pool
  readonly environment: Environment
  readonly classification: ClassificationEngine
  readonly files: Files
  readonly proactive: Proactive
  readonly push: Push | undefined
  readonly readership: Readership
  readonly languages: LanguageDetector
  readonly translations: Translations
  readonly connections: Connections
  readonly personIds: ReadPersonIds
  readonly reading: () => { readonly runner: ProjectionRunner; readonly readModels: ReadModels }
  readonly extensions: Extensions
}

/**
 * All reactions of an engine: those of every desk, those that need its other parts, and those of modules.
 * @throws Fault for a reaction of a module that has the name of another one.
 */
export function reactionsOf(parts: Parts): readonly Reaction[] {
  const { desk, pool, environment, classification, files, proactive, push, readership, languages } = parts
  const { translations, connections, personIds, reading, extensions } = parts
  const reached = (position: Position): Promise<boolean> => reading().runner.reached(position, patienceMs, ['routing'])
  const routing = (): ReadModels['routing'] => reading().readModels.routing
  return refuseTwins('reaction', [
    ...deskReactions,
    ...classification.reactions,
    ...proactive.reactions,
    scanFiles(files),
    removeDeletedFiles(files),
    removeReadership(readership, personIds),
    removeTranslations(translations, personIds),
    moveRatingsOfVisitors(readership),
    recordArticleAnswers(readership.searches, desk.now),
    detectCustomerLanguage({
      detector: languages,
      conversationsOf: (customers) => conversationsOf(customers, reading().readModels),
    }),
    ...(push ? [pushToCustomers({ subscriptions: push.subscriptions, connections, now: desk.now })] : []),
    ...(sendsEmail(environment) ? [sendTranscripts({ record: recordingDeliveries(pool), now: desk.now })] : []),
    handOverConversations({
      reached,
      of: (crews) => routing().assignedTicketsOf(crews),
      among: (tickets) => routing().assignedTicketsAmong(tickets),
    }),
    handOverChats({ reached, all: async () => (await routing().snapshot()).agents }),
    ...extensions.reactions,
  ])
}

/** How many of the latest tickets, and of the latest chats, of a customer show which language they write. */
const latestTen = { limit: 10 } as const

async function conversationsOf(
  customerId: readonly string[],
  { tickets, chats }: ReadModels,
): Promise<readonly Conversation[]> {
  const [opened, started] = await Promise.all([
    tickets.list({ customerId }, { by: 'openedAt', direction: 'desc' }, latestTen, 'all'),
    chats.list({ customerId }, { by: 'startedAt', direction: 'desc' }, latestTen, 'all'),
  ])
  return [
    ...opened.rows.map(({ row: { id } }) => ({ category: 'ticket', id }) as const),
    ...started.rows.map(({ row: { id } }) => ({ category: 'chat', id }) as const),
  ]
}
