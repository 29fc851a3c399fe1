import { expect, it } from 'vitest'
import { reportsOf } from './reports.ts'

const nothing = async (): Promise<undefined> => undefined

/** The reports of work on a healthy server, which fails with each of the errors and then succeeds. */
async function reported(...errors: readonly Error[]): Promise<readonly string[]> {
  const lines: string[] = []
  const { failed, recovered } = reportsOf('handing over', {
    address: { connection: { address: '127.0.0.1:7233' }, namespace: 'default' },
    watch: { patienceMs: 0, look: nothing, untilWell: nothing, untilLost: nothing, stop: nothing },
    log: (_level, message) => void lines.push(message),
    onError: (error, context) => void lines.push(`${context}: ${String(error)}`),
  })
  for (const error of errors) await failed(error)
  recovered?.()
  return lines
}

it('reports a failure once, and the recovery once', async () => {
  const broken = new Error('no such stream')
  expect(await reported(broken, broken)).toEqual([
    'handing over: Error: no such stream',
    'handing over: goes well again',
  ])
})

it('leaves the end of a database outage to the database’s own watch', async () => {
  const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  expect(await reported(away, away)).toEqual(['handing over: Error: connect ECONNREFUSED'])
})
