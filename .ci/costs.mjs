#!/usr/bin/env node
// Prints what the latest run of the tests has cost: `node .ci/costs.mjs [--top 10] [--all] [--json] [--check]`.
// With `--check` it fails, naming the file, on a file over its budget, and on a run over the budget of all. Budgets are
// of processor time, which a busy machine raises by some tenths; a third above the usual figures is room for that.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

/** Processor seconds that a test file may use, with the processes that it starts; and all files, with what they share. */
const budget = { file: 80, all: 2_100 }

const help = `usage: node .ci/costs.mjs [options] [file of costs]

  --top N   the N files with most processor time (10)
  --all     every file
  --json    the costs as JSON
  --check   fail on a file of more than ${budget.file} s of processor time, and on a run of more than ${budget.all} s

Columns, in seconds: the processor time of the worker and of the processes that a file starts (work), wall time, and of that:
imports, hooks (set-up; 0 where tests run at the same time), and waiting, the wall time without the worker’s own work.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    top: { type: 'string', default: '10' },
    all: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(help)
  process.exit(0)
}
const run = read(positionals[0] ?? 'node_modules/.cache/test-costs.json')

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    console.error(`no costs of a run in ${file}: run npm test first (${error.message})`)
    process.exit(2)
  }
}

const work = ({ processor }) => processor.own + processor.children
const sum = (all) => all.reduce((total, each) => total + each, 0)
const files = run.files.toSorted((a, b) => work(b) - work(a))
const shared = Object.entries(run.shared).toSorted(([, a], [, b]) => b - a)
const total = sum(files.map(work)) + sum(Object.values(run.shared))

if (values.json) console.log(JSON.stringify({ ...run, files, processor: total }, undefined, 2))
else print()
if (values.check) check()

function print() {
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
  console.log(`all: ${figure(total)} s of processor time, ${figure(run.seconds)} s of wall time`)
}

function cell(value, column) {
  const text = typeof value === 'number' && column !== 6 ? figure(value) : String(value)
  return column === 7 ? text : text.padStart(8)
}

function figure(seconds) {
  return seconds.toFixed(1)
}

function check() {
  const over = files.filter((file) => work(file) > budget.file)
  for (const file of over) console.log(`OVER BUDGET: ${file.file} took ${figure(work(file))} s of ${budget.file}`)
  if (total > budget.all) console.log(`OVER BUDGET: all files took ${figure(total)} s of ${budget.all}`)
  if (over.length > 0 || total > budget.all) process.exitCode = 1
}
