import type { Pool } from 'pg'
import type { Analyser, Desk, ProactiveSettings } from '@guichet/domain'
import { migrateSchema } from '@guichet/eventstore'
import { completionSchema, dailyBudget } from '../completion/budget.ts'
import type { CircuitOptions } from '../completion/circuit.ts'
import type { CompletionService } from '../completion/completion.ts'
import type { OnError } from '../supervision.ts'
import type { AnalysisContext } from './model-analyser.ts'
import { modelAnalyser } from './model-analyser.ts'
import type { ModelLog } from './model-log.ts'
import { modelLogIn, modelLogSchema } from './model-log.ts'
import type { PatternLearner } from './pattern-learner.ts'
import { patternLearner, patternSchema } from './pattern-learner.ts'
import type { PatternModels } from './pattern-source.ts'
import type { RecordedTrouble } from './trouble.ts'

/** The analysers beside the rules. */
export type AnalyserOptions = {
  /** A language model that is asked first; undefined for none. */
  readonly model?: CompletionService | undefined
  /** When the model is paused. */
  readonly circuit?: CircuitOptions
  /** What the desk learns from; undefined where it learns nothing. */
  readonly readModels?: PatternModels | undefined
  /** How often it looks for what another process has learned, in milliseconds; ten minutes by default. */
  readonly learnEveryMs?: number
}

type AnalyserParts = AnalyserOptions & {
  readonly desk: Pick<Desk, 'store' | 'now'>
  readonly pool: Pool
  readonly trouble: RecordedTrouble
  readonly settings: () => Promise<ProactiveSettings>
  readonly onError: OnError
}

/** The analysers beside the rules that are in force, with what they leave behind. */
type Analysers = {
  /**
   * Those that an analysis asks before the rules, in this order: the model, and what was learned once it beats the
   * rules.
   */
  inForce(analysis: AnalysisContext): readonly Analyser[]
  readonly modelLog: ModelLog
  /** Learns from the history of the desk; undefined where it learns nothing. */
  readonly patterns: PatternLearner | undefined
}

/** Opens the analysers; creates or migrates their tables first. None of them runs yet. */
export async function openAnalysers(parts: AnalyserParts): Promise<Analysers> {
  const { model, circuit, readModels, learnEveryMs = 600_000, pool, desk, trouble, settings, onError } = parts
  await migrateSchema(pool, modelLogSchema)
  await migrateSchema(pool, patternSchema)
  await migrateSchema(pool, completionSchema)
  const modelLog = modelLogIn(pool)
  const byModel =
    model &&
    modelAnalyser({
      service: model,
      settings,
      budget: dailyBudget(pool, 'analyser', model.budget),
      log: modelLog,
      onError,
      ...(circuit && { circuit }),
    })
  const patterns =
    readModels &&
    patternLearner({
      sources: { desk, models: readModels, trouble, pool },
      settings,
      lookEveryMs: learnEveryMs,
      onError,
    })
  return {
    inForce: (analysis) => [byModel?.(analysis), patterns?.analyser()].filter((analyser) => analyser !== undefined),
    modelLog,
    patterns,
  }
}
