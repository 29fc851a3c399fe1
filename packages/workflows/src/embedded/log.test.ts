import { expect, it } from 'vitest'
import { queueLog } from './queue.ts'

it('passes on the error behind a line of the queue, under whatever name it comes', () => {
  const heard: unknown[] = []
  const log = queueLog((error) => void heard.push(error))
  const away = new Error('terminating connection due to administrator command')
  log.error('Error with notify listener', { error: away })
  log.error('Failed to release job', { fatalError: away })
  log.error('no more workers')
  expect(heard).toEqual([away, away, new Error('no more workers')])
  expect(heard.slice(0, 2).every((error) => error === away)).toBe(true)
})

it('leaves failed jobs to their handlers, and workers that have ended to the line that says why, and passes on no line that tells of no fault', () => {
  const heard: unknown[] = []
  const log = queueLog((error) => void heard.push(error))
  log.error('Failed task 1', { failure: true, error: new Error('x') })
  log.error('Worker exited, but pool is in continuous mode, is active, and is not shutting down...')
  log.info('Worker connected')
  expect(heard).toEqual([])
})
