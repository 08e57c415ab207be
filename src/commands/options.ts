import { z } from 'zod'

/** The option that many commands share: one article, chosen by its title. */
export const articleOption = z
  .string()
  .max(200)
  .optional()
  .describe('Only this article (all of them without it)')
