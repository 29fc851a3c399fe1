export * from './minute-by-minute.ts'
export {
  agentProfile,
  agentRegistered,
  asSent,
  incidentUnder,
  nothing,
  refused,
  SpecificationFailed,
  specify,
  specifyAgent,
  specifyChat,
  specifyCustomer,
  specifyIncident,
  specifyTicket,
} from './specification.ts'
export type { DecidedCommand, Expectation, ExpectedEvent, Specification } from './specification.ts'
export { sampleData } from './sample-event.ts'
export { deskAround, deskInMemory, deskInTurns, Died } from './desk.ts'
export { isDeepEqual } from '../kernel/fingerprint.ts'
export {
  after,
  alex,
  byAlex,
  camille,
  chatEvent,
  chatOfLength,
  chatStarted,
  exampleFacts,
  exampleSuspicion,
  followTheSun,
  monday,
  sacha,
  supportCalendars,
  supportCentres,
  ticketEvent,
  ticketOpened,
  timelineOf,
} from './examples.ts'
