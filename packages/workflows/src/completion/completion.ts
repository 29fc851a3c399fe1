import { z } from 'zod'
import { jsonEndpoint, parseJson, ServiceFailed } from './json-endpoint.ts'

/** A language model, and how it is reached. */
export type CompletionService = {
  /** The address before `/chat/completions`, such as `https://api.openai.com/v1`; without user and password. */
  readonly url: string
  readonly model: string
  /** Sent as a bearer token; shown nowhere. */
  readonly key?: string | undefined
  /** 5,000 by default. */
  readonly timeoutMs?: number | undefined
  /** How many requests are sent to it a day, in UTC, by all processes together; any number by default. */
  readonly budget?: number | undefined
}

/** What a model is asked. */
type CompletionRequest = {
  readonly instruction: string
  /** The data that the instruction is about, sent as JSON in a message of its own. */
  readonly data: unknown
  /** The JSON schema that the answer is asked to have: servers may ignore it. */
  readonly answer: { readonly name: string; readonly schema: object }
}

/** Asks a model. @throws ServiceFailed when there is no answer in time; the signal's reason when it aborts. */
type Complete = (request: CompletionRequest, signal?: AbortSignal) => Promise<string>

const mostAnswerBytes = 65_536

const completionSchema = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
})

/**
 * Queries an HTTP service with the API of OpenAI's chat completions, and returns the text of its answer, which is
 * unchecked.
 * @param name what the service is in messages, such as `classifier`.
 * @throws Error for an address with a user or a password.
 */
export function createCompletions(
  { url, model, key, timeoutMs = 5_000 }: Omit<CompletionService, 'budget'>,
  name: string,
): Complete {
  const ask = jsonEndpoint({ url, path: '/chat/completions', key, name })
  return async (request, signal) => {
    const text = await ask(requestBody(model, request), { timeoutMs, mostAnswerBytes }, signal)
    const completion = completionSchema.safeParse(parseJson(text))
    const content = completion.data?.choices[0]?.message.content
    if (content === undefined) throw new ServiceFailed(`the ${name} answered something else than a completion`)
    return content
  }
}

const requestBody = (model: string, { instruction, data, answer }: CompletionRequest): string =>
  JSON.stringify({
    model,
    temperature: 0,
    messages: [
      { role: 'system', content: instruction },
      { role: 'user', content: JSON.stringify(data) },
    ],
    response_format: { type: 'json_schema', json_schema: { ...answer, strict: true } },
  })
