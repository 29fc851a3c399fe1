import type { handleServerStreamingCall, ServerWritableStream } from '@grpc/grpc-js'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import type { ReadReq as Request, ReadResp as Answer } from '@eventstore/db-client/generated/streams_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { EventLog, Logged } from './event-log.ts'
import type { Faults } from './faults.ts'
import { invalidPosition, streamDeleted, turnedAway } from './refusals.ts'

const { ReadReq, ReadResp } = streams
type Call = ServerWritableStream<Request, Answer>
type Options = Request.Options

/** The subscriptions under way, and how many there were so far. */
export type Subscriptions = { readonly open: Set<{ drop(quietly: boolean): void }>; ever: number }

/** `Streams.Read`: a stream or all of them, forwards, backwards, or from now on. */
export function readCall(
  log: EventLog,
  faults: Faults,
  subscriptions: Subscriptions,
): handleServerStreamingCall<Request, Answer> {
  return (call) => {
    call.on('error', () => undefined)
    const refused = turnedAway(faults, call.metadata)
    const options = call.request.getOptions()
    if (refused || !options) return void call.emit('error', refused ?? invalidPosition)
    if (options.hasSubscription()) return follow(call, options, log, subscriptions)
    if (faults.silentReads) return
    if (options.hasStream()) readOne(call, options, log)
    else readAll(call, options, log)
  }
}

function readOne(call: Call, options: Options, log: EventLog): void {
  const identifier = options.getStream()?.getStreamIdentifier()
  const name = Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8')
  if (log.isDeleted(name)) return void call.emit('error', streamDeleted(name))
  const kept = log.stream(name)
  if (!kept) {
    call.write(new ReadResp().setStreamNotFound(new ReadResp.StreamNotFound().setStreamIdentifier(identifier)))
    call.end()
    return
  }
  const from = options.getStream()?.hasRevision() ? Number(options.getStream()?.getRevision()) : undefined
  const chosen = isBackwards(options)
    ? kept.filter(({ revision }) => from === undefined || revision <= from).reverse()
    : kept.filter(({ revision }) => from === undefined || revision >= from)
  send(call, chosen.slice(0, Number(options.getCount())))
}

function readAll(call: Call, options: Options, log: EventLog): void {
  const given = options.getAll()?.getPosition()
  const from = given && BigInt(given.getCommitPosition())
  if (from !== undefined && !log.all.some(({ position }) => position === from)) {
    return void call.emit('error', invalidPosition)
  }
  const chosen = isBackwards(options)
    ? log.all.filter(({ position }) => from === undefined || position < from).reverse()
    : log.all.filter(({ position }) => from === undefined || position >= from)
  send(call, chosen.slice(0, Number(options.getCount())))
}

/** Only from the end: what a store that polls besides needs for its wake-ups. */
function follow(call: Call, options: Options, log: EventLog, subscriptions: Subscriptions): void {
  const regex = options.getFilter()?.getEventType()?.getRegex()
  const wanted = new RegExp(regex === undefined || regex === '' ? '' : regex)
  const stop = log.onAppended((event) => {
    if (wanted.test(event.type)) call.write(toAnswer(event))
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

function send(call: Call, events: readonly Logged[]): void {
  for (const event of events) call.write(toAnswer(event))
  call.end()
}

function toAnswer(event: Logged): Answer {
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
