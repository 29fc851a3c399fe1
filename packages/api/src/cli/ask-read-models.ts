import type { Engine } from '../engine/engine.ts'
import type { Context } from './context.ts'
import { oneLine } from './report-fault.ts'
import { watchLag } from './watch-lag.ts'
import { withEngineRepeatedly } from './with-engine.ts'

/** Asks the read models once they show all that is stored by now; warns of one that has stopped, whose answers are old. */
export async function askReadModels<T>(context: Context, question: (engine: Engine) => Promise<T>): Promise<T> {
  const { terminal } = context
  const { stopped, answer } = await withEngineRepeatedly(context, async (engine, signal) => ({
    stopped: await watchLag(engine.runner, terminal, { signal }),
    answer: await question(engine),
  }))
  if (stopped) terminal.err(`warning ${stopped.code}: ${oneLine(stopped.message)} (${stopped.next})`)
  return answer
}
