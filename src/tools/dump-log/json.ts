import type { DumpEvent } from './events.ts'

/** One piece of a dump as a line of JSON; what a topic's decoder tells as JSON stands in it as such, not as text. */
export function eventJson(file: string, event: DumpEvent, decoded: boolean): string {
  const { kind, ...fields } = event
  if (event.kind !== 'record') return `${JSON.stringify({ file, kind, ...fields })}\n`
  const { contents, kind: _, control, ...metadata } = event
  const members = [JSON.stringify({ file, kind, ...metadata }).slice(0, -1)]
  if (control !== undefined) members.push(`"control":${JSON.stringify(control)}`)
  if (contents) members.push(`"key":${inJson(contents.key, decoded)}`, `"value":${inJson(contents.value, decoded)}`)
  return `${members.join(',')}}\n`
}

function inJson(text: string | undefined, decoded: boolean): string {
  if (text === undefined) return 'null'
  return decoded && text.startsWith('{') ? text : JSON.stringify(text)
}
