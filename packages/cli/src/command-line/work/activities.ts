import type { DetectionQuality } from '@guichet/domain'
import { days, later, patternLimits, personIdsOf, utcDay } from '@guichet/domain'
import type { ModelRequest, Proactive, StoredActivity } from '@guichet/workflows'
import { now } from '../../engine/engine.ts'
import { CommandFault } from '../../fault.ts'
import type { Context } from '../context.ts'
import { counted, percent, table } from '../table.ts'
import { askReadModels, caughtUpReadModels, withEngine, withEngineRepeatedly } from '../with-engine.ts'

/** The options of `activities`. */
export type ListOptions = { readonly customer?: string; readonly limit: number; readonly json?: boolean }

/** The options of `activities erase`. */
export type EraseOptions = { readonly json?: boolean }

/** The options of `activities evaluate`. */
export type EvaluateOptions = { readonly json?: boolean }

/** The options of `activities model-log`. */
export type ModelLogOptions = { readonly limit: number; readonly json?: boolean }

/** How many days of trouble are counted, today included. */
const countedDays = 7

/** Prints the latest activities of a customer, under all of their ids, or the most frequent trouble of all. */
export async function list({ customer, limit, json }: ListOptions, context: Context): Promise<void> {
  if (customer === undefined) return listTrouble({ limit, json }, context)
  const { terminal } = context
  const activities = await askReadModels(context, async ({ proactive, desk, readModels }) => {
    const { rows } = await proactive.activities.pageOf(await personIdsOf(desk, customer, readModels.customers), {
      limit,
    })
    return rows.map(({ row }) => row)
  })
  if (json) return terminal.out(JSON.stringify(activities))
  if (activities.length === 0) return terminal.out('no activities')
  terminal.out(table(['at', 'kind', 'code', 'page', 'version', 'browser'], activities.map(activityRow)))
}

const activityRow = ({ at, kind, code, page, version, browser }: StoredActivity): string[] => [
  at,
  kind,
  code,
  page ?? '',
  version ?? '',
  browser ?? '',
]

async function listTrouble(
  { limit, json }: { readonly limit: number; readonly json: boolean | undefined },
  context: Context,
): Promise<void> {
  const { terminal } = context
  const { troubles, analyses } = await withEngineRepeatedly(context, ({ proactive }) => readTrouble(proactive, limit))
  if (json) return terminal.out(JSON.stringify({ troubles, analyses }))
  const { due, dueSince, failing } = analyses
  const since = dueSince === undefined ? '' : ` since ${dueSince}`
  terminal.out(`analyses: ${due} due${since}, ${failing} failing`)
  if (troubles.length === 0) return terminal.out('no trouble')
  terminal.out(
    table(
      ['trouble', 'times', 'people by day'],
      troubles.map(({ value, count, people }) => [value, String(count), String(people ?? '')]),
    ),
  )
}

async function readTrouble({ activities, status }: Proactive, limit: number) {
  const today = now()
  const period = { from: utcDay(later(today, -days(countedDays - 1))), to: utcDay(today) }
  return { troubles: await activities.countsBy('trouble', period, limit), analyses: await status() }
}

/**
 * Removes all activities of a customer, of all who were merged into them, and of the visitors whom they have claimed, their ratings of
 * articles, and what was translated in their conversations.
 */
export async function erase(customer: string, { json }: EraseOptions, context: Context): Promise<void> {
  const { erased, ratings, translated } = await askReadModels(context, async (engine) => {
    const { proactive, readership, translations, desk, readModels } = engine
    const customers = await personIdsOf(desk, customer, readModels.customers)
    return {
      erased: await proactive.activities.erase(customers),
      ratings: await readership.erase(customers),
      translated: await translations.erase(customers),
    }
  })
  if (json) return context.terminal.out(JSON.stringify({ customer, erased, ratings, translations: translated }))
  const answer =
    erased === 0 ? `there are no activities of ${customer}` : `${erased} activities of ${customer} are erased`
  const others = [
    ...(ratings === 0 ? [] : [`${counted(ratings, 'rating')} of articles`]),
    ...(translated === 0 ? [] : [counted(translated, 'translation')]),
  ]
  context.terminal.out([answer, ...others].join(', and '))
}

/**
 * Learns which trouble becomes a ticket, stores nothing, and prints how good the result is, beside the rules.
 * @throws Fault `too_few_examples`; the signal's reason.
 */
export async function evaluate({ json }: EvaluateOptions, context: Context): Promise<void> {
  const { terminal } = context
  const evaluation = await withEngine(context, async (engine, signal) => {
    await caughtUpReadModels(engine, context, signal)
    return engine.proactive.patterns?.evaluate(signal)
  })
  if (!evaluation) {
    const { minimumExamples, minimumPerCategory } = patternLimits
    const needed = `${minimumExamples} troubles, ${minimumPerCategory} of them with a ticket and as many without one`
    throw new CommandFault('too_few_examples', `the history is too short to learn from: it takes ${needed}`, {
      next: 'let products report activities for some weeks, then try again',
    })
  }
  if (json) return terminal.out(JSON.stringify(evaluation))
  const { patterns, followed, rules, learned, categoryAccuracy, isBetter } = evaluation
  terminal.out(`${counted(patterns, 'trouble')} in the history, ${followed} followed by a ticket`)
  terminal.out(
    table(
      ['analyser', 'suspected', 'precision', 'recall'],
      [qualityRow('the rules', rules), qualityRow('learned', learned)],
    ),
  )
  if (categoryAccuracy !== null) terminal.out(`the category is right for ${percent(categoryAccuracy)}`)
  terminal.out(isBetter ? 'what was learned beats the rules: it decides' : 'the rules decide')
}

const qualityRow = (name: string, { suspected, precision, recall }: DetectionQuality): string[] => [
  name,
  String(suspected),
  percent(precision),
  percent(recall),
]

/** Prints what a model was asked about activities, and what it answered, the latest first. */
export async function listModelLog({ limit, json }: ModelLogOptions, context: Context): Promise<void> {
  const { terminal } = context
  const requests = await withEngineRepeatedly(context, ({ proactive }) => proactive.modelLog.latest(limit))
  if (json) return terminal.out(JSON.stringify(requests))
  if (requests.length === 0) return terminal.out('no model was asked')
  terminal.out(table(['at', 'model', 'outcome', 'asked about', 'answer'], requests.map(requestRow)))
}

const requestRow = ({ askedAt, model, outcome, question, answer, failure }: ModelRequest): string[] => [
  askedAt,
  model,
  outcome,
  question.evidence.map(({ fingerprint, count }) => `${fingerprint} ${count}`).join(', '),
  answer ?? failure ?? '',
]
