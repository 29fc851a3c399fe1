import type { ProactiveWording } from './definition.ts'

/** What the desk writes before it is asked, in French. */
export const french: ProactiveWording = {
  subjects: {
    form_error: 'Un formulaire que je ne peux pas envoyer',
    login_failed: 'Je n’arrive pas à me connecter',
    error_occurred: 'Une erreur qui revient',
    timeout_occurred: 'Une opération qui n’aboutit pas',
    faq_search: 'Je ne trouve pas de réponse dans l’aide',
    rising: 'De plus en plus d’erreurs',
    other: 'Un problème qui revient',
  },
  troubles: {
    form_error: 'une erreur dans un formulaire',
    login_failed: 'un échec de connexion',
    error_occurred: 'une erreur',
    timeout_occurred: 'une attente sans réponse',
    faq_search: 'une recherche sans réponse',
    rising: 'une erreur',
    other: 'le même problème',
  },
  summary: (trouble, times, since) => `Depuis le ${since}, j’ai eu ${times} ${trouble}.`,
  times: { one: '# fois', many: '# fois', other: '# fois' },
  code: 'Code :',
  pages: 'Où :',
  versions: 'Version :',
  reasons: {
    repeated: {
      one: 'Le même problème s’est produit # fois en peu de temps.',
      many: 'Le même problème s’est produit # fois en peu de temps.',
      other: 'Le même problème s’est produit # fois en peu de temps.',
    },
    searches: {
      one: '# recherche dans l’aide est restée sans article ouvert.',
      many: '# de recherches dans l’aide sont restées sans article ouvert.',
      other: '# recherches dans l’aide sont restées sans article ouvert.',
    },
    rising: {
      one: '# erreur, bien plus que les jours précédents.',
      many: '# d’erreurs, bien plus que les jours précédents.',
      other: '# erreurs, bien plus que les jours précédents.',
    },
    other_trouble: {
      one: 'Un autre échec dans le même temps.',
      many: '# d’autres échecs en tout.',
      other: '# autres échecs en tout.',
    },
    organisation: {
      one: 'Un collègue a le même problème.',
      many: '# de collègues l’ont aussi.',
      other: '# collègues l’ont aussi.',
    },
    tickets: {
      one: 'Une demande ces trente derniers jours.',
      many: '# de demandes en trente jours.',
      other: '# demandes en trente jours.',
    },
    plan: 'La formule souscrite donne une priorité plus haute.',
  },
  declaration: {
    title: (fingerprint) => `Problème de nombreux clients : ${fingerprint}`,
    summary: (people, usual, since) =>
      `${people} clients ont le même problème en 24 heures ; d’habitude ${usual} par jour. Vu depuis le ${since}.`,
  },
}
