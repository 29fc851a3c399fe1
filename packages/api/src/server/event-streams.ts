import type { ServerResponse } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import type { Release } from './unread-answers.ts'

/** Pings and the frame of a result have no more bytes than that, and are not counted. */
const frame = 64

/**
 * The body of an event stream whose results are counted while they wait for their reader: `hold` is asked before one is sent, and
 * the next is read when the connection has taken the one before. A result that is not held is replaced by `refusal`, and ends
 * the stream.
 */
export function countedResults(
  body: ReadableStream<Uint8Array>,
  hold: (bytes: number) => Release | undefined,
  refusal: () => string,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let release: Release = () => undefined
  return new ReadableStream(
    {
      pull: async (controller) => {
        release()
        const { done, value } = await reader.read()
        if (done) return controller.close()
        const held = value.byteLength > frame ? hold(value.byteLength) : () => undefined
        if (held) {
          release = held
          return controller.enqueue(value)
        }
        controller.enqueue(new TextEncoder().encode(`event: next\ndata: ${refusal()}\n\nevent: complete\ndata:\n\n`))
        controller.close()
        await reader.cancel()
      },
      cancel: async (reason) => {
        release()
        await reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}

/** Waits until a connection has taken what was written to it, or is gone. */
export async function drained(response: ServerResponse): Promise<void> {
  // What has just been read from a body is written first.
  await setImmediate()
  if (!response.writableNeedDrain || response.destroyed) return
  await new Promise<void>((resolve) => {
    const end = (): void => {
      response.off('drain', end).off('close', end)
      resolve()
    }
    response.on('drain', end).on('close', end)
  })
}
