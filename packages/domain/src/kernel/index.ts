export {
  actorSchema,
  chatActor,
  classifierActor,
  clockActor,
  commandIdLength,
  commandIdSchema,
  commandLineActor,
  derivedCommandId,
  engineCommandId,
  filesActor,
  identityActor,
  importActor,
  incidentActor,
  isEngineActor,
  isEngineCommandId,
  isVisitorId,
  proactiveActor,
  routingActor,
  scannerActor,
  simulationActor,
  stepCommandId,
} from './actor.ts'
export type { Actor, EngineNamespace } from './actor.ts'
export { defineAggregate } from './aggregate.ts'
export type { DefinedAggregate } from './aggregate.ts'
export { defineCommand, fireSchema, isInternal, senders } from './command.ts'
export type { CommandDefinition, Senders } from './command.ts'
export { earliestFirst, fold, isSameDeadline } from './decider.ts'
export type { Aggregate, ClockLabels, ClockState, CommandMetadata, Deadline, Decider } from './decider.ts'
export { charactersOf, pageLimitAfter, readInPages } from './event-store.ts'
export type {
  Append,
  AppendOutcome,
  EventStore,
  ExpectedVersion,
  FirstOutcome,
  LogObserver,
  LogTail,
  ReadAll,
  SnapshotStore,
  StoredSnapshot,
  StreamPoint,
} from './event-store.ts'
export {
  CorruptHistory,
  decodeEvent,
  defineEvent,
  encodeEvent,
  eventIdLength,
  parseStream,
  StreamDeleted,
  streamName,
  streamNameLength,
  unlessDeleted,
} from './event.ts'
export type {
  DataSubject,
  Description,
  DomainEvent,
  EventCatalogue,
  EventDefinition,
  EventEnvelope,
  EventType,
  PersonalFields,
  Position,
  StoredEvent,
  StreamName,
} from './event.ts'
export type { Execution } from './execute.ts'
export type { LifecycleCell } from './lifecycle.ts'
export { limits } from './limits.ts'
export { LruCache } from './lru-cache.ts'
export type { LruBounds } from './lru-cache.ts'
export { SharedReads } from './shared-reads.ts'
export type { SharedReadOptions } from './shared-reads.ts'
export { inMemoryStore, matchesVersion } from './memory-store.ts'
export type { MemoryEvent } from './memory-store.ts'
export {
  accept,
  CommandRefused,
  deny,
  isRefusalCode,
  isTransient,
  refusal,
  refusalMessages,
  throwIfTransient,
} from './refusal.ts'
export type { DefinedCode, Refusal, RefusalCode, Result } from './refusal.ts'
export type { Snapshot } from './snapshots.ts'
export { createTurns } from './stream-cache.ts'
export {
  businessDaysOf,
  businessTimeSchema,
  days,
  durationSchema,
  elapsed,
  formatDuration,
  hours,
  instant,
  instantSchema,
  isInstant,
  later,
  latest,
  minutes,
  sinceEpoch,
  storedInstantSchema,
  utcDay,
} from './time.ts'
export type { BusinessDays, Instant } from './time.ts'
export { describeIssue, malformed } from './validation.ts'
export {
  channels,
  compareTexts,
  cutTo,
  id,
  isEngineName,
  isId,
  isLongerThan,
  isOnce,
  isUnknownName,
  language,
  line,
  text,
  nameSchema,
  personId,
  personName,
  priorities,
  shareOf,
  withoutUnprintable,
  withoutUnseen,
} from './values.ts'
export type { Channel, NameSet, Priority } from './values.ts'
