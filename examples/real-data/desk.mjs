import { readEnvironment, startEngine } from '@guichet/cli'
import { streamName } from '@guichet/domain'
import { pino } from 'pino'

/** Runs work on the histories of the desk's tickets: the embedded Postgres of GUICHET_HOME, or DATABASE_URL. */
export async function withHistories(work) {
  const engine = await startEngine(readEnvironment(process.env), { serves: false, log: pino({ level: 'error' }) })
  try {
    return await work(async (number) => {
      const history = await engine.store.readStream(streamName('ticket', number))
      if (history.length === 0) throw new Error(`there is no ticket ${number}: import the log first`)
      return history.map(({ event }) => event)
    })
  } finally {
    await engine.stop()
  }
}

/** Runs work on each case and its ticket's history, a few concurrently, in no order. */
export async function forEachCase(cases, historyOf, work) {
  const next = async () => {
    for (;;) {
      const { done, value } = await cases.next()
      if (done) return
      work(value, await historyOf(value.number))
    }
  }
  await Promise.all(Array.from({ length: 8 }, next))
}
