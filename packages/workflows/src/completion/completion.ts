import { z } from 'zod'
import { AnswerTooLong, readBounded } from '../bounded-answer.ts'
import { inTime } from '../supervision.ts'

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

/** The service did not answer, or its answer does not fit the request. */
export class ServiceFailed extends Error {
  override readonly name = 'ServiceFailed'
}

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
  const { username, password } = new URL(url)
  if (username || password) throw new Error(`the address of the ${name} must hold no user and no password`)
  const endpoint = `${url.replace(/(?<![/])[/]+$/, '')}/chat/completions`
  const forever = new AbortController().signal
  return (request, signal = forever) =>
    inTime(timeoutMs, signal, async (ending) => {
      const response = await post(endpoint, key, requestBody(model, request), ending)
      const text = await readBounded(response, mostAnswerBytes)
      if (!response.ok) throw new ServiceFailed(`the ${name} answered ${response.status}`)
      const completion = completionSchema.safeParse(parseJson(text))
      const content = completion.data?.choices[0]?.message.content
      if (content === undefined) throw new ServiceFailed(`the ${name} answered something else than a completion`)
      return content
    }).catch((error: unknown) => {
      signal.throwIfAborted()
      throw asServiceFailed(error, name)
    })
}

/** A text as JSON; undefined for one that is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
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

const post = (endpoint: string, key: string | undefined, body: string, signal: AbortSignal): Promise<Response> =>
  fetch(endpoint, {
    method: 'POST',
    redirect: 'error',
    signal,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'guichet',
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    },
    body,
  })

/** Describes a failure in this product's own words: a library's message may contain data that must not be logged. */
function asServiceFailed(error: unknown, name: string): ServiceFailed {
  if (error instanceof ServiceFailed) return error
  const message = error instanceof Error ? error.message : ''
  if (error instanceof AnswerTooLong || message.startsWith('no answer within'))
    return new ServiceFailed(`the ${name}: ${message}`)
  const code = error instanceof Error && (error.cause as NodeJS.ErrnoException | undefined)?.code
  return new ServiceFailed(`the ${name} cannot be reached${code ? `: ${code}` : ''}`)
}
