import { actionId } from '../commands/action-id.ts'
import type { Select } from '../reply/reply.ts'
import type { Place } from './place.ts'
import { citationStyles } from './style.ts'

/** The menu "Cite as": shows a place in the chosen style to the member who chose it. */
export function citeAs({ passage, start, end }: Place): Select {
  return {
    placeholder: `Cite ¶${passage.paragraph} as …`,
    id: actionId('cite', 'as', passage.id, passage.hash, String(start), String(end)),
    choices: Object.entries(citationStyles).map(([value, label]) => ({ label, value })),
  }
}
