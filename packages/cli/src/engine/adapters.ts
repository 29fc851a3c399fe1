import type { Pool } from 'pg'
import type { Desk, EventStore, StreamName } from '@guichet/domain'
import { categoriesOf, defaultClassification, mailAddressOf } from '@guichet/domain'
import type { FollowerReports } from '@guichet/eventstore'
import type { DeadlineSink, ProjectionRunner, ReadModels } from '@guichet/projections'
import { projectionsBehind } from '@guichet/projections'
import type {
  ArticleEmbeddings,
  ClassificationEngine,
  ClassificationOptions,
  ClockEngine,
  Connections,
  DailyReports,
  DeliveryEngine,
  DeliveryOptions,
  EmbeddedClockOptions,
  Proactive,
  ProactiveOptions,
  Push,
  ReadFalls,
  ReportTarget,
  Transports,
} from '@guichet/workflows'
import {
  embeddedClock,
  embeddedDelivery,
  mailServerCheck,
  needsPush,
  openArticleEmbeddings,
  openClassification,
  openProactive,
  personReader,
  pushPublicKey,
  pushSubscriptions,
  recordingDeliveries,
  smtpTransport,
  webPushTransport,
  webhookTransport,
} from '@guichet/workflows'
import type { Environment } from '../environment/environment.ts'
import { attachTranscript } from '@guichet/api/transcript'
import type { Files } from '@guichet/files'
import { clamdScanner, createPreviewer, drawnAtOnce, folderStorage, openFiles, s3Storage } from '@guichet/files'
import { createPermits } from '@guichet/api/parts'
import { loadTemporal, temporalServer } from './temporal-server.ts'

/** The engine that waits for deadlines, with the sink that the projection of deadlines writes to. */
export type Clock = ClockEngine & {
  readonly deadlineSink: DeadlineSink
  /** Returns the name of the clock of a stream, where the engine has an inspectable clock per stream. */
  clockId?(stream: StreamName): string
}

type ClockParts = Pick<EmbeddedClockOptions, 'desk' | 'connectionString' | 'pool' | 'onError'> & {
  /** Logs what an operator should know about the server behind the clocks. */
  readonly log: (level: 'warn', message: string) => void
  /** Receives the successes and failures of handing deadlines over to Temporal. */
  readonly health: FollowerReports
}

/** Opens the chosen engine. */
export type OpenClock = (parts: ClockParts) => Promise<Clock>

/**
 * Chooses the engine: Temporal when TEMPORAL_ADDRESS names a server, else the embedded one. Temporal need not be
 * reachable now, nor when the clock is opened.
 * @throws Fault `config_invalid` when the variables of Temporal cannot be used.
 */
export async function chooseClock({ temporal: variables }: Environment): Promise<OpenClock> {
  if (variables === undefined) return embeddedClock
  const { temporalClock } = await loadTemporal()
  const temporal = await temporalServer(variables)
  return (parts) => temporalClock({ ...parts, temporal })
}

type Parts = Pick<ClassificationOptions, 'connectionString' | 'pool' | 'onError' | 'warn'> & { readonly desk: Desk }

/** Opens the classification of tickets, with the rules and categories of the desk's configuration in force. */
export function openDeskClassification(
  { desk, ...parts }: Parts,
  { classifier: service }: Environment,
): Promise<ClassificationEngine> {
  return openClassification({
    ...parts,
    store: desk.store,
    settings: async () => (await desk.configuration())?.classification ?? defaultClassification,
    categories: async () => {
      const all = categoriesOf((await desk.configuration())?.categories ?? []).values()
      return [...all].filter(({ leaf }) => leaf).map(({ path }) => path)
    },
    service,
  })
}

/** Whether there is somewhere that e-mails go: a mail server, or the webhook. */
export const sendsEmail = ({ delivery: { smtp, webhook } }: Environment): boolean =>
  smtp !== undefined || webhook !== undefined

/** The check of the mail server; undefined where e-mails go to none. */
export const mailCheck = ({ delivery: { smtp } }: Environment): (() => Promise<void>) | undefined =>
  smtp && mailServerCheck(smtp.url)

type DeliveryParts = Pick<DeliveryOptions, 'connectionString' | 'pool' | 'onError' | 'health'> & {
  /** Logs what an operator should know about the server behind the deliveries. */
  readonly log: (level: 'warn', message: string) => void
  readonly desk: Pick<Desk, 'terms' | 'read' | 'store'>
  /** The browsers that are pushed to; undefined for none. */
  readonly push: Push | undefined
  /** Who is connected. */
  readonly connections: Connections
  readonly store: EventStore
  /** Returns the source of the daily reports. Available once the engine has started it. */
  readonly reading: () => { readonly runner: ProjectionRunner; readonly readModels: ReadModels }
}

/** Opens the pushes to browsers through a pool of the read models; undefined where the environment has no key for them. */
export function openPush(pool: Pool, { delivery: { push } }: Environment): Push | undefined {
  return (
    push && { publicKey: pushPublicKey(push.privateKey), origins: push.origins, subscriptions: pushSubscriptions(pool) }
  )
}

/** How long a report waits for its read model before the next try. */
const reportPatienceMs = 10_000

/**
 * Chooses the delivery in the same way as the engine of the clocks: Temporal when TEMPORAL_ADDRESS names a server, else
 * this process. E-mail goes to the mail server if there is one, else to the webhook. Push goes to the webhook, and web push
 * to browsers.
 */
export async function openDelivery(
  { connectionString, pool, onError, health, log, push, connections, ...parts }: DeliveryParts,
  { delivery, temporal: variables }: Environment,
): Promise<DeliveryEngine> {
  const { webhook, smtp, reportTo, giveUpAfterMs } = delivery
  const toWebhook = webhook && webhookTransport(webhook)
  const email = smtp ? await smtpTransport({ ...smtp, attachments: attachTranscript(parts.desk) }) : toWebhook
  const transports: Transports = {
    ...(email && { email }),
    ...(toWebhook && { push: toWebhook, webhook: toWebhook }),
    ...(delivery.push &&
      push && {
        web_push: webPushTransport({
          ...delivery.push,
          subscriptions: push.subscriptions,
          isNeeded: (made) => needsPush(made, parts.desk, connections),
        }),
      }),
  }
  const targets: readonly ReportTarget[] = [
    ...(toWebhook ? [{ channel: 'webhook' } as const] : []),
    ...(reportTo === undefined ? [] : [{ channel: 'email', address: reportTo } as const]),
  ]
  const reports = targets.length === 0 ? undefined : dailyReports(targets, parts)
  const options: DeliveryOptions = {
    connectionString,
    pool,
    transports,
    reports,
    giveUpAfterMs,
    addressOf: (personId, address) => mailAddressOf(parts.desk, personId, address),
    ...(onError && { onError }),
    ...(health && { health }),
    ...(push && { expire: push.subscriptions.expire }),
  }
  if (variables === undefined) return embeddedDelivery(options)
  const { temporalDelivery } = await loadTemporal()
  return temporalDelivery({ ...options, log, temporal: await temporalServer(variables) })
}

function dailyReports(
  targets: readonly ReportTarget[],
  { desk, store, reading }: Pick<DeliveryParts, 'desk' | 'store' | 'reading'>,
): DailyReports {
  return {
    terms: async () => {
      const { policy } = await desk.terms()
      return { timeZone: policy.timeZone, language: policy.defaultLanguage }
    },
    targets,
    days: (...period) => reading().readModels.dailyReport.days(...period),
    complete: async () => {
      const head = await store.head()
      return head === undefined || reading().runner.reached(head, reportPatienceMs, ['daily_report'])
    },
  }
}

type ProactiveParts = Pick<ProactiveOptions, 'desk' | 'pool' | 'analysisPool' | 'personIds' | 'onError' | 'health'> & {
  readonly models: ReadModels
  /** Returns the runner of the read models. Available once the engine has started it. */
  readonly reading: () => { readonly runner: Pick<ProjectionRunner, 'reached'> }
}

/** How long the scores of health are waited for before the next look, in milliseconds. */
const healthPatienceMs = 2_000

/** Reads scores of health, but not while the read models are behind, or are still being built. */
const readFalls =
  ({ desk, models, reading }: Pick<ProactiveParts, 'desk' | 'models' | 'reading'>): ReadFalls =>
  async (at, settings, others) => {
    const head = await desk.store.head()
    if (head === undefined) return undefined
    const isCurrent = await reading().runner.reached(head, healthPatienceMs, projectionsBehind.health)
    return isCurrent ? models.health.falls(at, settings, others) : undefined
  }

/** How long an analysis that has found trouble waits for the tickets, in milliseconds. */
const ticketPatienceMs = 1_000

/** Waits until the tickets are shown that were opened before now. */
const areTicketsCurrent = async ({ desk, reading }: Pick<ProactiveParts, 'desk' | 'reading'>): Promise<boolean> => {
  const head = await desk.store.head()
  return head === undefined || reading().runner.reached(head, ticketPatienceMs, projectionsBehind.tickets)
}

/** Opens the recorded activities, their analysis, and the alerts to the desk where it has a webhook. */
export const openDeskProactive = (
  { models, reading, ...parts }: ProactiveParts,
  { delivery: { webhook }, analyser }: Environment,
): Promise<Proactive> =>
  openProactive({
    ...parts,
    model: analyser,
    readModels: models,
    people: personReader(parts.desk, models, () => areTicketsCurrent({ desk: parts.desk, reading })),
    readFalls: readFalls({ desk: parts.desk, models, reading }),
    ...(webhook && { record: recordingDeliveries(parts.pool) }),
  })

type EmbeddingParts = {
  readonly desk: Desk
  readonly pool: Pool
  readonly models: ReadModels
  /** Returns the runner of the read models. Available once the engine has started it. */
  readonly reading: () => { readonly runner: Pick<ProjectionRunner, 'reached'> }
  readonly log: (level: 'info' | 'warn', message: string) => void
  readonly onError: (error: unknown, context: string) => void
}

/** How long the embedding of articles waits for their read models before it leaves removals to the next turn, in milliseconds. */
const embeddingPatienceMs = 1_000

/** Opens the vectors of articles, and the searches by them; undefined where the environment names no service for them. */
export async function openDeskEmbeddings(
  { desk, pool, models, reading, log, onError }: EmbeddingParts,
  { embeddings: service }: Environment,
): Promise<ArticleEmbeddings | undefined> {
  if (!service) return undefined
  const isCurrent = async (): Promise<boolean> => {
    const head = await desk.store.head()
    return head !== undefined && reading().runner.reached(head, embeddingPatienceMs, projectionsBehind.articleSearch)
  }
  return openArticleEmbeddings({ pool, service, articles: models.articles, now: desk.now, isCurrent, log, onError })
}

/** Opens the files of the desk: in a bucket if the environment names one, else in a folder. */
export function openDeskFiles(
  parts: { readonly connectionString: string; readonly onError: (error: unknown, context: string) => void },
  { files: { storage, workFolder, maxBytes, clamd } }: Environment,
): Promise<Files> {
  return openFiles({
    ...parts,
    storage: 'folder' in storage ? folderStorage(storage.folder) : s3Storage(storage),
    folder: workFolder,
    maxBytes,
    scanner: clamd && clamdScanner(clamd),
    previewer: createPreviewer({ turns: createPermits(drawnAtOnce.all, drawnAtOnce.ofOwner) }),
  })
}
