#!/usr/bin/env node
import { existsSync } from 'node:fs'

if (!existsSync(new URL('../dist/command-line/run.js', import.meta.url))) {
  console.error('Guichet is not built yet: run npm run build first')
  process.exit(2)
}
const { handleSignals } = await import('../dist/command-line/interruption.js')
const interruption = handleSignals(process)
const { run } = await import('../dist/command-line/run.js')
process.exitCode = await run(process.argv.slice(2), { interruption })
