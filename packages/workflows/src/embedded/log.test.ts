import { expect, it } from 'vitest'
import { queueLog } from './workers.ts'

it('passes on the error of a log line of the queue, under any name', () => {
  const logged: unknown[] = []
  const log = queueLog((error) => void logged.push(error))
  const away = new Error('terminating connection due to administrator command')
  log.error('Error with notify listener', { error: away })
  log.error('Failed to release job', { fatalError: away })
  log.error('no more workers')
  expect(logged).toEqual([away, away, new Error('no more workers')])
  expect(logged.slice(0, 2).every((error) => error === away)).toBe(true)
})

it('leaves failed jobs to their handlers, ended workers to the line with the reason, and skips lines without a fault', () => {
  const logged: unknown[] = []
  const log = queueLog((error) => void logged.push(error))
  log.error('Failed task 1', { failure: true, error: new Error('x') })
  log.error('Worker exited, but pool is in continuous mode, is active, and is not shutting down...')
  log.info('Worker connected')
  expect(logged).toEqual([])
})
