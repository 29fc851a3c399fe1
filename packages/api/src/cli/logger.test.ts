import { expect, it } from 'vitest'
import { readConfiguration } from '../config/configuration.ts'
import { logger } from './logger.ts'

it('logs what the command logs by itself, unless the configuration says otherwise', () => {
  expect(logger(readConfiguration({}), 'warn').level).toBe('warn')
  for (const level of ['error', 'info', 'debug']) {
    expect(logger(readConfiguration({ GUICHET_LOG_LEVEL: level }), 'warn').level).toBe(level)
  }
})
