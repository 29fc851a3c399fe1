export { createBoard } from './board.ts'
export type { Board } from './board.ts'
export { chooseForChat, createChatBoard, requestOf } from './chat-board.ts'
export type { ChatBoard, RoutedChat } from './chat-board.ts'
export { chooseAgent, createChooser, kindOf } from './choose-agent.ts'
export type { Choice, QueueReason } from './choose-agent.ts'
export { chatNoticesOf, defaultRoutingTerms, exclusions } from './eligibility.ts'
export type { AssignableWork, Colleague, Exclusion, RoutingTerms } from './eligibility.ts'
export type { Roster } from './roster.ts'
export { defaultRoutingSettings, routingSettingsSchema, routingStrategies } from './settings.ts'
export type { RoutingSettings, RoutingStrategy } from './settings.ts'
export {
  evolveWorkItem,
  inQueueOrder,
  isOngoing,
  isWaiting,
  offerOf,
  takesPlace,
  waitsForAgent,
  workChannelOf,
} from './work-item.ts'
export type { WorkItem, WorkOrigin } from './work-item.ts'
