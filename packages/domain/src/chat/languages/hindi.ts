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
  text: 'टेक्स्ट',
  file: 'फ़ाइल',
  voice: 'वॉइस नोट',
  note: 'आंतरिक नोट',
  actions: 'विकल्प',
  card: 'कार्ड',
  automatic: 'स्वचालित',
  system: 'सिस्टम',
}

/** What chats say in Hindi. */
export const hindi: ChatWording = {
  transcript: {
    title: 'चैट की प्रतिलिपि',
    customer: 'ग्राहक',
    channel: 'चैनल',
    started: 'शुरुआत',
    closed: 'समाप्ति',
    timeZone: 'समय क्षेत्र',
    note: 'आंतरिक',
    forDesk: 'केवल सपोर्ट के लिए',
    edited: 'संपादित',
    removed: 'सामग्री हटाई गई',
    chosen: 'चुना गया',
    filesLeft: {
      one: '# और फ़ाइल केवल चैट में है: टिकट में इससे अधिक फ़ाइलें नहीं आ सकतीं',
      other: '# और फ़ाइलें केवल चैट में हैं: टिकट में इससे अधिक फ़ाइलें नहीं आ सकतीं',
    },
    actorKinds: { customer: 'ग्राहक', agent: 'एजेंट', system: 'सिस्टम' },
    kinds: messageKinds,
    mail: { title: 'आपकी चैट की प्रतिलिपि', message: 'नमस्ते,\n\nहमारी सपोर्ट टीम के साथ आपकी चैट की प्रतिलिपि संलग्न है।' },
  },
  pushes: {
    chat_message: { title: 'नया संदेश', message: 'सपोर्ट टीम ने आपको लिखा है। संदेश पढ़ने के लिए चैट खोलें।' },
    chat_accepted: { title: 'एजेंट उपलब्ध हैं', message: 'आपकी चैट स्वीकार कर ली गई है।' },
    chat_warning: { title: 'आपकी चैट बंद होने वाली है', message: 'आपका जवाब न मिलने पर चैट जल्द ही बंद कर दी जाएगी।' },
  },
}

const channels: Readonly<Record<ChatChannel, string>> = { web: 'वेब', mobile: 'मोबाइल', video: 'वीडियो' }

const roles: Readonly<Record<ParticipantRole, string>> = { observer: 'पर्यवेक्षक', speaker: 'वक्ता' }

const sides: Readonly<Record<ChatSide, string>> = { customer: 'ग्राहक', desk: 'सपोर्ट' }

const closeReasons: Readonly<Record<ChatCloseReason, string>> = {
  solved: 'हल हो गई',
  left: 'ग्राहक चले गए',
  abandoned: 'प्रतीक्षा में छोड़ी गई',
  gone: 'ग्राहक बिना बताए चले गए',
  inactive: 'कोई जवाब नहीं',
  converted: 'टिकट में बदली गई',
  continued: 'दूसरी चैट में जारी',
  spam: 'स्पैम',
  other: 'अन्य कारण',
}

const callKinds: Readonly<Record<CallKind, string>> = {
  voice: 'वॉइस',
  video: 'वीडियो',
  screen: 'स्क्रीन',
  remote: 'दूरस्थ सहायता',
}

const callEndReasons: Readonly<Record<CallEndReason, string>> = {
  hung_up: 'कॉल काटी गई',
  cancelled: 'रद्द',
  declined: 'अस्वीकृत',
  unanswered: 'जवाब नहीं मिला',
  failed: 'कनेक्शन विफल',
  time_limit: 'अधिकतम अवधि',
  agent_left: 'एजेंट चले गए',
  chat_closed: 'चैट बंद',
}

/** What has happened in a chat, in Hindi. */
export const hindiSentences: ChatSentences = {
  ChatStarted: ({ customer, channel }, { name }) => `${name(customer)} ने चैट शुरू की (${channels[channel]})`,
  ChatAccepted: ({ agent }, { name }) => `${name(agent)} ने चैट स्वीकार की`,
  ChatRequeued: () => 'चैट फिर से कतार में रखी गई',
  ChatMessageSent: ({ kind }) => (kind === 'note' ? 'नोट लिखा गया' : `संदेश भेजा गया (${messageKinds[kind]})`),
  ChatMessageEdited: ({ messageId }, { quote }) => `संदेश ${quote(messageId)} संपादित किया गया`,
  ChatMessageRedacted: ({ messageId }, { quote }) => `संदेश ${quote(messageId)} की सामग्री हटाई गई`,
  ChatActionChosen: ({ label }, { quote }) => (label === '' ? 'एक विकल्प चुना गया' : `“${quote(label)}” चुना गया`),
  ChatMessagesDelivered: ({ side, upTo }, { number }) => `${sides[side]} को ${number(upTo)} तक पहुँचा`,
  ChatMessagesRead: ({ side, upTo }, { number }) => `${sides[side]} ने ${number(upTo)} तक पढ़ा`,
  ChatTransferEnded: ({ agent }, { name }) =>
    agent ? `स्थानांतरण समाप्त: चैट ${name(agent)} के पास ही है` : 'स्थानांतरण समाप्त',
  ChatTransferred: ({ from, to }, { name }) => `${name(to)} ने ${name(from)} से चैट ले ली`,
  ChatParticipantJoined: ({ agent, role }, { name }) => `${name(agent)} शामिल हुए (${roles[role]})`,
  ChatParticipantLeft: ({ agent }, { name }) => `${name(agent)} चले गए`,
  ChatCallRequested: ({ kind, recorded }) =>
    recorded
      ? `कॉल का अनुरोध किया गया (${callKinds[kind]}), रिकॉर्डिंग के साथ`
      : `कॉल का अनुरोध किया गया (${callKinds[kind]})`,
  ChatCallAccepted: ({ recorded }) => (recorded ? 'कॉल और उसकी रिकॉर्डिंग स्वीकार की गई' : 'कॉल स्वीकार की गई'),
  ChatCallStarted: () => 'कॉल जुड़ गई',
  ChatCallRecordingWithdrawn: () => 'रिकॉर्डिंग की सहमति वापस ली गई',
  ChatCallEnded: ({ reason, seconds: length }, { seconds }) =>
    length === undefined
      ? `कॉल समाप्त हुई (${callEndReasons[reason]})`
      : `कॉल ${seconds(length)} के बाद समाप्त हुई (${callEndReasons[reason]})`,
  ChatInactivityWarned: ({ closesAt }, { moment }) => `ग्राहक को चेतावनी दी गई: चैट ${moment(closesAt)} पर बंद होगी`,
  ChatClosed: ({ reason }) => `चैट बंद की गई (${closeReasons[reason]})`,
  ChatReopened: () => 'चैट फिर से खोली गई',
  ChatRated: ({ rating }, { number }) => `चैट को 5 में से ${number(rating)} रेटिंग दी गई`,
  ChatTranscriptRequested: () => 'ईमेल से प्रतिलिपि माँगी गई',
  ChatConverted: ({ ticketId }, { quote }) => `चैट टिकट ${quote(ticketId)} बन गई`,
}
