import shared from '@eventstore/db-client/generated/shared_pb.js'
import type {
  AppendReq,
  AppendResp as Answer,
  ReadReq as Request,
  ReadResp as ReadAnswer,
} from '@eventstore/db-client/generated/streams_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type {
  handleClientStreamingCall,
  handleServerStreamingCall,
  ServerWritableStream,
  StatusObject,
} from '@grpc/grpc-js'
import { Metadata, status } from '@grpc/grpc-js'
import type { Appended, EventLog, Expected, Faults, Logged, Proposed } from './event-log.ts'

const { AppendResp } = streams
type Success = Extract<Appended, { readonly position: bigint }>
type Handler = handleClientStreamingCall<AppendReq, Answer>

/** `Streams.Append`: the options first, then one message for each event. */
export function appendCall(log: EventLog, faults: Faults): Handler {
  return (call, answer) => {
    let options: AppendReq.Options | undefined
    const events: Proposed[] = []
    let size = 0
    let refusedEarly = false
    call.on('data', (message: AppendReq) => {
      options ??= message.getOptions()
      const proposed = message.getProposedMessage()
      if (!proposed || refusedEarly) return
      events.push(toProposed(proposed))
      size += sizeOf(events.at(-1))
      // The server does not wait for the rest of a request that it will refuse.
      if (size > faults.maxAppendSize) {
        refusedEarly = true
        answer(tooLarge(faults.maxAppendSize))
      }
    })
    call.on('error', () => undefined)
    call.on('end', () => {
      if (refusedEarly) return
      const refused = turnedAway(faults, call.metadata)
      if (refused) return answer(refused)
      const stream = Buffer.from(options?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString('utf8')
      const appended = log.append(stream, expectedOf(options), events)
      if (faults.lostAnswers > 0) {
        faults.lostAnswers--
        return answer(unavailable)
      }
      void Promise.resolve(faults.answersHeld).then(() =>
        appended.kind === 'deleted' ? answer(streamDeleted(stream)) : answer(null, toAnswer(appended)),
      )
    })
  }
}

const sizeOf = (event: Proposed | undefined): number =>
  event ? 2 * event.type.length + event.data.length + event.metadata.length : 0

function toProposed(message: AppendReq.ProposedMessage): Proposed {
  const described = message.getMetadataMap()
  return {
    id: message.getId()?.getString() ?? '',
    type: described.get('type') ?? '',
    contentType: described.get('content-type') ?? '',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  }
}

function expectedOf(options: AppendReq.Options | undefined): Expected {
  if (options?.hasNoStream()) return 'no_stream'
  if (options?.hasStreamExists()) return 'stream_exists'
  return options?.hasRevision() ? Number(options.getRevision()) : 'any'
}

function toAnswer(appended: Exclude<Appended, { kind: 'deleted' }>): Answer {
  const answer = new AppendResp()
  if (appended.kind === 'wrong_version') {
    const wrong = new AppendResp.WrongExpectedVersion()
    if (appended.actual === undefined) wrong.setCurrentNoStream(new shared.Empty())
    else wrong.setCurrentRevision(String(appended.actual))
    return answer.setWrongExpectedVersion(wrong)
  }
  return answer.setSuccess(successOf(appended))
}

function successOf({ revision, position }: Success): Answer.Success {
  const place = new AppendResp.Position()
  place.setCommitPosition(String(position)).setPreparePosition(String(position))
  return new AppendResp.Success().setCurrentRevision(String(revision)).setPosition(place)
}

const { ReadReq, ReadResp } = streams
type Call = ServerWritableStream<Request, ReadAnswer>
type Options = Request.Options

/** The subscriptions under way, and how many there were so far. */
export type Subscriptions = { readonly open: Set<{ drop(quietly: boolean): void }>; ever: number }

/** The cost of reads so far: their number, and that of the events that they returned. */
export type Traffic = { reads: number; events: number }

/** `Streams.Read`: a stream or all of them, forwards, backwards, or from now on. */
export function readCall(
  log: EventLog,
  faults: Faults,
  subscriptions: Subscriptions,
  traffic: Traffic,
): handleServerStreamingCall<Request, ReadAnswer> {
  return (call) => {
    call.on('error', () => undefined)
    const refused = turnedAway(faults, call.metadata)
    const options = call.request.getOptions()
    if (refused || !options) return void call.emit('error', refused ?? noOptions)
    if (options.hasSubscription()) return follow(call, options, log, subscriptions)
    if (faults.silentReads) return
    traffic.reads++
    const answer = (): void => {
      const events = options.hasStream() ? readOne(call, options, log) : readAll(call, options, log)
      if (!events) return
      traffic.events += events.length
      for (const event of events) call.write(toReadAnswer(event))
      call.end()
    }
    if (options.hasFilter() && faults.searching) void faults.searching.then(answer)
    else answer()
  }
}

/** Undefined when it has been answered otherwise. */
function readOne(call: Call, options: Options, log: EventLog): readonly Logged[] | undefined {
  const identifier = options.getStream()?.getStreamIdentifier()
  const name = Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8')
  if (log.isDeleted(name)) {
    call.emit('error', streamDeleted(name))
    return undefined
  }
  const stored = log.stream(name)
  if (!stored) {
    call.write(new ReadResp().setStreamNotFound(new ReadResp.StreamNotFound().setStreamIdentifier(identifier)))
    call.end()
    return undefined
  }
  const from = options.getStream()?.hasRevision() ? Number(options.getStream()?.getRevision()) : undefined
  const chosen = isBackwards(options)
    ? stored.filter(({ revision }) => from === undefined || revision <= from).reverse()
    : stored.filter(({ revision }) => from === undefined || revision >= from)
  return chosen.slice(0, Number(options.getCount()))
}

/**
 * Reading forwards includes the event at the position, reading backwards does not; beyond the last one there is nothing
 * to answer.
 */
function readAll(call: Call, options: Options, log: EventLog): readonly Logged[] | undefined {
  const given = options.getAll()?.getPosition()
  const from = given && BigInt(given.getCommitPosition())
  const last = log.all.at(-1)?.position ?? -1n
  const at = from === undefined ? undefined : log.indexOf(from)
  if (from !== undefined && at === undefined && from <= last) {
    call.emit('error', offTheLog)
    return undefined
  }
  const matches = passes(options.getFilter())
  const count = Number(options.getCount())
  const found: Logged[] = []
  const [step, start] = isBackwards(options) ? [-1, (at ?? log.all.length) - 1] : [1, from === undefined ? 0 : at]
  for (let index = start ?? log.all.length; found.length < count; index += step) {
    const event = log.all[index]
    if (!event) break
    if (matches(event)) found.push(event)
  }
  return found
}

/** Only from the end: what a store that also polls needs for its wake-ups. */
function follow(call: Call, options: Options, log: EventLog, subscriptions: Subscriptions): void {
  const matches = passes(options.getFilter())
  const stop = log.onAppended((event) => {
    if (matches(event)) call.write(toReadAnswer(event))
  })
  const subscription = {
    drop: (quietly: boolean) => {
      if (quietly) call.end()
      else call.emit('error', { code: 14, details: 'the node shuts down' })
    },
  }
  subscriptions.open.add(subscription)
  subscriptions.ever++
  const over = (): void => {
    stop()
    subscriptions.open.delete(subscription)
  }
  call.on('cancelled', over).on('finish', over).on('error', over)
  const confirmation = new ReadResp.SubscriptionConfirmation().setSubscriptionId(crypto.randomUUID())
  call.write(new ReadResp().setConfirmation(confirmation))
  call.write(new ReadResp().setCaughtUp(new ReadResp.CaughtUp()))
}

const isBackwards = (options: Options): boolean =>
  options.getReadDirection() === ReadReq.Options.ReadDirection.BACKWARDS

function toReadAnswer(event: Logged): ReadAnswer {
  const recorded = new ReadResp.ReadEvent.RecordedEvent()
    .setId(new shared.UUID().setString(event.id))
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(event.stream).toString('base64')))
    .setStreamRevision(String(event.revision))
    .setData(event.data)
    .setCustomMetadata(event.metadata)
    .setCommitPosition(String(event.position))
    .setPreparePosition(String(event.position))
  const described = recorded.getMetadataMap()
  described.set('type', event.type)
  described.set('content-type', event.contentType)
  described.set('created', String(BigInt(event.createdMs) * 10_000n))
  return new ReadResp().setEvent(new ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(String(event.position)))
}

type Filter = Request.Options.FilterOptions
type Expression = Request.Options.FilterOptions.Expression

/** Whether an event passes the filter of a request: by prefixes or an expression, of its stream's name or its type. */
function passes(filter: Filter | undefined): (event: Logged) => boolean {
  if (!filter) return () => true
  const byStream = filter.getStreamIdentifier()
  if (byStream) {
    const matches = matching(byStream)
    return ({ stream }) => matches(stream)
  }
  const byType = filter.getEventType()
  const matches = byType ? matching(byType) : () => true
  return ({ type }) => matches(type)
}

function matching(expression: Expression): (text: string) => boolean {
  const prefixes = expression.getPrefixList()
  if (prefixes.length > 0) return (text) => prefixes.some((prefix) => text.startsWith(prefix))
  const regex = new RegExp(expression.getRegex())
  return (text) => regex.test(text)
}

/** A refusal as the server sends it: a status, and an exception by name in the trailing metadata. */
type Refusal = Partial<StatusObject> & { readonly code: status; readonly details: string }

const refusal = (code: status, details: string, exception: string, more: Record<string, string> = {}): Refusal => {
  const metadata = new Metadata()
  metadata.set('exception', exception)
  for (const [key, value] of Object.entries(more)) metadata.set(key, value)
  return { code, details, metadata }
}

const unavailable: Refusal = { code: status.UNAVAILABLE, details: 'Server Is Not Ready' }
const noOptions: Refusal = { code: status.INVALID_ARGUMENT, details: 'Invalid options' }

/** The message of a 23.10 server for a position at which no record begins. */
const offTheLog: Refusal = { code: status.UNKNOWN, details: 'Unexpected ReadAllResult: Error' }

/** The message for a read of, or an append to, a deleted stream. */
const streamDeleted = (stream: string): Refusal =>
  refusal(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, 'stream-deleted', {
    'stream-name': stream,
  })

/** The message for an append of more than the permitted bytes. */
const tooLarge = (limit: number): Refusal =>
  refusal(status.INVALID_ARGUMENT, `Maximum Append Size of ${limit} Exceeded.`, 'maximum-append-size-exceeded', {
    'maximum-append-size': String(limit),
  })

/** The reason why a request is refused before it is handled, if it is. */
function turnedAway(faults: Faults, metadata: Metadata): Refusal | undefined {
  if (faults.unavailable > 0) {
    faults.unavailable--
    return unavailable
  }
  if (faults.locked && metadata.get('authorization').length === 0) {
    return refusal(status.PERMISSION_DENIED, 'Access Denied', 'access-denied')
  }
  if (faults.authorization !== undefined && metadata.get('authorization')[0] !== faults.authorization) {
    return { code: status.UNAUTHENTICATED, details: 'Unauthenticated' }
  }
  if (faults.leader && metadata.get('requires-leader')[0] === 'true') {
    const { host, port } = faults.leader
    return refusal(status.NOT_FOUND, `Leader info available`, 'not-leader', {
      'leader-endpoint-host': host,
      'leader-endpoint-port': String(port),
    })
  }
  return undefined
}
