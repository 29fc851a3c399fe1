export {
  cannedReplyAggregate,
  cannedReplyEvents,
  cannedTargets,
  cannedTexts,
  refusePlaceholders,
} from './canned-reply.ts'
export type { CannedReply, CannedTarget } from './canned-reply.ts'
export { macroActions, macroAggregate, macroEvents } from './macro.ts'
export type { Macro } from './macro.ts'
export { cannedTextFor, chatCommandsOf, ticketCommandsOf } from './run-macro.ts'
export type { MacroTerms } from './run-macro.ts'
