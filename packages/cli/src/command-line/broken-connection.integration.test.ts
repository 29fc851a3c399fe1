import { openDatabaseProxy } from '@guichet/eventstore/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { guichet, useCli } from './testing.ts'

const cli = useCli({ beforeAll, afterAll })

/** Commands, with words of the request at which the connection breaks. The requests are sent after the start. */
const asking = [
  [['shifts'], 'shift-desk'],
  [['classify', 'explain', 'ma facture'], 'from guichet_workflows.classification_model'],
] as const

describe('a query command whose connection breaks in the middle', () => {
  it.each(asking)('asks again: guichet %j', async (args, words) => {
    const whole = await cli.run(...args)
    const proxy = await openDatabaseProxy(cli.databaseUrl)
    try {
      const reached = proxy.holdBack(words)
      const ran = guichet({ DATABASE_URL: proxy.url, GUICHET_HOME: cli.folder }, ...args)
      await reached
      proxy.cut()
      expect(await ran).toEqual(whole)
      expect(whole.code).toBe(0)
    } finally {
      await proxy.close()
    }
  })
})
