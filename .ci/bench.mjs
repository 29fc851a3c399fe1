#!/usr/bin/env node
// Runs measures of the bench, quickly, and fails on a figure that has lost about half: `node .ci/bench.mjs append routing`.
// Only ratios within one run are compared, to the peer and to the limit of the database, so that a slow or a busy machine
// changes nothing. A figure is bad only when every ratio that it has is, in each of three runs. Tests pass another program.
import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'

/** The usual ratios of a quick run on two cores: in units of more per second Guichet to the other, in seconds the reverse. */
const usual = {
  'append-1': { peer: 3.4, limit: 1.1 },
  'append-5': { peer: 3.2, limit: 1.2 },
  'commands-16': { peer: 3.8, limit: 1.05 },
  'commands-64': { peer: 7.5, limit: 2.4 },
  calendar: { peer: 1_000 },
  'calendar-instants': { peer: 850 },
  routing: { limit: 0.57 },
}
const least = 0.6
const runs = 3

const { positionals: names, values } = parseArgs({
  allowPositionals: true,
  options: { program: { type: 'string', default: 'tools/bench/dist/main.js' } },
})
const figuresOf = (name) => Object.keys(usual).filter((each) => each === name || each.startsWith(`${name}-`))
const without = names.filter((name) => figuresOf(name).length === 0)
if (without.length > 0 || names.length === 0) {
  throw new Error(`no ratios of ${without.join(', ')}; there are ${Object.keys(usual).join(', ')}`)
}
const watched = names.flatMap(figuresOf)

/** The best share of its usual ratios that each figure has reached. */
const best = Object.fromEntries(watched.map((each) => [each, 0]))

for (let run = 1; run <= runs && lost().length > 0; run++) {
  const again = names.filter((name) => figuresOf(name).some((each) => lost().includes(each)))
  const parameters = [values.program, ...again, '--quick', '--json']
  const output = execFileSync(process.execPath, parameters, { encoding: 'utf8' })
  for (const figure of output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))) {
    if (!(figure.name in best)) continue
    for (const [other, ratio] of Object.entries(usual[figure.name])) {
      const reached = figure.unit === 's' ? figure[other] / figure.guichet : figure.guichet / figure[other]
      console.log(`${figure.name}: ${reached.toPrecision(3)} times the ${other}, usually ${ratio}`)
      best[figure.name] = Math.max(best[figure.name], reached / ratio)
    }
  }
}

for (const each of lost())
  console.log(`LOST: ${each} reaches ${best[each].toPrecision(2)} of its usual ratio, less than ${least}`)
process.exitCode = lost().length > 0 ? 1 : 0

function lost() {
  return watched.filter((each) => best[each] < least)
}
