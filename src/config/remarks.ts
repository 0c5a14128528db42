import { closest } from '../std/closest.ts'
import { formatValue } from './define.ts'

/** What to say of a name that looks like a slip; undefined for one that is close to none that is known. */
export function slip(who: 'Kafka' | 'ZooKeeper', name: string, known: Iterable<string>): string | undefined {
  const meant = closest(name, known)
  return meant && `${who} knows no property ${name}: did you mean ${meant}?`
}

/** What to say of a name that is not known. */
export const unknownProperty = (who: 'Kafka' | 'ZooKeeper', name: string, known: Iterable<string>): string =>
  slip(who, name, known) ?? `${who} knows no property ${name}.`

/** Names of properties that are taken and do nothing, by what a user has to know who has set one. */
export type Idle = Readonly<Record<string, readonly string[]>>

/** A sentence for each reason of which a property was changed. `given` is a value that was set, undefined without one; `where` is for the sentence. */
export const idleSentences = (
  idle: Idle,
  table: Readonly<Record<string, { readonly fallback: unknown }>>,
  given: (name: string) => unknown,
  where = '',
): string[] =>
  Object.entries(idle).flatMap(([reason, names]) => {
    const changed = names.filter((name) => {
      const value = given(name)
      return value !== undefined && formatValue(value) !== formatValue(table[name]?.fallback)
    })
    return changed.length === 0 ? [] : [`Without effect${where}: ${changed.join(', ')} (${reason}).`]
  })
