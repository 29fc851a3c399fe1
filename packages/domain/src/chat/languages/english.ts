import type { ChatWording } from './definition.ts'

/** What chats say in English. */
export const english: ChatWording = {
  transcript: {
    title: 'Transcript of the chat',
    customer: 'Customer',
    channel: 'Channel',
    started: 'Started',
    closed: 'Closed',
    timeZone: 'Times of',
    note: 'INTERNAL',
    forDesk: 'FOR THE DESK ONLY',
    edited: 'edited',
    removed: 'content removed',
    chosen: 'chosen',
    filesLeft: {
      one: '# more file is in the chat alone: the ticket cannot hold more',
      other: '# more files are in the chat alone: the ticket cannot hold more',
    },
    actorKinds: { customer: 'Customer', agent: 'Agent', system: 'System' },
    kinds: {
      text: 'text',
      file: 'file',
      voice: 'voice note',
      note: 'internal note',
      actions: 'actions',
      card: 'card',
      automatic: 'automatic',
      system: 'system',
    },
    mail: {
      title: 'The transcript of your chat',
      message: 'Hello,\n\nplease find attached the transcript of your chat with our support team.',
    },
  },
  pushes: {
    chat_message: {
      title: 'New message',
      message: 'The support team wrote to you. Open the chat to read the message.',
    },
    chat_accepted: { title: 'An agent is there', message: 'Your chat has been accepted.' },
    chat_warning: {
      title: 'Your chat is about to close',
      message: 'Without an answer from you, the chat will soon be closed.',
    },
  },
}
