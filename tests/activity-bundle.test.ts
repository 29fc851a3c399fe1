import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { bundledActivity } from './browser/activity-site.ts'

it('@guichet/activity weighs 3 kB at most in a page, gzipped, and imports nothing', async () => {
  const script = await bundledActivity()
  const size = gzipSync(script).length
  console.log(`gzipped, in bytes: ${JSON.stringify({ activity: size })}`)
  expect(script).toMatch(/export\s*\{[^}]*createActivity[^}]*\}/)
  expect(script).not.toMatch(/\bimport\b|\brequire\(/)
  expect(size).toBeGreaterThan(1_000)
  expect(size).toBeLessThanOrEqual(3_000)
})
