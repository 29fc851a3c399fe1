import type { LanguageWording } from './wording.ts'

/** The desk's messages to its customers in French: 003's letters word by word, where it has one. */
const frenchLetters: Pick<LanguageWording, 'automatic' | 'chats' | 'replyTemplates'> = {
  chats: {
    requeued:
      "Votre conseiller n'est plus disponible. Vous gardez votre place dans la file : un autre conseiller va vous répondre.",
    stays:
      "Le service de l'agent est terminé, et personne en service n'a repris cette conversation : elle reste à son agent.",
  },
  automatic: {
    chase: [
      `Bonjour [Prénom],

Nous attendons votre réponse concernant [sujet] depuis [X jours]. Pouvez-vous nous la transmettre ?

Cordialement,
[Signature]`,
      `Bonjour,

Nous attendons votre réponse concernant [sujet] depuis [X jours]. Pouvez-vous nous la transmettre ?

Cordialement,
[Signature]`,
      `Bonjour,

Nous attendons votre réponse concernant [sujet]. Pouvez-vous nous la transmettre ?

Cordialement,
[Signature]`,
    ],
    closeUnanswered: [
      `Bonjour [Prénom],

N'ayant pas eu de retour de votre part depuis [X jours], je considère que votre problème est résolu.

Je ferme donc ce ticket. Si vous avez encore besoin d'aide, n'hésitez pas à créer un nouveau ticket ou à répondre à celui-ci.

Cordialement,
[Signature]`,
      `Bonjour,

N'ayant pas eu de retour de votre part depuis [X jours], je considère que votre problème est résolu.

Je ferme donc ce ticket. Si vous avez encore besoin d'aide, n'hésitez pas à créer un nouveau ticket ou à répondre à celui-ci.

Cordialement,
[Signature]`,
      `Bonjour,

N'ayant pas eu de retour de votre part, je considère que votre problème est résolu.

Je ferme donc ce ticket. Si vous avez encore besoin d'aide, n'hésitez pas à créer un nouveau ticket ou à répondre à celui-ci.

Cordialement,
[Signature]`,
    ],
  },
  replyTemplates: {
    premiere_reponse: `Bonjour [Prénom],

Merci pour votre message. J'ai bien pris en compte votre demande concernant [sujet].

[Réponse ou demande d'informations]

Je reste à votre disposition.

Cordialement,
[Votre prénom]
[Signature]`,
    demande_informations: `Bonjour [Prénom],

Pour mieux vous aider, pourriez-vous me préciser :
- [Question 1]
- [Question 2]
- [Question 3]

Cela me permettra de vous apporter une solution adaptée.

Merci d'avance,
[Votre prénom]`,
    solution: `Bonjour [Prénom],

J'ai trouvé la solution à votre problème :

[Explication détaillée de la solution]

Étapes à suivre :
1. [Étape 1]
2. [Étape 2]
3. [Étape 3]

N'hésitez pas à me recontacter si vous avez besoin d'aide supplémentaire.

Cordialement,
[Votre prénom]`,
    feature_request: `Bonjour,

Merci pour votre suggestion concernant [sujet].

Notre équipe produit lit chaque suggestion et en tient compte lorsqu'elle décide de la suite. La vôtre est notée et lui est transmise ; je passe donc ce ticket en résolu.

Cordialement,
[Signature]`,
    fermeture_sans_reponse: `Bonjour [Prénom],

N'ayant pas eu de retour de votre part depuis [X jours], je considère que votre problème est résolu.

Je ferme donc ce ticket. Si vous avez encore besoin d'aide, n'hésitez pas à créer un nouveau ticket ou à répondre à celui-ci.

Cordialement,
[Votre prénom]`,
  },
}

/** The wording of 003, word by word where it has one. */
export const french: LanguageWording = {
  language: 'fr',
  placeholders: {
    prénom: 'firstName',
    'votre prénom': 'agentFirstName',
    sujet: 'subject',
    'x jours': 'days',
    signature: 'signature',
    'nouvelles incident': 'news',
    'retard incident': 'debt',
    'nombre de clients': 'people',
    'nombre habituel': 'usualPeople',
    'score de santé': 'score',
    'score précédent': 'scoreBefore',
    'autres baisses': 'otherFalls',
  },
  statuses: {
    new: 'Nouveau',
    in_progress: 'En cours',
    waiting_customer: 'En attente client',
    resolved: 'Résolu',
    closed: 'Fermé',
  },
  notifications: {
    reply: {
      title: ['Ticket de support : Nouvelle réponse'],
      message: ["Vous avez reçu une réponse à votre ticket '[Sujet]'."],
    },
    waiting: {
      title: ['Ticket de support : En attente de votre réponse'],
      message: ["Votre ticket '[Sujet]' est maintenant en attente de votre réponse."],
    },
    chase: {
      title: ['Ticket de support : Rappel'],
      message: [
        "Votre ticket '[Sujet]' est en attente de votre réponse depuis [X jours].",
        "Votre ticket '[Sujet]' est toujours en attente de votre réponse.",
      ],
    },
    resolved: {
      title: ['Ticket de support : Résolu'],
      message: ["Votre ticket '[Sujet]' est maintenant résolu."],
    },
    closed: {
      title: ['Ticket de support : Fermé'],
      message: ["Votre ticket '[Sujet]' est maintenant fermé."],
    },
    followed: {
      title: ['Ticket de support : Du nouveau'],
      message: ['Il y a du nouveau sur un ticket de support que vous suivez.'],
    },
    customer_replied: {
      title: ['Ticket de support : Réponse du client'],
      message: ["Le client a répondu au ticket '[Sujet]'."],
    },
    question_merged: {
      title: ['Ticket de support : Question fusionnée'],
      message: ["Un autre ticket du client, avec une question ouverte, a été fusionné dans le ticket '[Sujet]'."],
    },
    assigned: {
      title: ['Ticket de support : Nouvelle affectation'],
      message: ["Le ticket '[Sujet]' vous est affecté."],
    },
    escalated: {
      title: ['Ticket de support : Escalade'],
      message: ["Le ticket '[Sujet]' a été transmis à une autre équipe."],
    },
    stagnation: {
      title: ['Ticket de support : Sans activité'],
      message: [
        "Le ticket '[Sujet]' est en cours sans activité depuis plus de [X jours].",
        "Le ticket '[Sujet]' est en cours sans activité.",
      ],
    },
    update_overdue: {
      title: ['Ticket de support : Informez le client'],
      message: ["Le client du ticket '[Sujet]' attend des nouvelles."],
    },
    update_overdue_urgent: {
      title: ['Ticket urgent : Informez le client'],
      message: ["Le client du ticket urgent '[Sujet]' attend des nouvelles."],
    },
    update_soon_overdue: {
      title: ['Ticket de support : Nouvelles à donner'],
      message: ["Le client du ticket '[Sujet]' doit bientôt recevoir des nouvelles."],
    },
    incident_declared: {
      title: ['Incident critique : Déclaré'],
      message: ["L'incident '[Sujet]' est déclaré ; l'astreinte est appelée."],
    },
    incident_paged: {
      title: ['Incident critique : Astreinte'],
      message: ["L'incident '[Sujet]' attend que vous le preniez en charge."],
    },
    incident_acknowledged: {
      title: ['Incident critique : Pris en charge'],
      message: ["L'incident '[Sujet]' est pris en charge."],
    },
    incident_update: {
      title: ["Incident : Point d'avancement"],
      message: ["Incident '[Sujet]' : [Nouvelles incident]", "Il y a du nouveau sur l'incident '[Sujet]'."],
    },
    incident_briefing: {
      title: ["Incident critique : Point d'avancement interne"],
      message: ["Incident '[Sujet]' : [Nouvelles incident]", "Il y a du nouveau sur l'incident '[Sujet]'."],
    },
    incident_overdue: {
      title: ['Incident critique : Retard'],
      message: ["Incident '[Sujet]' en retard : [Retard incident].", "L'incident '[Sujet]' est en retard."],
    },
    incident_callback: {
      title: ['Incident critique : Client rappelé'],
      message: ["Le client de l'incident '[Sujet]' a été rappelé."],
    },
    incident_war_room: {
      title: ['Incident critique : Cellule de crise'],
      message: [
        "La cellule de crise de l'incident '[Sujet]' est ouverte : [Nouvelles incident]",
        "La cellule de crise de l'incident '[Sujet]' est ouverte.",
      ],
    },
    incident_technician: {
      title: ['Incident critique : Intervention sur site'],
      message: [
        "Une intervention sur site est demandée pour l'incident '[Sujet]' : [Nouvelles incident]",
        "Une intervention sur site est demandée pour l'incident '[Sujet]'.",
      ],
    },
    incident_on_site: {
      title: ['Incident critique : Technicien sur site'],
      message: ["Le technicien est sur place pour l'incident '[Sujet]'."],
    },
    incident_post_mortem: {
      title: ['Incident critique : Analyse a posteriori'],
      message: ["L'analyse a posteriori de l'incident '[Sujet]' est écrite."],
    },
    incident_resolved: {
      title: ['Incident : Résolu'],
      message: ["L'incident '[Sujet]' est résolu."],
    },
    incident_reopened: {
      title: ['Incident : Rouvert'],
      message: ["L'incident '[Sujet]' n'est pas terminé : il est rouvert."],
    },
    sla_warning: {
      title: ['Ticket de support : Échéance proche'],
      message: ["L'échéance promise pour le ticket '[Sujet]' approche."],
    },
    sla_breached: {
      title: ['Ticket de support : Échéance dépassée'],
      message: ["L'échéance promise pour le ticket '[Sujet]' est dépassée."],
    },
    chat_overdue: {
      title: ['Chat en direct : Réponse en retard'],
      message: ['[Prénom] attend une réponse dans un chat.', 'Un client attend une réponse dans un chat.'],
    },
    trouble_suspected: {
      title: ['Avant la demande : Problème probable'],
      message: [
        "[Prénom] a probablement un problème : '[Sujet]'. Un brouillon de ticket est prêt.",
        "Un client a probablement un problème : '[Sujet]'. Un brouillon de ticket est prêt.",
      ],
    },
    likely_incident: {
      title: ['Avant la demande : Incident probable'],
      message: [
        "[Nombre de clients] clients ont le même problème depuis hier, d'habitude [nombre habituel] par jour : '[Sujet]'. Faut-il déclarer un incident ?",
        "De nombreux clients ont le même problème depuis hier : '[Sujet]'. Faut-il déclarer un incident ?",
      ],
    },
    likely_incident_last: {
      title: ['Avant la demande : Incident probable'],
      message: [
        "[Nombre de clients] clients ont le même problème depuis hier, d'habitude [nombre habituel] par jour : '[Sujet]'. Faut-il déclarer un incident ? C'est la dernière alerte de ce jour : la liste des incidents probables a les suivants.",
        "De nombreux clients ont le même problème depuis hier : '[Sujet]'. Faut-il déclarer un incident ? C'est la dernière alerte de ce jour : la liste des incidents probables a les suivants.",
      ],
    },
    health_fell: {
      title: ['Avant la demande : Score de santé en baisse'],
      message: [
        "Le score de santé du client '[Sujet]' est passé de [score précédent] à [score de santé] en une semaine. Scores qui ont baissé aussi, sans alerte : [autres baisses].",
        "Le score de santé du client '[Sujet]' est passé de [score précédent] à [score de santé] en une semaine.",
        "Le score de santé du client '[Sujet]' a baissé.",
      ],
    },
    organisation_health_fell: {
      title: ['Avant la demande : Score de santé en baisse'],
      message: [
        "Le score de santé de l'organisation '[Sujet]' est passé de [score précédent] à [score de santé] en une semaine. Scores qui ont baissé aussi, sans alerte : [autres baisses].",
        "Le score de santé de l'organisation '[Sujet]' est passé de [score précédent] à [score de santé] en une semaine.",
        "Le score de santé de l'organisation '[Sujet]' a baissé.",
      ],
    },
  },
  ...frenchLetters,
  days: { one: '# jour', many: '# de jours', other: '# jours' },
  incidentDebts: {
    response: 'prise en charge',
    callback: 'rappel du client',
    war_room: 'cellule de crise',
    on_site: 'technicien sur site',
    update: 'information des clients',
    post_mortem: 'analyse a posteriori',
  },
}
