import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { printedSchema } from './schema.ts'

it('is printed in schema.graphql: review a change with `npm run schema -w packages/api`', async () => {
  const committed = await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8')
  expect(printedSchema()).toBe(committed)
})
