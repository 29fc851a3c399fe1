import type { Analyser, PatternEvaluation, ProactiveSettings } from '@guichet/domain'
import { learnedAnalyser, learningPatterns } from '@guichet/domain'
import type { SchemaPart } from '@guichet/eventstore'
import { inSlices, modelTable, ModelUnreadable } from '../classification/learner.ts'
import { leaseOf } from '../reaction/checkpoint.ts'
import type { ObservedRepetition, OnError } from '../supervision.ts'
import { periodically } from '../supervision.ts'
import type { PatternSources } from './pattern-source.ts'
import { readPatterns } from './pattern-source.ts'

type PatternLearnerOptions = {
  readonly sources: PatternSources
  readonly settings: () => Promise<ProactiveSettings>
  /** How often it looks for what another process has learned, in milliseconds. */
  readonly lookEveryMs: number
  readonly onError: OnError
}

/** Learns once a day, in one process of all, which trouble is followed by a ticket. */
export type PatternLearner = {
  /** The analyser that was learned; undefined while there is none that beats the rules. */
  analyser(): Analyser | undefined
  /**
   * Learns now, stores nothing, and says how good the result is; undefined for too few patterns.
   * @throws the signal's reason.
   */
  evaluate(signal: AbortSignal): Promise<PatternEvaluation | undefined>
  /** Learns now, and stores the result for all processes. @throws the signal's reason. */
  learn(signal: AbortSignal): Promise<void>
  /** Loads what was stored last, if it differs. */
  load(): Promise<void>
  start(): void
  /** Ends work under way; what is not learned by then is discarded. */
  stop(): Promise<void>
}

const aDay = 86_400_000

/** The version of what was learned, if it beats the rules, and how long ago that was, in milliseconds. */
type PatternCard = { readonly version: string | null; readonly age: number }

const patternCard = `case when (evaluation ->> 'isBetter')::boolean then version end as version,
  extract(epoch from now() - trained_at)::float8 * 1000 as age`

/** Creates a learner in a database that has `patternSchema`. It does nothing until it is started. */
export function patternLearner({ sources, settings, lookEveryMs, onError }: PatternLearnerOptions): PatternLearner {
  const { pool } = sources
  const stored = modelTable<PatternCard>(pool, 'guichet_activity.learned_patterns', patternCard)
  const stopping = new AbortController()
  const turn = leaseOf(pool, 'learn_patterns', Math.max(aDay / 24, 2 * lookEveryMs))
  let analyser: Analyser | undefined
  let looking: ObservedRepetition | undefined

  const learnFrom = async (signal: AbortSignal) => {
    const patterns = await readPatterns(sources, await settings(), signal)
    return inSlices(learningPatterns(patterns), signal)
  }

  const learn = async (signal: AbortSignal): Promise<void> => {
    const result = await learnFrom(signal)
    await stored.save(result?.model, { evaluation: result ? JSON.stringify(result.evaluation) : null })
  }

  const load = async (): Promise<void> => {
    const version = (await stored.card())?.version ?? undefined
    if (version === analyser?.version) return
    if (version === undefined) {
      analyser = undefined
      return
    }
    try {
      const model = await stored.load(version)
      if (model) analyser = learnedAnalyser(model, settings)
    } catch (error) {
      if (!(error instanceof ModelUnreadable)) throw error
      analyser = undefined
      onError(error, 'loading what was learned of trouble; the rules decide until it is learned again')
    }
  }

  const isDue = async (): Promise<boolean> => ((await stored.card())?.age ?? aDay) >= aDay

  // The first look only loads: the read models of a process that has just started may be behind.
  let isFirstLook = true
  const look = async (): Promise<void> => {
    try {
      const { enabled } = await settings()
      if (!isFirstLook && enabled && (await isDue()) && (await turn.claim())) await learn(stopping.signal)
      isFirstLook = false
      await load()
    } catch (error) {
      if (!stopping.signal.aborted) throw error
    }
  }

  return {
    analyser: () => analyser,
    evaluate: async (signal) => (await learnFrom(signal))?.evaluation,
    learn,
    load,
    start: () => {
      looking = periodically(lookEveryMs, look, (error) => onError(error, 'learning which trouble becomes a ticket'))
    },
    stop: async () => {
      stopping.abort(new Error('stopping'))
      await looking?.stop()
    },
  }
}

const learnedPatterns = `
create table guichet_activity.learned_patterns (
  sole boolean primary key default true check (sole),
  version text,
  evaluation json,
  model bytea,
  trained_at timestamptz not null default now()
);
`

/** What was learned of trouble that is followed by tickets: the latest result, or that there were too few patterns. */
export const patternSchema: SchemaPart = {
  schema: 'guichet_activity',
  part: 'learned patterns',
  steps: [learnedPatterns],
}
