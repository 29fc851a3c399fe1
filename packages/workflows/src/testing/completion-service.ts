import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

/** A request to a language model, as its server receives it. */
type ServiceRequest = { readonly path: string | undefined; readonly key: string | undefined; readonly body: Body }

type Body = {
  readonly model: string
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly response_format: {
    readonly json_schema: {
      readonly schema: { readonly properties: Readonly<Record<string, { readonly enum?: readonly unknown[] }>> }
    }
  }
}

const servers: Server[] = []

/** Starts an HTTP service that records its requests, and answers by a function. */
export async function completionService(
  answer: (response: ServerResponse) => void,
): Promise<{ readonly url: string; readonly requests: readonly ServiceRequest[] }> {
  const requests: ServiceRequest[] = []
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      requests.push({ path: request.url, key: request.headers.authorization, body: body as Body })
      answer(response)
    })
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, requests }
}

/** Ends all services of a test, with their connections. */
export function closeCompletionServices(): void {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
}

/** Answers with a completion of this text. */
export const completion = (content: string) => (response: ServerResponse) =>
  void response.end(JSON.stringify({ choices: [{ message: { role: 'assistant', content } }] }))

/** What a service should answer, and does not: each with a name. */
export const uselessAnswers: readonly [string, (response: ServerResponse) => void][] = [
  ['no completion', (response) => void response.end('{"choices":[]}')],
  ['no JSON', (response) => void response.end('<html>')],
  ['an error', (response) => void response.writeHead(500).end('the key sk-do-not-show-this is wrong')],
  ['too much', (response) => void response.end('x'.repeat(100_000))],
  ['another address', (response) => void response.writeHead(307, { location: '/elsewhere' }).end()],
  ['nothing, and hangs up', (response) => void response.destroy()],
]
