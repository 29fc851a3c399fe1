export { chatDataOf, chatIdOf, printChat, replayChat } from './chat.ts'
export { printIncident, replayIncident } from './incident.ts'
export { printReplay } from './print-replay.ts'
export { replayTicket } from './replay.ts'
