/**
 * What a web page puts around a text and a copy of it takes along: credits of pictures, comment
 * forms, buttons, navigation. Only whole lines at the head and at the tail are ever left out.
 */

const CREDIT = [
  // (NAME / AGENCY / AGENCY)
  /^[([](?=[^a-z]*\/)[^()[\]]{2,120}\/[^()[\]]{2,120}[)\]]$/u,
  /^[([]?(?:photo|photograph|picture|image|illustration|credit|foto|bild|crédit|source)s?(?:\s+(?:credit|by|courtesy(?: of)?))?\s*[:©/|].{2,120}$/iu,
  /^[([]?(?:photo|photograph|picture|image|illustration)s?\s+(?:by|courtesy of)\s.{2,100}$/iu,
  /^[([]?.{2,80}[/,|]\s*(?:AFP|AP|Reuters|EPA|Getty(?: Images)?|Shutterstock|Alamy|Wikimedia Commons)(?:\s+(?:photo|images))?[)\]]?\.?$/iu,
]

const NAVIGATION = [
  /^(?:skip to (?:main )?content|menu|search|home|sign in|log ?in|subscribe(?: now)?|sign up.{0,60}|advertisement|sponsored|print|e-?mail|listen|save|share|tweet|pin it|copy link)$/iu,
  /^(?:home|start)\s*(?:[>›»/|→]\s*[\p{L}\p{N} &’'-]{1,40}){1,6}$/iu,
  /^[\p{L}\p{N} &’'-]{1,30}(?:\s*[>›»]\s*[\p{L}\p{N} &’'-]{1,40}){2,6}$/u,
  /^\p{N}+[- ]min(?:ute)?s?(?: read)?$/iu,
]

/** The first line of a comment section: with it the text ends. */
const COMMENTS = [
  /^(?:no|\p{N}{1,4}|one|two|three) (?:comments?|responses?|repl(?:y|ies)|thoughts? on\b.{1,200})\s*:?$/iu,
  /^(?:post|leave|add|write|submit) (?:a|your) (?:comment|reply|response)\b.{0,60}$/iu,
  /^(?:keine kommentare|kommentar veröffentlichen|aucun commentaire|enregistrer un commentaire|no hay comentarios|publicar un comentario)\s*:?$/iu,
]

const FOOTER = [
  /^comments?(?: \(\p{N}+\))?\s*:?$/iu,
  /^(?:share|like) (?:this|on)\b.{0,60}$/iu,
  /^(?:related|more (?:posts|stories|articles|from)|recommended|you may also like|read (?:more|next)|further reading on)\b.{0,60}:?$/iu,
  /^(?:newer|older|previous|next) (?:post|article|entry)\b.{0,60}$/iu,
  /^(?:posted|filed|published) (?:by|in|at|on|under)\b.{0,80}$/iu,
  /^(?:tags?|labels?|categor(?:y|ies)|topics?)\s*:.{0,200}$/iu,
  /^(?:email this|blogthis|share to|subscribe to|loading|view my complete profile)\b.{0,120}$/iu,
  /^(?:copyright|©|\(c\))\s.{0,120}$/iu,
  /^all rights reserved\.?$/iu,
]

/** The lines of a text without the furniture of its page. */
export function withoutFurniture(lines: readonly string[]): string[] {
  const is = (patterns: readonly RegExp[], line: string) =>
    patterns.some((pattern) => pattern.test(line.trim()))
  const head = lines.findIndex(
    (line) => line.trim() !== '' && !is([...CREDIT, ...NAVIGATION], line),
  )
  const text = head < 0 ? [] : lines.slice(head)
  // What stands before it is the text, so a comment section cannot open it.
  const comments = text.findIndex((line, i) => i > 0 && is(COMMENTS, line))
  const end = (comments < 0 ? text : text.slice(0, comments)).findLastIndex(
    (line) => line.trim() !== '' && !is([...CREDIT, ...NAVIGATION, ...FOOTER, ...COMMENTS], line),
  )
  return text.slice(0, end + 1)
}
