import type { ProactiveWording } from './definition.ts'

/** What the desk writes before it is asked, in Spanish. */
export const spanish: ProactiveWording = {
  subjects: {
    form_error: 'Un formulario que no puedo enviar',
    login_failed: 'No puedo iniciar sesión',
    error_occurred: 'Un error que se repite',
    timeout_occurred: 'Una operación que no termina',
    faq_search: 'No encuentro respuesta en la ayuda',
    rising: 'Cada vez más errores',
    other: 'Un problema que se repite',
  },
  troubles: {
    form_error: 'un error en un formulario',
    login_failed: 'un inicio de sesión fallido',
    error_occurred: 'un error',
    timeout_occurred: 'una operación sin respuesta',
    faq_search: 'una búsqueda sin respuesta',
    rising: 'un error',
    other: 'el mismo problema',
  },
  summary: (trouble, times, since) => `Desde el ${since} he tenido ${trouble} ${times}.`,
  times: { one: '# vez', many: '# de veces', other: '# veces' },
  code: 'Código:',
  pages: 'Dónde:',
  versions: 'Versión:',
  reasons: {
    repeated: {
      one: 'El problema se ha producido # vez en poco tiempo.',
      many: 'El mismo problema se ha producido # de veces en poco tiempo.',
      other: 'El mismo problema se ha producido # veces en poco tiempo.',
    },
    searches: {
      one: '# búsqueda en la ayuda acabó sin abrir ningún artículo.',
      many: '# de búsquedas en la ayuda acabaron sin abrir ningún artículo.',
      other: '# búsquedas en la ayuda acabaron sin abrir ningún artículo.',
    },
    rising: {
      one: '# error, más que en los días anteriores.',
      many: '# de errores, muchos más que en los días anteriores.',
      other: '# errores, muchos más que en los días anteriores.',
    },
    other_trouble: {
      one: 'Otro fallo en el mismo tiempo.',
      many: '# de fallos más en total.',
      other: '# fallos más en total.',
    },
    organisation: {
      one: 'Un compañero tiene el mismo problema.',
      many: '# de compañeros también lo tienen.',
      other: '# compañeros también lo tienen.',
    },
    tickets: {
      one: 'Un ticket en los últimos treinta días.',
      many: '# de tickets en treinta días.',
      other: '# tickets en treinta días.',
    },
    plan: 'El plan contratado da una prioridad más alta.',
  },
  declaration: {
    title: (fingerprint) => `Problema de muchos clientes: ${fingerprint}`,
    summary: (people, usual, since) =>
      `${people} clientes han tenido el mismo problema en 24 horas; lo habitual son ${usual} al día. Visto desde el ${since}.`,
  },
}
