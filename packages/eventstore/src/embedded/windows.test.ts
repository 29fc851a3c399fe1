import { afterEach, expect, it } from 'vitest'
import { startEmbeddedPostgres } from './embedded-postgres.ts'

const { platform } = process

afterEach(() => void Object.defineProperty(process, 'platform', { value: platform }))

it('names the alternative to users of Windows in one line', async () => {
  Object.defineProperty(process, 'platform', { value: 'win32' })
  await expect(startEmbeddedPostgres({ dataDir: 'never-made' })).rejects.toThrow(
    /^the embedded Postgres does not run on Windows: .*DATABASE_URL.*$/,
  )
})
