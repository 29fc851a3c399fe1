#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { benchNames, runBench } from './run-bench.ts'

const usage = `Usage: npm run bench -- [options] [names...]

Measures Guichet, its peer and raw SQL in one run on one embedded Postgres of its own.
Names are of measures; all of them without a name: ${benchNames.join(', ')}.

  --quick              a fraction of the time, for orders of magnitude
  --round-ms <number>  how long each contender works in a round, in milliseconds
  --clocks <number>    how many clocks clock-many starts; 5,000 by default
  --articles <number>  how many articles are searched and read; 20,000 by default
  --json               print one line of JSON per figure`

const options = z.object({
  quick: z.boolean().optional(),
  json: z.boolean().optional(),
  help: z.boolean().optional(),
  clocks: z.coerce.number().int().min(1).max(1_000_000).optional(),
  articles: z.coerce.number().int().min(100).max(1_000_000).optional(),
  'round-ms': z.coerce.number().int().min(10).max(600_000).optional(),
})

/** Measures what the command line names, and prints the figures. Returns the exit code: 2 for a wrong command line. */
async function main(): Promise<number> {
  const given = read()
  if (given === undefined) return 2
  const { names, quick, json, clocks, articles, help, 'round-ms': roundMs } = given
  if (help) console.log(usage)
  else await runBench({ names, quick, json, clocks, articles, roundMs, print: (line) => console.log(line) })
  return 0
}

function read(): (z.infer<typeof options> & { readonly names: readonly string[] }) | undefined {
  try {
    const { values, positionals: names } = parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        clocks: { type: 'string' },
        articles: { type: 'string' },
        'round-ms': { type: 'string' },
      },
    })
    const unknown = names.find((name) => !benchNames.includes(name))
    if (unknown === undefined) return { ...options.parse(values), names }
    console.error(`there is no measure ${unknown}; there are ${benchNames.join(', ')}`)
  } catch (error) {
    console.error(error instanceof z.ZodError ? z.prettifyError(error) : String(error))
    console.error(usage)
  }
  return undefined
}

process.exitCode = await main()
