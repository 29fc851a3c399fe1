import type { Classification, Confusion } from '@guichet/domain'
import { evaluateFiles, trainDesk } from '../../classification.ts'
import type { Context } from '../context.ts'
import { counted, percent, table } from '../table.ts'
import { withEngine, withEngineRepeatedly } from '../with-engine.ts'

/** The options of the command. */
export type Output = { readonly json?: boolean }

/** The options of `classify evaluate`. */
export type EvaluateOptions = Output & { readonly train: string; readonly test: string }

const rounded = (figure: number): number => Math.round(figure * 10_000) / 10_000

/** Trains a model on one file, tests it on another, and prints its quality. */
export async function evaluate({ train, test, json }: EvaluateOptions, context: Context): Promise<void> {
  const onStep = context.terminal.err
  const measured = await context.interruption.during((signal) => evaluateFiles({ train, test, signal, onStep }))
  const peakMemoryMb = Math.round(process.resourceUsage().maxRSS / 1_024)
  const figures = { ...inFourDigits(measured), peakMemoryMb }
  const { accuracy, examples, tested, categories, seconds, confusions } = figures
  const lines = [
    `${percent(accuracy)} of ${counted(tested, 'answer')} are right (macro F1 ${figures.macroF1}, calibration error ${figures.calibrationError})`,
    `learnt from ${counted(examples, 'text')} of ${categories} categories in ${seconds} s, ${peakMemoryMb} MB at the most`,
    ...confused(confusions),
  ]
  print(json, figures, lines, context)
}

/** Trains the desk's model now, and prints its quality. */
export async function trainNow({ json }: Output, context: Context): Promise<void> {
  const trained = await withEngine(context, (engine, signal) => trainDesk(engine, signal, context.terminal.err))
  const figures = inFourDigits(trained)
  const { accuracy, macroF1, examples, categories, seconds, model, confusions } = figures
  const lines = [
    `the model ${model} has learnt from ${counted(examples, 'ticket')} of ${categories} categories, in ${seconds} s`,
    `it would have been right on ${percent(accuracy)} of them, each asked about before it was learnt (macro F1 ${macroF1})`,
    ...confused(confusions),
  ]
  print(json, figures, lines, context)
}

/** Prints how a ticket with this text would be classified. */
export async function explain(text: string, { json }: Output, context: Context): Promise<void> {
  const ticket = { subject: text, body: '' }
  const { decision, guess } = await withEngineRepeatedly(context, async ({ classification }) => {
    await classification.load()
    const decision = await (await classification.classifier()).classify(ticket)
    return { decision, guess: decision ?? (await classification.model()?.classify(ticket)) }
  })
  const left = decision
    ? []
    : [guess ? 'nothing is sure enough: it is left to people' : 'nothing speaks for a category: it is left to people']
  print(json, { taken: decision !== undefined, ...guess }, [...left, ...(guess ? inWords(guess) : [])], context)
}

function inFourDigits<F extends { accuracy: number; macroF1: number; calibrationError: number }>(figures: F): F {
  const { accuracy, macroF1, calibrationError } = figures
  return {
    ...figures,
    accuracy: rounded(accuracy),
    macroF1: rounded(macroF1),
    calibrationError: rounded(calibrationError),
  }
}

function print(
  json: boolean | undefined,
  result: object | null,
  lines: readonly string[],
  { terminal }: Context,
): void {
  for (const line of json ? [JSON.stringify(result)] : lines) terminal.out(line)
}

function confused(confusions: readonly Confusion[]): readonly string[] {
  if (confusions.length === 0) return []
  const rows = confusions.map(({ category, takenFor, count }) => [category, takenFor ?? 'nothing', String(count)])
  return ['', table(['category', 'taken for', 'times'], rows)]
}

function inWords({
  category,
  tags,
  priority,
  confidence,
  by,
  alternatives,
  reasons,
}: Classification): readonly string[] {
  const also = alternatives.filter((alternative) => alternative.category !== category)
  return [
    `category ${category ?? 'none'}, ${percent(confidence)} sure, says ${by.classifier} ${by.version}`,
    ...(priority === undefined ? [] : [`priority ${priority}`]),
    ...(tags.length === 0 ? [] : [`tagged ${tags.join(', ')}`]),
    ...(also.length === 0
      ? []
      : [`or else ${also.map((each) => `${each.category} (${percent(each.confidence)})`).join(', ')}`]),
    ...(reasons.length === 0
      ? []
      : [
          '',
          table(
            ['what speaks for it', 'weight'],
            reasons.map(({ evidence, weight }) => [evidence, String(weight)]),
          ),
        ]),
  ]
}
