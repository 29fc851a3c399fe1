import { readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import { language } from '@guichet/domain'
import type { ReadModels } from '@guichet/projections'
import { mostHits } from '@guichet/projections'
import { ServiceFailed } from '@guichet/workflows'
import type { Engine } from '../../engine/engine.ts'
import { CommandFault } from '../../fault.ts'
import type { Context } from '../context.ts'
import { counted, percent, table } from '../table.ts'
import { askReadModels } from '../with-engine.ts'

/** The options of `kb evaluate`. */
export type EvaluateOptions = { readonly json?: boolean }

const mostBytes = 20_000_000

const fileSchema = z.object({
  queries: z
    .array(
      z.object({
        language,
        kind: z.string().min(1).max(60).default('other'),
        query: z.string().min(1).max(1_000),
        article: z.string().min(1).max(200),
      }),
    )
    .min(1)
    .max(20_000),
})

type Query = z.output<typeof fileSchema>['queries'][number]

/** A query, and the place of the right article among those that were found, from 1; null where it is not. */
type Answer = Query & { readonly place: number | null }

/** A share of queries with the interval in which it lies with a probability of 95 %. */
type Share = { readonly share: number; readonly from: number; readonly to: number }

type Figures = { readonly queries: number; readonly first: Share; readonly firstThree: Share }

/** Asks the search of articles the queries of a file, and prints how often the right article is found. */
export async function evaluate(file: string, { json }: EvaluateOptions, context: Context): Promise<void> {
  const queries = await readQueries(file)
  const { byWords, fused, unanswered } = await askReadModels(context, (engine) => askBoth(queries, engine))
  const figures = reportOf(byWords)
  if (json) {
    context.terminal.out(
      JSON.stringify({ ...figures, ...(fused && { withEmbeddings: { ...reportOf(fused), unanswered } }) }),
    )
    return
  }
  if (fused) context.terminal.out('by words alone')
  context.terminal.out(inTable(figures))
  if (fused) context.terminal.out(`\nby words and embeddings\n${inTable(reportOf(fused))}`)
  if (unanswered > 0)
    context.terminal.out(`words have answered ${unanswered} of them alone: the embedding service was late, or failed`)
  context.terminal.out(
    `${counted(queries.length, 'query').replace(/querys$/, 'queries')}; in brackets, where the share lies with a probability of 95 %`,
  )
}

type Answers = {
  readonly byWords: readonly Answer[]
  /** Undefined where no service embeds texts. */
  readonly fused: readonly Answer[] | undefined
  /** How many queries the service has answered late or not at all, so that words have answered them alone. */
  readonly unanswered: number
}

/**
 * Asks with words alone and, where a service embeds texts, with embeddings too: of the texts that lack vectors, first.
 * @throws CommandFault `embeddings_failed` where the service fails with texts.
 */
async function askBoth(
  queries: readonly Query[],
  { readModels, wordModels, embeddings }: Pick<Engine, 'readModels' | 'wordModels' | 'embeddings'>,
): Promise<Answers> {
  const byWords = await ask(queries, wordModels)
  if (!embeddings) return { byWords, fused: undefined, unanswered: 0 }
  await embeddings.embed().catch((cause: unknown) => {
    throw cause instanceof ServiceFailed ? new CommandFault('embeddings_failed', cause.message, { cause }) : cause
  })
  const fused = await ask(queries, readModels)
  return { byWords, fused, unanswered: embeddings.figures().failed }
}

type Report = Figures & {
  readonly byLanguage: Readonly<Record<string, Figures>>
  readonly byKind: Readonly<Record<string, Figures>>
  readonly missed: readonly Answer[]
}

const reportOf = (answers: readonly Answer[]): Report => ({
  ...figuresOf(answers),
  byLanguage: grouped(answers, ({ language: tag }) => tag),
  byKind: grouped(answers, ({ kind }) => kind),
  missed: answers.filter(({ place }) => place === null || place > 3),
})

const inTable = ({ byLanguage, byKind, ...all }: Report): string =>
  table(
    ['queries', 'number', 'first', 'among the first three'],
    [
      ['all', all] as const,
      ...Object.entries(byLanguage).map(([name, figures]) => [`language ${name}`, figures] as const),
      ...Object.entries(byKind).map(([name, figures]) => [`kind ${name}`, figures] as const),
    ].map(([name, { queries, first, firstThree }]) => [name, String(queries), inWords(first), inWords(firstThree)]),
  )

async function ask(
  queries: readonly Query[],
  { articleSearch }: Pick<ReadModels, 'articleSearch'>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (const query of queries) {
    const search = { text: query.query, language: query.language, filter: {} }
    const { hits } = await articleSearch.search(search, 'public', mostHits)
    const index = hits.findIndex(({ articleId }) => articleId === query.article)
    answers.push({ ...query, place: index < 0 ? null : index + 1 })
  }
  return answers
}

function figuresOf(answers: readonly Answer[]): Figures {
  const within = (most: number): Share =>
    shareOf(answers.filter(({ place }) => place !== null && place <= most).length, answers.length)
  return { queries: answers.length, first: within(1), firstThree: within(3) }
}

function grouped(answers: readonly Answer[], keyOf: (answer: Answer) => string): Readonly<Record<string, Figures>> {
  const names = [...new Set(answers.map(keyOf))].sort()
  return Object.fromEntries(
    names.map((name) => [name, figuresOf(answers.filter((answer) => keyOf(answer) === name))] as const),
  )
}

/** The standard deviations of a normal distribution within which 95 % lie. */
const z95 = 1.96

/** A share with its Wilson interval, which stays right for few cases and near 0 and 1. */
export function shareOf(cases: number, all: number): Share {
  const share = cases / all
  const scale = 1 + z95 ** 2 / all
  const middle = (share + z95 ** 2 / (2 * all)) / scale
  const half = (z95 * Math.sqrt((share * (1 - share)) / all + z95 ** 2 / (4 * all ** 2))) / scale
  const rounded = (figure: number): number => Math.round(Math.min(1, Math.max(0, figure)) * 10_000) / 10_000
  return { share: rounded(share), from: rounded(middle - half), to: rounded(middle + half) }
}

const inWords = ({ share, from, to }: Share): string =>
  `${percent(share)} (${Math.round(from * 100)}–${Math.round(to * 100)} %)`

/** Reads the queries of a file. @throws CommandFault `file_unreadable` or `queries_invalid`. */
async function readQueries(file: string): Promise<readonly Query[]> {
  const text = await readText(file)
  const invalid = (message: string): CommandFault => new CommandFault('queries_invalid', `${file}: ${message}`)
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (cause) {
    throw invalid(`no JSON: ${String(cause)}`)
  }
  const parsed = fileSchema.safeParse(content)
  if (parsed.success) return parsed.data.queries
  const [issue] = parsed.error.issues
  throw invalid(`${issue?.path.join('.')}: ${issue?.message}`)
}

async function readText(file: string): Promise<string> {
  let size: number
  try {
    ;({ size } = await stat(file))
    if (size <= mostBytes) return await readFile(file, 'utf8')
  } catch (cause) {
    throw new CommandFault('file_unreadable', `${file} cannot be read`, { cause })
  }
  throw new CommandFault('queries_invalid', `${file} has ${size} bytes; ${mostBytes} are read at most`)
}
