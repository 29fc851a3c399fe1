import type { WebhookSignature } from '@guichet/workflows'
import { webhookSignature } from '@guichet/workflows'
import { createPermits } from '../permits.ts'
import type { CustomerAlerts } from './customer-alerts.ts'
import { httpLiveDataSource } from './http-source.ts'
import type { LiveDataCard, LiveDataCustomer, LiveDataSource } from './live-data-source.ts'
import { LiveDataFailed } from './live-data-source.ts'

/** A system that the desk knows by its secret: it may push alerts and, with an address, is asked for cards. */
export type ConfiguredSource = {
  readonly name: string
  readonly secrets: readonly string[]
  readonly url?: string | undefined
}

/** A card, and the source that it comes from. */
export type SourcedCard = LiveDataCard & { readonly source: string }

/** The cards of all sources that answered, and the names of those that did not. */
export type LiveDataRead = { readonly cards: readonly SourcedCard[]; readonly failedSources: readonly string[] }

/** What other systems know of customers at this moment. Nothing of it is an event. */
export type LiveData = {
  readonly alerts: CustomerAlerts
  /** The signature of the messages of a source; undefined for an unknown one. */
  signatureOf(source: string): WebhookSignature | undefined
  /** Asks the sources, or only the named one, about a customer. Questions about one customer that are asked at once are one. */
  read(customer: LiveDataCustomer, source?: string): Promise<LiveDataRead>
}

type Options = {
  readonly sources: readonly ConfiguredSource[]
  readonly alerts: CustomerAlerts
  readonly timeoutMs?: number | undefined
  /** Called when a source begins to fail, and when it answers again. */
  readonly log: (message: string) => void
}

/** The most questions to one source at once, and how long another one waits for its turn, in milliseconds. */
const mostAtOnce = 8
const patienceMs = 1_000

/** Asks sources by HTTP. */
export function createLiveData({ sources, alerts, timeoutMs, log }: Options): LiveData {
  const signatures = new Map(sources.map(({ name, secrets }) => [name, webhookSignature(secrets)]))
  const sharedSources = sources.flatMap(({ name, secrets, url }) =>
    url === undefined ? [] : [sharedSource(httpLiveDataSource({ name, url, secrets, timeoutMs }), log)],
  )
  return {
    alerts,
    signatureOf: (source) => signatures.get(source),
    read: async (customer, only) => {
      const chosen = sharedSources.filter(({ name }) => only === undefined || name === only)
      const answers = await Promise.allSettled(chosen.map((source) => source.read(customer)))
      const failed = answers.find((each) => each.status === 'rejected' && !(each.reason instanceof LiveDataFailed))
      if (failed?.status === 'rejected') throw failed.reason
      return {
        cards: answers.flatMap((each, n) =>
          each.status === 'fulfilled' ? each.value.map((card) => ({ ...card, source: chosen[n]?.name ?? '' })) : [],
        ),
        failedSources: answers.flatMap((each, n) => (each.status === 'rejected' ? [chosen[n]?.name ?? ''] : [])),
      }
    },
  }
}

/** A source with a limit on the questions at once; one that is asked already is not asked again. */
function sharedSource({ name, read }: LiveDataSource, log: (message: string) => void): LiveDataSource {
  const permits = createPermits(mostAtOnce)
  const underWay = new Map<string, Promise<readonly LiveDataCard[]>>()
  let failing = false

  const ask = async (customer: LiveDataCustomer): Promise<readonly LiveDataCard[]> => {
    const free = await permits.take(patienceMs)
    if (!free) throw new LiveDataFailed('too many questions are under way')
    try {
      const cards = await read(customer)
      if (failing) log(`the live data source ${name} answers again`)
      failing = false
      return cards
    } catch (error) {
      if (!failing && error instanceof LiveDataFailed) log(`the live data source ${name} fails: ${error.message}`)
      failing = true
      throw error
    } finally {
      free()
    }
  }
  return {
    name,
    read: (customer) => {
      const key = JSON.stringify(customer)
      const sharedAnswer = underWay.get(key)
      if (sharedAnswer) return sharedAnswer
      const answer = ask(customer).finally(() => underWay.delete(key))
      underWay.set(key, answer)
      return answer
    },
  }
}
