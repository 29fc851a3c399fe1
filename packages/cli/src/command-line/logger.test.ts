import { expect, it } from 'vitest'
import { readEnvironment } from '../environment/environment.ts'
import { logger } from './context.ts'

it('logs at the default level of the command, unless the configuration sets one', () => {
  expect(logger(readEnvironment({}), 'warn').level).toBe('warn')
  for (const level of ['error', 'info', 'debug']) {
    expect(logger(readEnvironment({ GUICHET_LOG_LEVEL: level }), 'warn').level).toBe(level)
  }
})
