import type { LanguageWording } from './wording.ts'

/** The desk's messages to its customers in German. */
const germanLetters: Pick<LanguageWording, 'automatic' | 'chats' | 'replyTemplates'> = {
  chats: {
    requeued:
      'Ihr Ansprechpartner ist nicht mehr verfügbar. Sie behalten Ihren Platz in der Warteschlange: Jemand anderes aus unserem Team antwortet Ihnen.',
    stays:
      'Die Schicht des Mitarbeiters ist zu Ende, und niemand im Dienst hat diesen Chat übernommen: Er bleibt bei seinem Mitarbeiter.',
  },
  automatic: {
    chase: [
      `Hallo [Vorname],

seit [X Tagen] warten wir auf Ihre Antwort zum Thema „[Betreff]“. Könnten Sie uns diese bitte zukommen lassen?

Mit freundlichen Grüßen
[Signatur]`,
      `Guten Tag,

seit [X Tagen] warten wir auf Ihre Antwort zum Thema „[Betreff]“. Könnten Sie uns diese bitte zukommen lassen?

Mit freundlichen Grüßen
[Signatur]`,
      `Guten Tag,

wir warten auf Ihre Antwort zum Thema „[Betreff]“. Könnten Sie uns diese bitte zukommen lassen?

Mit freundlichen Grüßen
[Signatur]`,
    ],
    closeUnanswered: [
      `Hallo [Vorname],

da wir seit [X Tagen] nichts von Ihnen gehört haben, gehen wir davon aus, dass Ihr Anliegen gelöst ist.

Dieses Ticket schließen wir daher. Wenn Sie weiterhin Hilfe benötigen, eröffnen Sie bitte ein neues Ticket oder antworten Sie auf dieses.

Mit freundlichen Grüßen
[Signatur]`,
      `Guten Tag,

da wir seit [X Tagen] nichts von Ihnen gehört haben, gehen wir davon aus, dass Ihr Anliegen gelöst ist.

Dieses Ticket schließen wir daher. Wenn Sie weiterhin Hilfe benötigen, eröffnen Sie bitte ein neues Ticket oder antworten Sie auf dieses.

Mit freundlichen Grüßen
[Signatur]`,
      `Guten Tag,

da wir nichts von Ihnen gehört haben, gehen wir davon aus, dass Ihr Anliegen gelöst ist.

Dieses Ticket schließen wir daher. Wenn Sie weiterhin Hilfe benötigen, eröffnen Sie bitte ein neues Ticket oder antworten Sie auf dieses.

Mit freundlichen Grüßen
[Signatur]`,
    ],
  },
  replyTemplates: {
    erste_antwort: `Hallo [Vorname],

vielen Dank für Ihre Nachricht. Ihr Anliegen „[Betreff]“ habe ich aufgenommen.

[Antwort oder Rückfrage]

Für weitere Fragen stehe ich Ihnen gern zur Verfügung.

Mit freundlichen Grüßen
[Ihr Vorname]
[Signatur]`,
    rueckfrage: `Hallo [Vorname],

damit ich Ihnen besser helfen kann, benötige ich noch folgende Angaben:
- [Frage 1]
- [Frage 2]
- [Frage 3]

So kann ich die passende Lösung für Sie finden.

Vielen Dank im Voraus
[Ihr Vorname]`,
    loesung: `Hallo [Vorname],

ich habe die Lösung für Ihr Anliegen gefunden:

[Ausführliche Erklärung der Lösung]

So gehen Sie vor:
1. [Schritt 1]
2. [Schritt 2]
3. [Schritt 3]

Wenn Sie weitere Hilfe benötigen, melden Sie sich gern wieder bei mir.

Mit freundlichen Grüßen
[Ihr Vorname]`,
    funktionswunsch: `Guten Tag,

vielen Dank für Ihren Vorschlag zum Thema „[Betreff]“.

Unser Produktteam liest jeden Vorschlag und berücksichtigt ihn bei der weiteren Planung. Ihr Vorschlag ist aufgenommen und weitergeleitet; dieses Ticket setze ich daher auf gelöst.

Mit freundlichen Grüßen
[Signatur]`,
    abschluss_ohne_antwort: `Hallo [Vorname],

da ich seit [X Tagen] nichts von Ihnen gehört habe, gehe ich davon aus, dass Ihr Anliegen gelöst ist.

Dieses Ticket schließe ich daher. Wenn Sie weiterhin Hilfe benötigen, eröffnen Sie bitte ein neues Ticket oder antworten Sie auf dieses.

Mit freundlichen Grüßen
[Ihr Vorname]`,
  },
}

/** The wording in German. */
export const german: LanguageWording = {
  language: 'de',
  placeholders: {
    vorname: 'firstName',
    'ihr vorname': 'agentFirstName',
    betreff: 'subject',
    'x tagen': 'days',
    signatur: 'signature',
    'neues zur störung': 'news',
    rückstand: 'debt',
    'anzahl kunden': 'people',
    'übliche anzahl': 'usualPeople',
    gesundheitswert: 'score',
    'voriger wert': 'scoreBefore',
    'weitere rückgänge': 'otherFalls',
  },
  statuses: {
    new: 'Neu',
    in_progress: 'In Bearbeitung',
    waiting_customer: 'Warten auf Kunden',
    resolved: 'Gelöst',
    closed: 'Geschlossen',
  },
  notifications: {
    reply: {
      title: ['Support-Ticket: Neue Antwort'],
      message: ['Sie haben eine Antwort auf Ihr Ticket „[Betreff]“ erhalten.'],
    },
    waiting: {
      title: ['Support-Ticket: Warten auf Ihre Antwort'],
      message: ['Für Ihr Ticket „[Betreff]“ benötigen wir nun eine Antwort von Ihnen.'],
    },
    chase: {
      title: ['Support-Ticket: Erinnerung'],
      message: [
        'Ihr Ticket „[Betreff]“ wartet seit [X Tagen] auf Ihre Antwort.',
        'Ihr Ticket „[Betreff]“ wartet noch auf Ihre Antwort.',
      ],
    },
    resolved: { title: ['Support-Ticket: Gelöst'], message: ['Ihr Ticket „[Betreff]“ ist jetzt gelöst.'] },
    closed: { title: ['Support-Ticket: Geschlossen'], message: ['Ihr Ticket „[Betreff]“ ist jetzt geschlossen.'] },
    followed: {
      title: ['Support-Ticket: Neuigkeiten'],
      message: ['Es gibt Neuigkeiten zu einem Support-Ticket, dem Sie folgen.'],
    },
    customer_replied: {
      title: ['Support-Ticket: Antwort des Kunden'],
      message: ['Der Kunde hat auf das Ticket „[Betreff]“ geantwortet.'],
    },
    question_merged: {
      title: ['Support-Ticket: Frage hinzugekommen'],
      message: ['Ein weiteres Ticket des Kunden mit einer offenen Frage wurde in das Ticket „[Betreff]“ überführt.'],
    },
    assigned: {
      title: ['Support-Ticket: Ihnen zugewiesen'],
      message: ['Das Ticket „[Betreff]“ ist Ihnen zugewiesen.'],
    },
    escalated: {
      title: ['Support-Ticket: Eskaliert'],
      message: ['Das Ticket „[Betreff]“ wurde an ein anderes Team übergeben.'],
    },
    stagnation: {
      title: ['Support-Ticket: Keine Aktivität'],
      message: [
        'Das Ticket „[Betreff]“ ist seit mehr als [X Tagen] ohne Aktivität in Bearbeitung.',
        'Das Ticket „[Betreff]“ ist ohne Aktivität in Bearbeitung.',
      ],
    },
    update_overdue: {
      title: ['Support-Ticket: Kunden informieren'],
      message: ['Der Kunde des Tickets „[Betreff]“ wartet auf Neuigkeiten.'],
    },
    update_overdue_urgent: {
      title: ['Dringendes Ticket: Kunden informieren'],
      message: ['Der Kunde des dringenden Tickets „[Betreff]“ wartet auf Neuigkeiten.'],
    },
    update_soon_overdue: {
      title: ['Support-Ticket: Bald Nachricht fällig'],
      message: ['Der Kunde des Tickets „[Betreff]“ sollte bald von Ihnen hören.'],
    },
    incident_declared: {
      title: ['Kritische Störung: Gemeldet'],
      message: ['Die Störung „[Betreff]“ wurde gemeldet; der Bereitschaftsdienst wird alarmiert.'],
    },
    incident_paged: {
      title: ['Kritische Störung: Sie haben Bereitschaft'],
      message: ['Die Störung „[Betreff]“ wartet darauf, dass Sie sie übernehmen.'],
    },
    incident_acknowledged: {
      title: ['Kritische Störung: Übernommen'],
      message: ['Die Störung „[Betreff]“ wurde übernommen.'],
    },
    incident_update: {
      title: ['Störung: Zwischenstand'],
      message: ['Störung „[Betreff]“: [Neues zur Störung]', 'Es gibt Neuigkeiten zur Störung „[Betreff]“.'],
    },
    incident_briefing: {
      title: ['Kritische Störung: Interner Zwischenstand'],
      message: ['Störung „[Betreff]“: [Neues zur Störung]', 'Es gibt Neuigkeiten zur Störung „[Betreff]“.'],
    },
    incident_overdue: {
      title: ['Kritische Störung: Überfällig'],
      message: [
        'Bei der Störung „[Betreff]“ ist überfällig: [Rückstand].',
        'Bei der Störung „[Betreff]“ ist etwas überfällig.',
      ],
    },
    incident_callback: {
      title: ['Kritische Störung: Kunde zurückgerufen'],
      message: ['Der Kunde der Störung „[Betreff]“ wurde zurückgerufen.'],
    },
    incident_war_room: {
      title: ['Kritische Störung: Krisenstab'],
      message: [
        'Der Krisenstab zur Störung „[Betreff]“ ist eröffnet: [Neues zur Störung]',
        'Der Krisenstab zur Störung „[Betreff]“ ist eröffnet.',
      ],
    },
    incident_technician: {
      title: ['Kritische Störung: Einsatz vor Ort'],
      message: [
        'Für die Störung „[Betreff]“ wird jemand vor Ort gebraucht: [Neues zur Störung]',
        'Für die Störung „[Betreff]“ wird jemand vor Ort gebraucht.',
      ],
    },
    incident_on_site: {
      title: ['Kritische Störung: Techniker vor Ort'],
      message: ['Der Techniker ist wegen der Störung „[Betreff]“ vor Ort.'],
    },
    incident_post_mortem: {
      title: ['Kritische Störung: Nachbetrachtung'],
      message: ['Die Nachbetrachtung zur Störung „[Betreff]“ liegt vor.'],
    },
    incident_resolved: { title: ['Störung: Behoben'], message: ['Die Störung „[Betreff]“ ist behoben.'] },
    incident_reopened: {
      title: ['Störung: Wieder aufgetreten'],
      message: ['Die Störung „[Betreff]“ ist doch nicht behoben und wurde wieder aufgenommen.'],
    },
    sla_warning: {
      title: ['Support-Ticket: Bald überfällig'],
      message: ['Eine Zusage zum Ticket „[Betreff]“ ist bald überfällig.'],
    },
    sla_breached: {
      title: ['Support-Ticket: Überfällig'],
      message: ['Eine Zusage zum Ticket „[Betreff]“ ist überfällig.'],
    },
    chat_overdue: {
      title: ['Live-Chat: Antwort überfällig'],
      message: ['[Vorname] wartet in einem Chat auf eine Antwort.', 'Ein Kunde wartet in einem Chat auf eine Antwort.'],
    },
    trouble_suspected: {
      title: ['Vor der Anfrage: Mögliches Problem'],
      message: [
        '[Vorname] hat vermutlich ein Problem: „[Betreff]“. Der Entwurf eines Tickets liegt bereit.',
        'Ein Kunde hat vermutlich ein Problem: „[Betreff]“. Der Entwurf eines Tickets liegt bereit.',
      ],
    },
    likely_incident: {
      title: ['Vor der Anfrage: Vermutliche Störung'],
      message: [
        '[Anzahl Kunden] Kunden haben seit gestern dasselbe Problem, üblich sind [Übliche Anzahl] am Tag: „[Betreff]“. Ist das eine Störung, die gemeldet werden sollte?',
        'Viele Kunden haben seit gestern dasselbe Problem: „[Betreff]“. Ist das eine Störung, die gemeldet werden sollte?',
      ],
    },
    likely_incident_last: {
      title: ['Vor der Anfrage: Vermutliche Störung'],
      message: [
        '[Anzahl Kunden] Kunden haben seit gestern dasselbe Problem, üblich sind [Übliche Anzahl] am Tag: „[Betreff]“. Ist das eine Störung, die gemeldet werden sollte? Dies ist die letzte Warnung dieser Art für heute: Die übrigen stehen in der Liste der vermutlichen Störungen.',
        'Viele Kunden haben seit gestern dasselbe Problem: „[Betreff]“. Ist das eine Störung, die gemeldet werden sollte? Dies ist die letzte Warnung dieser Art für heute: Die übrigen stehen in der Liste der vermutlichen Störungen.',
      ],
    },
    health_fell: {
      title: ['Vor der Anfrage: Gesundheitswert gesunken'],
      message: [
        'Der Gesundheitswert des Kunden „[Betreff]“ ist innerhalb einer Woche von [Voriger Wert] auf [Gesundheitswert] gesunken. Weitere gesunkene Werte ohne Warnung: [Weitere Rückgänge].',
        'Der Gesundheitswert des Kunden „[Betreff]“ ist innerhalb einer Woche von [Voriger Wert] auf [Gesundheitswert] gesunken.',
        'Der Gesundheitswert des Kunden „[Betreff]“ ist gesunken.',
      ],
    },
    organisation_health_fell: {
      title: ['Vor der Anfrage: Gesundheitswert gesunken'],
      message: [
        'Der Gesundheitswert der Organisation „[Betreff]“ ist innerhalb einer Woche von [Voriger Wert] auf [Gesundheitswert] gesunken. Weitere gesunkene Werte ohne Warnung: [Weitere Rückgänge].',
        'Der Gesundheitswert der Organisation „[Betreff]“ ist innerhalb einer Woche von [Voriger Wert] auf [Gesundheitswert] gesunken.',
        'Der Gesundheitswert der Organisation „[Betreff]“ ist gesunken.',
      ],
    },
  },
  ...germanLetters,
  days: { one: '# Tag', other: '# Tagen' },
  incidentDebts: {
    response: 'Übernahme',
    callback: 'Rückruf beim Kunden',
    war_room: 'Krisenstab',
    on_site: 'Techniker vor Ort',
    update: 'Information der Kunden',
    post_mortem: 'Nachbetrachtung',
  },
}
