/** What a subscription gives, in whichever mode. */
export type LiveSink = {
  /** The server has begun to answer. */
  opened(): void
  next(result: LiveResult): void
  /** Errors as the edge gives them, or whatever broke the connection. */
  error(error: unknown): void
  complete(): void
}

/** The errors of an answer, as the edge gives them. */
export type Errors = readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]

/** A result of an operation. */
export type LiveResult = { readonly data?: unknown; readonly errors?: Errors }

type EventStreamOptions = {
  readonly url: string
  readonly bearer: string
  readonly payload: { readonly query: string; readonly variables: object }
  /** How long the server may take until its first byte, and be silent later, in milliseconds: it pings every 12 seconds. */
  readonly firstByteMs: number
  readonly silenceMs: number
  /** Called, in place of `error`, when the server was silent from the beginning: something on the way holds its answer back. */
  readonly onBuffered: () => void
}

/** Follows a subscription by server-sent events, with fetch. Returns a function that ends it. */
export function openEventStream(
  { url, bearer, payload, firstByteMs, silenceMs, onBuffered }: EventStreamOptions,
  sink: LiveSink,
): () => void {
  const ended = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOpen = false
  const expectBytes = (): void => {
    clearTimeout(timer)
    timer = setTimeout(
      () => {
        if (ended.signal.aborted) return
        ended.abort()
        if (isOpen) sink.error(new Error('the server is silent'))
        else onBuffered()
      },
      isOpen ? silenceMs : firstByteMs,
    )
  }
  const take = (event: string): boolean => {
    const [, name] = /^event: (.*)$/m.exec(event) ?? []
    const [, data] = /^data: (.+)$/m.exec(event) ?? []
    if (name === 'next' && data !== undefined) sink.next(JSON.parse(data) as LiveResult)
    return name === 'complete'
  }
  const read = async (): Promise<void> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${bearer}` },
      body: JSON.stringify(payload),
      signal: ended.signal,
    })
    if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body) {
      const answer = (await response.json()) as LiveResult
      return sink.error(answer.errors ?? new Error(`status ${response.status}`))
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    for (;;) {
      const { done, value } = await reader.read()
      if (ended.signal.aborted) return
      if (done) throw new Error('the stream was cut off')
      if (!isOpen) sink.opened()
      isOpen = true
      expectBytes()
      const events = (text + value).split('\n\n')
      text = events.pop() ?? ''
      if (events.some(take)) return sink.complete()
    }
  }

  expectBytes()
  read()
    .catch((error: unknown) => {
      if (!ended.signal.aborted) sink.error(error)
    })
    .finally(() => clearTimeout(timer))
  return () => {
    clearTimeout(timer)
    ended.abort()
  }
}
