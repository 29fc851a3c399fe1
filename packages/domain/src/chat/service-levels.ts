import { z } from 'zod'
import { durationSchema } from '../kernel/time.ts'
import type { Priority } from '../kernel/values.ts'
import { line, nameSchema, priorities } from '../kernel/values.ts'
import { defaultEscalationTeam, slaPolicySchema } from '../sla/settings.ts'
import { policyFor } from '../sla/terms.ts'

/** The targets of a chat: the first answer of a person, and each later one. */
export const chatTargets = ['first_answer', 'next_answer'] as const

/** A service level of chats. */
export type ChatTarget = (typeof chatTargets)[number]

/** One row of the table of answer times: the chats it is for, and within how long they are answered. */
const chatSlaPolicySchema = z.strictObject({
  name: nameSchema,
  /** The chats it applies to, by what is known at their start; a missing condition is always met. */
  applies: slaPolicySchema.shape.applies,
  /** Elapsed time from the start; that of `times` by default. */
  firstAnswer: durationSchema.optional(),
  /** Elapsed time from the customer's message; that of `times` by default. */
  nextAnswer: durationSchema.optional(),
})

/** The service levels of chats: a part of the section `chat` of the configuration. */
export const chatSlaSchema = z.strictObject({
  /** The first row that applies to a chat at its start counts until its end. */
  policies: z.array(chatSlaPolicySchema).max(200).default([]),
  /** The team that is alerted when an answer is overdue. */
  escalateTo: line(200).default(defaultEscalationTeam),
  /** Whether an overdue chat that waits moves up in the queue, by one priority. */
  raisePriority: z.boolean().default(true),
})

/** The policy of a chat whose answer times are those of the section `times`. */
export const defaultChatPolicy = 'default'

type AnswerTimes = { readonly firstAnswerWithin: number; readonly nextAnswerWithin: number }

/** The answer times of a chat, in milliseconds, and the policy that they come from: the first one that applies. */
export function answerTimesFor<T extends AnswerTimes>(
  { times, sla }: { readonly times: T; readonly sla: z.output<typeof chatSlaSchema> },
  terms: Parameters<typeof policyFor>[1],
): { readonly slaPolicy: string; readonly times: T } {
  const policy = policyFor(sla.policies, terms)
  if (!policy) return { slaPolicy: defaultChatPolicy, times }
  const { name, firstAnswer = times.firstAnswerWithin, nextAnswer = times.nextAnswerWithin } = policy
  return { slaPolicy: name, times: { ...times, firstAnswerWithin: firstAnswer, nextAnswerWithin: nextAnswer } }
}

/** The next higher priority; the highest stays. */
export const raised = (priority: Priority): Priority => priorities[priorities.indexOf(priority) + 1] ?? priority
