/** From the least to the most pressing (003, « Filtres Disponibles »). */
export const priorities = ['low', 'normal', 'high', 'urgent'] as const
export type Priority = (typeof priorities)[number]
