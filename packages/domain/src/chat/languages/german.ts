import type {
  CallEndReason,
  CallKind,
  ChatChannel,
  ChatCloseReason,
  ChatMessageKind,
  ChatSide,
  ParticipantRole,
} from '../vocabulary.ts'
import type { ChatSentences, ChatWording } from './definition.ts'

const messageKinds: Readonly<Record<ChatMessageKind, string>> = {
  text: 'Text',
  file: 'Datei',
  voice: 'Sprachnachricht',
  note: 'interne Notiz',
  actions: 'Aktionen',
  card: 'Karte',
  automatic: 'automatisch',
  system: 'System',
}

/** What chats say in German. */
export const german: ChatWording = {
  transcript: {
    title: 'Chat-Protokoll',
    customer: 'Kunde',
    channel: 'Kanal',
    started: 'Beginn',
    closed: 'Ende',
    timeZone: 'Zeiten nach',
    note: 'INTERN',
    forDesk: 'NUR FÜR DEN SUPPORT',
    edited: 'bearbeitet',
    removed: 'Inhalt entfernt',
    chosen: 'gewählt',
    filesLeft: {
      one: '# weitere Datei ist nur im Chat: Das Ticket kann nicht mehr Dateien aufnehmen',
      other: '# weitere Dateien sind nur im Chat: Das Ticket kann nicht mehr Dateien aufnehmen',
    },
    actorKinds: { customer: 'Kunde', agent: 'Mitarbeiter', system: 'System' },
    kinds: messageKinds,
    mail: {
      title: 'Das Protokoll Ihres Chats',
      message: 'Guten Tag,\n\nim Anhang finden Sie das Protokoll Ihres Chats mit unserem Support.',
    },
  },
  pushes: {
    chat_message: {
      title: 'Neue Nachricht',
      message: 'Unser Support hat Ihnen geschrieben. Öffnen Sie den Chat, um die Nachricht zu lesen.',
    },
    chat_accepted: { title: 'Ein Mitarbeiter ist da', message: 'Ihr Chat wurde angenommen.' },
    chat_warning: {
      title: 'Ihr Chat wird bald geschlossen',
      message: 'Ohne Antwort von Ihnen wird der Chat bald geschlossen.',
    },
  },
}

const channels: Readonly<Record<ChatChannel, string>> = { web: 'Web', mobile: 'Mobil', video: 'Video' }

const roles: Readonly<Record<ParticipantRole, string>> = { observer: 'Beobachter', speaker: 'Gesprächspartner' }

const sides: Readonly<Record<ChatSide, string>> = { customer: 'Kunden', desk: 'Support' }

const closeReasons: Readonly<Record<ChatCloseReason, string>> = {
  solved: 'gelöst',
  left: 'vom Kunden verlassen',
  abandoned: 'in der Warteschlange abgebrochen',
  gone: 'Kunde ohne Nachricht gegangen',
  inactive: 'keine Antwort',
  converted: 'in ein Ticket umgewandelt',
  continued: 'in einem anderen Chat fortgesetzt',
  spam: 'Spam',
  other: 'anderer Grund',
}

const callKinds: Readonly<Record<CallKind, string>> = {
  voice: 'Sprache',
  video: 'Video',
  screen: 'Bildschirm',
  remote: 'Fernhilfe',
}

const callEndReasons: Readonly<Record<CallEndReason, string>> = {
  hung_up: 'aufgelegt',
  cancelled: 'abgebrochen',
  declined: 'abgelehnt',
  unanswered: 'nicht angenommen',
  failed: 'Verbindung fehlgeschlagen',
  time_limit: 'Höchstdauer erreicht',
  agent_left: 'Mitarbeiter nicht mehr da',
  chat_closed: 'Chat geschlossen',
}

/** What has happened in a chat, in German. */
export const germanSentences: ChatSentences = {
  ChatStarted: ({ customer, channel }, { name }) => `${name(customer)} hat den Chat begonnen (${channels[channel]})`,
  ChatAccepted: ({ agent }, { name }) => `${name(agent)} hat den Chat angenommen`,
  ChatRequeued: () => 'wieder in die Warteschlange gestellt',
  ChatMessageSent: ({ kind }) =>
    kind === 'note' ? 'hat eine Notiz geschrieben' : `hat eine Nachricht gesendet (${messageKinds[kind]})`,
  ChatMessageEdited: ({ messageId }, { quote }) => `hat die Nachricht ${quote(messageId)} bearbeitet`,
  ChatMessageRedacted: ({ messageId }, { quote }) => `hat den Inhalt der Nachricht ${quote(messageId)} entfernt`,
  ChatActionChosen: ({ label }, { quote }) =>
    label === '' ? 'hat eine Aktion gewählt' : `hat „${quote(label)}“ gewählt`,
  ChatMessagesDelivered: ({ side, upTo }, { number }) => `dem ${sides[side]} zugestellt bis ${number(upTo)}`,
  ChatMessagesRead: ({ side, upTo }, { number }) => `vom ${sides[side]} gelesen bis ${number(upTo)}`,
  ChatTransferEnded: ({ agent }, { name }) =>
    agent ? `die Übergabe ist beendet: ${name(agent)} bleibt im Chat` : 'die Übergabe ist beendet',
  ChatTransferred: ({ from, to }, { name }) => `${name(to)} hat den Chat von ${name(from)} übernommen`,
  ChatParticipantJoined: ({ agent, role }, { name }) => `${name(agent)} ist beigetreten (${roles[role]})`,
  ChatParticipantLeft: ({ agent }, { name }) => `${name(agent)} hat den Chat verlassen`,
  ChatCallRequested: ({ kind, recorded }) =>
    recorded
      ? `hat um einen Anruf gebeten (${callKinds[kind]}), mit Aufzeichnung`
      : `hat um einen Anruf gebeten (${callKinds[kind]})`,
  ChatCallAccepted: ({ recorded }) =>
    recorded ? 'hat den Anruf und dessen Aufzeichnung angenommen' : 'hat den Anruf angenommen',
  ChatCallStarted: () => 'der Anruf ist verbunden',
  ChatCallRecordingWithdrawn: () => 'hat die Einwilligung in die Aufzeichnung zurückgezogen',
  ChatCallEnded: ({ reason, seconds: length }, { seconds }) =>
    length === undefined
      ? `der Anruf ist beendet (${callEndReasons[reason]})`
      : `der Anruf ist nach ${seconds(length)} beendet (${callEndReasons[reason]})`,
  ChatInactivityWarned: ({ closesAt }, { moment }) =>
    `der Kunde wurde gewarnt: Der Chat wird am ${moment(closesAt)} geschlossen`,
  ChatClosed: ({ reason }) => `hat den Chat geschlossen (${closeReasons[reason]})`,
  ChatReopened: () => 'hat den Chat wieder geöffnet',
  ChatRated: ({ rating }, { number }) => `hat den Chat mit ${number(rating)} von 5 bewertet`,
  ChatTranscriptRequested: () => 'hat das Protokoll per E-Mail angefordert',
  ChatConverted: ({ ticketId }, { quote }) => `wurde zum Ticket ${quote(ticketId)}`,
}
