import {
  type APIModalInteractionResponseCallbackData,
  ComponentType,
  TextInputStyle,
} from 'discord-api-types/v10'
import type { Form } from '../reply/reply.ts'
import { limits } from './limits.ts'
import { oneLine } from './markdown.ts'

/** A form as Discord's modal: https://discord.com/developers/docs/components/reference#label */
export function modalOf(form: Form): APIModalInteractionResponseCallbackData {
  return {
    custom_id: form.id,
    title: short(form.title, limits.form.title),
    components: form.fields.slice(0, limits.form.fields).map((field) => ({
      type: ComponentType.Label,
      label: short(field.label, limits.form.label),
      ...(field.description && {
        description: short(field.description, limits.form.description),
      }),
      component:
        field.input.kind === 'files'
          ? {
              type: ComponentType.FileUpload,
              custom_id: field.name,
              required: field.required,
              min_values: field.required ? 1 : 0,
              max_values: Math.min(field.input.max, limits.form.files),
            }
          : {
              type: ComponentType.TextInput,
              custom_id: field.name,
              required: field.required,
              style: field.input.kind === 'line' ? TextInputStyle.Short : TextInputStyle.Paragraph,
              max_length: Math.min(field.input.maxLength, limits.form.input),
              ...(field.input.value && {
                value: field.input.value.slice(
                  0,
                  Math.min(field.input.maxLength, limits.form.input),
                ),
              }),
            },
    })),
  }
}

function short(text: string, most: number): string {
  const line = oneLine(text) || '…'
  return line.length > most ? `${line.slice(0, most - 1)}…` : line
}
