import type { LanguageWording } from './wording.ts'

/** What the desk writes to its customers in French: 003's letters word by word, where it has one. */
export const frenchLetters: Pick<LanguageWording, 'automatic' | 'replyTemplates'> = {
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
