export { aggregates, clockedAggregates, guichetEvents } from './categories.ts'
export type { ClockedCategory, GuichetEvent, GuichetEventOf, StreamCategories, StreamCategory } from './categories.ts'
export { canSendChatTranscript, settleChat } from './chats.ts'
export type { ChatStart } from './chats.ts'
export { holderOf, settleRemoval, settleWithdrawal } from './claim-identities.ts'
export { carryRedactions } from './convert-chat.ts'
export { accountOf, customerBy, survivingRecordOf } from './customers.ts'
export type { CustomerIdentity, IdentifiedCustomer } from './customers.ts'
export { createDesk } from './desk.ts'
export type { DeskOptions } from './desk.ts'
export { removeFormerSubjects } from './former-subjects.ts'
export { isOfCategory, readHistory } from '../history.ts'
export { declareIncident, relayUpdate } from './incidents.ts'
export type { Declaration, LinkOutcome } from './incidents.ts'
export { mailAddressOf } from './mail-address.ts'
export { questionBroughtBy } from './merge-tickets.ts'
export { ticketsNaming } from './naming-tickets.ts'
export { proactiveTag } from './open-draft.ts'
export type { DraftOpening } from './open-draft.ts'
export type { OwnAggregate, OwnAggregates } from './own-aggregates.ts'
export { mostSteps } from './port.ts'
export type { IdentifiedSender, Outcome, Sender, Step, StreamDesk } from './port.ts'
export type { Completion } from './process.ts'
export { completions } from './processes.ts'
export type { Desk, DeskWith, OwnEventOf, OwnEventType } from './processes.ts'
export { neededTexts, presentTexts } from './product-texts.ts'
export type { ProductTexts, TextPart } from './product-texts.ts'
export { filesToDelete } from './redacted-files.ts'
export type { Split } from './split-ticket.ts'
export type { MergedCustomers } from './survivors.ts'
export {
  customersSharedWith,
  isSurvivorOf,
  mergedCustomersOf,
  personIdsOf,
  sharesChatsOf,
  survivingCustomer,
  survivorOf,
} from './survivors.ts'
