import { z } from 'zod'
import type { Actor } from '../kernel/actor.ts'
import { refusedAt } from '../kernel/execute.ts'
import { fingerprintOf } from '../kernel/fingerprint.ts'
import type { Instant } from '../kernel/instant.ts'
import { instantSchema } from '../kernel/instant.ts'
import { inOurWords } from '../kernel/issue-in-words.ts'
import { malformed } from '../kernel/malformed.ts'
import { refusal } from '../kernel/refusal.ts'
import type { Result } from '../kernel/result.ts'
import { accept, deny } from '../kernel/result.ts'

/** One of several commands that are carried out together; what it leaves out is the sender's. */
export type Step<C> = { readonly command: C; readonly by?: Actor | undefined; readonly at?: Instant | undefined }

/** How many commands may be carried out together. */
export const mostSteps = 1_000

/** Tells these commands from others, by what their senders have said: a profile is what the desk has added. */
export const fingerprintOfSteps = (steps: readonly Step<object>[], by: Actor): string =>
  fingerprintOf(
    steps.map(({ command, by: own = by }) => [{ ...command, assigneeProfile: undefined }, own.kind, own.id]),
  )

/** Steps as they come from outside, checked, with whoever takes them; the first malformed one is refused. */
export function checkSteps<C>(
  schema: z.ZodType<C>,
  actor: z.ZodType<Actor>,
  steps: readonly Step<unknown>[],
): Result<readonly Step<C>[]> {
  if (steps.length < 1 || steps.length > mostSteps) {
    const message = `steps: must be 1 to ${mostSteps} commands`
    return deny(refusal('invalid_command', { message, field: 'steps' }))
  }
  const ownSchema = z.object({ by: actor.optional(), at: instantSchema.optional() })
  const checked: Step<C>[] = []
  for (const [index, { command, ...own }] of steps.entries()) {
    const read = readStep(schema, ownSchema, command, own)
    if (!read.ok) return deny(refusedAt(index, steps.length, read.refusal))
    checked.push(read.value)
  }
  return accept(checked)
}

function readStep<C>(
  schema: z.ZodType<C>,
  ownSchema: z.ZodType<Omit<Step<unknown>, 'command'>>,
  input: unknown,
  own: Omit<Step<unknown>, 'command'>,
): Result<Step<C>> {
  const command = schema.safeParse(input, inOurWords)
  if (!command.success) return deny(malformed(command.error))
  if (own.by === undefined && own.at === undefined) return accept({ command: command.data })
  const checked = ownSchema.safeParse(own, inOurWords)
  return checked.success ? accept({ command: command.data, ...checked.data }) : deny(malformed(checked.error))
}
