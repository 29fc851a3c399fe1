#!/usr/bin/env node
// Prints what the latest run of the tests has cost: `node .ci/costs.mjs [--top 10] [--all] [--json] [--check]`.
// With `--check` it fails, naming the file, on a file over its budget, and on a run over the budget of all. Budgets are
// of processor time. The same work takes up to twice as much of it where others share processor and memory: the budgets
// grow with what the work of tests/cost/probe.mjs took at the same time, to twice their size at most.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/** Processor seconds that a test file may use, with the processes that it starts; and all files, with what they share. */
const budget = { file: 95, all: 2_700 }

/** The processor milliseconds of a probe in a run that has its two cores for itself. */
const usualProbe = 28

/** Budgets grow to this many times their size at most. */
const mostGrowth = 2

const help = `usage: node .ci/costs.mjs [options] [file of costs]

  --top N   the N files with most processor time (10)
  --all     every file
  --json    the costs as JSON
  --check   fail on a file of more than ${budget.file} s of processor time, on a run of more than ${budget.all} s, both
            times the slowness, and on a test file of the repository that the run has not measured

Columns, in seconds: the processor time of the worker and of the processes that a file starts (work), wall time, and of that:
imports, hooks (set-up; 0 where tests run at the same time), and waiting, the wall time without the worker’s own work.
Slowness: what the same work took at that time, against ${usualProbe} ms on two cores without other work.`

const { values, positionals } = parsedArguments()
if (values.help) {
  console.log(help)
  process.exit(0)
}
const record = positionals[0] ?? 'node_modules/.cache/test-costs.json'
const run = read()

function parsedArguments() {
  try {
    const parsed = parseArgs({
      allowPositionals: true,
      options: {
        top: { type: 'string', default: '10' },
        all: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    if (!/^[1-9]\d{0,5}$/.test(parsed.values.top))
      throw new Error(`--top takes a number of files, not ${parsed.values.top}`)
    if (parsed.positionals.length > 1) throw new Error('one file of costs at most')
    return parsed
  } catch (error) {
    console.error(`${error.message}\n\n${help}`)
    process.exit(2)
  }
}

function read() {
  try {
    const found = JSON.parse(readFileSync(record, 'utf8'))
    const fault = faultOf(found)
    if (fault !== undefined) throw new Error(fault)
    return found
  } catch (error) {
    console.error(`no costs of a run in ${record}: run npm test first (${error.message})`)
    process.exit(2)
  }
}

/** What a record lacks that a run writes; undefined when it is whole. */
function faultOf({ at, seconds, probe, shared, files }) {
  const areSeconds = (...all) => all.every((each) => Number.isFinite(each) && each >= 0)
  if (Number.isNaN(Date.parse(at)) || !areSeconds(seconds, probe, ...Object.values(shared ?? { none: undefined })))
    return 'it does not say when it ran, for how long, and what its files shared'
  if (!Array.isArray(files)) return 'it has no list of files'
  const broken = files.find(
    ({ file, project, tests, seconds: wall, processor, probe: slow }) =>
      typeof file !== 'string' ||
      typeof project !== 'string' ||
      !areSeconds(tests, wall?.all, wall?.imports, wall?.tests, processor?.own, processor?.children, slow),
  )
  return broken && `it lacks numbers of ${broken.file}`
}

/** The test files of the repository that the run has not measured. */
function unmeasured() {
  const measured = new Set(run.files.map(({ file }) => file))
  const sources = existsSync('packages') ? readdirSync('packages').map((name) => join('packages', name, 'src')) : []
  return [...sources, 'tests']
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder, { recursive: true }).map((name) => join(folder, name)))
    .filter((path) => path.endsWith('.test.ts') && !path.includes('node_modules') && !measured.has(path))
    .toSorted()
}

const work = ({ processor }) => processor.own + processor.children
const slowness = ({ probe }) => Math.max(1, probe / usualProbe)
const sum = (all) => all.reduce((total, each) => total + each, 0)
const files = run.files.toSorted((a, b) => work(b) - work(a))
const shared = Object.entries(run.shared).toSorted(([, a], [, b]) => b - a)
const missing = unmeasured()
const isComplete = missing.length === 0 && files.length > 0
const total = sum(files.map(work)) + sum(Object.values(run.shared))

if (values.json) console.log(JSON.stringify({ ...run, files, processor: total, missing }, undefined, 2))
else print()
if (values.check) check()

function print() {
  const extent = isComplete ? 'complete' : `not complete: ${missing.length} other test files were not run`
  console.log(`the run of ${run.at}, ${files.length} test files, ${extent}`)
  const shown = values.all ? files : files.slice(0, Number(values.top))
  const title = ['worker', 'started', 'wall', 'imports', 'hooks', 'waiting', 'tests', 'file']
  const rows = shown.map(({ file, tests, seconds, processor }) => [
    processor.own,
    processor.children,
    seconds.all,
    seconds.imports,
    Math.max(0, seconds.all - seconds.imports - seconds.tests),
    Math.max(0, seconds.all - processor.own),
    tests,
    file,
  ])
  for (const row of [title, ...rows]) console.log(row.map(cell).join(' '))
  for (const project of new Set(files.map(({ project }) => project))) {
    const own = files.filter((file) => file.project === project)
    console.log(`${project}: ${own.length} files, ${figure(sum(own.map(work)))} s of processor time`)
  }
  for (const [name, seconds] of shared) if (seconds >= 1) console.log(`shared, ${name}: ${figure(seconds)} s`)
  const slow = `${slowness(run).toFixed(2)} times as slow as on two cores of its own`
  console.log(`all: ${figure(total)} s of processor time, ${slow}, ${figure(run.seconds)} s of wall time`)
}

function cell(value, column) {
  const text = typeof value === 'number' && column !== 6 ? figure(value) : String(value)
  return column === 7 ? text : text.padStart(8)
}

function figure(seconds) {
  return seconds.toFixed(1)
}

function check() {
  // Standard output stays JSON where it is asked for.
  const say = values.json ? console.error : console.log
  const allowed = (most, measured) => Number((most * Math.min(slowness(measured), mostGrowth)).toFixed(1))
  const over = files.filter((file) => work(file) > allowed(budget.file, file))
  for (const file of over) {
    say(`OVER BUDGET: ${file.file} took ${figure(work(file))} s of ${allowed(budget.file, file)}`)
  }
  const isOver = total > allowed(budget.all, run)
  if (isOver) say(`OVER BUDGET: all files took ${figure(total)} s of ${allowed(budget.all, run)}`)
  const named = 10
  for (const file of missing.slice(0, named)) say(`NOT MEASURED: ${file}`)
  if (missing.length > named) say(`NOT MEASURED: ${missing.length - named} other test files`)
  if (files.length === 0) say('NOT MEASURED: the run had no test file')
  if (over.length > 0 || isOver || !isComplete) process.exitCode = 1
}
