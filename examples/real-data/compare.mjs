// Compares Guichet's resolution of each imported case with the log's, in its column made_sla:
//   node compare.mjs incidents.csv.gz [--json]
import { parseArgs } from 'node:util'
import { readCases } from './cases.mjs'
import { forEachCase, withHistories } from './desk.mjs'
import { kindOf, outcomeOf, words } from './history.mjs'

const { positionals, values } = parseArgs({ allowPositionals: true, options: { json: { type: 'boolean' } } })
const [file] = positionals
if (file === undefined) throw new Error('say where the log is')

const newTally = () => ({
  cases: 0,
  agree: 0,
  true: { met: 0, missed: 0, none: 0 },
  false: { met: 0, missed: 0, none: 0 },
})
const tallies = { all: newTally(), earlier: newTally(), later: newTally() }
const priorities = {}
const kinds = {}

await withHistories((historyOf) =>
  forEachCase(readCases(file), historyOf, ({ number, priority, truth, earlier }, events) => {
    const outcome = outcomeOf(events)
    const agrees = outcome === (truth ? 'met' : 'missed')
    const parts = [tallies.all, tallies[earlier ? 'earlier' : 'later'], (priorities[priority] ??= newTally())]
    for (const tally of parts) {
      tally.cases++
      if (agrees) tally.agree++
      tally[truth][outcome]++
    }
    if (!agrees) noteDifference(`${truth} in the log, ${outcome} by Guichet`, kindOf(events), number)
  }),
)

/** Counts a difference; its first cases by number are its examples. */
function noteDifference(what, kind, number) {
  const one = ((kinds[what] ??= {})[kind] ??= { cases: 0, such: [] })
  one.cases++
  one.such = [...one.such, number].sort().slice(0, 3)
}

const ratio = (part, whole) => (whole === 0 ? null : Math.round((10_000 * part) / whole) / 10_000)
const rated = (tally) => ({
  ...tally,
  agreement: ratio(tally.agree, tally.cases),
  alwaysTrue: ratio(tally.true.met + tally.true.missed + tally.true.none, tally.cases),
})
const ratedAll = (of) =>
  Object.fromEntries(
    Object.entries(of)
      .sort()
      .map(([name, tally]) => [name, rated(tally)]),
  )
const report = { ...ratedAll(tallies), priorities: ratedAll(priorities), differences: kinds }

if (values.json) console.log(JSON.stringify(report))
else for (const line of inWords(report)) console.log(line)

function* inWords({ all, earlier, later, priorities, differences }) {
  const percent = (share) => (share === null ? '–' : `${(100 * share).toFixed(1)} %`).padStart(8)
  const row = (...cells) =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(20) : String(cell).padStart(8))).join('  ')
  yield row('', 'cases', 'agree', 'always true')
  for (const [name, tally] of Object.entries({ all, earlier, later, ...priorities })) {
    yield row(name, tally.cases, percent(tally.agreement), percent(tally.alwaysTrue))
  }
  yield ''
  yield row('made_sla', 'met', 'missed', 'none')
  for (const truth of [true, false]) yield row(String(truth), all[truth].met, all[truth].missed, all[truth].none)
  for (const [what, kinds] of Object.entries(differences).sort()) {
    yield `\n${what}:`
    const most = Object.entries(kinds).sort(([, a], [, b]) => b.cases - a.cases)
    for (const [kind, { cases, such }] of most)
      yield `${String(cases).padStart(6)}  ${words[kind]}, such as ${such.join(', ')}`
  }
}
